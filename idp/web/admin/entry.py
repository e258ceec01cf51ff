# SPDX-License-Identifier: Apache-2.0
"""The console's door: who is there, with which rights; level 2 or more for everybody (SPEC §6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import request

from connectors.base import Level
from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page
from idp.login.request import PORTAL, LoginRequest
from idp.web.admin.menu import menu_for
from idp.web.fresh import begin_journey, fresh_proof
from idp.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody at work in the console."""

    visit: Visit
    authority: Authority


def clerk_of(services: Services, page: str, right: Right | None = None) -> Clerk | Answer:
    """Who visits a page of the console, or the way to a login that is strong enough.

    `page` is a path of ours. A `right` that is not held at all closes the page; how far one goes is
    asked by the services.
    """
    visit = Visit(services)
    visit.touch()
    session, page = visit.session, _as_address(page)
    if session is None:
        return _log_in(services, visit, page)
    core, authorities = services.core, services.office.authorities
    with core.database.read() as tx:
        authority = authorities.of_person(tx, session, visit.call.origin)
        held = authority is not None or bool(authorities.held_by(tx, session.account))
    level = authorities.level_of(session.proofs)
    if authority is None and held and (level is None or level < Level.TWO_FACTORS):
        return _log_in(services, visit, page, session.account)
    if authority is None or (right is not None and not authority.may(right)):
        return refused(Denied.NOT_ALLOWED)
    return Clerk(visit, authority)


def _log_in(services: Services, visit: Visit, page: str, account: str | None = None) -> Answer:
    """The way through a login that is strong enough, and back to the page."""
    core = services.core
    wished = LoginRequest(
        core.entropy.token(16),
        PORTAL,
        None,
        core.clock.now(),
        level=Level.TWO_FACTORS,
        level_required=True,
        account=account,
        payload={"page": page.removeprefix("/")},
    )
    return begin_journey(services, visit, wished)


def proved_clerk(services: Services, page: str, right: Right) -> Clerk | Answer:
    """The same for somebody who has just proved who they are: for what is sensitive (SE-006)."""
    clerk = clerk_of(services, page, right)
    if not isinstance(clerk, Clerk):
        return clerk
    return fresh_proof(services, clerk.visit, _as_address(page), Level.TWO_FACTORS) or clerk


def _as_address(page: str) -> str:
    """Parts of it were read from the request: what ends a line would end a header."""
    return quote(page, safe="/?&=%+:@!$'()*,;~")


def refused(denied: Denied) -> Page:
    """Why a page of the console is not shown."""
    if denied is Denied.NOT_FOUND:
        return problem_page("not-found", status=404)
    return problem_page("forbidden", status=403)


def show(clerk: Clerk, template: str, context: Mapping[str, Any], status: int = 200) -> Page:
    """A page of the console, kept nowhere."""
    known = {"menu": menu_for(clerk.authority, request.path), "clerk": clerk.authority}
    return Page(f"admin/{template}.html", {**known, **context}, status, headers=list(NO_STORE))
