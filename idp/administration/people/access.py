# SPDX-License-Identifier: Apache-2.0
"""Letting people in and keeping them out: states, wrong tries, forgotten passwords, sessions."""

from idp.accounts import service as accounts
from idp.accounts.service import last_login_at
from idp.accounts.values import State
from idp.administration.authority import COMMAND_LINE, Authority, Held
from idp.administration.changes import Changes
from idp.administration.ground import Ground
from idp.administration.outcomes import Changed, Sent, Unfit, Unreachable
from idp.administration.patients.consents import awaits_consent
from idp.administration.rights import Right, Role
from idp.administration.role_holders import others_lead
from idp.administration.target import Target
from idp.credentials.held import held_by
from idp.credentials.tries import forget_tries
from idp.db import Tx
from idp.grants.lasting import SCOPE
from idp.login.elsewhere import NOWHERE
from idp.login.forgotten import Helped, NotHelped
from idp.messages.outbox import masked
from idp.sessions.service import Ended

CHANNELS = {"link": "email", "sms": "sms"}
FIELDS = {"email": "email", "sms": "phone"}
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
    tx: Tx, ground: Ground, changes: Changes, authority: Authority, target: Target, way: str
) -> Sent | Unreachable:
    """Send its owner, and nobody else, a way to a new password (CR-045)."""
    held = held_by(tx, target.id)
    # Whoever never got in is sent the first way where they said that they can be reached.
    never = last_login_at(tx, target.id) == 0
    first = never and held.password_since is None and not held.passkeys and not held.cards
    channel = CHANNELS[way]
    diverted = first and _may_be_diverted(tx, changes, authority, target, channel)
    first = first and not diverted
    helped = ground.forgotten.help_by(tx, target.account, channel, authority.origin, first=first)
    outcome = "ok" if isinstance(helped, Helped) else "refused"
    why = "" if isinstance(helped, Helped) else helped.value
    if diverted and helped in {NotHelped.UNVERIFIED, NotHelped.NEW}:
        why = "edited"
    event = authority.event("account.reset", outcome, account=target.id, channel=channel, why=why)
    ground.audit.record(tx, event, authority.origin)
    if isinstance(helped, Helped):
        return Sent(channel, masked(channel, helped.recipient))
    return Unreachable(why)


def _may_be_diverted(
    tx: Tx, changes: Changes, authority: Authority, target: Target, channel: str
) -> bool:
    """WB-016: nobody takes the first way into an account by writing their own address in it.

    An address that was edited since gets it from the region alone; whoever made the account and
    nobody's number or role with it may mend a slip. A role asks for a second pair of eyes.
    """
    if not accounts.addresses_changed_at(tx, target.id)[channel]:
        return False
    if authority.actor == COMMAND_LINE:
        return False
    if authority.reach(Right.ACCOUNTS_EDIT).everywhere:
        edited = changes.editors(tx, target.id, FIELDS[channel])
        return bool(target.roles) and authority.actor in edited
    bare = not target.account.person.national_id and not target.roles
    return not (bare and changes.maker(tx, target.id) == authority.actor)


def end_lasting(
    tx: Tx, ground: Ground, authority: Authority, target: Target, application: str
) -> bool:
    """End what an application has of somebody while they are away; False where it has nothing."""
    ground.consents.take_out(tx, target.id, application, SCOPE)
    return bool(ground.lasting.end(tx, target.id, application, WHY, authority.origin))


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
