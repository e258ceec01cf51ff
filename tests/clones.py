# SPDX-License-Identifier: Apache-2.0
"""Databases like a template, used again: emptied, and given the template's rows back.

Cloning and dropping write and unlink hundreds of files, filling again takes a few milliseconds. A
database is dropped all the same where a test left more behind than rows: other tables, columns,
triggers, functions or settings than the template's, or somebody who is still connected.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
# How long those who closed their connections may take to be gone.
LEAVING = 0.5
# Nothing is vacuumed: after so many tests, dead rows and dead files weigh more than a clone.
MOST_USES = 60

CONNECTED = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SHAPE = """
SELECT md5(string_agg(thing, ',' ORDER BY thing COLLATE "C")) FROM (
  SELECT concat('c', relname, relkind, relacl) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat('a', c.relname, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat('t', tgrelid::regclass, tgname, tgenabled)
    FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT concat('k', conrelid::regclass, conname) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat('p', proname, prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat('n', nspname) FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT concat('s', setconfig) FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS things (thing)
"""
TABLES = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
EMPTY = """
DO $$ DECLARE name text; BEGIN
  -- Most tables have never had a row.
  FOR name IN SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
  LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
END $$
"""
COUNTED = (
    "SELECT format('%I', sequencename), coalesce(last_value, start_value), last_value IS NOT NULL "
    "FROM pg_sequences WHERE schemaname = 'public'"
)
COUNT = "SELECT setval(%s::regclass, %s, %s)"


@dataclass
class Clones:
    """The databases that were made of one template, and what makes them like it again."""

    template: str
    make: Callable[[str], None]
    connect: Callable[[str], Connection]
    _spare: list[str] = field(default_factory=list)
    _uses: dict[str, int] = field(default_factory=dict)
    _shape: object = None
    _rows: dict[str, bytes] = field(default_factory=dict)
    _counted: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.connect(self.template) as connection:
            self._shape = connection.execute(SHAPE).fetchone()
            for (name,) in connection.execute(TABLES).fetchall():
                with connection.cursor().copy(f"COPY {name} TO STDOUT".encode()) as copy:
                    if rows := b"".join(bytes(part) for part in copy):
                        self._rows[name] = rows
            self._counted = connection.execute(COUNTED).fetchall()

    def take(self, name: str) -> str:
        """A database like the template: a spare one, or a new one of this name."""
        if self._spare:
            name = self._spare.pop()
        else:
            self.make(name)
        self._uses[name] = self._uses.get(name, 0) + 1
        return name

    def refill(self, name: str) -> bool:
        """Make it like the template again; whether it is now, and is kept for the next test."""
        if self._uses[name] >= MOST_USES:
            return False
        with self.connect(name) as connection:
            if not _is_left_alone(connection):
                return False
            if connection.execute(SHAPE).fetchone() != self._shape:
                return False
            with connection.transaction():
                # No trigger and no foreign key has a say.
                connection.execute("SET LOCAL session_replication_role = replica")
                connection.execute(EMPTY)
                for table, rows in self._rows.items():
                    with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                        copy.write(rows)
            for counted in self._counted:
                connection.execute(COUNT, counted)
        self._spare.append(name)
        return True


def _is_left_alone(connection: Connection) -> bool:
    end = time.monotonic() + LEAVING
    while connection.execute(CONNECTED).fetchone() != (0,):
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
