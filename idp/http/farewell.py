# SPDX-License-Identifier: Apache-2.0
"""The end of a visit: the question first where it is due, then what was and wasn't reached.

Applications that only the person's browser can tell are told on a page of its own
(`idp.web.farewells`); whoever needs none of that is sent on, or told, at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from connectors.capabilities import Leads, LogoutThere, LogsOut
from idp.applications.values import Application
from idp.http.browser_state import STATE
from idp.http.forms import is_browser_secret
from idp.http.services import Core, Services
from idp.http.wire import NO_STORE, Answer, Call, Headers, Page, see_other
from idp.login.answers import Handover
from idp.login.leave import Gone, Reach, Told
from idp.sessions.farewells import Part, State, provider_named
from idp.sessions.ties import Loose
from idp.sessions.values import Session

PURPOSE = "logout"
STATES = {
    Reach.REACHED: State.REACHED,
    Reach.NOT_REACHED: State.FAILED,
    Reach.NOT_TOLD: State.UNTOLD,
}


@dataclass(frozen=True, slots=True)
class Onward:
    """Where somebody goes when all is said: an address, or what a protocol answers by."""

    url: str = ""
    protocol: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    def asked_by(self, application: Application, *, knows: bool) -> "Onward":
        """The same, and whom it leads back to: whether that one knows already."""
        if not self:
            return self
        more = {"application": application.key, "knows": knows}
        return replace(self, payload={**self.payload, **more})

    def __bool__(self) -> bool:
        return bool(self.url or self.protocol)

    def written(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))


NOWHERE = Onward()
# Who was not logged in.
NOBODY = Gone([])


def read_onward(text: str) -> Onward:
    """As it was kept."""
    return Onward(**json.loads(text))


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
        led_by = core.ties.led_by(tx, session.id)
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
    # Whoever is sent on by what follows from this form goes there, too.
    sites = (*_site(leads_to), *_sites_beyond(services, led_by))
    return Page("logout/confirm.html", context, 200, sites, headers)


def say_goodbye(
    services: Services,
    gone: Gone,
    onward: Onward = NOWHERE,
    asking: Application | None = None,
    kept: str | None = None,
) -> Answer:
    """Straight on where everybody was told; else a page that tells the others, or who was not.

    So, too, where somebody may want to end what goes on elsewhere.
    The application that asks knows already, whether or not it could be told. `kept` is the secret
    of a browser in which somebody may still be logged in: nothing is taken from it.
    """
    core, told = services.core, gone.told
    others = [
        one
        for one in told
        if asking is None or one.application.key != asking.key or _is_told_in_silence(services, one)
    ]
    missed = [one for one in others if one.reach is not Reach.REACHED]
    if asking is not None:
        reached = {one.application.key for one in told if one.reach is Reach.REACHED}
        onward = onward.asked_by(asking, knows=asking.key in reached)
    browser = kept if kept and is_browser_secret(kept) else core.forms.new_browser()
    headers = goodbye_headers(core, browser) if kept is None else []
    loose = [one for one in gone.loose if there_of(services, one.means) is not LogoutThere.NEVER]
    by_browser = any(_site_of(services, one) for one in missed)
    if loose or (missed and (onward.protocol or by_browser)):
        if kept is not None and kept != browser:
            headers.append(core.jar.set("browser", browser))
        farewell = _begin(services, browser, others, loose, onward)
        answer: Answer | None = see_other(f"{core.settings.server.issuer}/logout/{farewell}")
    else:
        answer = None if missed else go_on(services, onward, complete=True)
    if answer is None:
        states = [
            {"name": one.application.name, "state": STATES[one.reach].value, "again_url": ""}
            for one in told
        ]
        answer = goodbye_page(states, onward.url, asking=shown_asking(onward, asking))
    answer.headers = [*answer.headers, *headers]
    return answer


def goodbye_page(
    applications: list[dict[str, str]],
    continue_url: str,
    providers: Sequence[Mapping[str, str]] = (),
    asking: Mapping[str, Any] | None = None,
) -> Page:
    """« You are logged out », and what was told to whom; where a session elsewhere goes on.

    `asking`: the application that the way on leads back to, and whether it knows.
    """
    context = {
        "applications": applications,
        "providers": providers,
        "continue_url": continue_url or None,
        "asking": asking,
        "person": None,
    }
    return Page("logout/done.html", context, headers=list(NO_STORE))


def shown_asking(onward: Onward, asking: Application | None) -> dict[str, Any] | None:
    """Whom the way on leads back to, as the page says it."""
    if asking is None or not onward:
        return None
    return {"name": asking.name, "knows": bool(onward.payload.get("knows"))}


def go_on(services: Services, onward: Onward, *, complete: bool) -> Answer | None:
    """Where the person wanted to be; None where nobody waits for them any more."""
    if onward.url:
        return see_other(onward.url)
    parting = services.partings.get(onward.protocol)
    handover = parting.answer(onward.payload, complete=complete) if parting else None
    return carry(handover) if handover else None


def carry(handover: Handover, *, framed: bool = False) -> Answer:
    """What is said of a logout, on its way by the browser."""
    if handover.fields is None:
        return see_other(handover.url)
    context = {"action": handover.url, "fields": list(handover.fields.items()), "person": None}
    return Page(
        "logout/carry.html",
        context,
        form_targets=_site(handover.url),
        headers=list(NO_STORE),
        is_framed=framed,
    )


def goodbye_headers(core: Core, browser: str) -> Headers:
    """ASVS 14.3.1: nothing of the session stays behind in the browser (OA-178)."""
    return [
        core.jar.drop("session"),
        core.jar.set("browser", browser),
        core.jar.shown(STATE, "", 0),
        ("Clear-Site-Data", '"cache", "storage"'),
    ]


def there_of(services: Services, means: str) -> LogoutThere:
    """Whether those who came by this means log out there, too."""
    connector: object = services.connectors.get(means)
    return connector.logout_there if isinstance(connector, LogsOut) else LogoutThere.NEVER


def _begin(
    services: Services, browser: str, told: list[Told], loose: list[Loose], onward: Onward
) -> str:
    """Keep what was told and what was not, for the page that goes on with it."""
    parts = []
    for one in told:
        led = one.reach is not Reach.REACHED and bool(_site_of(services, one))
        state = State.WAITING if led else STATES[one.reach]
        parts.append(Part(one.application.key, one.account, one.session, state, is_led=led))
    for each in loose:
        named = provider_named(each.means)
        parts.append(
            Part(named, "", "", State.WAITING, is_led=True, means=each.means, token=each.token)
        )
    with services.core.database.write() as tx:
        return services.core.farewells.begin(tx, browser, onward.written(), parts)


def _sites_beyond(services: Services, led_by: Sequence[str]) -> tuple[str, ...]:
    """Where the browser is led to log out as well, without being asked once more."""
    found: list[str] = []
    for means in led_by:
        connector: object = services.connectors.get(means)
        if isinstance(connector, Leads) and there_of(services, means) is LogoutThere.ALWAYS:
            found += connector.sites()
    return tuple(found)


def _site_of(services: Services, told: Told) -> str:
    """The site to which the browser would be led; none where it can't be."""
    parting = services.partings.get(told.application.protocol)
    return parting.site(told.application) if parting else ""


def _is_told_in_silence(services: Services, told: Told) -> bool:
    """Whether it hears of its own logout as of any other: in a frame, beside the answer."""
    parting = services.partings.get(told.application.protocol)
    return parting is not None and parting.is_silent and bool(parting.site(told.application))


def _site(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    return (f"{parts.scheme}://{parts.netloc}",) if url else ()
