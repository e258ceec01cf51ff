# SPDX-License-Identifier: Apache-2.0
"""The charts of the statistics: what is drawn of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from idp.administration.oversight.counting import STRANGER
from idp.administration.oversight.statistics import Line, Report, Span
from idp.messages.shown import local_time
from idp.web.admin.audit_words import reason_words
from idp.web.admin.charts import Chart, Series, columns, lines, ranking
from idp.web.means import label_of

MOST_NAMES = 15


def charts_of(report: Report, names: Mapping[str, str]) -> dict[str, list[Chart]]:
    """All of them, the wide ones apart."""
    return {
        "wide": [_course(report), _beside_before(report)],
        "half": [
            by_means(report.means),
            _by_application(report, names),
            _by_reason(report),
            _by_hour(report),
        ],
    }


def _labels(report: Report) -> list[str]:
    locale = get_locale() or "fr"
    pattern = {Span.WEEK: "EEE d", Span.MONTH: "d"}.get(report.period.span, "")
    moments = [local_time(one.start) for one in report.columns]
    if not pattern:
        return [f"{moment.hour:02} h" for moment in moments]
    return [str(format_date(moment.date(), pattern, locale=locale)) for moment in moments]


def _axis(report: Report) -> str:
    return str(_("Hour") if report.period.span is Span.DAY else _("Day"))


def _course(report: Report) -> Chart:
    """What was opened, failed and was refused, one upon the other."""
    found = [one.now for one in report.columns]
    series = (
        Series(_("Applications opened"), tuple(one.admitted for one in found)),
        Series(_("Tries that failed"), tuple(one.failed for one in found)),
        Series(_("Entries refused"), tuple(one.refused for one in found)),
    )
    about = _("Every entry of an application counts, also without a new login.")
    title = _("Logins and their outcome")
    return columns("course", title, about, _labels(report), series, _axis(report))


def _beside_before(report: Report) -> Chart:
    """Proofs accepted, beside those of the period before."""
    series = (
        Series(_("This period"), tuple(one.now.proved for one in report.columns)),
        Series(_("The period before"), tuple(one.before.proved for one in report.columns)),
    )
    about = _("Each time that a password, a code, a card or another means was right.")
    title = _("Proofs accepted, beside the period before")
    drawn = lines("before", title, about, _labels(report), series, _axis(report))
    # What has not come yet is nothing, not none: the line ends today.
    here, there = drawn.lines
    points = here.path.split(" L")[: report.begun]
    return replace(drawn, lines=(replace(here, path=" L".join(points)), there))


def by_means(found: Sequence[Line]) -> Chart:
    """Which means were right how often."""
    parts = [
        (label_of(one.key) if one.key else _("None"), one.numbers.proved)
        for one in found
        if one.numbers.proved
    ]
    return ranking("means", _("By means"), "", _cut(parts), _("Proofs accepted"), _("Means"))


def _by_application(report: Report, names: Mapping[str, str]) -> Chart:
    parts = [
        (_name(one, names), one.numbers.admitted)
        for one in report.applications
        if one.numbers.admitted
    ]
    title, measure = _("By application"), _("Applications opened")
    return ranking("applications", title, "", _cut(parts), measure, _("Application"))


def _by_reason(report: Report) -> Chart:
    parts: dict[str, int] = {}
    for one in report.reasons:
        parts[reason_words(one.why)] = parts.get(reason_words(one.why), 0) + one.number
    ranked = sorted(parts.items(), key=lambda part: -part[1])
    title = _("Why logins were not let in")
    return ranking("reasons", title, "", _cut(ranked), _("Number"), _("Reason"))


def _by_hour(report: Report) -> Chart:
    series = (
        Series(_("Proofs accepted"), tuple(one.numbers.proved for one in report.hours)),
        Series(_("Tries that failed"), tuple(one.numbers.failed for one in report.hours)),
    )
    labels = [one.key for one in report.hours]
    return columns("hours", _("By hour of the day"), "", labels, series, _("Hour"))


def _name(line: Line, names: Mapping[str, str]) -> str:
    if line.key == STRANGER:
        return str(_("Not registered"))
    return str(names.get(line.key, line.key) or _("Portal and account"))


def _cut(parts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The first ones; the rest together."""
    rest = sum(number for _label, number in parts[MOST_NAMES:])
    return [*parts[:MOST_NAMES], *([(_("Others"), rest)] if rest else [])]
