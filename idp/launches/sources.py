# SPDX-License-Identifier: Apache-2.0
"""Programs that may send launches, as they are registered."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from connectors.base import Level
from connectors.launches import LaunchSource
from idp.accounts import establishments
from idp.accounts.establishments import Standing
from idp.db import Found, Tx, table_of
from idp.launches.models import LaunchSourceRow

MEANS: Final = "launch"
table = table_of(LaunchSourceRow)
ALL = select(table)
LOAD = select(table).where(table.c.key == bindparam("source"))
NAMED = select(table).where(table.c.issuer == bindparam("named"))
# Of two who change it at once, the second sees what the first wrote.
LOCK = LOAD.with_for_update()
ADD = insert(table)
CHANGED: Final = (
    "name",
    "establishment",
    "issuer",
    "algorithm",
    "jwks",
    "jwks_uri",
    "certificate",
    "level",
    "applications",
    "numbers",
    "state",
)
CHANGE = (
    update(table)
    .where(table.c.key == bindparam("source"))
    .values({name: bindparam(f"new_{name}") for name in CHANGED} | {"updated_at": bindparam("now")})
)
USED = update(table).where(table.c.key == bindparam("source")).values(last_used_at=bindparam("now"))


class State(StrEnum):
    """Whether launches of a source are taken."""

    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Source:
    """One program, as an administrator wrote it down."""

    key: str
    name: str
    establishment: str
    issuer: str
    algorithm: str = "ES256"
    jwks: str = ""
    jwks_uri: str = ""
    certificate: str = ""
    level: Level = Level.PASSWORD
    applications: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    state: State = State.ENABLED

    @property
    def enabled(self) -> bool:
        """Whether its launches are taken."""
        return self.state is State.ENABLED


@dataclass(frozen=True, slots=True)
class Registered:
    """A source with what happened to it."""

    source: Source
    updated_at: int
    last_used_at: int | None


def load(tx: Tx, key: str) -> Source | None:
    """The source of this key."""
    row = tx.execute(LOAD, {"source": key}).first()
    return _read(row) if row else None


def registered(tx: Tx, key: str, *, held: bool = False) -> Registered | None:
    """The same, with what happened to it; `held` until the transaction ends."""
    row = tx.execute(LOCK if held else LOAD, {"source": key}).first()
    return _registered(row) if row else None


def every(tx: Tx) -> list[Registered]:
    """All of them, by name."""
    found = [_registered(row) for row in tx.execute(ALL).all()]
    return sorted(found, key=lambda one: (one.source.name.casefold(), one.source.key))


def named(tx: Tx, issuer: str) -> Source | None:
    """The source whose launches bear this name."""
    row = tx.execute(NAMED, {"named": issuer}).first()
    return _read(row) if row else None


def put(tx: Tx, source: Source, now: int) -> None:
    """Make it, or change it."""
    values = asdict(source) | {
        "level": int(source.level),
        "applications": " ".join(source.applications),
        "numbers": " ".join(source.numbers),
        "state": source.state.value,
    }
    if load(tx, source.key) is None:
        tx.execute(ADD, values | {"created_at": now, "updated_at": now, "last_used_at": None})
        return
    changed = {f"new_{name}": values[name] for name in CHANGED}
    tx.execute(CHANGE, changed | {"source": source.key, "now": now})


def is_open(tx: Tx, source: Source) -> bool:
    """Whether its launches are taken: nobody answers for it any more whose establishment left."""
    house = establishments.load(tx, source.establishment)
    return source.enabled and house is not None and house.state is Standing.ACTIVE


def note_use(tx: Tx, key: str, now: int) -> None:
    """It has just sent one that was taken."""
    tx.execute(USED, {"source": key, "now": now})


def as_means(source: Source) -> LaunchSource:
    """A source as the means reads it."""
    return LaunchSource(
        key=source.key,
        issuer=source.issuer,
        establishment=source.establishment,
        algorithm=source.algorithm,
        keys=source.jwks,
        keys_address=source.jwks_uri,
        certificate=source.certificate,
        numbers=source.numbers,
        enabled=source.enabled,
    )


def _registered(row: Found) -> Registered:
    return Registered(_read(row), row.updated_at, row.last_used_at)


def _read(row: Found) -> Source:
    return Source(
        key=row.key,
        name=row.name,
        establishment=row.establishment,
        issuer=row.issuer,
        algorithm=row.algorithm,
        jwks=row.jwks,
        jwks_uri=row.jwks_uri,
        certificate=row.certificate,
        level=Level(row.level),
        applications=tuple(row.applications.split()),
        numbers=tuple(row.numbers.split()),
        state=State(row.state),
    )
