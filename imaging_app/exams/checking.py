# SPDX-License-Identifier: Apache-2.0
"""Whether the store holds what the index says, byte for byte; and what nobody says anything of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select, tuple_

from imaging_app.db import Database, Tx, take_turn
from imaging_app.exams.index import IMAGES, images, table
from imaging_app.store.port import Place, Store

BLOCK: Final = 500
_key = (images.c.uid, images.c.establishment)
NEXT: Final = (
    IMAGES.add_columns(images.c.establishment)
    .where(tuple_(*_key) > tuple_(bindparam("after_"), bindparam("house_")))
    .order_by(*_key)
    .limit(BLOCK)
)
# Whoever holds it: the same bytes lie in the store once, for all of them.
KNOWN: Final = (
    select(images.c.digest)
    .join_from(images, table, images.c.exam == table.c.id)
    .where(
        images.c.uid == bindparam("uid_"),
        images.c.series == bindparam("series_"),
        table.c.uid == bindparam("study_"),
        images.c.digest == bindparam("digest_"),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one: missing, changed, or unknown (nobody says anything of it)."""

    kind: str
    place: Place


def check(database: Database, store: Store) -> Iterator[Fault]:
    """Look at every image, in the order of names; at what several hold, once."""
    after, house, looked = "", "", set[Place]()
    while True:
        with database.read() as tx:
            rows = tx.execute(NEXT, {"after_": after, "house_": house}).all()
        for row in rows:
            place = Place(row.study, row.series, row.uid, row.digest)
            if row.uid != after:
                looked.clear()
            after, house = row.uid, row.establishment
            if place in looked:
                continue
            looked.add(place)
            found = store.digest(place)
            if found != row.digest:
                yield Fault("missing" if found is None else "changed", place)
        if len(rows) < BLOCK:
            break
    yield from strangers(database, store)


def strangers(database: Database, store: Store) -> Iterator[Fault]:
    """What a process that was killed half way through a batch left in the store."""
    for place in store.places():
        with database.read() as tx:
            if not is_known(tx, place):
                yield Fault("unknown", place)


def is_known(tx: Tx, place: Place) -> bool:
    """Whether any establishment holds what lies there."""
    asked = {"uid_": place.image, "series_": place.series, "study_": place.study}
    return tx.execute(KNOWN, {**asked, "digest_": place.digest}).first() is not None


def drop_strangers(database: Database, store: Store) -> int:
    """Drop them; nobody takes images in meanwhile."""
    found = list(strangers(database, store))
    return sum(drop_unknown(database, store, fault.place) for fault in found)


def drop_unknown(database: Database, store: Store, place: Place) -> bool:
    """Drop what no row knows, in the turn of what comes in.

    It may have come again meanwhile, and another establishment may hold the same bytes.
    """
    with database.write() as tx:
        take_turn(tx, "exams")
        return not is_known(tx, place) and store.drop(place)
