# SPDX-License-Identifier: Apache-2.0
"""Verbs of the applications: register, load, list, enable and disable, give a new secret."""

import hmac
import json
from collections.abc import Container, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from sqlalchemy import Integer, bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.applications import versions
from idp.applications.faults import Fault, Unfit, fault
from idp.applications.models import ApplicationRow
from idp.applications.registration import (
    LONGEST_KEY,
    LONGEST_NAME,
    PROTOCOLS,
    BadRegistration,
    read_registration,
)
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Found, Tx, table_of
from idp.lookup import Lookup
from idp.origin import Origin

table = table_of(ApplicationRow)
# All that an application is read from; statements that look for something else besides take these
# columns along, under names of their own.
STORED = ("key", "version", "state", "open_since", "registration", "secret_hash")
COLUMNS = tuple(table.c[name].label(f"application_{name}") for name in STORED)
stored_in = attrgetter(*(column.name for column in COLUMNS))
ALL = select(*COLUMNS)
LOAD = ALL.where(table.c.key == bindparam("application"))
NAMED = ALL.where(table.c.known_as == bindparam("name"))
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.key)
# Only what somebody has seen is replaced: of two who change it at once, the second is told.
CHANGE = (
    update(table)
    .where(table.c.key == bindparam("application"), table.c.version == bindparam("seen_version"))
    .values(
        registration=bindparam("document"),
        protocol=bindparam("protocol_"),
        known_as=bindparam("name"),
        version=table.c.version + 1,
        updated_at=bindparam("now"),
    )
    .returning(table.c.version)
)
SEEN = bindparam("seen_version", type_=Integer)
SET_STATE = (
    update(table)
    .where(
        table.c.key == bindparam("application"),
        table.c.state != bindparam("new_state"),
        # Nothing: whichever it is.
        or_(SEEN.is_(None), table.c.version == SEEN),
    )
    .values(
        state=bindparam("new_state"),
        version=table.c.version + 1,
        updated_at=bindparam("now"),
        open_since=case(
            (bindparam("new_state") == "enabled", bindparam("now")), else_=table.c.open_since
        ),
    )
    .returning(table.c.key)
)
SET_SECRET = (
    update(table)
    .where(table.c.key == bindparam("application"))
    .values(
        secret_hash=bindparam("hash_"), version=table.c.version + 1, updated_at=bindparam("now")
    )
    .returning(table.c.key)
)
# A secret this long can't be guessed, so a fast keyed hash keeps it well enough.
SHORTEST_SECRET = 32


