# SPDX-License-Identifier: Apache-2.0
"""Moments, levels and populations in the words of the account's pages, and as data."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from connectors.base import Level
from idp.accounts.particulars import Visibility
from idp.accounts.values import Population
from idp.messages import shown


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment, for people and for programs."""

    at: int

    @property
    def iso(self) -> str:
        """As data: UTC, to the second."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def moment(self) -> str:
        """A date and time as people read it."""
        return shown_moment(self.at)

    @property
    def day(self) -> str:
        """A date as people read it."""
        return shown_day(self.at)


def stamp(at: int | None) -> Stamp | None:
    """A moment, where there is one."""
    return None if at is None else Stamp(at)


def plain(value: Any) -> Any:
    """The facts of a page as JSON: moments become text, all else stays."""
    if isinstance(value, Stamp):
        return value.iso
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def shown_moment(moment: int, now: int | None = None) -> str:
    """A date and time in the language of the page; of today, where that is known, only the time."""
    return shown.shown_moment(moment, get_locale() or "fr", now)


def shown_day(moment: int) -> str:
    """A date as people read it."""
    return str(format_date(shown.local_time(moment), "d MMMM y", rebase=False))


def shown_date(text: str) -> str:
    """A stored date as people read it, or as it is where it is none."""
    try:
        return str(format_date(date.fromisoformat(text), "d MMMM y", rebase=False))
    except ValueError:
        return text


def shown_level(level: Level) -> str:
    """How strongly somebody has proved who they are."""
    words = {
        Level.PASSWORD: _("Simple login"),
        Level.TWO_FACTORS: _("Strong login"),
        Level.CARD: _("Login by card"),
    }
    return str(words[level])


def visibilities() -> dict[str, str]:
    """Who may see somebody in the directory (SPEC §3), by the value that is kept."""
    return {
        Visibility.PUBLIC.value: _("Public"),
        Visibility.PROFESSIONALS.value: _("Access kept for professionals"),
        Visibility.HIDDEN.value: _("Hidden"),
    }


def shown_population(population: Population) -> str:
    """Whom an account is for."""
    words = {
        Population.PROFESSIONAL: _("Health professional"),
        Population.PATIENT: _("Patient"),
        Population.STAFF: _("Staff"),
    }
    return str(words[population])
