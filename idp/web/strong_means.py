# SPDX-License-Identifier: Apache-2.0
"""The means above the password that somebody has, and what would close without one of them."""

from collections.abc import Mapping

from connectors.base import Level
from connectors.capabilities import Introduces
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.applications.values import Application
from idp.credentials import calculettes, otp, passkeys, totp
from idp.credentials.card_desk import KIND as CARD
from idp.credentials.held import HeldCard, held_by
from idp.http.services import Services
from idp.login.flow import offered_means


def strong_means(services: Services, account: str) -> tuple[str, ...]:
    """The kinds of level 2 and above that the account can use now."""
    levels = services.attempts.levels
    return tuple(
        kind for kind in usable_means(services, account) if levels[kind] >= Level.TWO_FACTORS
    )


def usable_means(services: Services, account: str) -> tuple[str, ...]:
    """The kinds that the account can use now.

    What others vouch for opens an account at its very first use: a card that somebody may have in
    a drawer neither protects their account nor keeps an application open to them.
    """
    attempts, enrolled = services.attempts, enrolled_means(services, account)
    return tuple(
        kind
        for kind in attempts.levels
        if attempts.lacks(kind, account) is None
        and (kind in enrolled or not isinstance(services.connectors[kind], Introduces))
    )


def enrolled_means(services: Services, account: str) -> Mapping[str, str]:
    """The kinds above the password that the account has set up, with what each lacks now.

    Whatever it lacks, it protects the account: what can't be used for a while is not gone. A card
    that has run out or was revoked is gone, and asking for it would lead nowhere.
    """
    attempts, now = services.attempts, services.core.clock.now()
    with services.core.database.read() as tx:
        held = held_by(tx, account)
    found = {
        otp.KIND: held.otp_since is not None,
        totp.KIND: held.authenticator is not None,
        passkeys.KIND: bool(held.passkeys),
        CARD: CARD in attempts.levels and any(_protects(one, now) for one in held.cards),
        calculettes.KIND: attempts.lacks(calculettes.KIND, account) != "not-set-up",
    }
    return {
        kind: (attempts.lacks(kind, account) or "") if kind in attempts.levels else "closed"
        for kind, is_there in found.items()
        if is_there
    }


def _protects(card: HeldCard, now: int) -> bool:
    return card.first_used_at is not None and card.revoked_at is None and card.valid_until > now


def is_last(services: Services, account: str, kind: str) -> bool:
    """Whether this is the only strong means that the account has."""
    return strong_means(services, account) == (kind,)


def closed_without(services: Services, account: str, kind: str) -> tuple[str, ...]:
    """The names of the applications that open to the account now, and would not without this."""
    core = services.core
    with core.database.read() as tx:
        known = accounts.load(tx, account)
        every = core.applications.every(tx)
    if known is None:
        return ()
    usable = set(usable_means(services, account))
    return tuple(
        one.name
        for one in every
        if one.enabled
        and _is_for(one, known)
        and _opens(services, one, usable)
        and not _opens(services, one, usable - {kind})
    )


def _is_for(application: Application, account: Account) -> bool:
    policy = application.policy
    if account.person.population not in policy.populations:
        return False
    return not policy.communities or bool(account.communities & set(policy.communities))


def _opens(services: Services, application: Application, usable: set[str]) -> bool:
    policy, levels = application.policy, services.attempts.levels
    return bool(usable & set(offered_means(policy, levels, policy.level)))
