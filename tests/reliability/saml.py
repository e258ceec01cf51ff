# SPDX-License-Identifier: Apache-2.0
"""What people and applications of SAML do, for faults to fall into."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from tests.protocol.kit import session_of
from tests.reliability.operations import (
    HTML,
    Operation,
    Scene,
    address,
    leads_on,
    prove,
    settle,
)
from tests.reliability.oracle import beside
from tests.saml_artifacts import ARTIFACT, artifact_of, by_artifact, question, send
from tests.saml_artifacts import told as fetched
from tests.saml_kit import SamlParty, Told, register_saml
from tests.saml_logout import (
    ask_by_soap,
    by_redirect,
    enter,
    logout_request,
    logout_response,
    party_with_slo,
    redirected,
)
from tests.world import Browser, World

FRAME = {"Sec-Fetch-Dest": "iframe"}
RELAY = "relay-of-this-tab"


@dataclass
class Parties:
    """The applications of one world."""

    world: World
    # Answered by POST; by artifact.
    posted: SamlParty
    fetching: SamlParty
    # Asks for logouts; only the browser can tell the other one of them.
    asking: SamlParty
    led: SamlParty
    # Told of them by their servers, where a test has some.
    told: list[SamlParty] = field(default_factory=list)


known: dict[int, Parties] = {}


def parties_of(world: World) -> Parties:
    """Registered once in each world."""
    if id(world) not in known or known[id(world)].world is not world:
        known[id(world)] = Parties(
            world,
            register_saml(world, "posted"),
            by_artifact(world, "fetching"),
            party_with_slo(world, key="asking"),
            party_with_slo(world, key="led"),
        )
    return known[id(world)]


def scene(world: World, party: SamlParty, browser: Browser | None = None) -> Scene:
    """Somebody's browser before an application, with a request that nobody has seen yet."""
    found = browser or world.browser(address())
    found.headers |= HTML
    url = party.redirect_url(party.request())
    return Scene(world, found, world.client("plain"), {"party": party, "url": url})


def stranger(world: World) -> Scene:
    """Nobody is logged in."""
    return scene(world, parties_of(world).posted)


def at_the_door(world: World) -> Scene:
    """The login page is shown."""
    ready = stranger(world)
    ready.browser.get(ready.held["url"])
    ready.held["form"] = ready.browser.form("/password")
    return ready


def logged_in(world: World, who: str = "medecin") -> Scene:
    """Somebody who is logged in already."""
    return scene(world, parties_of(world).posted, settle(world, world.browser(), who))


def posting(world: World) -> Scene:
    """The request is in a form of another site, from where no cookie comes along."""
    ready = stranger(world)
    party: SamlParty = ready.held["party"]
    ready.held["message"] = party.signed(party.request())
    return ready


def coming_back(world: World) -> Scene:
    """The posted request waits for the browser, which now comes with its cookies."""
    ready = posting(world)
    ready.held["url"] = post(ready).headers["Location"]
    settle(world, ready.browser)
    return ready


def with_artifact(world: World, who: str = "medecin") -> Scene:
    """The browser carries an artifact to its application."""
    party = parties_of(world).fetching
    ready = scene(world, party, settle(world, world.browser(), who))
    ready.browser.get(party.redirect_url(party.request(ProtocolBinding=ARTIFACT)))
    artifact = artifact_of(ready.browser)
    ready.held["message"] = party.signed(question(party, artifact))
    return ready


def entered(world: World, who: str = "medecin") -> Scene:
    """Somebody is at several applications; one of them is about to ask for their logout."""
    every = parties_of(world)
    ready = scene(world, every.asking, settle(world, world.browser(), who))
    ready.held["session"] = session_of(world, ready.browser).id
    for one in (every.led, *every.told, every.asking):
        ready.held["known"] = enter(one, ready.browser)
    return ready


def leaving(world: World) -> Scene:
    """The request for it is on its way by the browser."""
    ready = entered(world)
    party, known = ready.held["party"], ready.held["known"]
    message = logout_request(party, known.name, known.index)
    ready.held["url"] = by_redirect(party, message, relay="their-own")
    return ready


def leaving_by_soap(world: World, who: str = "medecin") -> Scene:
    """The request for it is on its way from server to server."""
    ready = entered(world, who)
    party, known = ready.held["party"], ready.held["known"]
    message = logout_request(party, known.name, known.index, Destination=None)
    ready.held["message"] = party.signed(message)
    return ready


def under_way(world: World) -> Scene:
    """The page is shown that leads the browser to the application which nothing else can tell."""
    ready = leaving(world)
    ready.held["farewell"] = go(ready).headers["Location"]
    ready.browser.request("GET", ready.held["farewell"])
    (frame,) = ready.browser.page.find_all("iframe")
    ready.held["url"] = str(frame["src"])
    return ready


def asked(world: World) -> Scene:
    """It was told, and its answer is on the way."""
    ready = under_way(world)
    ready.held["url"] = answer_to(ready, framed(ready))
    return ready


def answer_to(ready: Scene, response: Any) -> str:
    """What the application answers to the request that a frame brought it."""
    party = parties_of(ready.world).led
    request, _url, _relay = redirected(party, response.headers["Location"], "SAMLRequest")
    return by_redirect(party, logout_response(party, request.get("ID")), "SAMLResponse")


