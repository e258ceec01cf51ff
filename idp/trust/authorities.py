# SPDX-License-Identifier: Apache-2.0
"""The operator's authorities: added, removed, and at hand for every judgement."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Found, Tx, table_of
from idp.logs import get
from idp.marks import Marks
from idp.origin import Origin
from idp.trust.authority import Authority, Role
from idp.trust.certificate import Certificate, read
from idp.trust.models import AuthorityRow
from idp.trust.path import has_unknown_demand
from idp.trust.strength import has_strong_key, is_strong

table = table_of(AuthorityRow)
BRIEF = select(table.c.fingerprint, table.c.mark)
FULL = select(table).where(table.c.fingerprint.in_(bindparam("wanted", expanding=True)))
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.fingerprint)
REMOVE = (
    delete(table)
    .where(table.c.fingerprint == bindparam("fingerprint_"))
    .returning(table.c.subject, table.c.family)
)
log = get("trust")


@dataclass(frozen=True, slots=True)
class NotAdded:
    """Why a certificate is not taken as an authority's."""

    why: str


class Authorities:
    """Its verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit, marks: Marks) -> None:
        self._clock = clock
        self._audit = audit
        self._marks = marks
        self._kept: dict[tuple[str, bytes], Authority | None] = {}

    def all(self, tx: Tx) -> list[Authority]:
        """Every authority, roots first; what bears no mark of ours is not among them."""
        present = [(row.fingerprint, row.mark) for row in tx.execute(BRIEF).all()]
        # A copy of our own: another thread may put another one in its place meanwhile.
        kept = self._kept
        if missing := [one for one in present if one not in kept]:
            rows = tx.execute(FULL, {"wanted": [one[0] for one in missing]}).all()
            read_now = {(row.fingerprint, row.mark): self._read(row) for row in rows}
            # What was removed is not kept.
            kept = {key: one for key, one in kept.items() if key in present} | read_now
            self._kept = kept
        found = [one for key in present if (one := kept.get(key)) is not None]
        order = [Role.ROOT, Role.INTERMEDIATE]
        return sorted(found, key=lambda one: (order.index(one.role), one.subject, one.key_id))

    def add(
        self,
        tx: Tx,
        der: bytes,
        family: str,
        origin: Origin | None = None,
        *,
        policies: Sequence[str] = (),
        responder: str = "",
    ) -> Authority | NotAdded:
        """Believe what this authority has signed from now on."""
        certificate = read(der)
        if certificate is None:
            return NotAdded("it is not a certificate as it should be")
        if why := _unfit(certificate, self._clock.now()):
            return NotAdded(why)
        role = Role.ROOT if certificate.is_signed_by(certificate) else Role.INTERMEDIATE
        now = self._clock.now()
        made = Authority(family, role, certificate, tuple(policies), responder, now)
        if tx.execute(ADD, self._row(made)).first() is None:
            return NotAdded("it is there already")
        self._note(tx, "trust.added", made.subject, family, certificate.fingerprint, origin)
        return made

    def remove(self, tx: Tx, fingerprint: str, origin: Origin | None = None) -> bool:
        """Believe it no more."""
        row = tx.execute(REMOVE, {"fingerprint_": fingerprint}).first()
        if row is None:
            return False
        self._note(tx, "trust.removed", row.subject, row.family, fingerprint, origin)
        return True

    def _note(
        self, tx: Tx, kind: str, subject: str, family: str, fingerprint: str, origin: Origin | None
    ) -> None:
        detail = {"subject": subject, "family": family, "fingerprint": fingerprint}
        self._audit.record(tx, Event(kind, detail=detail), origin)

    def _row(self, one: Authority) -> dict[str, object]:
        certificate = one.certificate
        row: dict[str, str | int | bytes] = {
            "fingerprint": certificate.fingerprint,
            "family": one.family,
            "role": one.role.value,
            "certificate": certificate.der,
            "subject": one.subject,
            "key_id": one.key_id,
            "policies": " ".join(one.policies),
            "responder": one.responder,
            "added_at": one.added_at,
        }
        return {**row, "mark": self._marks.of("authorities", *row.values())}

    def _read(self, row: Found) -> Authority | None:
        *values, mark = row
        certificate = read(row.certificate)
        if certificate is None or not self._marks.fits(mark, "authorities", *values):
            log.error("an authority is not ours", fingerprint=row.fingerprint)
            return None
        return Authority(
            row.family,
            Role(row.role),
            certificate,
            tuple(row.policies.split()),
            row.responder,
            row.added_at,
        )


def _unfit(certificate: Certificate, now: int) -> str:
    # XC-003: a person's certificate must never become one that vouches for others.
    if not certificate.is_authority:
        return "it is no authority's certificate"
    # Nobody relies on the signature that a root puts on itself.
    own = certificate.is_self_issued
    if not (has_strong_key(certificate) if own else is_strong(certificate)):
        return "its key or its signature is too weak"
    if certificate.valid_until < now:
        return "its time is over"
    return "it demands what is not known here" if has_unknown_demand(certificate) else ""