class Applications:
    """The verbs. Parsed registrations are kept; the row is read each time, so that
    an application disabled on one node is refused at once on all (OA-047).
    """

    def __init__(
        self, clock: Clock, audit: Audit, lookup: Lookup, known_means: Container[str]
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._lookup = lookup
        self._known_means = known_means
        self._parsed: dict[str, tuple[tuple[Any, ...], Application]] = {}

    def load(self, tx: Tx, key: str) -> Application | None:
        """The application registered under this key, enabled or not."""
        if not is_key(key):
            return None
        row = tx.execute(LOAD, {"application": key}).first()
        return self.read(row) if row else None

    def named(self, tx: Tx, name: str) -> Application | None:
        """The application that introduces itself by this name, enabled or not."""
        if not name or len(name) > LONGEST_NAME or "\x00" in name:
            return None
        row = tx.execute(NAMED, {"name": name}).first()
        return self.read(row) if row else None

    def name_faults(self, tx: Tx, application: Application) -> list[Fault]:
        """SM-070: what is wrong where another one has its name already."""
        other = self.named(tx, application.known_as)
        if other is None or other.key == application.key:
            return []
        protocol = application.protocol
        return [fault(f"{protocol}.{PROTOCOLS[protocol]}", Unfit.NAME_TAKEN)]

    def every(self, tx: Tx) -> list[Application]:
        """All applications, by key."""
        # Not sorted by the database: each would do it in its own way (RL-20).
        return sorted((self.read(row) for row in tx.execute(ALL).all()), key=_key_of)

    def read(self, row: Found) -> Application:
        """The application in a row that holds its columns."""
        stored = stored_in(row)
        # All of it: a version that a transaction wrote and gave up is given again to another.
        kept = self._parsed.get(row.application_key)
        if kept is not None and kept[0] == stored:
            return kept[1]
        document = json.loads(row.application_registration)
        parsed = read_registration(document, self._known_means, row.application_version)
        application = replace(
            parsed,
            enabled=row.application_state == "enabled",
            open_since=row.application_open_since,
            secret_hash=row.application_secret_hash,
        )
        self._parsed[row.application_key] = stored, application
        return application

    def register(
        self,
        tx: Tx,
        document: Mapping[str, Any],
        origin: Origin | None = None,
        event: Event | None = None,
    ) -> tuple[Application, bool]:
        """Store a registration; answers the application and whether anything changed.

        The event is the caller's where it knows more of it: who did it, and why.
        """
        made = self.add(tx, document, origin, event)
        if made is not None:
            return made, True
        application = read_registration(document, self._known_means)
        faults = self.name_faults(tx, application)
        if faults:
            raise BadRegistration(faults)
        row = tx.execute(LOAD, {"application": application.key}).one()
        if row.application_registration == written(document):
            return self.read(row), False
        known = event or Event("application.changed", application=application.key)
        changed = self.replace(tx, document, row.application_version, known, origin)
        return changed or application, changed is not None

    def add(
        self,
        tx: Tx,
        document: Mapping[str, Any],
        origin: Origin | None = None,
        event: Event | None = None,
    ) -> Application | None:
        """Register a new one; None where there is one of its key or name."""
        application = read_registration(document, self._known_means)
        now, text = self._clock.now(), written(document)
        row = {
            "key": application.key,
            "protocol": application.protocol,
            "state": "enabled",
            "version": 1,
            "registration": text,
            "created_at": now,
            "updated_at": now,
            "known_as": application.known_as or None,
        }
        if tx.execute(ADD, row).first() is None:
            return None
        known = event or Event("application.registered", application=application.key)
        versions.keep(tx, application.key, versions.Version(1, now, by_of(known), text))
        self._audit.record(tx, known, origin)
        return application

    def replace(
        self,
        tx: Tx,
        document: Mapping[str, Any],
        seen: int,
        event: Event,
        origin: Origin | None = None,
    ) -> Application | None:
        """Put a registration in the place of the version somebody saw; None where that is gone."""
        application = read_registration(document, self._known_means)
        now, text = self._clock.now(), written(document)
        known = {
            "application": application.key,
            "document": text,
            "protocol_": application.protocol,
            "name": application.known_as or None,
            "now": now,
            "seen_version": seen,
        }
        row = tx.execute(CHANGE, known).first()
        if row is None:
            return None
        version = versions.Version(row.version, now, by_of(event), text)
        versions.keep(tx, application.key, version)
        self._audit.record(tx, event, origin)
        return replace(application, version=row.version)

    def set_enabled(
        self,
        tx: Tx,
        key: str,
        *,
        enabled: bool,
        seen: int | None = None,
        origin: Origin | None = None,
        event: Event | None = None,
    ) -> bool:
        """Open or close an application; False where nothing changed.

        `seen`: the version that somebody looked at, where no other one is to be opened.
        """
        state = "enabled" if enabled else "disabled"
        known = {
            "application": key,
            "new_state": state,
            "seen_version": seen,
            "now": self._clock.now(),
        }
        if tx.execute(SET_STATE, known).first() is None:
            return False
        noted = event or Event("application.state", application=key, detail={"state": state})
        self._audit.record(tx, noted, origin)
        return True

    def set_secret(
        self,
        tx: Tx,
        key: str,
        secret: str,
        origin: Origin | None = None,
        event: Event | None = None,
    ) -> bool:
        """Give an application a new secret; the old one ends at once."""
        if len(secret) < SHORTEST_SECRET:
            message = f"a secret has {SHORTEST_SECRET} characters at least"
            raise ValueError(message)
        known = {
            "application": key,
            "hash_": self._lookup.hash(secret),
            "now": self._clock.now(),
        }
        if tx.execute(SET_SECRET, known).first() is None:
            return False
        known_as = event or Event("application.secret", application=key)
        self._audit.record(tx, known_as, origin)
        return True

    def secret_matches(self, application: Application, secret: str) -> bool:
        """Whether this is the application's secret; the same work with and without one (OA-056)."""
        expected = application.secret_hash or bytes(32)
        same = hmac.compare_digest(self._lookup.hash(secret), expected)
        return same and application.secret_hash is not None


def is_key(key: str) -> bool:
    """Whether an application could be registered under it, so that looking for it makes sense."""
    return 0 < len(key) <= LONGEST_KEY and "\x00" not in key


def written(document: Mapping[str, Any]) -> str:
    """A registration as it is stored."""
    return json.dumps(dict(document), sort_keys=True, ensure_ascii=False)


def by_of(event: Event) -> str:
    """Who did it; the command line names nobody."""
    return str(event.detail.get("by", "command line"))


def _key_of(application: Application) -> str:
    return application.key
