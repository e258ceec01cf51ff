# SPDX-License-Identifier: Apache-2.0
"""Accounts in the words of the console: states, fields, means, changes."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.accounts.activities import Activity
from idp.accounts.values import Population, State
from idp.directory import nomenclature
from idp.directory.nomenclature import SECTORS
from idp.web.account_page import shown_date, shown_moment, shown_population, visibilities
from idp.web.activity import facts_of, place_of
from idp.web.means import label_of

_l = lazy_gettext
STATES: dict[str, tuple[Any, str]] = {
    State.ACTIVE.value: (_l("Active"), "good"),
    State.DISABLED.value: (_l("Disabled"), "bad"),
    State.CLOSED.value: (_l("Closed for good"), "quiet"),
}
FIELDS: dict[str, Any] = {
    "identifier": _l("Identifier"),
    "civility": _l("Title"),
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "birth_name": _l("Birth name"),
    "birth_date": _l("Date of birth"),
    "email": _l("E-mail"),
    "phone": _l("Mobile"),
    "national_id": _l("National identifier"),
    "profession": _l("Profession"),
    "profession_code": _l("Profession"),
    "speciality": _l("Speciality"),
    "speciality_code": _l("Speciality"),
    "town": _l("Town"),
    "locale": _l("Language"),
    "visibility": _l("In the directory"),
    "country": _l("Country"),
    "street": _l("Street"),
    "po_box": _l("PO box"),
    "post_code": _l("Post code"),
    "title": _l("Title of practice"),
    "cedex": _l("Cedex"),
    "department": _l("Department"),
    "landline": _l("Phone"),
    "emergency_phone": _l("Emergency phone"),
    "fax": _l("Fax"),
    "state": _l("State"),
    "establishment": _l("Establishment"),
    "community": _l("Community"),
    "email_verified": _l("E-mail verified"),
    "phone_verified": _l("Mobile verified"),
    "population": _l("Kind of account"),
    "activities": _l("Activities"),
}
CHANGES: dict[str, Any] = {
    "created": _l("Account made"),
    "edited": _l("Details corrected"),
    "state": _l("State changed"),
    "affiliated": _l("Put into an establishment"),
    "unaffiliated": _l("Taken out of an establishment"),
    "joined": _l("Put into a community"),
    "left": _l("Taken out of a community"),
    "merged": _l("Merged with a duplicate"),
    "absorbed": _l("Given up for another account"),
    "activities": _l("Activities written down"),
}
MEANS_STATES: dict[str, tuple[Any, str]] = {
    "usable": (_l("Usable"), "good"),
    "working": (_l("Usable"), "good"),
    "active": (_l("Usable"), "good"),
    "expired": (_l("Out of date"), "warn"),
    "revoked": (_l("Revoked"), "bad"),
    "disabled": (_l("Disabled"), "bad"),
    "empty": (_l("Used up"), "warn"),
}
UNREACHABLE: dict[str, Any] = {
    "closed": _l("The account is not open: nothing was sent."),
    "no-address": _l("There is no e-mail address to send it to."),
    "no-number": _l("There is no mobile number to send it to."),
    "unverified": _l("The address was never verified by its owner: nothing was sent."),
    "new": _l("The address was changed a short while ago: nothing was sent, to be safe."),
    "edited": _l(
        "The address was edited before anybody got in by it: "
        "a regional administrator sends the first way in."
    ),
    "down": _l("Nothing can be sent this way for the moment. Try the other way, or later."),
    "too-often": _l("This was sent too often already. Wait a while."),
}


def shown_state(state: str) -> tuple[str, str]:
    """A state and its tone."""
    word, tone = STATES.get(state, (state, "quiet"))
    return str(word), tone


def shown_field(name: str) -> str:
    """A field as people read it."""
    return str(FIELDS.get(name, name))


def shown_means(kind: str) -> str:
    """A way of logging in."""
    own = {"recovery": _("Recovery codes"), "card": _("Card")}
    return str(own.get(kind) or label_of(kind))


def shown_value(name: str, value: object) -> str:
    """What a field holds, as people read it."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return "; ".join(_shown_activity(one) for one in value)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    text = str(value)
    if name == "birth_date":
        return shown_date(text)
    if name == "title":
        return nomenclature.short_title(text) or text
    if name == "state":
        return shown_state(text)[0]
    if name == "visibility":
        return visibilities().get(text, text)
    if name == "population" and text in set(Population):
        return shown_population(Population(text))
    return text


def shown_sector(code: str) -> str:
    """What kind of place somebody practises in."""
    return nomenclature.label_of(SECTORS, code) or code


def _shown_activity(kept: dict[str, str]) -> str:
    """One of them, as the history keeps it."""
    one = Activity(**kept)
    told = (place_of(one), facts_of(one), one.structure_id, shown_sector(one.sector))
    return " · ".join(part for part in told if part)


def shown_change(kind: str) -> str:
    """What kind of change it was."""
    return str(CHANGES.get(kind, kind))


def shown_actor(actor: str, names: dict[str, str]) -> str:
    """Who did it; an account outside of the viewer's reach is not named."""
    if actor == "command line":
        return str(_("Command line"))
    if actor.startswith("application:"):
        return actor.partition(":")[2]
    return names.get(actor, str(_("Another administrator")))


def shown_pause(until: int, now: int) -> str:
    """Until when a way of logging in is paused."""
    if until <= now:
        return str(_("Not paused"))
    return str(_("Paused until %(time)s", time=shown_moment(until, now)))
