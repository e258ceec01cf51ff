# SPDX-License-Identifier: Apache-2.0
"""Earlier registrations of an application: who changed it when, and what it was before."""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select

from idp.applications.models import VersionRow
from idp.db import Tx, table_of

MOST = 50
table = table_of(VersionRow)
KEEP = insert(table)
COLUMNS = (table.c.version, table.c.at, table.c.by, table.c.registration)
OF = table.c.application == bindparam("key")
NEWEST = select(*COLUMNS).where(OF).order_by(table.c.version.desc()).limit(MOST)
BY_OTHERS = select(*COLUMNS).where(OF, table.c.by != bindparam("itself"))
BY_OTHERS = BY_OTHERS.order_by(table.c.version.desc()).limit(1)
ONE = select(*COLUMNS).where(OF, table.c.version == bindparam("number"))


@dataclass(frozen=True, slots=True)
class Version:
    """A registration as it was from one change to the next."""

    number: int
    at: int
    # The id of an account, an application, or the command line.
    by: str
    registration: str


def keep(tx: Tx, application: str, version: Version) -> None:
    """Keep what was just written."""
    row = {"application": application, "version": version.number, "at": version.at}
    tx.execute(KEEP, row | {"by": version.by, "registration": version.registration})


def of(tx: Tx, application: str) -> list[Version]:
    """The newest first."""
    return [Version(*row) for row in tx.execute(NEWEST, {"key": application}).all()]


def by_others(tx: Tx, application: str, itself: str) -> Version | None:
    """The newest that is not by the application itself."""
    row = tx.execute(BY_OTHERS, {"key": application, "itself": itself}).first()
    return Version(*row) if row else None


def load(tx: Tx, application: str, number: int) -> Version | None:
    """One of them."""
    row = tx.execute(ONE, {"key": application, "number": number}).first()
    return Version(*row) if row else None