def go(ready: Scene) -> Any:
    """Open the address."""
    return ready.browser.request("GET", ready.held["url"])


def framed(ready: Scene) -> Any:
    """Open it inside of a page of ours."""
    return ready.browser.request("GET", ready.held["url"], headers=FRAME)


def post(ready: Scene) -> Any:
    """As the other site's form posts it."""
    sent = {"SAMLRequest": b64encode(ready.held["message"]).decode(), "RelayState": RELAY}
    return ready.browser.request("POST", "/saml/sso", data=sent)


def resolve(ready: Scene) -> Any:
    """The application comes for what the artifact stands for."""
    answer = send(ready.world, ready.held["message"])
    if has_more(answer):
        found = fetched(ready.held["party"], answer)
        assert found is not None
        check_durable(ready, found)
    return answer


def ask_to_leave(ready: Scene) -> Any:
    """The same message, however often."""
    return ask_by_soap(ready.held["party"], ready.held["message"], sign=False)


def answering(act: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    """What says something of somebody: by then it is durable, or nothing is said."""

    def acted(ready: Scene) -> Any:
        answer = act(ready)
        if has_assertion(answer):
            check_durable(ready, ready.held["party"].told(ready.browser))
        return answer

    return acted


KNOWN = text(
    "SELECT count(*) FROM session_applications a JOIN sessions s ON s.id = a.session_id "
    "JOIN audit_events e ON e.session = s.id AND e.application = a.application "
    "WHERE a.label = :label AND a.application = :application AND e.kind = 'login.admitted'"
)


def check_durable(ready: Scene, told: Told) -> None:
    """The application is of the session, and an event tells of it: seen by another connection."""
    index = told.assertion.find("{*}AuthnStatement").get("SessionIndex")
    asked = {"label": index, "application": ready.held["party"].key}
    assert told.name_id.text
    with beside(ready.world).read() as tx:
        assert tx.execute(KNOWN, asked).scalar_one() >= 1


def has_assertion(answer: Any) -> bool:
    return answer.status_code == 200 and 'name="SAMLResponse"' in answer.get_data(as_text=True)


def has_more(answer: Any) -> bool:
    """Whether something was behind the artifact."""
    return answer.status_code == 200 and b":Response " in answer.get_data()


def is_carried(answer: Any) -> bool:
    """Whether the browser is to tell the others."""
    return answer.status_code == 303 and "/logout/" in answer.headers["Location"]


def is_done(answer: Any) -> bool:
    """Whether it was answered; who could not be told there is told of by another page."""
    return answer.status_code == 200 and b":LogoutResponse " in answer.get_data()


def is_led(answer: Any) -> bool:
    return answer.status_code == 303 and "SAMLRequest=" in answer.headers["Location"]


def is_noted(answer: Any) -> bool:
    return bool(answer.status_code == 204)


OPERATIONS = {
    "SAML request": Operation(stranger, go, leads_on),
    "SAML request posted": Operation(posting, post, leads_on),
    "SAML request taken up": Operation(coming_back, answering(go), has_assertion),
    "SAML login": Operation(at_the_door, answering(prove), has_assertion),
    "SAML single sign-on": Operation(logged_in, answering(go), has_assertion),
    "SAML artifact": Operation(with_artifact, resolve, has_more),
    "SAML logout": Operation(leaving, go, is_carried),
    "SAML logout by SOAP": Operation(leaving_by_soap, ask_to_leave, is_done),
    "SAML farewell": Operation(under_way, framed, is_led),
    "SAML farewell answered": Operation(asked, framed, is_noted),
}


def is_used(ready: Scene, again: Any) -> bool:
    """SM-032, SM-060: what was taken is taken, also by a server that told nobody of it."""
    return again.status_code == 400 and ready.browser.problem == "journey-expired"


def is_out(ready: Scene) -> bool:
    """Whether the session is over, and nothing that is at hand leads back into it."""
    with ready.world.core.database.read() as tx:
        holder = ready.world.core.sessions.holder(tx, ready.held["session"])
    party = ready.held["party"]
    ready.browser.request("GET", party.redirect_url(party.request()))
    return holder is None and "/login/" in ready.browser.last.headers.get("Location", "")


# What the second try gives, where the first was done but never told.
AFTERWARDS: dict[str, Callable[[Scene, Any], bool]] = {
    "SAML request": is_used,
    "SAML request posted": is_used,
    # It waited for one coming.
    "SAML request taken up": lambda _ready, again: again.status_code == 410,
    "SAML login": lambda ready, _again: ready.browser.problem == "journey-finished",
    "SAML single sign-on": is_used,
    # SM-073: nothing is behind it any more.
    "SAML artifact": lambda _ready, again: again.status_code == 200 and not has_more(again),
    "SAML logout": lambda ready, again: is_used(ready, again) and is_out(ready),
    "SAML logout by SOAP": lambda ready, again: again.status_code == 403 and is_out(ready),
    # By another question: the one before counts no more.
    "SAML farewell": lambda _ready, again: is_led(again),
    "SAML farewell answered": lambda ready, again: again.status_code == 400 and is_over(ready),
}


def is_over(ready: Scene) -> bool:
    """Whether the page knows that everybody was told: whoever asked hears it."""
    answer = ready.browser.request("GET", ready.held["farewell"])
    return answer.status_code == 303 and "SAMLResponse=" in answer.headers["Location"]
