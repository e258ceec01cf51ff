# SPDX-License-Identifier: Apache-2.0
"""Whether the store holds what the index says, byte for byte; and what nobody says anything of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from imaging_app.db import Database, take_turn
from imaging_app.exams.index import IMAGES, images
from imaging_app.store.port import Place, Store

BLOCK: Final = 500
NEXT: Final = IMAGES.where(images.c.uid > bindparam("after_")).order_by(images.c.uid).limit(BLOCK)
KNOWN: Final = select(images.c.digest).where(images.c.uid == bindparam("uid_"))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one: missing, changed, or unknown (nobody says anything of it)."""

    kind: str
    place: Place


def check(database: Database, store: Store) -> Iterator[Fault]:
    """Look at every image, in the order of names."""
    after = ""
    while True:
        with database.read() as tx:
            rows = tx.execute(NEXT, {"after_": after}).all()
        for row in rows:
            place = Place(row.study, row.series, row.uid, row.digest)
            found = store.digest(place)
            if found != row.digest:
                yield Fault("missing" if found is None else "changed", place)
        if len(rows) < BLOCK:
            break
        after = rows[-1].uid
    yield from strangers(database, store)


def strangers(database: Database, store: Store) -> Iterator[Fault]:
    """What a process that was killed half way through a batch left in the store."""
    for place in store.places():
        with database.read() as tx:
            if tx.execute(KNOWN, {"uid_": place.image}).scalar() != place.digest:
                yield Fault("unknown", place)


def drop_strangers(database: Database, store: Store) -> int:
    """Drop them; nobody takes images in meanwhile."""
    found = list(strangers(database, store))
    return sum(drop_unknown(database, store, fault.place) for fault in found)


def drop_unknown(database: Database, store: Store, place: Place) -> bool:
    """Drop what no row knows, in the turn of what comes in: it may have come again meanwhile."""
    with database.write() as tx:
        take_turn(tx, "exams")
        known = tx.execute(KNOWN, {"uid_": place.image}).scalar() == place.digest
        return not known and store.drop(place)
