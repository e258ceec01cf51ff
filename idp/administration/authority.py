# SPDX-License-Identifier: Apache-2.0
"""Who acts, and how far. Every verb of the administration takes an `Authority` and nothing weaker.

Built by `Authorities` alone, from what stands in the database at this moment: a role that was taken
away opens nothing at the next request (SE-004).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import bindparam, select

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import State
from idp.administration.models import RoleGrantRow
from idp.administration.rights import EVERYTHING, REGIONAL, RIGHTS, Right, Role
from idp.audit.record import Event
from idp.db import Found, Tx, table_of
from idp.marks import Marks
from idp.origin import Origin
from idp.sessions.values import Proof, Session

grants = table_of(RoleGrantRow)
HELD_BY = select(grants).where(grants.c.subject == bindparam("subject"))
COMMAND_LINE = "command line"


class Denied(Enum):
    """Why a verb did nothing."""

    # The role does not hold the right: 403.
    NOT_ALLOWED = "not-allowed"
    # It is not there, or not in the perimeter; nobody is told which: 404 (WB-015).
    NOT_FOUND = "not-found"
    # Somebody else must agree first; the act waits among the proposals.
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Held:
    """A role somebody holds: for an establishment, or for the whole region."""

    role: Role
    establishment: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a right goes."""

    everywhere: bool = False
    establishments: frozenset[str] = frozenset()

    @property
    def nowhere(self) -> bool:
        """Whether it is not held at all."""
        return not self.everywhere and not self.establishments

    def touches(self, establishments: Iterable[str]) -> bool:
        """Whether something of these establishments may be seen."""
        return self.everywhere or not self.establishments.isdisjoint(establishments)

    def covers(self, establishments: Iterable[str]) -> bool:
        """Whether what belongs to all of these, and to nobody else, may be changed."""
        belongs = frozenset(establishments)
        return self.everywhere or (bool(belongs) and belongs <= self.establishments)


