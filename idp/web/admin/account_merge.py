# SPDX-License-Identifier: Apache-2.0
"""Duplicates: who may be here twice, both side by side, and one account out of two."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.merging import FIELDS, Comparison, Pair
from idp.administration.people.merging_candidates import Candidate
from idp.administration.people.search import Query
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.web.account_page import shown_population, stamp
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_sheet import trail_of
from idp.web.admin.account_words import shown_field, shown_state, shown_value
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, read_listing
from idp.web.admin.typed import read_typed

HERE = "/admin/duplicates"
_l = lazy_gettext
REASONS = {
    "national-id": (_l("Same number"), "bad"),
    "email": (_l("Same e-mail"), "warn"),
    "birth-date": (_l("Same name and date of birth"), "warn"),
    "name": (_l("Same name"), "quiet"),
}
OBSTACLES = {
    "same": _l("This is one account only."),
    "population": _l("They are of different kinds: a patient and a professional are never one."),
    "role": _l("One of them holds a role. Take it away first."),
    "merged": _l("One of them was merged already."),
    "closed": _l("The account that would be kept is closed for good. Keep the other one."),
    "other-family": _l("Their cards are of different families: one number, two people."),
}


class DuplicatePages:
    """GET /admin/duplicates, and the pages of two accounts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._office = services.office

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin-duplicates", self.begin)
        app.page(f"{PATH}/<account>/duplicates", "admin-account-duplicates", self.candidates)
        app.page(f"{PATH}/<account>/merge", "admin-account-compare", self.compare)
        app.page(f"{PATH}/<account>/merge", "admin-account-merge", self.merge, methods=("POST",))

    def begin(self) -> Answer:
        """Whose duplicates to look for."""
        clerk = clerk_of(self._services, HERE, Right.ACCOUNTS_MERGE)
        if not isinstance(clerk, Clerk):
            return clerk
        box = Filter("text", _("Name, identifier, e-mail, number"), "search")
        listing = read_listing(HERE, (box,))
        lines: list[dict[str, Any]] = []
        if listing["text"]:
            query = Query(text=listing["text"], after=listing.after)
            with self._core.database.read() as tx:
                found = self._office.people.search(tx, clerk.authority, query)
            if isinstance(found, Denied):
                return refused(found)
            listing = listing.leading_to(found.next)
            lines = [
                {
                    "url": f"{PATH}/{one.id}/duplicates",
                    "name": f"{one.last_name} {one.first_name}",
                    "identifier": one.identifier,
                    "kind": shown_population(Population(one.population)),
                    "state": shown_state(one.state),
                }
                for one in found.lines
            ]
        return show(clerk, "duplicates_begin", {"listing": listing, "lines": lines})

    def candidates(self, account: str) -> Answer:
        """Who may be the same person."""
        page = "/duplicates"
        looking = looking_at(self._services, account, page, Right.ACCOUNTS_MERGE)
        if not isinstance(looking, Looking):
            return looking
        with self._core.database.read() as tx:
            found = self._office.merging.candidates(tx, looking.clerk.authority, account)
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "name": looking.name,
            "back_trail": trail_of(looking),
            "candidates": [_candidate(one, looking.path) for one in found],
        }
        return show(looking.clerk, "duplicates", context)

    def compare(self, account: str) -> Answer:
        """Both side by side."""
        other = request.args.get("with", "")[:64]
        page = f"/merge?with={other}"
        looking = looking_at(self._services, account, page, Right.ACCOUNTS_MERGE, proved=True)
        return self._show(looking, other) if isinstance(looking, Looking) else looking

    def merge(self, account: str) -> Answer:
        """One account out of two: not to be undone, so it takes a tick."""
        other = read_typed("with", longest=64)["with"]
        page = f"/merge?with={other}"
        looking = looking_at(self._services, account, page, Right.ACCOUNTS_MERGE, proved=True)
        if not isinstance(looking, Looking):
            return looking
        taken = [name for name in FIELDS if request.form.get(f"take-{name}") == "1"]
        if request.form.get("sure") != "yes":
            return self._show(looking, other, taken, _("Say that you are sure."))
        with self._core.database.write() as tx:
            merging, authority = self._office.merging, looking.clerk.authority
            done = merging.merge(tx, authority, account, other, taken)
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Unfit):
            return self._show(looking, other, taken)
        return see_other(f"{looking.path}?done=merged")

    def _show(
        self, looking: Looking, other: str, taken: list[str] | None = None, forgotten: str = ""
    ) -> Page:
        account = looking.sheet.account.id
        with self._core.database.read() as tx:
            found = self._office.merging.compare(tx, looking.clerk.authority, account, other)
        if isinstance(found, Denied):
            return refused(found)
        obstacle = OBSTACLES.get(found.obstacle, found.obstacle) if found.obstacle else ""
        context = {
            "back_trail": [*trail_of(looking), (_("Duplicates"), f"{looking.path}/duplicates")],
            "path": looking.path,
            "other": other,
            "swapped": f"{PATH}/{other}/merge?with={account}",
            "heads": [_head(found, 0), _head(found, 1)],
            "rows": _rows(found, taken),
            "obstacle": obstacle,
            "forgotten": forgotten,
        }
        status = 422 if forgotten else 409 if obstacle and taken is not None else 200
        return show(looking.clerk, "merge", context, status)


def _candidate(one: Candidate, path: str) -> dict[str, Any]:
    return {
        "url": f"{path}/merge?with={one.line.id}",
        "name": f"{one.line.last_name} {one.line.first_name}",
        "identifier": one.line.identifier,
        "town": one.line.town,
        "state": shown_state(one.line.state),
        "reasons": [REASONS.get(reason, (reason, "quiet")) for reason in one.reasons],
    }


def _head(found: Comparison, side: int) -> tuple[str, str]:
    account = (found.left if side == 0 else found.right).account
    kept = _("Kept: %(name)s", name=account.person.identifier)
    given_up = _("Given up: %(name)s", name=account.person.identifier)
    return (given_up if side else kept), f"{PATH}/{account.id}"


def _rows(found: Comparison, taken: list[str] | None) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [_row(one, taken) for one in found.pairs if one.left or one.right]
    for label, left, right in (
        (_("Made on"), _day(found.left.created_at), _day(found.right.created_at)),
        (_("Last login"), _day(found.left.last_login_at), _day(found.right.last_login_at)),
        (_("Their ways of logging in"), str(len(found.left.means)), str(len(found.right.means))),
    ):
        rows.append((label, [left, right], "unknown" if left != right else "agrees"))
    return rows


def _row(one: Pair, taken: list[str] | None) -> tuple[Any, ...]:
    values = [shown_value(one.name, one.left), shown_value(one.name, one.right)]
    if one.left == one.right:
        return shown_field(one.name), values, "agrees"
    verdict = "differs" if one.left and one.right else "unknown"
    chosen = int(one.name in taken) if taken is not None else int(not one.left)
    return shown_field(one.name), values, verdict, one.name, chosen


def _day(at: int | None) -> str:
    known = stamp(at)
    return known.day if known else "–"
