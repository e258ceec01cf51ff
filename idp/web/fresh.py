# SPDX-License-Identifier: Apache-2.0
"""Asking for a proof before a page is shown, and back to that page afterwards."""

from urllib.parse import quote

from connectors.base import Level
from idp.accounts import service as accounts
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.login.freshness import FRESH_FOR, holds_fresh
from idp.login.request import PORTAL, LoginRequest
from idp.web.means import blocked_sentence
from idp.web.strong_means import enrolled_means, strong_means
from idp.web.visit import Visit


def fresh_proof(
    services: Services, visit: Visit, page: str, level: Level | None = None
) -> Answer | None:
    """None for somebody who has just proved who they are, else the way to do so and come back.

    `page` is a path of ours, never one from outside. Without a level it is two factors for
    whoever has set up a second one. Ask again where a form comes back: the page may have stood
    open.
    """
    session = visit.session
    if session is None:
        return log_in_first(services, visit, page)
    core = services.core
    now, revocation = core.clock.now(), core.settings.cards.revocation
    # Whoever has just proved two factors needs no look at what they have set up.
    if holds_fresh(session, level or Level.TWO_FACTORS, now, revocation):
        return None
    wanted = level or protecting_level(services, session.account)
    if isinstance(wanted, Page):
        return wanted
    if holds_fresh(session, wanted, now, revocation):
        return None
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
    return begin_journey(services, visit, wished)


def log_in_first(services: Services, visit: Visit, page: str) -> Answer:
    """The way through a login to one of our own pages."""
    core = services.core
    journey = core.entropy.token(16)
    payload = {"page": page.removeprefix("/")}
    wished = LoginRequest(journey, PORTAL, None, core.clock.now(), payload=payload)
    return begin_journey(services, visit, wished)


def protecting_level(services: Services, account: str) -> Level | Page:
    """Two factors for whoever has set up a second one; else the password, which is all there is.

    CR-009: what is set up and can't be used now is no reason to ask for less. A page says so.
    """
    if strong_means(services, account):
        return Level.TWO_FACTORS
    enrolled = enrolled_means(services, account)
    if not enrolled:
        return Level.PASSWORD
    sentences = [blocked_sentence(kind, lack) for kind, lack in enrolled.items()]
    return problem_page("means-blocked", status=403, names=" ".join(sentences))


def begin_journey(services: Services, visit: Visit, wished: LoginRequest) -> Answer:
    """Keep the journey, and send the browser there."""
    core = services.core
    with core.database.write() as tx:
        core.journeys.begin(tx, wished, visit.browser)
    return see_other(f"/login/{quote(wished.id, safe='')}")