NOWHERE = Reach()
EVERYWHERE = Reach(everywhere=True)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who acts, with which roles, from where."""

    # The id of an account, `application:` and its key, or the command line.
    actor: str
    name: str
    held: tuple[Held, ...]
    origin: Origin
    session: str | None = None
    level: Level | None = None
    # What a token was given for; a person at the console has all of their rights.
    within: frozenset[Right] = EVERYTHING
    # A second administrator has agreed to what is being done.
    agreed: bool = False
    # The application that acts for a person by their token; none at the console.
    through: str = ""

    @property
    def account(self) -> str | None:
        """The account of the person who acts, where it is one."""
        return None if self.actor == COMMAND_LINE or ":" in self.actor else self.actor

    @property
    def roles(self) -> frozenset[Role]:
        """The roles, whatever their perimeter."""
        return frozenset(one.role for one in self.held)

    def reach(self, right: Right) -> Reach:
        """How far this right goes."""
        if right not in self.within:
            return NOWHERE
        having = [one for one in self.held if right in RIGHTS[one.role]]
        if any(not one.establishment for one in having):
            return EVERYWHERE
        # What has no perimeter can't be done within one.
        if right in REGIONAL:
            return NOWHERE
        return Reach(establishments=frozenset(one.establishment for one in having))

    def event(
        self,
        kind: str,
        outcome: str = "ok",
        account: str | None = None,
        application: str | None = None,
        **detail: str | int,
    ) -> Event:
        """What the audit keeps of an act: on whom it was done, and by whom."""
        return Event(
            kind,
            outcome,
            account=account,
            application=application,
            session=self.session,
            level=None if self.level is None else int(self.level),
            detail={"by": self.actor, **{name: one for name, one in detail.items() if one != ""}},
        )

    def may(self, right: Right) -> bool:
        """Whether the right is held at all."""
        return not self.reach(right).nowhere

    def refuses(self, right: Right) -> Denied | None:
        """For what belongs to no establishment: None where the right is held."""
        return None if self.may(right) else Denied.NOT_ALLOWED

    def refuses_in(
        self, right: Right, establishments: Iterable[str], *, seeing: bool = False
    ) -> Denied | None:
        """For what belongs to these establishments: None where the right goes so far.

        To see, one in common is enough; to change, none may be outside of the perimeter.
        """
        reach, belongs = self.reach(right), frozenset(establishments)
        if reach.touches(belongs) if seeing else reach.covers(belongs):
            return None
        if self.reach(Right.ACCOUNTS_SEE).touches(belongs):
            return Denied.NOT_ALLOWED
        # Whoever may do this nowhere is told so; whoever may do it elsewhere learns nothing.
        return Denied.NOT_ALLOWED if reach.nowhere else Denied.NOT_FOUND


class Authorities:
    """Builds them."""

    def __init__(self, marks: Marks, card_revocation: str) -> None:
        self._marks = marks
        self._card_revocation = card_revocation

    def of_person(self, tx: Tx, session: Session, origin: Origin) -> Authority | None:
        """Whoever is logged in, at level 2 or more (SPEC §6); None for somebody without a role."""
        account = accounts.load(tx, session.account)
        if account is None or account.state is not State.ACTIVE:
            return None
        held = self.held_by(tx, session.account)
        level = self.level_of(session.proofs)
        if not held or level is None or level < Level.TWO_FACTORS:
            return None
        known_as = replace(origin, by=session.account)
        return Authority(
            session.account, account.person.display_name, held, known_as, session.id, level
        )

    def of_application(
        self, tx: Tx, key: str, name: str, within: frozenset[Right], origin: Origin
    ) -> Authority | None:
        """An application in its own name, for what its token was given for."""
        subject = application_subject(key)
        held = self.held_by(tx, subject)
        known_as = replace(origin, by=subject)
        return Authority(subject, name, held, known_as, within=within) if held else None

    def of_nobody(self, actor: str, name: str, origin: Origin) -> Authority:
        """Somebody without a role, where a scope alone is enough: every right is refused."""
        return Authority(actor, name, (), replace(origin, by=actor), within=frozenset())

    def of_command(self, origin: Origin) -> Authority:
        """Whoever may read the installation's secrets may do everything anyhow."""
        known_as = replace(origin, by=COMMAND_LINE)
        return Authority(COMMAND_LINE, COMMAND_LINE, (Held(Role.SUPER),), known_as)

    def in_the_name_of(self, tx: Tx, actor: str, origin: Origin) -> Authority | None:
        """For work that somebody began and that goes on without them: by what they hold now."""
        if actor == COMMAND_LINE:
            return self.of_command(origin)
        account = None if ":" in actor else accounts.load(tx, actor)
        if ":" not in actor and (account is None or account.state is not State.ACTIVE):
            return None
        held = self.held_by(tx, actor)
        name = account.person.display_name if account else actor
        return Authority(actor, name, held, replace(origin, by=actor)) if held else None

    def narrowed(
        self, authority: Authority, within: frozenset[Right], through: str = ""
    ) -> Authority:
        """The same for what a token was given for, in the hands of an application."""
        return replace(authority, within=authority.within & within, through=through)

    def level_of(self, proofs: Iterable[Proof]) -> Level | None:
        """What proofs are worth here; XC-015: as they stand, not as others take them."""
        standing = [
            # WB-016: whoever may register software must not become any administrator by its word.
            one.level
            for one in proofs
            if one.stands(self._card_revocation) and one.opens(None)
        ]
        return max(standing, default=None)

    def held_by(self, tx: Tx, subject: str) -> tuple[Held, ...]:
        """The roles of somebody; a row that bears no mark of ours counts for nothing."""
        rows = tx.execute(HELD_BY, {"subject": subject}).all()
        held = [Held(Role(row.role), row.establishment) for row in rows if self.is_ours(row)]
        return tuple(sorted(held, key=lambda one: (one.role, one.establishment)))

    def mark_of(self, subject: str, held: Held, granted_at: int, granted_by: str) -> bytes:
        """The mark that the row of a grant bears."""
        return self._marks.of(
            "role_grants", subject, held.role.value, held.establishment, granted_at, granted_by
        )

    def is_ours(self, row: Found) -> bool:
        """Whether a row of `grants` bears our mark."""
        if row.role not in set(Role):
            return False
        return self._marks.fits(
            row.mark,
            "role_grants",
            row.subject,
            row.role,
            row.establishment,
            row.granted_at,
            row.granted_by,
        )


def application_subject(key: str) -> str:
    """What an application is called among those who hold roles."""
    return f"application:{key}"
