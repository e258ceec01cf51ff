# SPDX-License-Identifier: Apache-2.0
"""What a list of requests was asked for, and goes on being asked for from one to the next."""

from typing import Final
from urllib.parse import urlencode

from flask_babel import gettext as _

from idp.accounts import establishments
from idp.administration.authority import Authority
from idp.administration.rights import Right
from idp.db import Tx
from idp.directory import nomenclature
from idp.registration.listing import Query
from idp.registration.values import Stage
from idp.web.admin.listing import Filter, Listing, read_listing
from idp.web.admin.queue_words import STAGES

PATH: Final = "/admin/requests"
DAY: Final = 86_400
WAITING: Final = ("2", "7", "30")


def read(tx: Tx, authority: Authority, path: str = PATH) -> Listing:
    """The list that the query of this request asks for."""
    return read_listing(path, filters(tx, authority), keeping=("stage", "order"))


def filters(tx: Tx, authority: Authority) -> tuple[Filter, ...]:
    """What can be filtered by; establishments as far as one reaches (WB-015)."""
    days = [(one, _("%(num)s days at least", num=one)) for one in WAITING]
    reach = authority.reach(Right.REQUESTS_SEE)
    houses = [(one.key, one.name) for one in establishments.every(tx) if reach.touches((one.key,))]
    found = [
        Filter("text", _("Name, e-mail or number"), "search"),
        Filter("waiting", _("Waiting"), "choice", [("", _("Any time")), *days]),
        Filter(
            "assigned",
            _("Given to"),
            "choice",
            [("", _("Anybody")), ("me", _("Me")), ("nobody", _("Nobody"))],
        ),
        Filter(
            "profession",
            _("Profession"),
            "choice",
            [
                ("", _("Any profession")),
                *((one.code, one.label) for one in nomenclature.professions()),
            ],
        ),
    ]
    if len(houses) > 1:
        options = [("", _("All establishments")), *houses]
        found.append(Filter("establishment", _("Establishment"), "choice", options))
    return tuple(found)


def query_of(listing: Listing, size: int = 25) -> Query:
    """The same as the service is asked."""
    stage = listing["stage"] or Stage.PENDING.value
    waiting = listing["waiting"]
    return Query(
        stage="" if stage == "all" else stage,
        waiting=int(waiting) * DAY if waiting in WAITING else 0,
        profession=listing["profession"],
        establishment=listing["establishment"],
        assigned=listing["assigned"],
        text=listing["text"],
        newest_first=listing["order"] == "newest" or stage not in {"", Stage.PENDING.value},
        after=listing.after,
        size=size,
    )


def carried(listing: Listing) -> str:
    """The list as a query that its requests carry along."""
    return f"?{urlencode(listing.asked)}" if listing.asked else ""


def tabs_of(listing: Listing, counts: dict[Stage, int]) -> list[tuple[str, str, bool, str]]:
    """One tab for each stage, with how many there are."""
    now = listing["stage"] or Stage.PENDING.value
    return [
        (
            str(STAGES[one][0]),
            f"{PATH}?stage={one.value}" if one is not Stage.PENDING else PATH,
            now == one.value,
            str(number) if number < 10_000 else "9999+",
        )
        for one, number in counts.items()
    ]
