# SPDX-License-Identifier: Apache-2.0
"""`sceau statistics`: the figures of a day, a week or a month."""

import json
from dataclasses import asdict
from datetime import datetime

import click

from idp.administration.authority import Denied
from idp.administration.oversight.statistics import Period, Span
from idp.cli.desk import desk_of
from idp.cli.output import JSON, moment, say, table
from idp.cli.place import installation
from idp.cli.program import Command, refuse

HEAD = ("", "PROVED", "FAILED", "REFUSED", "ADMITTED")


@click.command("statistics", cls=Command)
@click.option(
    "--span", type=click.Choice([one.value for one in Span]), default="day", show_default=True
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day in it; today, if not given.")
@JSON
def statistics(span: str, day: datetime | None, as_json: bool) -> None:  # noqa: FBT001
    """Logins by means and by application, and requests that wait."""
    with installation() as place, place.core.database.read() as tx:
        desk = desk_of(place)
        figures = desk.office.statistics
        period = Period.around(Span(span), day.date() if day else figures.today())
        report = figures.report(tx, desk.authority, period)
    if isinstance(report, Denied):
        refuse("There are no figures.")
    if as_json:
        known = {
            "span": span,
            "since": period.since,
            "until": period.until,
            "total": asdict(report.total),
            "by_means": {one.key: asdict(one.numbers) for one in report.means},
            "by_application": {one.key: asdict(one.numbers) for one in report.applications},
            "requests_waiting": report.waiting.number,
        }
        say(json.dumps(known, ensure_ascii=False, indent=2))
        return
    named = [("all", report.total)]
    named += [(one.key, one.numbers) for one in (*report.means, *report.applications)]
    rows = [(name, one.proved, one.failed, one.refused, one.admitted) for name, one in named]
    say(f"from {moment(period.since)} until {moment(period.until)}", table(HEAD, rows))
    say(f"requests that wait: {report.waiting.number}")
