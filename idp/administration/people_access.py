# SPDX-License-Identifier: Apache-2.0
"""Letting people in and keeping them out: states, wrong tries, forgotten passwords, sessions."""

from idp.accounts.service import last_login_at
from idp.accounts.values import State
from idp.administration.authority import COMMAND_LINE, Authority, Held
from idp.administration.consents import awaits_consent
from idp.administration.ground import Ground
from idp.administration.outcomes import Changed, Sent, Unfit, Unreachable
from idp.administration.rights import Role
from idp.administration.role_holders import others_lead
from idp.administration.target import Target
from idp.credentials.held import held_by
from idp.credentials.tries import forget_tries
from idp.db import Tx
from idp.login.elsewhere import NOWHERE
from idp.login.forgotten import Helped
from idp.messages.outbox import masked
from idp.sessions.service import Ended

CHANNELS = {"link": "email", "sms": "sms"}
WHY = "administrator"


def set_state(
    tx: Tx, ground: Ground, authority: Authority, target: Target, state: State
) -> Unfit | Changed:
    """Open, disable or close; sessions, tokens and known browsers end with anything but open."""
    account, before = target.account, target.account.state
    if before is State.CLOSED and state is not State.CLOSED:
        return Unfit("closed")
    if state is State.ACTIVE and awaits_consent(tx, account.id):
        # What an establishment may see of them stands on it.
        return Unfit("consent")
    if state is not State.ACTIVE and _is_last(tx, ground, authority, target):
        return Unfit("last")
    ended: tuple[Ended, ...] = ()
    if state is not State.ACTIVE:
        # First: an account that is not open has no live session to be found.
        why = f"account-{state}"
        ended = ground.elsewhere.end(tx, account.id, NOWHERE, why, authority.origin)
    if not ground.accounts.set_state(tx, account.id, state, authority.origin):
        return Changed(state, ended, changed=False)
    if state is not State.ACTIVE:
        ground.reset_links.void(tx, account.id)
        ground.alerts.account_disabled(tx, account)
    return Changed(state, ended)


def _is_last(tx: Tx, ground: Ground, authority: Authority, target: Target) -> bool:
    """Of two super-administrators who shut each other out, one stays."""
    # Whoever commands the server is never without a way in.
    if authority.actor == COMMAND_LINE or Held(Role.SUPER) not in target.roles:
        return False
    return not others_lead(tx, ground.authorities, target.id)


def unlock(tx: Tx, ground: Ground, authority: Authority, target: Target) -> int:
    """Forget the tries counted; how many counters there were."""
    cleared = forget_tries(tx, target.id)
    event = authority.event("account.unlocked", account=target.id, counters=cleared)
    ground.audit.record(tx, event, authority.origin)
    return cleared


def reset(
    tx: Tx, ground: Ground, authority: Authority, target: Target, way: str
) -> Sent | Unreachable:
    """Send its owner, and nobody else, a way to a new password (CR-045)."""
    held = held_by(tx, target.id)
    # Whoever never got in is sent the first way where they said that they can be reached.
    never = last_login_at(tx, target.id) == 0
    first = never and held.password_since is None and not held.passkeys and not held.cards
    channel = CHANNELS[way]
    helped = ground.forgotten.help_by(tx, target.account, channel, authority.origin, first=first)
    outcome = "ok" if isinstance(helped, Helped) else "refused"
    why = "" if isinstance(helped, Helped) else helped.value
    event = authority.event("account.reset", outcome, account=target.id, channel=channel, why=why)
    ground.audit.record(tx, event, authority.origin)
    if isinstance(helped, Helped):
        return Sent(channel, masked(channel, helped.recipient))
    return Unreachable(helped.value)


def end_sessions(
    tx: Tx, ground: Ground, authority: Authority, target: Target, session: str | None
) -> tuple[Ended, ...]:
    """End one session of an account, or everything that goes on in its name (SE-005)."""
    if session is None:
        return ground.elsewhere.end(tx, target.id, NOWHERE, WHY, authority.origin)
    if ground.sessions.holder(tx, session) != target.id:
        return ()
    opened = ground.sessions.opened_in(tx, session)
    done = ground.sessions.end(tx, session, WHY, authority.origin)
    return (Ended(session, opened),) if done else ()
