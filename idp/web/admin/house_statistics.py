# SPDX-License-Identifier: Apache-2.0
"""« Statistics » of one establishment: accounts, logins, requests and consents of its own."""

from typing import Any
from urllib.parse import quote

from babel.dates import format_date
from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _

from idp.accounts.establishments import Establishment
from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.oversight.house_figures import SPANS, HouseReport
from idp.administration.oversight.statistics import Period, Span, read_day, sees_region
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.messages.shown import local_time
from idp.web.account_page import Stamp, shown_population
from idp.web.admin.account_words import STATES
from idp.web.admin.charts import Chart, Series, columns, grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.statistics import HERE, HOUSES, cards_of, query_of, span_names, title_of
from idp.web.admin.statistics_charts import by_means


class HouseStatisticsPages:
    """GET /admin/statistics/establishments, and of each one."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HOUSES, "admin_statistics_houses", self.first)
        app.page(f"{HOUSES}/<key>", "admin_statistics_house", self.shown)

    def first(self) -> Answer:
        """The way to the first of those that are theirs."""
        clerk = clerk_of(self._services, HOUSES, Right.STATISTICS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        if sees_region(clerk.authority):
            return see_other("/admin/establishments")
        with self._core.database.read() as tx:
            found = self._services.office.house_figures.listed(tx, clerk.authority)
        if isinstance(found, Denied) or not found:
            return refused(Denied.NOT_FOUND)
        return see_other(_address(found[0].key))

    def shown(self, key: str) -> Answer:
        """A week or a month of one establishment."""
        clerk = clerk_of(self._services, _address(key), Right.STATISTICS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        period = self._period()
        desk = self._services.office.house_figures
        with self._core.database.read() as tx:
            report = desk.report(tx, clerk.authority, key, period)
            others = desk.listed(tx, clerk.authority)
        if isinstance(report, Denied):
            return refused(report)
        if isinstance(others, Denied):
            return refused(others)
        region = sees_region(clerk.authority)
        return show(clerk, "statistics_house", self._context(report, others, region=region))

    def _context(
        self, report: HouseReport, others: list[Establishment], *, region: bool
    ) -> dict[str, Any]:
        period, house = report.period, report.establishment
        here = _address(house.key)
        today = self._services.office.statistics.today()
        around = [(span, name) for span, name in span_names() if span in SPANS]
        return {
            "house": house,
            "trail": [(_("Statistics"), HERE)]
            if region
            else [(_("Establishments"), "/admin/establishments")],
            "others": []
            if region or len(others) < len(SPANS)
            else [(one.name, _url(one.key, period), one.key == house.key) for one in others],
            "spans": [
                (name, _url(house.key, Period.around(span, period.first)), span is period.span)
                for span, name in around
            ],
            "title": title_of(period),
            "before_url": f"{here}?{query_of(period.before)}",
            "next_url": f"{here}?{query_of(period.next)}" if period.after <= today else "",
            "cards": cards_of(report.total, report.total_before),
            "charts": [_course(report), by_means(report.means)],
            "members": [
                {
                    "name": shown_population(Population(one.population)),
                    "numbers": [grouped(one.states.get(state, 0)) for state in STATES],
                }
                for one in report.members
            ],
            "states": [str(word) for word, _tone in STATES.values()],
            "more_members": report.more_members,
            "more_consents": report.more_consents,
            "requests": [
                (word, grouped(report.requests[state])) for state, word in _request_words().items()
            ],
            "waiting": grouped(report.waiting),
            "consents": [
                (_("In force"), grouped(report.consents)),
                (_("Given in this period"), grouped(report.consents_given)),
                (_("Withdrawn in this period"), grouped(report.consents_withdrawn)),
            ],
            "counted_at": Stamp(report.counted_at) if report.counted_at else None,
        }

    def _period(self) -> Period:
        today = self._services.office.statistics.today()
        word = request.args.get("span", Span.MONTH.value)
        span = Span(word) if word in {one.value for one in SPANS} else Span.MONTH
        return Period.around(span, read_day(request.args.get("day", ""), today))


def _address(key: str) -> str:
    return f"{HOUSES}/{quote(key, safe='')}"


def _url(key: str, period: Period) -> str:
    return f"{_address(key)}?{query_of(period)}"


def _request_words() -> dict[str, str]:
    return {
        "pending": _("Waiting"),
        "returned": _("More was asked for"),
        "approved": _("Approved"),
        "refused": _("Turned down"),
    }


def _course(report: HouseReport) -> Chart:
    locale = get_locale() or "fr"
    pattern = "EEE d" if report.period.span is Span.WEEK else "d"
    moments = [local_time(start).date() for start, _numbers in report.days]
    labels = [str(format_date(one, pattern, locale=locale)) for one in moments]
    found = [numbers for _start, numbers in report.days]
    series = (
        Series(_("Applications opened"), tuple(one.admitted for one in found)),
        Series(_("Tries that failed"), tuple(one.failed for one in found)),
        Series(_("Entries refused"), tuple(one.refused for one in found)),
    )
    about = _("Logins of the people who belonged to the establishment at that moment.")
    return columns("course", _("Logins and their outcome"), about, labels, series, _("Day"))
