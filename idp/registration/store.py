# SPDX-License-Identifier: Apache-2.0
"""Requests as they are kept: sealed for their row, and changed only by whoever saw the newest."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from idp.accounts.values import fold, sort_key
from idp.clock import Clock
from idp.crypto import VERSION, KeyRing
from idp.db import Found, Tx, table_of
from idp.registration import packing
from idp.registration.models import RequestEventRow, RequestRow
from idp.registration.values import Happening, Request, Stage

TABLE = "registration_requests"
EVENTS = "registration_events"
table = table_of(RequestRow)
events = table_of(RequestEventRow)
LOAD = select(table).where(table.c.id == bindparam("request"))
# FOR UPDATE: whoever holds it is alone with it until the transaction ends.
HOLD = LOAD.with_for_update()
HELD = select(table).where(table.c.holder == bindparam("holder_"))
ADD = insert(table)
NUMBER = select(func.coalesce(func.max(events.c.number), 0) + 1).where(
    events.c.request == bindparam("request")
)
NOTE = insert(events)
HISTORY = select(events).where(events.c.request == bindparam("request")).order_by(events.c.number)
# What a row holds beside a request's own values.
APART = frozenset({"stage", "content", "answer"})
OPEN = tuple(one.name for one in fields(Request) if one.name not in APART)
# What the queue looks for and compares: as the request was last sent.
SOUGHT = ("last_name", "first_name", "birth_date", "profession", "email", "card_serial")
BLANK = dict.fromkeys(SOUGHT, "")
SENT = frozenset({Stage.UNCONFIRMED, Stage.PENDING})
LENGTH: Any = bindparam("length")
SEALED_BY_OTHERS = (
    select(table.c.id, table.c.content, table.c.answer)
    .where(func.substr(table.c.content, 1, LENGTH) != bindparam("beginning"))
    .limit(bindparam("most"))
)
NOTES_BY_OTHERS = (
    select(events)
    .where(events.c.note != "", func.substr(events.c.note, 1, LENGTH) != bindparam("beginning"))
    .limit(bindparam("most"))
)
# Only what was read is replaced.
RESEAL = (
    update(table)
    .where(table.c.id == bindparam("request"), table.c.content == bindparam("before"))
    .values(content=bindparam("content_"), answer=bindparam("answer_"))
)
RESEAL_NOTE = (
    update(events)
    .where(events.c.request == bindparam("request_"), events.c.number == bindparam("number_"))
    .values(note=bindparam("note_"))
)


class Store:
    """Reads and writes requests; who may is asked elsewhere."""

    def __init__(self, clock: Clock, ring: KeyRing) -> None:
        self._clock = clock
        self._ring = ring

    def load(self, tx: Tx, request: str) -> Request | None:
        """One request, opened."""
        row = tx.execute(LOAD, {"request": request}).first()
        return self.read(row) if row else None

    def hold(self, tx: Tx, request: str) -> Request | None:
        """The same, which nobody else changes until the transaction ends."""
        row = tx.execute(HOLD, {"request": request}).first()
        return self.read(row) if row else None

    def held(self, tx: Tx, holder: bytes) -> Request | None:
        """The request that a browser holds."""
        row = tx.execute(HELD, {"holder_": holder}).first()
        return self.read(row) if row else None

    def add(self, tx: Tx, request: Request, holder: bytes | None = None) -> None:
        """A new one."""
        row = BLANK | sought(request) if request.stage in SENT else BLANK
        tx.execute(ADD, {**self._row(request), **row, "id": request.id, "holder": holder})

    def change(
        self, tx: Tx, request: Request, beside: Mapping[str, Any] | None = None
    ) -> Request | None:
        """Write a request that was read before; None where it has changed meanwhile.

        One statement decides who was first (RL-21). What the queue looks for follows from what was
        sent, and goes with what is given up; `beside` names columns that are no part of the value.
        """
        known = replace(request, version=request.version + 1, updated_at=self._clock.now())
        values = self._row(known) | dict(beside or {})
        if known.stage in SENT:
            values |= sought(known)
        if known.stage is Stage.ABANDONED:
            values |= BLANK
        changed = (
            update(table)
            .where(table.c.id == request.id, table.c.version == request.version)
            .values(**values)
            .returning(table.c.id)
        )
        return known if tx.execute(changed).first() else None

    def note(self, tx: Tx, request: str, what: str, by: str = "", note: str = "") -> None:
        """Write a line of the request's history; after `change` or `hold`, which hold the row."""
        number: int = tx.execute(NUMBER, {"request": request}).scalar_one()
        row = {"request": request, "number": number, "at": self._clock.now()}
        sealed = self._seal(EVENTS, "note", f"{request}|{number}", note)
        tx.execute(NOTE, row | {"what": what, "by": by, "note": sealed})

    def history(self, tx: Tx, request: str) -> list[Happening]:
        """What happened to it, in order."""
        rows = tx.execute(HISTORY, {"request": request}).all()
        return [Happening(row.number, row.at, row.what, row.by, self._note(row)) for row in rows]

    def read(self, row: Found) -> Request:
        """The request in a row of its table."""
        content = self._open(TABLE, "content", row.id, row.content)
        values = {name: getattr(row, name) for name in OPEN}
        return Request(
            stage=Stage(row.state),
            content=packing.unpack(json.loads(content)),
            answer=self._open(TABLE, "answer", row.id, row.answer),
            **values,
        )

    def reseal(self, tx: Tx, most: int = 100) -> int:
        """Seal up to `most` of each again with the ring's active key; 0 when none is left."""
        beginning = f"{VERSION}.{self._ring.active_id}."
        known = {"beginning": beginning, "length": len(beginning), "most": most}
        found = tx.execute(SEALED_BY_OTHERS, known).all()
        notes = tx.execute(NOTES_BY_OTHERS, known).all()
        for row in found:
            after = {"request": row.id, "before": row.content}
            for name in ("content", "answer"):
                plain = self._open(TABLE, name, row.id, getattr(row, name))
                after[f"{name}_"] = self._seal(TABLE, name, row.id, plain)
            tx.execute(RESEAL, after)
        for row in notes:
            sealed = self._seal(EVENTS, "note", f"{row.request}|{row.number}", self._note(row))
            line = {"request_": row.request, "number_": row.number}
            tx.execute(RESEAL_NOTE, line | {"note_": sealed})
        return len(found) + len(notes)

    def _row(self, request: Request) -> dict[str, Any]:
        content = json.dumps(packing.pack(request.content), ensure_ascii=False)
        return {name: getattr(request, name) for name in OPEN if name != "id"} | {
            "state": request.stage.value,
            "content": self._seal(TABLE, "content", request.id, content),
            "answer": self._seal(TABLE, "answer", request.id, request.answer),
        }

    def _note(self, row: Found) -> str:
        return self._open(EVENTS, "note", f"{row.request}|{row.number}", row.note)

    def _seal(self, where: str, column: str, row: str, text: str) -> str:
        if not text:
            return ""
        return self._ring.seal(text.encode(), table=where, column=column, row=row)

    def _open(self, where: str, column: str, row: str, sealed: str) -> str:
        if not sealed:
            return ""
        return self._ring.open(sealed, table=where, column=column, row=row).decode()


def sought(request: Request) -> dict[str, str]:
    """What the queue looks for and compares, folded."""
    details, card = request.content.details, request.content.card
    return {
        "last_name": folded_name(details.last_name),
        "first_name": folded_name(details.first_name),
        "birth_date": details.birth_date,
        "profession": details.profession,
        "email": fold(details.email)[:512],
        "card_serial": card.serial if card else "",
    }


def folded_name(name: str) -> str:
    """A name without accents or case, as it is compared and sought."""
    return sort_key(name.strip())[0][:128]
