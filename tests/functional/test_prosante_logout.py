# SPDX-License-Identifier: Apache-2.0
"""Logging out here leads to Pro Santé Connect, too, as far as the operator wishes; and back."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import text
from werkzeug.test import Client

from idp.chores import Chores
from idp.demo.sandbox.trouble import Trouble
from tests import cast
from tests.prosante import (
    APPLICATIONS,
    BACK,
    Sandbox,
    known,
    leave_for,
    register,
    running_sandbox,
)
from tests.protocol.kit import register as register_oidc
from tests.races import at_once
from tests.saml_kit import register_saml
from tests.saml_logout import answer_of, by_redirect, enter, logout_request
from tests.world import ISSUER, Browser, StandingClock, World, open_world

HOME = "https://broker.example/bye"
Opener = Callable[[str], World]


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock: StandingClock) -> Iterator[Sandbox]:
    with running_sandbox(clock, known("medecin"), known("infirmiere")) as sandbox:
        yield sandbox


@pytest.fixture
def opening(
    there: Sandbox, clock: StandingClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opener]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened: list[World] = []

    def open_it(wish: str) -> World:
        world = open_world(database_url, clock, **there.changes(PSC_LOGOUT=wish))
        register(world.core)
        opened.append(world)
        return world

    yield open_it
    for one in opened:
        one.close()


def log_in(here: World, there: Sandbox, key: str = "broker", who: str = "medecin") -> Browser:
    browser = here.browser()
    here.client(key).ask(browser)
    answer = browser.get(there.log_in(leave_for(browser), known(who)))
    assert "code" in here.client(key).answered(answer)
    return browser


def log_out(browser: Browser) -> str:
    """By our own page; where the browser is sent."""
    browser.get("/logout")
    browser.submit("/logout")
    return str(browser.last.headers.get("Location", ""))


def go(url: str) -> str:
    """To Pro Santé Connect; where it sends the browser back to."""
    answer = requests.get(url, timeout=30, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def states(browser: Browser) -> list[str]:
    return [str(one["data-provider"]) for one in browser.page.select("[data-provider]")]


def offer(browser: Browser) -> str:
    """Where the page's first button leads: to Pro Santé Connect."""
    first = browser.page.select_one(".actions a")
    assert first is not None
    url = str(first["href"])
    assert "/ask/" in url
    return url


def kept(here: World) -> list[tuple[str, str | None]]:
    with here.core.database.read() as tx:
        rows = tx.execute(text("SELECT session_id, token FROM session_ties")).all()
    return [(row.session_id, row.token) for row in rows]


def test_always_ends_both_and_comes_back(opening: Opener, there: Sandbox) -> None:
    here = opening("always")
    browser = log_in(here, there)
    [login] = there.logins.every()
    browser.get("/logout")
    policy = browser.last.headers["Content-Security-Policy"]
    # Browsers hold the form to all that follows from it.
    assert there.address in policy.partition("form-action")[2].partition(";")[0]
    browser.submit("/logout")
    url = browser.last.headers["Location"]
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(there.issuer + "/protocol/openid-connect/logout?")
    assert asked["post_logout_redirect_uri"] == f"{BACK}/left"
    assert asked["id_token_hint"].count(".") == 2
    # Ours was over before anybody was sent anywhere.
    [ended] = here.events("session.ended")
    assert "person" in ended.detail
    assert there.logins.every() == [login]
    browser.get(go(url))
    assert there.logins.every() == []
    assert states(browser) == ["reached"]
    assert kept(here) == []
    with here.core.database.read() as tx:
        left = tx.execute(text("SELECT token FROM farewell_calls")).scalars().all()
    assert set(left) == {None}


