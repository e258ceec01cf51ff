# SPDX-License-Identifier: Apache-2.0
"""What the desk shows, in words: moments, people, and its state for programs."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from idp.accounts.values import Population, State
from idp.administration.authority import Held
from idp.demo.cast import CAST, COMMUNITIES, ESTABLISHMENTS, Role
from idp.demo.cast_cards import DemoCard, Fate, card_of
from idp.demo.mailbox import Message
from idp.demo.pki_cards import Kind
from idp.demo.register import PRACTICES, RPPS, WITHOUT_ACCOUNT
from idp.demo.wallet import Held as HeldCard
from idp.demo.wallet import Standing
from idp.web.admin.role_words import shown_role


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


def shown_newcomers() -> list[dict[str, str]]:
    """Who has no account yet, and may ask for one: the register knows them by these numbers."""
    return [
        {
            "name": f"{one.first_name} {one.last_name}",
            "about": f"{one.profession}, {one.town}",
            "number": one.national_id.removeprefix(RPPS),
        }
        for one in WITHOUT_ACCOUNT
    ]


def _duty(held: Held) -> str:
    """What somebody administers."""
    houses = {one.key: one.name for one in ESTABLISHMENTS}
    return ", ".join(
        [shown_role(held.role), *([houses[held.establishment]] if held.establishment else [])]
    )


def _about(role: Role) -> str:
    """Somebody in a few words of the reader's language."""
    populations = {
        Population.PROFESSIONAL: _("Professional"),
        Population.PATIENT: _("Patient"),
        Population.STAFF: _("Staff of the region"),
    }
    states = {State.DISABLED: _("account disabled"), State.CLOSED: _("account closed")}
    about = [role.person.profession or populations[role.person.population]]
    if role.duty:
        about = [_duty(role.duty)]
    about += [COMMUNITIES[key] for key in role.communities]
    if role.key in PRACTICES:
        about.append(_("practises in two places"))
    if card := card_of(role.key):
        ran_out = card.fate is Fate.EXPIRED
        about.append(_("CPS card run out") if ran_out else _("CPS card"))
    if role.codes:
        about.append(_("one-time codes"))
    if role.temporary:
        about.append(_("temporary password"))
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


def kind_of(card: DemoCard) -> str:
    """What a card is."""
    if card.print.pseudonym:
        return str(_("CPE card of a department, of nobody in particular"))
    return str(_("CPE card of an employee") if card.print.kind is Kind.CPE else _("CPS card"))


def standing_of(card: HeldCard, day: str) -> str:
    """How a card does."""
    told = {
        Standing.VALID: _("valid until %(day)s", day=day),
        Standing.EXPIRED: _("ran out on %(day)s", day=day),
        Standing.REVOKED: _("revoked"),
        Standing.BLOCKED: _("blocked by wrong PINs"),
    }
    return str(told[card.standing])
