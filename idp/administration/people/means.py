# SPDX-License-Identifier: Apache-2.0
"""Taking a means away from somebody: a passkey of a lost telephone, a stolen card."""

from collections.abc import Callable
from dataclasses import replace

from idp.accounts.values import Account
from idp.administration.authority import Authority
from idp.administration.ground import Ground
from idp.credentials import cards
from idp.db import Tx
from idp.login import lost_cards
from idp.login.elsewhere import NOWHERE
from idp.origin import Origin


def take(tx: Tx, ground: Ground, account: Account, kind: str, key: str, origin: Origin) -> bool:
    """Take it away; False where the account holds no such thing.

    Nobody knows who had it in hand: whatever goes on in the account's name ends with it, and its
    owner is told.
    """
    if not _remove(tx, ground, account.id, kind, key, origin):
        return False
    ground.elsewhere.end(tx, account.id, NOWHERE, f"{kind}-removed", origin)
    ground.alerts.means_removed(tx, account, kind, key if kind == "card" else "")
    return True


def unlink(tx: Tx, ground: Ground, authority: Authority, account: Account, alias: str) -> bool:
    """Forget who somebody is at a provider; False where nothing was linked.

    Whoever comes from there opened the account by it: what goes on in its name ends too.
    """
    provider = ground.providers.load(tx, alias)
    if provider is None or ground.provider_links.drop(tx, account.id, alias) is None:
        return False
    event = authority.event("provider.unlinked", account=account.id, provider=alias)
    ground.audit.record(tx, replace(event, means=provider.kind), authority.origin)
    ground.elsewhere.end(tx, account.id, NOWHERE, "provider-removed", authority.origin)
    ground.alerts.means_removed(tx, account, "provider", provider.name(account.person.locale))
    return True


def _remove(tx: Tx, ground: Ground, account: str, kind: str, key: str, origin: Origin) -> bool:
    ways: dict[str, Callable[[], bool]] = {
        "otp": lambda: ground.otp.disable(tx, account, origin),
        "totp": lambda: _authenticator(tx, ground, account, origin),
        "recovery": lambda: _recovery(tx, ground, account),
        "passkey": lambda: ground.passkeys.remove(tx, account, key, origin) is not None,
        "card": lambda: _card(tx, ground, account, key, origin),
        "calculette": lambda: _calculette(tx, ground, account, key, origin),
    }
    return kind in ways and ways[kind]()


def _authenticator(tx: Tx, ground: Ground, account: str, origin: Origin) -> bool:
    if ground.authenticators.remove(tx, account, origin) is None:
        return False
    # They stand in for the app, and for nothing else.
    ground.recovery.drop(tx, account)
    return True


def _recovery(tx: Tx, ground: Ground, account: str) -> bool:
    ground.recovery.drop(tx, account)
    return True


def _card(tx: Tx, ground: Ground, account: str, serial: str, origin: Origin) -> bool:
    """A card is revoked and stays known: nobody else can bind it."""
    found = cards.find(tx, serial)
    if found is None or found.account != account:
        return False
    lost = lost_cards.revoke(tx, ground.cards, ground.elsewhere, serial, origin, origin.by)
    return lost is not None


def _calculette(tx: Tx, ground: Ground, account: str, card: str, origin: Origin) -> bool:
    found = ground.calculettes.find(tx, card)
    if found is None or found.account != account:
        return False
    return ground.calculettes.remove(tx, card, origin) is not None
