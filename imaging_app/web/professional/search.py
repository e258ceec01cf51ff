# SPDX-License-Identifier: Apache-2.0
"""A patient is looked for by name, among those that one cares for."""

from urllib.parse import urlencode

from flask import Flask, request
from flask.typing import ResponseReturnValue

from imaging_app.access.decide import Refused
from imaging_app.access.visitor import Kind
from imaging_app.people.folding import words_of
from imaging_app.people.search import FEWEST_LETTERS
from imaging_app.web.portal import Portal
from imaging_app.web.professional.asking import asking, page
from imaging_app.web.professional.shown import person
from imaging_app.web.professional.typed import page_number
from imaging_app.web.refusals import answer

LONGEST = 100


def add_search_page(app: Flask, portal: Portal) -> None:
    """`/professional/search`."""
    rooms = portal.rooms

    @app.get("/professional/search")
    @portal.require(Kind.PROFESSIONAL)
    def professional_search() -> ResponseReturnValue:
        typed, number = request.args.get("q", "").strip()[:LONGEST], page_number()
        if max(map(len, words_of(typed)), default=0) < FEWEST_LETTERS:
            return page("search", typed=typed, found=None, number=1, more=False, query="")
        with rooms.database.write() as tx:
            found = rooms.access.finding.by_name(tx, asking(portal), typed, number)
        if isinstance(found, Refused):
            return answer(found)
        return page(
            "search",
            typed=typed,
            found=[person(one) for one in found.lines],
            number=number,
            more=found.more,
            query=urlencode({"q": typed}),
        )
