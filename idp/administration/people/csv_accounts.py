# SPDX-License-Identifier: Apache-2.0
"""Accounts as a table: those that somebody may take away, by the filters of the list."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from idp.accounts.particulars import titles_of
from idp.administration.authority import Authority, Denied
from idp.administration.people.desk import People
from idp.administration.people.search import LARGEST, Query
from idp.administration.rights import RIGHTS, Right
from idp.audit.record import Audit
from idp.db import Database

HEADER: Final = (
    "identifier",
    "last_name",
    "first_name",
    "population",
    "state",
    "email",
    "profession",
    "town",
    "establishments",
    "title",
)


class AccountExport:
    """Reads them a page at a time: a million takes no more room than two hundred."""

    def __init__(self, database: Database, audit: Audit, people: People) -> None:
        self._database = database
        self._audit = audit
        self._people = people

    def rows(self, authority: Authority, query: Query) -> Denied | Iterator[tuple[object, ...]]:
        """Everybody found, by name; that it was taken away is kept before the first of them."""
        if denied := authority.refuses(Right.ACCOUNTS_EXPORT):
            return denied
        narrow = exporting(authority)
        first = replace(query, size=LARGEST, after="")
        with self._database.write() as tx:
            found = self._people.search(tx, narrow, first)
            if isinstance(found, Denied):
                return found
            event = authority.event(
                "accounts.exported",
                population=query.population,
                state=query.state,
                establishment=query.establishment,
            )
            self._audit.record(tx, event, authority.origin)
        return self._rows(narrow, first)

    def _rows(self, authority: Authority, query: Query) -> Iterator[tuple[object, ...]]:
        while True:
            with self._database.read() as tx:
                found = self._people.search(tx, authority, query)
                lines = () if isinstance(found, Denied) else found.lines
                titles = titles_of(tx, [one.id for one in lines])
            if isinstance(found, Denied):
                return
            for one in found.lines:
                yield (
                    one.identifier,
                    one.last_name,
                    one.first_name,
                    one.population,
                    one.state,
                    one.email,
                    one.profession,
                    one.town,
                    " ".join(one.establishments),
                    titles.get(one.id, ""),
                )
            if not found.next:
                return
            query = replace(query, after=found.next)


def exporting(authority: Authority) -> Authority:
    """By the roles alone that may export: who sees more elsewhere takes no more away (WB-015)."""
    held = tuple(one for one in authority.held if Right.ACCOUNTS_EXPORT in RIGHTS[one.role])
    return replace(authority, held=held)
