# SPDX-License-Identifier: Apache-2.0
"""What every page of an establishment stands on: which one, who acts in its name, its layout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action, Thing
from imaging_app.access.actions import file as file_thing
from imaging_app.access.decide import Reason, Refused
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.opening import Rooms
from imaging_app.people.files import File
from imaging_app.people.patients import Patient
from imaging_app.web.establishment.words import DONE, SECTIONS
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

P = ParamSpec("P")
SEE_OTHER: Final = 303
INVALID: Final = 422


@dataclass(frozen=True, slots=True)
class House:
    """One establishment, and who acts in its name."""

    portal: Portal
    finess: str
    name: str
    who: Visitor

    @property
    def rooms(self) -> Rooms:
        """What lies behind the pages."""
        return self.portal.rooms

    def page(self, template: str, section: str, status: int = 200, **values: Any) -> Response:
        """One of its pages."""
        text = render_template(
            f"imaging_app/establishment/{template}.html",
            house=self,
            section=section,
            sections=SECTIONS,
            done=DONE.get(request.args.get("done", "")),
            when=when,
            **{"errors": {}} | values,
        )
        return Response(text, status, mimetype="text/html")

    def to(self, endpoint: str, **values: Any) -> Response:
        """After a form."""
        return redirect(url_for(endpoint, finess=self.finess, **values), SEE_OTHER)

    def through(self, thing: Thing, action: Action) -> Refused | None:
        """Ask a door; what it lets through is written down by then."""
        found = self.rooms.access.doors.through(self.who, thing, action)
        return found if isinstance(found, Refused) else None


def when(moment: int) -> str:
    """A moment, as people here write it."""
    return str(format_datetime(datetime.fromtimestamp(moment, UTC), "short"))


View = Callable[Concatenate[House, P], ResponseReturnValue]
Wrapped = Callable[..., ResponseReturnValue]


def for_staff(portal: Portal) -> Callable[[View[P]], Wrapped]:
    """Only for who acts in the name of the establishment in the address; below the route."""

    def decorate(view: View[P]) -> Wrapped:
        @portal.require(Kind.STAFF)
        @wraps(view)
        def guarded(finess: str, *args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            visitor, who = portal.visitor(Kind.STAFF, finess), portal.who()
            if visitor is None or who is None:
                return answer(Refused(Reason.BASIS), back="/establishment")
            name = next((one.name for one in who.acting if one.finess == finess), finess)
            return view(House(portal, finess, name, visitor), *args, **kwargs)

        return guarded

    return decorate


@dataclass(frozen=True, slots=True)
class Opened:
    """A file of the establishment's, opened by its desk."""

    file: File
    patient: Patient

    @property
    def name(self) -> str:
        """As a desk reads it out: birth name first."""
        traits = self.patient.traits
        used = f" ({traits.used_name})" if traits.used_name else ""
        return f"{traits.birth_name} {' '.join(traits.first_names)}{used}"


def open_file(house: House, file: str) -> Opened | Response:
    """Behind its door; unknown ones and those of others are answered alike."""
    refused = house.through(file_thing(file), Action.FILE_DESK)
    if refused is not None:
        return answer(refused, back=f"/establishment/{house.finess}/desk")
    with house.rooms.database.read() as tx:
        found = house.rooms.access.files.one(tx, file)
        patient = house.rooms.access.patients.find(tx, found.patient) if found else None
    if found is None or patient is None:
        return answer(Refused(Reason.UNKNOWN), back=f"/establishment/{house.finess}/desk")
    return Opened(found, patient)


def page_number() -> int:
    """Of a list."""
    typed = request.args.get("page", "1")
    return min(max(int(typed), 1), 10_000) if typed.isdecimal() and len(typed) < 6 else 1


def typed(names: Mapping[str, int] | None = None) -> dict[str, str]:
    """A form's texts, as they come back where something is wrong."""
    return {
        name: value.strip()[: (names or {}).get(name, 400)]
        for name, value in request.form.items()
        if name != "form_token"
    }
