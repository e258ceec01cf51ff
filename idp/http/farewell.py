# SPDX-License-Identifier: Apache-2.0
"""The pages of a logout: the question first where it is due, then what was and wasn't reached."""

from urllib.parse import urlsplit

from idp.applications.values import Application
from idp.http.forms import is_browser_secret
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Call, Page, see_other
from idp.login.leave import Reach, Told
from idp.sessions.values import Session

PURPOSE = "logout"
STATES = {Reach.REACHED: "reached", Reach.NOT_REACHED: "failed", Reach.NOT_TOLD: "untold"}


def ask_first(
    services: Services,
    call: Call,
    session: Session,
    application: Application | None,
    leads_to: str,
) -> Answer:
    """« Log out? », with the applications concerned."""
    core = services.core
    with core.database.read() as tx:
        opened = core.sessions.opened_in(tx, session.id)
        found = [core.applications.load(tx, one.application) for one in opened]
    browser = call.cookie(core.jar.name("browser"))
    headers = list(NO_STORE)
    if not is_browser_secret(browser):
        browser = core.forms.new_browser()
        headers.append(core.jar.set("browser", browser))
    asked = {"to": leads_to, "session": session.id, "by": application.key if application else ""}
    ticket = core.tickets.issue(PURPOSE, browser, asked)
    logout = {
        "action": "/logout",
        "fields": {"ticket": ticket},
        "application": application.name if application else None,
        "applications": [one.name for one in found if one is not None],
        "cancel_url": "/",
    }
    context = {"logout": logout, "csrf": core.forms.token(browser)}
    return Page("logout/confirm.html", context, 200, _site(leads_to), headers)


def say_goodbye(
    services: Services, told: list[Told], leads_to: str, asking: Application | None = None
) -> Answer:
    """Straight on where everybody was told; else a page that says who was not.

    The application that asks knows already, whether or not it could be told.
    """
    core = services.core
    # ASVS 14.3.1: nothing of the session stays behind in the browser (OA-178).
    headers = [
        *NO_STORE,
        core.jar.drop("session"),
        core.jar.set("browser", core.forms.new_browser()),
        ("Clear-Site-Data", '"cache", "storage"'),
    ]
    others = [one for one in told if asking is None or one.application.key != asking.key]
    missed = [one for one in others if one.reach is not Reach.REACHED]
    if leads_to and not missed:
        reply = see_other(leads_to)
        reply.headers = [*reply.headers, *headers]
        return reply
    applications = [{"name": one.application.name, "state": STATES[one.reach]} for one in told]
    context = {
        "applications": applications,
        "continue_url": leads_to or None,
        "continue_label": None,
        "person": None,
    }
    return Page("logout/done.html", context, 200, (), headers)


def _site(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    return (f"{parts.scheme}://{parts.netloc}",) if url else ()
