# SPDX-License-Identifier: Apache-2.0
"""The last good list of each source: stored once for all nodes, at hand in each process."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.db import Found, Tx, table_of
from idp.logs import get
from idp.marks import Marks
from idp.trust.certificate import SERIAL_BYTES
from idp.trust.crl import RevocationList, Scope
from idp.trust.models import RevocationListRow
from idp.trust.sources import Source

table = table_of(RevocationListRow)
ONE = table.c.id == bindparam("id_")
BRIEF = select(table.c.id, table.c.version).where(table.c.authority == bindparam("authority_"))
FULL = select(table).where(ONE)
MOVED = {one.name for one in table.c} - {"id", "swept"}
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.id)
REPLACE = (
    update(table)
    .where(ONE, table.c.version == bindparam("before"))
    .values({name: bindparam(f"{name}_") for name in MOVED})
    .returning(table.c.id)
)
UNSWEPT = select(table.c.id, table.c.authority, table.c.version).where(
    table.c.swept != table.c.version
)
SWEPT = update(table).where(ONE).values(swept=bindparam("version_"))
log = get("trust")


@dataclass(frozen=True, slots=True)
class Held:
    """A list as held."""

    id: str
    version: int
    list: RevocationList = field(repr=False)

    @property
    def entries(self) -> int:
        return len(self.list.revoked) // SERIAL_BYTES


class Lists:
    """Its verbs; each takes the caller's transaction."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._kept: dict[str, Held] = {}

    def of(self, tx: Tx, authority: str) -> list[Held]:
        """Every list of an authority's key that we have stored ourselves."""
        found = []
        for row in tx.execute(BRIEF, {"authority_": authority}).all():
            kept = self._kept.get(row.id)
            if kept is None or kept.version != row.version:
                kept = self._load(tx, row.id)
            if kept is not None:
                found.append(kept)
        return found

    def put(self, tx: Tx, source: Source, new: RevocationList, now: int) -> bool | str:
        """Keep a list; False where it is the one we have, a text where that one is better."""
        row = tx.execute(FULL, {"id_": source.id}).first()
        before = self._read(row) if row else None
        if before is not None:
            if why := _is_step_back(before.list, new, now):
                return why
            if (new.number, new.issued_at) == (before.list.number, before.list.issued_at):
                return False
        version = int(row.version) + 1 if row else 1
        values = self._row(source, new, version)
        if row is None:
            done = tx.execute(ADD, values | {"swept": 0}).first()
        else:
            moved = {f"{name}_": value for name, value in values.items()}
            done = tx.execute(REPLACE, moved | {"before": row.version}).first()
        # Where another node was faster, what it stored is as good.
        return done is not None

    def unswept(self, tx: Tx) -> list[tuple[str, str, int]]:
        """Lists that the cards were not gone through with: which, of whom, in which version."""
        return [(row.id, row.authority, row.version) for row in tx.execute(UNSWEPT).all()]

    def note_swept(self, tx: Tx, which: str, version: int) -> None:
        """The cards were gone through with it."""
        tx.execute(SWEPT, {"id_": which, "version_": version})

    def _load(self, tx: Tx, which: str) -> Held | None:
        row = tx.execute(FULL, {"id_": which}).first()
        held = self._read(row) if row else None
        if held is None:
            self._kept.pop(which, None)
        else:
            self._kept[which] = held
        return held

    def _row(self, source: Source, new: RevocationList, version: int) -> dict[str, object]:
        row: dict[str, object] = {
            "id": source.id,
            "authority": source.authority,
            "number": str(new.number),
            "base": "" if new.base is None else str(new.base),
            "issued_at": new.issued_at,
            "next_at": new.next_at,
            "points": json.dumps(new.points),
            "scope": new.scope.value,
            "entries": len(new.revoked) // SERIAL_BYTES,
            "revoked": new.revoked,
            "released": new.released,
            "version": version,
        }
        return row | {"mark": self._mark(list(row.values()))}

    def _mark(self, values: Sequence[object]) -> bytes:
        plain = [one if isinstance(one, str | int | bytes) else str(one) for one in values]
        return self._marks.of("revocation_lists", *plain)

    def _read(self, row: Found) -> Held | None:
        *values, _swept, mark = row
        if self._mark(values) != mark:
            log.error("a revocation list is not ours", list=row.id)
            return None
        return Held(
            row.id,
            row.version,
            RevocationList(
                number=int(row.number),
                base=int(row.base) if row.base else None,
                issued_at=row.issued_at,
                next_at=row.next_at,
                points=tuple(json.loads(row.points)),
                scope=Scope(row.scope),
                revoked=row.revoked,
                released=row.released,
            ),
        )


def _is_step_back(before: RevocationList, new: RevocationList, now: int) -> str:
    """XC-012: an older list, played back, would let a revoked card in again."""
    if (before.base is None) != (new.base is None):
        return "it tells of all where it told of changes, or the other way round"
    if new.number < before.number or new.issued_at < before.issued_at:
        return f"it is older than the one we have ({new.number} after {before.number})"
    # Another list of the same authority, of a higher number: who is revoked would be on it no more.
    if now < before.next_at and not _tells_as_much(before, new):
        return "it is about fewer certificates than the one we have"
    return ""


def _tells_as_much(before: RevocationList, new: RevocationList) -> bool:
    """Whether all that one list is about, another one is about, too (RFC 5280 §5.2.5)."""
    if new.scope not in {Scope.ALL, before.scope}:
        return False
    # Without places a list is about all that its authority has issued.
    return not new.points or bool(before.points and set(before.points) <= set(new.points))
