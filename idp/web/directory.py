# SPDX-License-Identifier: Apache-2.0
"""« Annuaire »: people and structures, each shown as far as they wish."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import request

from idp.accounts import service as accounts
from idp.directory import nomenclature
from idp.directory.harvest import Allowance
from idp.directory.shown import Query, TooShort, Viewer, viewer_of
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page
from idp.origin import block_of
from idp.web.visit import Visit

HERE: Final = "/directory"
HOUSES: Final = "/directory/structures"
FIELDS: Final = ("name", "profession", "speciality", "town")
LONGEST: Final = 100


class DirectoryPages:
    """GET /directory, /directory/people/…, /directory/structures, /directory/structures/…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._allowance = Allowance(self._core.clock, self._core.settings.directory.searches)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "directory", self.people)
        app.page(f"{HERE}/people/<reference>", "directory_person", self.person)
        app.page(HOUSES, "directory_structures", self.houses)
        app.page(f"{HOUSES}/<finess>", "directory_structure", self.house)

    def people(self) -> Answer:
        """People by name, profession, speciality, town."""
        viewer, asked = self._viewer(), typed()
        found = None
        if any(asked.values()):
            if not self._allowance.take(viewer.counted_on):
                return too_often()
            with self._core.database.read() as tx:
                found = self._core.annuaire.search(tx, viewer, query_of(asked))
        context = {
            **found_facts(HERE, asked, found),
            "professions": profession_options(asked["profession"]),
            "reserved": viewer.audience,
        }
        return Page("directory/people.html", context, headers=list(NO_STORE))

    def person(self, reference: str) -> Answer:
        """One person, where the viewer may see them."""
        viewer = self._viewer()
        if not self._allowance.take(viewer.counted_on):
            return too_often()
        with self._core.database.read() as tx:
            found = self._core.annuaire.person(tx, viewer, reference)
        if found is None:
            return nobody()
        return Page("directory/person.html", {"one": found}, headers=list(NO_STORE))

    def houses(self) -> Answer:
        """Structures by name and town."""
        viewer, asked = self._viewer(), typed()
        found = None
        if asked["name"] or asked["town"]:
            if not self._allowance.take(viewer.counted_on):
                return too_often()
            query = Query(name=asked["name"], town=asked["town"], after=_after())
            with self._core.database.read() as tx:
                found = self._core.annuaire.houses(tx, query)
        context = found_facts(HOUSES, asked, found)
        return Page("directory/structures.html", context, headers=list(NO_STORE))

    def house(self, finess: str) -> Answer:
        """One structure, and who of those that the viewer may see works there."""
        viewer = self._viewer()
        if not self._allowance.take(viewer.counted_on):
            return too_often()
        with self._core.database.read() as tx:
            one = self._core.annuaire.house(tx, finess)
            if one is None:
                return nobody()
            people = self._core.annuaire.in_house(tx, viewer, one.finess, _after())
        context = {
            "one": one,
            "people": people.entries,
            "next_url": _url(f"{HOUSES}/{one.finess}", {"after": people.after})
            if people.after
            else "",
        }
        return Page("directory/structure.html", context, headers=list(NO_STORE))

    def _viewer(self) -> Viewer:
        visit = Visit(self._services)
        visit.touch()
        address = block_of(visit.call.origin.address)
        session = visit.session
        # Whoever is here by the word of a program alone sees what everybody sees.
        if session is None or not any(one.opens(None) for one in session.proofs):
            return viewer_of(None, address)
        with self._core.database.read() as tx:
            return viewer_of(accounts.load(tx, session.account), address)


def typed() -> dict[str, str]:
    """What was asked for; unprintable signs are no part of a name."""
    return {name: _clean(request.args.get(name, "")) for name in FIELDS}


def query_of(asked: Mapping[str, str]) -> Query:
    """The search as asked for."""
    return Query(asked["name"], asked["profession"], asked["speciality"], asked["town"], _after())


def found_facts(path: str, asked: Mapping[str, str], found: Any) -> dict[str, Any]:
    """What the page shows of a search; `found` is none before there was one."""
    short = isinstance(found, TooShort)
    after = "" if found is None or short else found.after
    return {
        "asked": asked,
        "searched": found is not None,
        "too_short": short,
        "found": None if short else found,
        "next_url": _url(path, {**asked, "after": after}) if after else "",
        "first_url": _url(path, dict(asked)) if _after() else "",
        # What was typed goes along when one changes between people and structures.
        "people_url": _url(HERE, dict(asked)),
        "houses_url": _url(HOUSES, dict(asked)),
    }


def profession_options(chosen: str) -> list[tuple[str, str]]:
    """The professions that are still given, by name; also another one that was asked for."""
    labels = sorted(one.label for one in nomenclature.professions() if one.current)
    if chosen and chosen not in labels:
        labels.insert(0, chosen)
    return [(label, label) for label in labels]


def too_often() -> Page:
    """The Annuaire was read too much from here."""
    return problem_page("directory-too-often", status=429)


def nobody() -> Page:
    """Nobody is there, or nobody that this visitor may see: the same page."""
    return problem_page("not-found", status=404)


def _after() -> str:
    return request.args.get("after", "")[: LONGEST * 6]


def _clean(text: str) -> str:
    return "".join(one for one in text[:LONGEST] if one.isprintable()).strip()


def _url(path: str, parameters: Mapping[str, str]) -> str:
    given = {name: one for name, one in parameters.items() if one}
    return f"{path}?{urlencode(given)}" if given else path
