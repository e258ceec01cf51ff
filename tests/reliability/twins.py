# SPDX-License-Identifier: Apache-2.0
"""One installation twice, on SQLite and on PostgreSQL: same clock, same chance, same deeds."""

import random
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from idp.db import Base, Database, Tx
from idp.http.services import Core
from idp.opening import open_core, open_database
from idp.schema import upgrade
from tests.world import StandingClock, settings_for

# Sealed with a nonce of its own each time.
SEALED = {"installation_secrets", "signing_keys", "alembic_version"}
# So are single columns.
CLOSED = {
    "messages": {"recipient", "content"},
    "one_time_codes": {"destination"},
    "pending_secrets": {"content"},
    "totp": {"secret"},
}
SHUT = "sealed"


class Chance:
    """Entropy that falls the same way each time it begins anew."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """From the beginning."""
        self._random = random.Random(20)

    def bytes(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def token(self, size: int = 32) -> str:
        return urlsafe_b64encode(self.bytes(size)).rstrip(b"=").decode()


class GiveUp(Exception):
    """Leaves a transaction without keeping anything."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


@dataclass
class Twin:
    """One of the two."""

    core: Core
    chance: Chance

    @property
    def database(self) -> Database:
        return self.core.database

    def empty(self) -> None:
        """Nothing but the keys, and chance from its beginning."""
        self.chance.begin()
        self.core.audit._last = 0
        self.core.applications._parsed.clear()
        with self.database.write() as tx:
            if not self.database.is_sqlite:
                tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in reversed(Base.metadata.sorted_tables):
                if table.name not in SEALED:
                    tx.exec_driver_sql(f'DELETE FROM "{table.name}"')
            if self.database.is_sqlite:
                tx.exec_driver_sql("DELETE FROM sqlite_sequence")
            else:
                tx.exec_driver_sql("ALTER SEQUENCE audit_events_id_seq RESTART")

    def do(self, deed: Callable[[Core, Tx], Any]) -> Any:
        """Its result; a fault by its kind."""
        try:
            with self.database.write() as tx:
                return deed(self.core, tx)
        except GiveUp as given_up:
            return given_up.result
        except Exception as fault:  # noqa: BLE001
            return type(fault).__name__

    def alone(self, deed: Callable[[Core], Any]) -> Any:
        """The same of what opens its transaction itself."""
        try:
            return deed(self.core)
        except Exception as fault:  # noqa: BLE001
            return type(fault).__name__

    def everything(self) -> dict[str, Any]:
        """All rows of all tables."""
        found = {}
        with self.database.read() as tx:
            for table in Base.metadata.sorted_tables:
                if table.name not in SEALED:
                    rows = tx.execute(text(f'SELECT * FROM "{table.name}"')).mappings()
                    closed = CLOSED.get(table.name, set())
                    found[table.name] = sorted((_plain(row, closed) for row in rows), key=repr)
        return found


def _plain(row: Any, closed: set[str]) -> dict[str, Any]:
    # Another nonce each time: only whether there is something can be compared.
    row = {name: SHUT if name in closed and row[name] else row[name] for name in row}
    # The number of an event says nothing of its order, and has gaps on PostgreSQL alone.
    left_out = {"id"} if "mac" in row and "kind" in row else set()
    return {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in sorted(row.items())
        if name not in left_out
    }


@dataclass
class Twins:
    """Both."""

    sqlite: Twin
    postgresql: Twin
    clock: StandingClock
    deeds: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Both from nothing."""
        self.clock.at = 1_790_000_000.0
        self.deeds.clear()
        for twin in (self.sqlite, self.postgresql):
            twin.empty()

    def do(self, name: str, deed: Callable[[Core, Tx], Any]) -> Any:
        """The same on both, with the same result."""
        self.deeds.append(name)
        one, other = self.sqlite.do(deed), self.postgresql.do(deed)
        assert one == other, f"{name}: {one!r} on SQLite, {other!r} on PostgreSQL"
        return one

    def alone(self, name: str, deed: Callable[[Core], Any]) -> Any:
        """The same of what opens its transaction itself."""
        self.deeds.append(name)
        one, other = self.sqlite.alone(deed), self.postgresql.alone(deed)
        assert one == other, f"{name}: {one!r} on SQLite, {other!r} on PostgreSQL"
        return one

    def compare(self) -> None:
        """The same rows in all tables."""
        one, other = self.sqlite.everything(), self.postgresql.everything()
        for table, rows in one.items():
            assert rows == other[table], f"{table} differs after {self.deeds[-1:]}"


@contextmanager
def open_twins(sqlite_url: str, postgres_url: str) -> Iterator[Twins]:
    """Two empty installations that have the same secrets."""
    clock = StandingClock()
    twins = Twins(_open(sqlite_url, clock), _open(postgres_url, clock), clock)
    yield twins
    for twin in (twins.sqlite, twins.postgresql):
        twin.core.passwords.close()
        twin.database.close()


def _open(url: str, clock: StandingClock) -> Twin:
    settings, chance = settings_for(url), Chance()
    database = open_database(settings)
    upgrade(database)
    core, _secrets = open_core(settings, database, clock, chance)
    if database.is_sqlite:
        with database.write() as tx:
            found = tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in found.all():
                # Only so that each example may begin empty.
                tx.exec_driver_sql(f"DROP TRIGGER {name}")
    return Twin(core, chance)