def test_offered_is_told_and_done_on_wish(opening: Opener, there: Sandbox) -> None:
    here = opening("offered")
    browser = log_in(here, there)
    assert log_out(browser) == ""
    assert states(browser) == ["waiting"]
    assert len(there.logins.every()) == 1
    link = offer(browser)
    browser.get(link)
    url = browser.last.headers["Location"]
    # Whoever goes there and comes back by the arrow of the browser is told no untruth.
    farewell = link.partition("/ask/")[0]
    browser.get(farewell)
    assert states(browser) == ["unsure"]
    back = go(url)
    browser.get(back)
    assert states(browser) == ["reached"]
    assert there.logins.every() == []
    # The way back was used up: it says nothing to anybody any more.
    browser.get(back)
    assert browser.last.request.path == "/"


def test_never_keeps_nothing_to_end_it_with(opening: Opener, there: Sandbox) -> None:
    here = opening("never")
    browser = log_in(here, there)
    [(_session, token)] = kept(here)
    assert token is None
    assert log_out(browser) == ""
    assert states(browser) == []
    assert kept(here) == []
    assert len(there.logins.every()) == 1


def test_what_it_is_ended_with_is_sealed_and_goes_with_the_session(
    opening: Opener, there: Sandbox, clock: StandingClock
) -> None:
    here = opening("always")
    log_in(here, there)
    [(session, token)] = kept(here)
    assert token is not None
    assert token.startswith("v1.")
    with here.core.database.write() as tx:
        assert here.core.sessions.end(tx, session, "test")
    assert kept(here) == []
    # And with one that nobody ended, once its time is over.
    log_in(here, there)
    clock.pass_by(here.core.settings.session.absolute + 3600)
    Chores(here.core).do()
    assert kept(here) == []


@pytest.mark.parametrize("trouble", [Trouble.BROKEN, Trouble.SLOW, Trouble.ENDPOINTS_ELSEWHERE])
def test_whoever_does_not_answer_keeps_nobody_logged_in(
    opening: Opener, there: Sandbox, trouble: Trouble
) -> None:
    here = opening("always")
    browser = log_in(here, there)
    there.choose(trouble)
    assert log_out(browser) == ""
    assert states(browser) == ["failed"]
    assert here.events("session.ended")
    # Tried again from the page, once they answer.
    there.choose(Trouble.NONE)
    link = browser.page.select_one("[data-provider] a")
    assert link is not None
    browser.get(str(link["href"]))
    browser.get(go(browser.last.headers["Location"]))
    assert states(browser) == ["reached"]


def test_an_application_that_asks_gets_its_person_back(opening: Opener, there: Sandbox) -> None:
    here = opening("always")
    client = register_oidc(
        here,
        "leaver",
        policy={"means": ["psc"], "level": 3},
        oidc={"post_logout_redirect_uris": [HOME]},
    )
    browser = here.browser()
    client.ask(browser)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    tokens = client.redeem(client.answered(browser.last)["code"]).json
    browser.get(
        f"/oidc/logout?id_token_hint={tokens['id_token']}&client_id={client.key}"
        f"&post_logout_redirect_uri={HOME}&state=xyz"
    )
    url = browser.last.headers["Location"]
    assert url.startswith(there.issuer)
    browser.get(go(url))
    assert browser.last.headers["Location"] == f"{HOME}?state=xyz"
    assert there.logins.every() == []


