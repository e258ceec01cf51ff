# SPDX-License-Identifier: Apache-2.0
"""Giving and taking roles: nobody gives what could do more than they can (WB-016)."""

from collections.abc import Callable

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.values import Population
from idp.administration.authority import (
    Authorities,
    Authority,
    Denied,
    Held,
    application_subject,
    grants,
)
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Carry, Facts, Proposals
from idp.administration.rights import GIVES, MAY_HAVE_PERIMETER, NEED_PERIMETER, Right, Role
from idp.administration.role_holders import others_lead
from idp.applications.models import ApplicationRow
from idp.audit.record import Audit
from idp.clock import Clock
from idp.db import Tx, table_of

ADD = upsert(grants).on_conflict_do_nothing().returning(grants.c.subject)
TAKE = (
    delete(grants)
    .where(
        grants.c.subject == bindparam("subject_"),
        grants.c.role == bindparam("role_"),
        grants.c.establishment == bindparam("establishment_"),
    )
    .returning(grants.c.subject)
)

applications = table_of(ApplicationRow)
REGISTERED = select(applications.c.key).where(applications.c.key == bindparam("key_"))
NOBODY = Unfit("unknown-application")


class Roles:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self, clock: Clock, audit: Audit, authorities: Authorities, proposals: Proposals
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._authorities = authorities
        self._proposals = proposals
        for kind, verb in (("role.give", self.give), ("role.take", self.take)):
            proposals.carries(kind, Right.ROLES_GRANT, _carrier(verb))

    def give(self, tx: Tx, authority: Authority, subject: str, held: Held) -> Denied | Unfit | bool:
        """Give a role; False where it is held already."""
        if denied := self._refuses(tx, authority, subject, held):
            return denied
        if unfit := _unfit(tx, subject, held):
            return unfit
        if self._proposals.asks(authority, Right.ROLES_GRANT):
            return self._proposals.put(tx, authority, "role.give", _facts(subject, held))
        now = self._clock.now()
        row = {
            "subject": subject,
            "role": held.role.value,
            "establishment": held.establishment,
            "granted_at": now,
            "granted_by": authority.actor,
            "mark": self._authorities.mark_of(subject, held, now, authority.actor),
        }
        if tx.execute(ADD, row).first() is None:
            return False
        self._note(tx, authority, "role.given", subject, held)
        return True

    def take(self, tx: Tx, authority: Authority, subject: str, held: Held) -> Denied | Unfit | bool:
        """Take a role away; False where it is not held. The last super-administrator stays."""
        if denied := self._refuses(tx, authority, subject, held):
            return denied
        if held.role is Role.SUPER and not others_lead(tx, self._authorities, subject):
            return Unfit("last")
        if self._proposals.asks(authority, Right.ROLES_GRANT):
            return self._proposals.put(tx, authority, "role.take", _facts(subject, held))
        known = {
            "subject_": subject,
            "role_": held.role.value,
            "establishment_": held.establishment,
        }
        if tx.execute(TAKE, known).first() is None:
            return False
        self._note(tx, authority, "role.taken", subject, held)
        return True

    def _refuses(self, tx: Tx, authority: Authority, subject: str, held: Held) -> Denied | None:
        if denied := authority.refuses(Right.ROLES_GRANT):
            return denied
        gives = frozenset(role for one in authority.roles for role in GIVES.get(one, frozenset()))
        theirs = {one.role for one in self._authorities.held_by(tx, subject)}
        # Nor is somebody above touched, nor oneself (ASVS 8.4: nobody widens their own rights).
        if held.role not in gives or not theirs <= gives or subject == authority.actor:
            return Denied.NOT_ALLOWED
        return None

    def _note(self, tx: Tx, authority: Authority, kind: str, subject: str, held: Held) -> None:
        account = None if ":" in subject else subject
        application = subject.partition(":")[2] or None
        event = authority.event(
            kind,
            account=account,
            application=application,
            role=held.role.value,
            establishment=held.establishment,
        )
        self._audit.record(tx, event, authority.origin)


def _facts(subject: str, held: Held) -> dict[str, str]:
    return {"subject": subject, "role": held.role.value, "establishment": held.establishment}


def _carrier(verb: Callable[[Tx, Authority, str, Held], Denied | Unfit | bool]) -> Carry:
    """Does what was proposed by the verb itself, which looks at everything once more."""

    def carry(tx: Tx, authority: Authority, facts: Facts) -> Denied | Unfit | bool:
        held = Held(Role(facts["role"]), facts["establishment"])
        return verb(tx, authority, facts["subject"], held)

    return carry


def _unfit(tx: Tx, subject: str, held: Held) -> Unfit | None:
    if held.role in NEED_PERIMETER and not held.establishment:
        return Unfit("perimeter-needed")
    if held.establishment and held.role not in MAY_HAVE_PERIMETER:
        return Unfit("no-perimeter")
    if held.establishment and establishments.load(tx, held.establishment) is None:
        return Unfit("unknown-establishment")
    if ":" in subject:
        # Whoever registered an application of this name later would find the role waiting.
        named = subject.removeprefix(application_subject(""))
        known = tx.execute(REGISTERED, {"key_": named}).first()
        return None if known and application_subject(named) == subject else NOBODY
    account = accounts.load(tx, subject)
    if account is None:
        return Unfit("unknown-account")
    patient = account.person.population is Population.PATIENT
    return Unfit("patient") if patient else None
