# SPDX-License-Identifier: Apache-2.0
"""Moments and browsers as people read them, in messages and on pages, each in their language."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime

SHOWN_ZONE: Final = ZoneInfo("Europe/Paris")
# The first that matches wins: others name themselves inside their user agent too.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def shown_moment(at: int, locale: Locale | str, now: int | None = None) -> str:
    """A date and time; of today only the time, where it is known what today is."""
    moment = local_time(at)
    today = now is not None and local_time(now).date() == moment.date()
    return str(format_datetime(moment, "HH:mm" if today else "d MMMM y, HH:mm", locale=locale))


def local_time(at: int) -> datetime:
    """A moment where people are."""
    moment = datetime.fromtimestamp(at, UTC)
    try:
        return moment.astimezone(SHOWN_ZONE)
    except OverflowError:
        # The last hour of the year 9999: so others write that something has no end.
        return moment


def browser_and_system(user_agent: str) -> tuple[str, str]:
    """The names that we know among what a browser says of itself; "" for what it doesn't.

    Only these words ever reach a page or a letter, never what a stranger's browser calls itself.
    """
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return browser, system


def shown_device(user_agent: str) -> str:
    """« Firefox (Windows) », alike in every language; "" where nothing is known."""
    browser, system = browser_and_system(user_agent)
    return f"{browser} ({system})" if browser and system else browser or system
