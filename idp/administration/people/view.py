# SPDX-License-Identifier: Apache-2.0
"""Everything that the console shows of one account, as far as whoever looks may see it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.accounts import establishments, national_ids, particulars
from idp.accounts import service as accounts
from idp.accounts.establishments import Establishment
from idp.accounts.particulars import Particulars
from idp.accounts.values import Account
from idp.administration.authority import Authority, Held
from idp.administration.ground import Ground
from idp.administration.patients.consents import Consent
from idp.administration.patients.consents import of_account as consents_of
from idp.administration.rights import Right
from idp.administration.target import Target, Targets
from idp.audit.history import Past, past_of
from idp.credentials.held import held_by
from idp.credentials.tries import Tries, tries_on
from idp.db import Tx
from idp.grants.lasting import Kept
from idp.sessions.values import Session

LOGINS = ("login.proved", "login.failed")
MOST_LOGINS = 10
BEYOND = select(accounts.accounts.c.created_at, accounts.accounts.c.merged_into).where(
    accounts.accounts.c.id == bindparam("account")
)


@dataclass(frozen=True, slots=True)
class Means:
    """One way into the account; `kind` and `key` name it to `remove_means`."""

    # password, otp, totp, recovery, passkey, card or calculette; a provider is unlinked instead.
    kind: str
    key: str
    label: str
    since: int | None = None
    last_used: int | None = None
    # usable, expired, revoked, disabled or empty.
    state: str = "usable"
    # Of a card.
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """An account as somebody sees it; what they may not see is empty."""

    account: Account
    particulars: Particulars
    created_at: int
    # The account that this one, a duplicate, was given up for.
    merged_into: str | None
    last_login_at: int | None
    # Only those in reach are named.
    establishments: tuple[Establishment, ...]
    # Key and name.
    communities: tuple[tuple[str, str], ...]
    roles: tuple[Held, ...]
    former_national_ids: tuple[tuple[str, int], ...]
    means: tuple[Means, ...]
    tries: tuple[Tries, ...]
    sessions: tuple[Session, ...]
    # What applications have of them while they are away.
    lasting: tuple[Kept, ...]
    logins: tuple[Past, ...]
    # Of a patient: those given to establishments in reach.
    consents: tuple[Consent, ...]
    # What whoever looks may do to this account.
    may: frozenset[Right]


def draw(tx: Tx, ground: Ground, targets: Targets, authority: Authority, target: Target) -> Sheet:
    """The sheet of an account that may be seen."""
    account, may = target.account, targets.may(authority, target)
    beyond = tx.execute(BEYOND, {"account": account.id}).one()
    reach = authority.reach(Right.ACCOUNTS_SEE)
    named = accounts.community_names(tx)
    houses = [
        establishments.load(tx, key)
        for key in sorted(target.establishments)
        if reach.touches((key,))
    ]
    sees_means, sees_sessions = Right.MEANS_SEE in may, Right.SESSIONS_SEE in may
    return Sheet(
        account=account,
        particulars=particulars.load(tx, account.id),
        created_at=beyond.created_at,
        merged_into=beyond.merged_into,
        last_login_at=accounts.last_login_at(tx, account.id) or None,
        establishments=tuple(one for one in houses if one is not None),
        communities=tuple((key, named[key]) for key in sorted(account.communities)),
        roles=target.roles if Right.ROLES_SEE in may else (),
        former_national_ids=tuple(national_ids.former_of(tx, account.id)),
        means=tuple(means_of(tx, ground, account.id)) if sees_means else (),
        tries=tuple(tries_on(tx, account.id)) if sees_means else (),
        sessions=tuple(ground.sessions.of_account(tx, account.id)) if sees_sessions else (),
        lasting=tuple(ground.lasting.of_account(tx, account.id)) if sees_sessions else (),
        logins=tuple(past_of(tx, account.id, LOGINS, MOST_LOGINS)) if sees_sessions else (),
        consents=tuple(
            one for one in consents_of(tx, account.id) if reach.touches((one.establishment,))
        ),
        may=may,
    )


def means_of(tx: Tx, ground: Ground, account: str) -> list[Means]:
    """Every way into an account: dates and names, no secret."""
    held, now = held_by(tx, account), ground.clock.now()
    found = []
    if held.password_since is not None:
        found.append(Means("password", "", "", held.password_since))
    if held.otp_since is not None:
        found.append(Means("otp", "", "", held.otp_since))
    if app := held.authenticator:
        found.append(Means("totp", "", app.name, app.since, app.last_used))
    if codes := held.recovery:
        state = "usable" if codes.left else "empty"
        found.append(Means("recovery", "", str(codes.left), codes.since, None, state))
    for passkey in ground.passkeys.listed(tx, account):
        key = passkey.id
        found.append(Means("passkey", key, passkey.name, passkey.created_at, passkey.last_used_at))
    for card in held.cards:
        over = "expired" if card.valid_until <= now else "usable"
        state = over if card.revoked_at is None else "revoked"
        serial, until = card.serial, card.valid_until
        label = card.kind
        used = (card.first_used_at, card.last_used_at)
        found.append(Means("card", serial, label, *used, state, valid_until=until))
    for reader in ground.calculettes.of_account(tx, account):
        state = reader.standing.value
        found.append(Means("calculette", reader.card, reader.batch.name, state=state))
    for link in ground.provider_links.of_account(tx, account):
        provider = ground.providers.load(tx, link.provider)
        state = "usable" if provider is not None and provider.open else "disabled"
        used = (link.made_at, link.last_used_at)
        found.append(Means("provider", link.provider, link.label, *used, state))
    return found
