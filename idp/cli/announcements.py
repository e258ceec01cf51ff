# SPDX-License-Identifier: Apache-2.0
"""`sceau announcements`: what the pages tell everybody who comes by."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from idp.administration.authority import Denied
from idp.administration.region.announcements import LONGEST, Announcement, Notice, Tone
from idp.cli.desk import desk_of
from idp.cli.output import JSON, moment, say, say_made, table
from idp.cli.place import installation
from idp.cli.program import Group, refuse

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
SHOWN = 60
NOT_DONE = "Nothing was announced."
WHY = {
    "french": f"The French text must be on one line, of at most {LONGEST} characters.",
    "english": f"The English text must be on one line, of at most {LONGEST} characters.",
    "ends_at": (
        "It would end before anybody has read it: --until must lie after --from, and ahead."
    ),
}


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
@JSON
def add(
    *,
    french: str,
    english: str,
    tone: str,
    start: datetime | None,
    end: datetime | None,
    as_json: bool,
) -> None:
    """Announce something, in both languages."""
    notice = Notice(french.strip(), english.strip(), Tone(tone), _at(start), _at(end))
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        made = desk.office.notices.add(tx, desk.authority, notice)
    if not isinstance(made, Announcement):
        refuse(" ".join(WHY[one] for one in made) if isinstance(made, tuple) else NOT_DONE)
    say_made(f"{made.id}: {_span(made)}", as_json=as_json, **asdict(made))


@announcements.command("list")
@JSON
def show_all(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Every announcement, the newest first."""
    with installation() as place, place.core.database.read() as tx:
        desk, now = desk_of(place), place.core.clock.now()
        found = desk.office.notices.every(tx, desk.authority)
    known = [] if isinstance(found, Denied) else found
    if as_json:
        facts = [asdict(one) | {"state": one.state(now)} for one in known]
        say(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    head = ("ID", "STATE", "TONE", "FROM", "UNTIL", "TEXT")
    lines = [
        (one.id, one.state(now), one.tone.value, *_times(one), _short(one.french)) for one in known
    ]
    say(table(head, lines))


@announcements.command("end")
@click.argument("announcement", metavar="ID")
def end(announcement: str) -> None:
    """Take an announcement off every page, now."""
    with installation() as place, place.core.database.write() as tx:
        desk = desk_of(place)
        done = desk.office.notices.end(tx, desk.authority, announcement)
    if done is not True:
        refuse(f"No announcement {announcement} is running or planned.")
    say(f"{announcement}: ended")


def _at(given: datetime | None) -> int | None:
    return None if given is None else int(given.replace(tzinfo=UTC).timestamp())


def _times(one: Announcement) -> tuple[str, str]:
    return moment(one.starts_at), moment(one.ends_at) or "ended by hand"


def _span(one: Announcement) -> str:
    start, stop = _times(one)
    return f"from {start} until {stop}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"
