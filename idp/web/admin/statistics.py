# SPDX-License-Identifier: Apache-2.0
"""« Statistics »: logins by means, application, outcome and hour, as charts with their tables."""

from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _

from idp.administration import csv_out
from idp.administration.authority import Denied
from idp.administration.oversight.statistics import (
    Fact,
    Numbers,
    Period,
    Span,
    read_day,
    sees_region,
)
from idp.administration.rights import Right
from idp.http.downloads import download
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp, stamp
from idp.web.account_parts import names_of
from idp.web.admin.asking import Question, ask
from idp.web.admin.audit_words import kind_words, outcome_words
from idp.web.admin.charts import grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.statistics_charts import charts_of

HERE = "/admin/statistics"
ANEW = f"{HERE}/anew"
# Of one establishment: `house_statistics.py`.
HOUSES = f"{HERE}/establishments"


class StatisticsPages:
    """GET /admin/statistics, its export, and the count anew."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin_statistics", self.shown)
        app.page(f"{HERE}/export", "admin_statistics_export", self.exported)
        app.page(ANEW, "admin_statistics_anew", self.ask_anew)
        app.page(ANEW, "admin_statistics_anew_do", self.count_anew, methods=["POST"])

    def shown(self) -> Answer:
        """A day, a week or a month."""
        clerk = clerk_of(self._services, HERE, Right.STATISTICS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        if not sees_region(clerk.authority):
            return see_other(HOUSES)
        period = self._period()
        service = self._services.office.statistics
        with self._core.database.read() as tx:
            report = service.report(tx, clerk.authority, period)
        if isinstance(report, Denied):
            return refused(report)
        context = {
            "spans": [
                (span.value, name, _url(Period.around(span, period.first)), span is period.span)
                for span, name in span_names()
            ],
            "title": title_of(period),
            "before_url": _url(period.before),
            "next_url": _url(period.next) if period.after <= service.today() else "",
            "export_url": f"{HERE}/export?{query_of(period)}",
            "anew_url": ANEW if clerk.authority.may(Right.POLICIES_EDIT) else "",
            "cards": cards_of(report.total, report.total_before),
            "waiting": grouped(report.waiting.number),
            "waiting_since": stamp(report.waiting.oldest),
            "charts": charts_of(report, names_of(self._core)),
            "counted_at": Stamp(report.counted_at) if report.counted_at else None,
            "behind": grouped(report.behind) if report.behind else "",
            "done": _("The figures are being counted anew.") if _done("anew") else None,
        }
        return show(clerk, "statistics", context)

    def exported(self) -> Any:
        """Everything that was counted in the period, as CSV."""
        clerk = clerk_of(self._services, HERE, Right.STATISTICS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        period = self._period()
        with self._core.database.read() as tx:
            facts = self._services.office.statistics.facts(tx, clerk.authority, period)
        if isinstance(facts, Denied):
            return refused(facts)
        head = (_("Kind"), _("Event"), _("Outcome"), _("Number"))
        rows = [_row(one) for one in facts]
        name = f"sceau-{period.span.value}-{period.first.isoformat()}.csv"
        return download(name, csv_out.MEDIA_TYPE, csv_out.export(head, rows))

    def ask_anew(self) -> Answer:
        """What counting anew does."""
        clerk = clerk_of(self._services, ANEW, Right.POLICIES_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        question = Question(
            _("Count the figures anew"),
            (
                _("All figures are forgotten and counted again from the audit, within minutes."),
                _("What the audit no longer holds is not counted again."),
            ),
            _("Count anew"),
            ANEW,
            HERE,
            trail=((_("Statistics"), HERE),),
        )
        return ask(clerk, question)

    def count_anew(self) -> Answer:
        """Forget them; the chores count again."""
        clerk = clerk_of(self._services, ANEW, Right.POLICIES_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            denied = self._services.office.statistics.count_anew(tx, clerk.authority)
        return refused(denied) if denied else see_other(f"{HERE}?done=anew")

    def _period(self) -> Period:
        today = self._services.office.statistics.today()
        word = request.args.get("span", Span.DAY.value)
        span = Span(word) if word in set(Span) else Span.DAY
        return Period.around(span, read_day(request.args.get("day", ""), today))


def _done(word: str) -> bool:
    return request.args.get("done", "") == word


def query_of(period: Period) -> str:
    """A period, as an address names it."""
    return urlencode({"span": period.span.value, "day": period.first.isoformat()})


def _url(period: Period) -> str:
    return f"{HERE}?{query_of(period)}"


def span_names() -> list[tuple[Span, str]]:
    """How long a period may be, in words."""
    return [(Span.DAY, _("Day")), (Span.WEEK, _("Week")), (Span.MONTH, _("Month"))]


def title_of(period: Period) -> str:
    """A period, in words."""
    locale = get_locale() or "fr"
    if period.span is Span.DAY:
        return str(format_date(period.first, "EEEE d MMMM y", locale=locale))
    if period.span is Span.MONTH:
        return str(format_date(period.first, "LLLL y", locale=locale))
    last = format_date(period.next.first, "d MMMM y", locale=locale)
    first = format_date(period.first, "d MMMM y", locale=locale)
    return str(_("Week from %(first)s until %(last)s", first=first, last=last))


def cards_of(total: Numbers, before: Numbers) -> list[tuple[str, str, str]]:
    """The figures of the top: a name, a number, and how it was in the period before."""
    names = {
        "admitted": _("Applications opened"),
        "proved": _("Proofs accepted"),
        "failed": _("Tries that failed"),
        "refused": _("Entries refused"),
    }
    return [
        (
            name,
            grouped(_of(total, field)),
            _("%(number)s in the period before", number=grouped(_of(before, field))),
        )
        for field, name in names.items()
    ]


def _of(numbers: Numbers, field: str) -> int:
    return int(getattr(numbers, field))


def _row(fact: Fact) -> tuple[str, str, str, int]:
    return fact.kind, kind_words(fact.kind), outcome_words(fact.outcome), fact.number
