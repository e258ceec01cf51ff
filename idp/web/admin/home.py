# SPDX-License-Identifier: Apache-2.0
"""« Today »: what waits, and what happens, as far as whoever looks may see it."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from idp.administration.oversight.audit_desk import names_of
from idp.administration.rights import Right
from idp.administration.today import MOST_FAILED, Board, Logins
from idp.audit.search import Found
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.messages.alarms import Alarm
from idp.web.account_menu import is_mounted
from idp.web.account_page import shown_moment, stamp
from idp.web.admin.audit_words import KINDS, reason_words
from idp.web.admin.charts import Chart, Series, grouped, lines
from idp.web.admin.entry import Clerk, clerk_of, show
from idp.web.admin.post_words import cause_words

HERE = "/admin"
MICROSECONDS = 1_000_000


class HomePages:
    """GET /admin."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(HERE, "admin", self.home)

    def home(self) -> Answer:
        """The day at a glance."""
        clerk = clerk_of(self._services, HERE)
        if not isinstance(clerk, Clerk):
            return clerk
        now = self._core.clock.now()
        with self._core.database.read() as tx:
            board = self._services.office.today.board(tx, clerk.authority)
            refusals = board.refusals or ()
            names = names_of(tx, refusals)
            called = {one.key: one.name for one in self._core.applications.every(tx)}
        context = {
            "cards": [*_waiting(board, now), *_going(board.logins)],
            "alarms": [_alarm(one) for one in board.alarms or ()],
            "chart": _chart(board.logins) if board.logins else None,
            "refusals": None
            if board.refusals is None
            else [_refusal(one, names, called) for one in refusals],
            "searches": clerk.authority.may(Right.ACCOUNTS_SEE),
        }
        return show(clerk, "home", context)


def _waiting(board: Board, now: int) -> list[dict[str, Any]]:
    found = []
    if board.requests is not None:
        oldest = board.oldest_request
        about = _("the oldest since %(moment)s", moment=shown_moment(oldest, now)) if oldest else ""
        found.append(_card(_("Requests that wait"), board.requests, about, "/admin/requests"))
    if board.proposals is not None:
        about = _("until a second administrator agrees")
        found.append(_card(_("Acts that wait"), board.proposals, about, "/admin/proposals"))
    if board.failed_messages is not None:
        failed = board.failed_messages
        about, tone = _("in the last 24 hours"), "bad" if failed else ""
        shown = f"{failed}+" if failed >= MOST_FAILED else failed
        found.append(
            _card(_("Messages that failed"), shown, about, "/admin/messages?state=failed", tone)
        )
    if board.alarms is not None:
        tone = "bad" if board.alarms else ""
        found.append(_card(_("Alarms"), len(board.alarms), "", "", tone))
    return found


def _going(logins: Logins | None) -> list[dict[str, Any]]:
    if logins is None:
        return []
    about = _("usually %(number)s by this hour", number=grouped(logins.usual_so_far))
    return [_card(_("Logins today"), grouped(logins.so_far), about, "/admin/statistics")]


def _card(label: str, value: object, about: str, path: str, tone: str = "") -> dict[str, Any]:
    there = path if path and is_mounted(path.partition("?")[0]) else ""
    return {"label": label, "value": value, "about": about, "url": there, "tone": tone}


def _alarm(one: Alarm) -> dict[str, Any]:
    seen = one.seen
    count = _("%(count)s of %(total)s", count=seen.count, total=seen.total)
    return {
        "what": cause_words(seen.cause),
        "about": " · ".join(part for part in (seen.country, count if seen.total else "") if part),
        "since": stamp(one.raised_at),
    }


def _chart(logins: Logins) -> Chart:
    hours = tuple(f"{hour:02} h" for hour in range(len(logins.hours)))
    series = (
        Series(_("Today"), logins.hours),
        Series(_("Usually"), logins.usual),
    )
    about = _("Today, and the mean of the same weekday in the four weeks before.")
    return lines("today", _("Logins by the hour"), about, hours, series, _("Hour"))


def _refusal(
    one: Found, names: Mapping[str, str], applications: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "url": f"/admin/audit/{one.id}",
        "what": KINDS.get(one.kind, one.kind),
        "why": reason_words(str(json.loads(one.detail or "{}").get("why", ""))),
        "who": names.get(one.account or "", ""),
        "application": applications.get(one.application or "", ""),
        "address": one.address or "",
        "at": stamp(one.at // MICROSECONDS),
    }
