# SPDX-License-Identifier: Apache-2.0
"""Requests as they are kept: sealed for their row, and changed only by whoever saw the newest."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from idp.accounts.particulars import Visibility
from idp.clock import Clock
from idp.crypto import KeyRing
from idp.db import Found, Tx, table_of
from idp.registration.models import RequestEventRow, RequestRow
from idp.registration.values import CardShown, Content, Details, Happening, Request, Stage, Wishes

table = table_of(RequestRow)
events = table_of(RequestEventRow)
LOAD = select(table).where(table.c.id == bindparam("request"))
HELD = select(table).where(table.c.holder == bindparam("holder_"))
ADD = insert(table)
NUMBER = select(func.coalesce(func.max(events.c.number), 0) + 1).where(
    events.c.request == bindparam("request")
)
NOTE = insert(events)
HISTORY = select(events).where(events.c.request == bindparam("request")).order_by(events.c.number)
# What a row holds beside a request's own values.
APART = frozenset({"stage", "content"})
OPEN = tuple(one.name for one in fields(Request) if one.name not in APART)


class Store:
    """Reads and writes requests; who may is asked elsewhere."""

    def __init__(self, clock: Clock, ring: KeyRing) -> None:
        self._clock = clock
        self._ring = ring

    def load(self, tx: Tx, request: str) -> Request | None:
        """One request, opened."""
        row = tx.execute(LOAD, {"request": request}).first()
        return self.read(row) if row else None

    def held(self, tx: Tx, holder: bytes) -> Request | None:
        """The request that a browser holds."""
        row = tx.execute(HELD, {"holder_": holder}).first()
        return self.read(row) if row else None

    def add(self, tx: Tx, request: Request, holder: bytes) -> None:
        """A new one."""
        row = {name: getattr(request, name) for name in OPEN}
        row |= {"state": request.stage.value, "content": self._seal(request), "holder": holder}
        row |= dict.fromkeys(("last_name", "first_name", "email", "card_serial"), "")
        tx.execute(ADD, row)

    def change(
        self, tx: Tx, request: Request, beside: Mapping[str, Any] | None = None
    ) -> Request | None:
        """Write a request that was read before; None where it has changed meanwhile.

        One statement decides who was first (RL-21). `beside` names columns that are no part of the
        value, such as what the queue looks for.
        """
        known = replace(request, version=request.version + 1, updated_at=self._clock.now())
        values: dict[str, Any] = {name: getattr(known, name) for name in OPEN if name != "id"}
        values |= {"state": known.stage.value, "content": self._seal(known)}
        changed = (
            update(table)
            .where(table.c.id == request.id, table.c.version == request.version)
            .values(**values | dict(beside or {}))
            .returning(table.c.id)
        )
        return known if tx.execute(changed).first() else None

    def note(self, tx: Tx, request: str, what: str, by: str = "", note: str = "") -> None:
        """Write a line of the request's history; after a change, which holds the row."""
        number = tx.execute(NUMBER, {"request": request}).scalar_one()
        row = {"request": request, "number": number, "at": self._clock.now()}
        tx.execute(NOTE, row | {"what": what, "by": by, "note": note})

    def history(self, tx: Tx, request: str) -> list[Happening]:
        """What happened to it, in order."""
        rows = tx.execute(HISTORY, {"request": request}).all()
        return [Happening(row.number, row.at, row.what, row.by, row.note) for row in rows]

    def read(self, row: Found) -> Request:
        """The request in a row of its table."""
        opened = self._ring.open(row.content, **place(row.id)).decode()
        values = {name: getattr(row, name) for name in OPEN}
        return Request(stage=Stage(row.state), content=content_of(json.loads(opened)), **values)

    def _seal(self, request: Request) -> str:
        text = json.dumps(asdict(request.content), ensure_ascii=False)
        return self._ring.seal(text.encode(), **place(request.id))


def place(request: str) -> dict[str, str]:
    """Where a request's content is sealed for (WB-052)."""
    return {"table": "registration_requests", "column": "content", "row": request}


def content_of(found: Mapping[str, Any]) -> Content:
    """What was kept; what this version does not know is left out."""
    details = {name: found["details"][name] for name in _names(Details) & set(found["details"])}
    if "visibility" in details:
        details["visibility"] = Visibility(details["visibility"])
    wishes = {name: tuple(found["wishes"][name]) for name in _names(Wishes) & set(found["wishes"])}
    card = CardShown(**found["card"]) if found["card"] else None
    return Content(found["has_card"], card, Details(**details), Wishes(**wishes))


def _names(kind: Any) -> set[str]:
    return {one.name for one in fields(kind)}
