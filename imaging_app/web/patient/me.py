# SPDX-License-Identifier: Apache-2.0
"""Whose space it is: the patient whose account came, or a page that says what is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from imaging_app.access.actions import Action
from imaging_app.access.actions import patient as patient_thing
from imaging_app.access.decide import Refused
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.people.patients import Patient
from imaging_app.web import refusals
from imaging_app.web.patient import words
from imaging_app.web.portal import Portal

P = ParamSpec("P")
SEE_OTHER = 303
HIGHEST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Me:
    """Who came, and which patient they are."""

    visitor: Visitor
    patient: Patient

    @property
    def id(self) -> str:
        """The patient's."""
        return self.patient.id


View = Callable[Concatenate[Me, P], ResponseReturnValue]


def own(
    portal: Portal, action: Action = Action.PATIENT_SELF
) -> Callable[[View[P]], Callable[P, ResponseReturnValue]]:
    """For the patient alone, behind the door; what is sent in opens the door of its own verb."""
    rooms = portal.rooms

    def decorate(view: View[P]) -> Callable[P, ResponseReturnValue]:
        @portal.require(Kind.PATIENT)
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            visitor = portal.visitor(Kind.PATIENT)
            with rooms.database.read() as tx:
                found = visitor and rooms.access.patients.of_subject(tx, visitor.subject)
            if visitor is None or not found:
                return _untied(portal)
            if request.method in refusals.SAFE:
                # One row of the trace stands for a stay, not for each page of it.
                opens = rooms.access.doors.hold(visitor, patient_thing(found.id), action)
                if isinstance(opens, Refused):
                    return refusals.answer(opens)
            return view(Me(visitor, found), *args, **kwargs)

        return guarded

    return decorate


def _untied(portal: Portal) -> ResponseReturnValue:
    """Whoever has an account that no establishment has tied to a file yet."""
    if request.endpoint != "patient":
        return redirect(url_for("patient"), SEE_OTHER)
    return render_template("imaging_app/patient/untied.html", account=account_of(portal))


def account_of(portal: Portal) -> str:
    """Where the account is managed."""
    return f"{portal.login.provider.issuer}/account"


def show(template: str, **values: Any) -> str:
    """A page of this space."""
    done = words.DONE.get(request.args.get("done", ""))
    return render_template(f"imaging_app/patient/{template}.html", words=words, done=done, **values)


def ask(**values: Any) -> str:
    """A question before something is done.

    title, points, button, back; perhaps person (a professional), grave, fields.
    """
    given = {"person": None, "grave": False, "fields": {}} | values
    return show("question", **given)


def done(endpoint: str, word: str, **values: Any) -> Response:
    """It is done: to the page that shows it."""
    return redirect(url_for(endpoint, done=word, **values), SEE_OTHER)


def after(said: object, endpoint: str, word: str) -> Response:
    """What was answered to a deed: why not, or the page on which it shows."""
    if isinstance(said, Refused):
        return refusals.answer(said, back=url_for(endpoint))
    return done(endpoint, word)


def page_number() -> int:
    """Which page of a list is asked for."""
    typed = request.args.get("page", "1")
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 6
    return min(max(int(typed), 1), HIGHEST_PAGE) if is_number else 1
