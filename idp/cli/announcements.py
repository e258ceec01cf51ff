# SPDX-License-Identifier: Apache-2.0
"""`sceau announcements`: what the pages tell everybody who comes by."""

from datetime import UTC, datetime

import click

from idp.administration.region.announcements import (
    LONGEST,
    Announcement,
    Announcements,
    Notice,
    Tone,
)
from idp.cli.output import moment, say, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.config.kinds import Invalid, checked_text

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
SHOWN = 60


@click.group("announcements", cls=Group)
def announcements() -> None:
    """Notices on the home page, the portal and the login page."""


@announcements.command("add")
@click.option("--french", required=True, metavar="TEXT", help="The text in French.")
@click.option("--english", required=True, metavar="TEXT", help="The text in English.")
@click.option(
    "--tone",
    type=click.Choice([one.value for one in Tone]),
    default=Tone.INFO.value,
    show_default=True,
    help="A warning comes first, and stands out.",
)
@click.option("--from", "start", type=MOMENT, help="From this time on (UTC); now, if not given.")
@click.option("--until", "end", type=MOMENT, help="Up to before this time (UTC).")
def add(french: str, english: str, tone: str, start: datetime | None, end: datetime | None) -> None:
    """Announce something, in both languages."""
    with installation() as place:
        notice = Notice(
            _text(french, "French"), _text(english, "English"), Tone(tone), _at(start), _at(end)
        )
        if why := _mistake(notice, place.core.clock.now()):
            refuse(why)
        with place.core.database.write() as tx:
            made = _service(place).add(tx, notice, place.origin)
    say(f"{made.id}: {_span(made)}")


@announcements.command("list")
def show_all() -> None:
    """Every announcement, the newest first."""
    with installation() as place, place.core.database.read() as tx:
        found, now = _service(place).every(tx), place.core.clock.now()
    head = ("ID", "STATE", "TONE", "FROM", "UNTIL", "TEXT")
    lines = [
        (one.id, one.state(now), one.tone.value, *_times(one), _short(one.french)) for one in found
    ]
    say(table(head, lines))


@announcements.command("end")
@click.argument("announcement", metavar="ID")
def end(announcement: str) -> None:
    """Take an announcement off every page, now."""
    with installation() as place, place.core.database.write() as tx:
        done = _service(place).end(tx, announcement, place.origin)
    if not done:
        refuse(f"No announcement {announcement} is running or planned.")
    say(f"{announcement}: ended")


def _service(place: Place) -> Announcements:
    core = place.core
    return Announcements(core.clock, core.entropy, core.audit)


def _text(given: str, language: str) -> str:
    try:
        text = checked_text(given, LONGEST)
    except Invalid:
        text = ""
    if not text:
        refuse(f"The {language} text must be on one line, of at most {LONGEST} characters.")
    return text


def _at(given: datetime | None) -> int | None:
    return None if given is None else int(given.replace(tzinfo=UTC).timestamp())


def _mistake(notice: Notice, now: int) -> str:
    start = now if notice.starts_at is None else notice.starts_at
    if notice.ends_at is not None and notice.ends_at <= max(start, now):
        return "It would end before anybody has read it: --until must lie after --from, and ahead."
    return ""


def _times(one: Announcement) -> tuple[str, str]:
    return moment(one.starts_at), moment(one.ends_at) or "ended by hand"


def _span(one: Announcement) -> str:
    start, stop = _times(one)
    return f"from {start} until {stop}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"
