# SPDX-License-Identifier: Apache-2.0
"""Whose request a page is about: the one that this browser holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import request as asked
from flask_babel import get_locale
from flask_babel import gettext as _

from idp.http.problems import problem_page
from idp.http.services import Core, Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.registration.drafts import EDITED
from idp.registration.values import Request, Stage
from idp.web.visit import Visit

HOME: Final = "/registration"
STATUS: Final = "/registration/status"
COOKIE: Final = "registration"
# The addresses of the four steps, in their order.
STEPS: Final = (f"{HOME}/card", f"{HOME}/details", f"{HOME}/wishes", f"{HOME}/summary")


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit to a step of a request that can be edited."""

    visit: Visit
    request: Request


def held(services: Services, visit: Visit) -> Request | None:
    """The request that this browser holds."""
    core = services.core
    holder = visit.call.cookie(core.jar.name(COOKIE))
    if not 0 < len(holder) <= 64:
        return None
    with core.database.read() as tx:
        return core.registration.drafts.held(tx, holder)


def draft_of(services: Services, step: int) -> Draft | Answer:
    """The draft at this step (1 to 4), or the page where its holder has to go first."""
    visit = Visit(services)
    request = held(services, visit)
    if request is None:
        return lost()
    if request.stage not in EDITED:
        return see_other(STATUS)
    if request.step < step - 1:
        return see_other(STEPS[request.step])
    return Draft(visit, request)


def standing(request: Request) -> dict[str, Any]:
    """What a step shows beside its form: whether one may leave, and what was asked for."""
    returned = request.stage is Stage.RETURNED
    return {
        "can_leave": bool(request.content.details.email),
        "completing": request.answer if returned else "",
    }


def lost() -> Page:
    """No request is held here (any more): by e-mail there is a way back to it."""
    return problem_page(
        "registration-lost",
        status=410,
        actions=[
            (_("Find my request by e-mail"), f"{HOME}/back", True),
            (_("Ask for an account"), HOME, False),
        ],
    )


def too_often() -> Page:
    """CR-022, CR-048: so many an hour."""
    page = problem_page("registration-too-often", status=429)
    page.headers.append(("Retry-After", "3600"))
    return page


def is_stale(request: Request) -> bool:
    """Whether the form was made before the last change of the draft."""
    return asked.form.get("version", "") != str(request.version)


def locale_of(core: Core) -> str:
    """The language of the page, in which letters are written as well."""
    return str(get_locale() or core.settings.locale.default)


def show(
    template: str,
    context: Mapping[str, Any],
    step: int = 0,
    status: int = 200,
    targets: tuple[str, ...] = (),
    agents: tuple[str, ...] = (),
) -> Page:
    """A page of registration; never kept by anybody on the way (WB-036)."""
    shared = {
        "steps": step_labels(),
        "step_now": step,
        "step_urls": STEPS,
        "can_leave": False,
        "completing": "",
    }
    return Page(
        f"registration/{template}.html",
        shared | dict(context),
        status,
        targets,
        list(NO_STORE),
        agents,
    )


def step_labels() -> list[str]:
    """SPEC §3."""
    return [
        _("CPS registration"),
        _("Personal details"),
        _("Your profile"),
        _("Validation"),
    ]
