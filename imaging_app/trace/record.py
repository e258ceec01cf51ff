# SPDX-License-Identifier: Apache-2.0
"""Recording: one row in the transaction of what it tells of, chained to the one before.

The turn is taken before anything else of a transaction is locked, so that two never wait for one
another; it is held until the commit, so that the chain has no gap.
"""

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import String, insert, select

from imaging_app.clock import Now
from imaging_app.crypto import Keys
from imaging_app.db import Tx, table_of, take_turn
from imaging_app.trace.chain import GENESIS, PURPOSE, link
from imaging_app.trace.models import TraceRow

table = table_of(TraceRow)
COLUMNS = tuple(one.name for one in table.columns if one.name != "hash")
"""What the chain covers, in this order."""
SIZES = {one.name: one.type.length for one in table.columns if isinstance(one.type, String)}
LAST = select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)
WRITE = insert(table).inline()
ALLOWED = "allowed"
LONGEST_DETAIL = 2000
_nothing: Mapping[str, str | int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where."""

    kind: str
    subject: str
    rpps: str = ""
    name: str = ""
    profession: str = ""
    speciality: str = ""
    establishment: str = ""
    session: str = ""
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What they do, to whose, and why; the detail holds small facts, never a code or a name."""

    action: str
    outcome: str = ALLOWED
    patient: str | None = None
    exam: str | None = None
    establishment: str | None = None
    basis: str = ""
    motive: str = ""
    emergency: bool = False
    shown: bool = False
    detail: Mapping[str, str | int] = field(default_factory=lambda: _nothing)


class Trace:
    """The only writer of the trace."""

    def __init__(self, keys: Keys, now: Now) -> None:
        self._keys = keys
        self._now = now

    def begin(self, tx: Tx) -> None:
        """Take the turn: the first thing that a transaction locks."""
        take_turn(tx, "trace")

    def record(self, tx: Tx, actor: Actor, deed: Deed) -> int:
        """Write the row in the caller's transaction; its place in the chain."""
        return self.record_each(tx, actor, [deed])[0]

    def record_each(self, tx: Tx, actor: Actor, deeds: Sequence[Deed]) -> list[int]:
        """The same for several deeds of one, in their order."""
        if not deeds:
            return []
        self.begin(tx)
        last = tx.execute(LAST).first()
        seq, before = (0, GENESIS) if last is None else (last.seq, last.hash)
        key, rows = self._keys.key_for(PURPOSE), list[dict[str, object]]()
        for deed in deeds:
            seq += 1
            row = self._row(seq, actor, deed)
            before = row["hash"] = link(key, before, [row[name] for name in COLUMNS])
            rows.append(row)
        tx.execute(WRITE, rows)
        return [seq - len(rows) + number for number in range(1, len(rows) + 1)]

    def _row(self, seq: int, actor: Actor, deed: Deed) -> dict[str, object]:
        values = {
            "seq": seq,
            "at": self._now(),
            "action": deed.action,
            "outcome": deed.outcome,
            "actor_kind": actor.kind,
            "actor": actor.subject,
            "rpps": actor.rpps,
            "actor_name": actor.name,
            "profession": actor.profession,
            "speciality": actor.speciality,
            "actor_establishment": actor.establishment,
            "patient": deed.patient,
            "exam": deed.exam,
            "establishment": deed.establishment,
            "basis": deed.basis,
            "motive": deed.motive,
            "emergency": deed.emergency,
            "shown": deed.shown,
            "detail": json.dumps(dict(deed.detail), ensure_ascii=False)[:LONGEST_DETAIL],
            "session": actor.session,
            "address": truncated(actor.address),
            "request_id": actor.request_id,
            "key": self._keys.active,
        }
        return {name: _clean(value, SIZES.get(name)) for name, value in values.items()}


def truncated(address: str) -> str:
    """An address as far as it may be kept for good: a network, nobody's own."""
    try:
        one = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped:
        one = one.ipv4_mapped
    return str(ipaddress.ip_network(f"{one}/{24 if one.version == 4 else 48}", strict=False))


def _clean(value: object, size: int | None) -> object:
    """Text that both databases store unchanged, and that can't forge a line of an export."""
    if not isinstance(value, str):
        return value
    text = value if size is None else value[:size]
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
