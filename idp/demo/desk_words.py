# SPDX-License-Identifier: Apache-2.0
"""What the desk shows, in words: moments, people, and its state for programs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import format_datetime
from flask_babel import gettext as _

from idp.accounts.values import Population, State
from idp.demo.cast import CAST, COMMUNITIES, Role
from idp.demo.mailbox import Message

ZONE = ZoneInfo("Europe/Paris")


def shown_moment(at: int, now: int | None = None) -> str:
    """A date and time; of today only the time, where it is known what today is."""
    moment = _local(at)
    today = now is not None and _local(now).date() == moment.date()
    return str(format_datetime(moment, "HH:mm" if today else "d MMMM y, HH:mm", rebase=False))


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(ZONE)


def shown_people() -> list[dict[str, str]]:
    """Whom one can play."""
    return [_shown(role) for role in CAST]


def _shown(role: Role) -> dict[str, str]:
    return {
        "name": role.person.display_name,
        "about": _about(role),
        "identifier": role.person.identifier,
        "password": role.password,
    }


def _about(role: Role) -> str:
    """Somebody in a few words of the reader's language."""
    populations = {
        Population.PROFESSIONAL: _("Professional"),
        Population.PATIENT: _("Patient"),
        Population.STAFF: _("Staff of the region"),
    }
    states = {State.DISABLED: _("account disabled"), State.CLOSED: _("account closed")}
    about = [role.person.profession or populations[role.person.population]]
    about += [COMMUNITIES[key] for key in role.communities]
    if role.card is not None:
        about.append(_("CPS card") if role.card > 0 else _("CPS card run out"))
    if role.codes:
        about.append(_("one-time codes"))
    return ", ".join([*about, *(text for state, text in states.items() if state is role.state)])


def state_of(messages: Sequence[Message], codes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The messages and the codes, for programs."""
    return {
        "messages": [
            {
                "id": one.id,
                "channel": one.channel,
                "to": one.to,
                "subject": one.subject,
                "text": one.text,
                "links": one.links(),
                "at": one.at,
            }
            for one in messages
        ],
        "authenticator": list(codes),
    }