@pytest.mark.parametrize("goes", [True, False], ids=["there, too", "back at once"])
def test_an_application_s_logout_is_done_before_anything_is_offered(
    opening: Opener, there: Sandbox, monkeypatch: pytest.MonkeyPatch, goes: bool
) -> None:
    """One click from there, whichever: its person is out of it already."""
    here = opening("offered")
    teller = type(here.provider.services.leaving._tellers["oidc"])
    monkeypatch.setattr(teller, "tell", lambda *_given: goes)
    uri = "https://hears.example/logout"
    client = register_oidc(
        here,
        "leaver",
        policy={"means": ["psc"], "level": 3},
        oidc={"post_logout_redirect_uris": [HOME], "backchannel_logout_uri": uri},
    )
    browser = here.browser()
    client.ask(browser)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    tokens = client.redeem(client.answered(browser.last)["code"]).json
    browser.get(
        f"/oidc/logout?id_token_hint={tokens['id_token']}&client_id={client.key}"
        f"&post_logout_redirect_uri={HOME}&state=xyz"
    )
    assert states(browser) == ["waiting"]
    assert len(here.events("session.ended")) == 1
    assert client.userinfo(tokens["access_token"]).status == 401
    with here.core.database.read() as tx:
        notices = tx.execute(text("SELECT COUNT(*) FROM messages WHERE channel = 'logout'"))
        assert notices.scalar() == 1
    # Where it did not hear of it, the page says so of it, too; and leads back to it by name.
    assert (browser.page.select_one("#unfinished") is None) is goes
    lead = browser.page.select_one(".lead")
    assert lead is not None
    assert lead["data-ended"] == ("here" if goes else "some")
    back = browser.page.select(".actions a")[1]
    assert client.document["name"] in back.get_text()
    if goes:
        browser.get(offer(browser))
        browser.get(go(browser.last.headers["Location"]))
    else:
        browser.get(str(back["href"]))
    assert browser.last.headers["Location"] == f"{HOME}?state=xyz"
    assert bool(there.logins.every()) is not goes


def test_a_saml_application_hears_of_it_after_both(opening: Opener, there: Sandbox) -> None:
    here = opening("always")
    slo = [{"url": "https://courrier-psc.example/slo/redirect", "binding": "redirect"}]
    policy = {"means": ["password", "psc"], "level": 1}
    party = register_saml(here, "courrier-psc", policy=policy, saml={"slo": slo})
    browser = here.browser()
    party.go(browser)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    name = enter(party, browser)
    browser.get(by_redirect(party, logout_request(party, name.name, name.index)))
    url = browser.last.headers["Location"]
    assert url.startswith(there.issuer)
    browser.get(go(url))
    answered = answer_of(party, browser)
    assert answered.codes == ["Success"]
    assert answered.in_response_to == party.last_id


def test_somebody_elses_browser_is_shown_nothing(opening: Opener, there: Sandbox) -> None:
    here = opening("offered")
    mine = log_in(here, there)
    log_out(mine)
    other = here.browser()
    other.get(offer(mine))
    assert other.last.status_code == 404
    other.get(f"{ISSUER}/upstream/psc/left?state=made-up")
    assert other.last.request.path == "/"
    for odd in ("", "?state=", "?state=a&state=b", "?state=%00", "?state=" + "x" * 300):
        other.get(f"{ISSUER}/upstream/psc/left{odd}")
        assert other.last.status_code == 200


def test_another_means_leads_nowhere(opening: Opener, there: Sandbox) -> None:
    here = opening("always")
    browser = here.browser()
    here.client("mixed").ask(browser)
    browser.get(browser.page.select_one("a[href*='means=password']")["href"])  # type: ignore[index,arg-type]
    browser.log_in()
    assert log_out(browser) == ""
    assert states(browser) == []
    assert not there.logins.every()


def test_br_014_of_two_notices_at_once_one_counts(opening: Opener, there: Sandbox) -> None:
    """And whoever proves more in the session at that moment is out as well."""
    here = opening("never")
    browser = log_in(here, there)
    [login] = there.logins.every()
    tokens: list[str] = []
    there.tell = lambda _url, token: tokens.append(token) or 0
    assert there.logins.end(login.id, Trouble.NONE)

    def post(token: str) -> int:
        client = Client(here.provider.web)
        form = {"logout_token": token}
        return client.post("/upstream/psc/logout", data=form, base_url=ISSUER).status_code

    assert sorted(at_once(post, tokens * 4)) == [200, 400, 400, 400]
    assert len(here.events("session.ended")) == 1
    browser.get("/account")
    assert browser.last.request.path != "/account"
