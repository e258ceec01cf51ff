# SPDX-License-Identifier: Apache-2.0
"""What a page of a list was asked for: search, filters as chips, and pages by cursor.

    listing = read_listing("/admin/accounts", (
        Filter("text", _("Search"), "search"),
        Filter("state", _("State"), "choice", options=(("", _("All")), ("active", _("Active")))),
    ))
    results = people.search(tx, authority, Query(text=listing["text"], after=listing.after))
    listing = listing.leading_to(results.next)

The template shows it by `filters(listing)`, `chips(listing)` and `pager(listing)`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import request

LONGEST = 200
# How many pages one can step back; « first page » is always there by the filters themselves.
REMEMBERED = 8
# Kept for services whose cursors are opaque text of ours.
LONGEST_CURSOR = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing to filter by. Kinds: search (one at most), choice, and those of HTML inputs."""

    name: str
    label: Any
    kind: str = "text"
    options: Sequence[tuple[str, Any]] = ()
    value: str = ""

    @property
    def shown(self) -> str:
        """The value, as people read it."""
        return str(dict(self.options).get(self.value, self.value))


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is applied, and the address of the list without it; a search has no label."""

    label: str
    shown: str
    url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it was asked for."""

    path: str
    filters: tuple[Filter, ...]
    after: str = ""
    # The cursors of the pages before this one, the nearest last; "" is the first page.
    back: tuple[str, ...] = ()
    next: str = ""
    # Parts of the query that a search keeps, such as the order.
    kept: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, name: str) -> str:
        """The value of a filter, or of something kept."""
        found = {one.name: one.value for one in self.filters} | dict(self.kept)
        return found.get(name, "")

    def leading_to(self, cursor: str) -> "Listing":
        """The same, with what comes after it."""
        return replace(self, next=cursor)

    @property
    def search(self) -> Filter | None:
        """The search box, where there is one."""
        return next((one for one in self.filters if one.kind == "search"), None)

    @property
    def folded(self) -> list[Filter]:
        """The filters beside the search."""
        return [one for one in self.filters if one.kind != "search"]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The filters as a query, without the place in the list."""
        return [*self.kept, *((one.name, one.value) for one in self.filters if one.value)]

    @property
    def chips(self) -> list[Chip]:
        """What is applied."""
        return [
            Chip(
                "" if one.kind == "search" else str(one.label),
                one.shown,
                self.url(self.without(one.name)),
            )
            for one in self.filters
            if one.value
        ]

    def without(self, name: str) -> list[tuple[str, str]]:
        """The query but for one filter."""
        return [pair for pair in self.asked if pair[0] != name]

    @property
    def bare_url(self) -> str:
        """The list without any filter."""
        return self.url(self.kept)

    @property
    def next_url(self) -> str:
        """What comes after this page, or nothing."""
        if not self.next:
            return ""
        return self._at(self.next, [*self.back, self.after][-REMEMBERED:])

    @property
    def previous_url(self) -> str:
        """What came before this page, or nothing."""
        if not self.after:
            return ""
        before = list(self.back) or [""]
        return self._at(before[-1], before[:-1])

    def _at(self, cursor: str, back: list[str]) -> str:
        place = [("after", cursor)] if cursor else []
        return self.url([*self.asked, *place, *(("back", one) for one in back)])

    def url(self, query: Iterable[tuple[str, str]]) -> str:
        """An address of this list."""
        pairs = list(query)
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


def read_listing(path: str, filters: Sequence[Filter], keeping: Sequence[str] = ()) -> Listing:
    """What the request asks for; a choice that does not exist is none."""
    return Listing(
        path,
        tuple(replace(one, value=_value_of(one)) for one in filters),
        after=request.args.get("after", "")[:LONGEST_CURSOR],
        back=tuple(one[:LONGEST_CURSOR] for one in request.args.getlist("back")[-REMEMBERED:]),
        kept=tuple((name, one) for name in keeping if (one := request.args.get(name, "")[:40])),
    )


def _value_of(asked: Filter) -> str:
    value = " ".join(request.args.get(asked.name, "").split())[:LONGEST]
    if not value.isprintable():
        return ""
    if asked.kind == "choice" and value not in {one for one, _shown in asked.options}:
        return ""
    return value
