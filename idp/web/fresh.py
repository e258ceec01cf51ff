# SPDX-License-Identifier: Apache-2.0
"""Asking for a proof before a page is shown, and back to that page afterwards."""

from urllib.parse import quote

from connectors.base import Level
from idp.accounts import service as accounts
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.freshness import FRESH_FOR, holds_fresh
from idp.login.request import PORTAL, LoginRequest
from idp.web.visit import Visit


def fresh_proof(
    services: Services, visit: Visit, page: str, level: Level | None = None
) -> Answer | None:
    """None for somebody who has just proved who they are, else the way to do so and come back.

    `page` is a path of ours, never one from outside. Without a level it is the best one that
    this person can reach with two factors at most. Ask again where a form comes back: the page
    may have stood open.
    """
    session = visit.session
    if session is None:
        return log_in_first(services, visit, page)
    wanted = level or reachable_level(services, session.account)
    if holds_fresh(session, wanted, services.core.clock.now()):
        return None
    core = services.core
    with core.database.read() as tx:
        known = accounts.load(tx, session.account)
    wished = LoginRequest(
        core.entropy.token(16),
        PORTAL,
        None,
        core.clock.now(),
        level=wanted,
        # Where nothing reaches the level the journey says so, instead of leading back here.
        level_required=True,
        max_age=FRESH_FOR,
        hint=known.person.identifier if known else "",
        account=session.account,
        payload={"page": page.removeprefix("/")},
    )
    return _begin(services, visit, wished)


def log_in_first(services: Services, visit: Visit, page: str) -> Answer:
    """The way through a login to one of our own pages."""
    core = services.core
    journey = core.entropy.token(16)
    payload = {"page": page.removeprefix("/")}
    wished = LoginRequest(journey, PORTAL, None, core.clock.now(), payload=payload)
    return _begin(services, visit, wished)


def reachable_level(services: Services, account: str) -> Level:
    """The best level up to two factors that a person can reach with what they have set up."""
    attempts = services.attempts
    strong = (kind for kind, level in attempts.levels.items() if level >= Level.TWO_FACTORS)
    if any(attempts.lacks(kind, account) is None for kind in strong):
        return Level.TWO_FACTORS
    return Level.PASSWORD


def _begin(services: Services, visit: Visit, wished: LoginRequest) -> Answer:
    core = services.core
    with core.database.write() as tx:
        core.journeys.begin(tx, wished, visit.browser)
    return see_other(f"/login/{quote(wished.id, safe='')}")
