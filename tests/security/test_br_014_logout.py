# SPDX-License-Identifier: Apache-2.0
"""BR-014: a provider by which people came says that they logged out there; or another does."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from idp.credentials import used_once
from idp.demo.sandbox.trouble import Trouble
from tests.prosante import CLIENT, Sandbox, known, leave_for
from tests.protocol.kit import register, session_of
from tests.security.prosante_scene import arrive
from tests.security.troubles import NOTICED, TABLE, UNNOTICED
from tests.world import ISSUER, Browser, StandingClock, World

ADDRESS = "/upstream/psc/logout"


def post(here: World, token: str, **more: Any) -> TestResponse:
    client = Client(here.provider.web)
    form = {"logout_token": token}
    return client.post(ADDRESS, data=form, base_url=ISSUER, **more)


@pytest.fixture
def tied(here: World, there: Sandbox) -> World:
    """A provider that hears what is said to it there."""
    there.tell = lambda url, token: post(here, token).status_code if url.endswith(ADDRESS) else 0
    return here


def log_in(here: World, there: Sandbox, key: str = "broker", who: str = "medecin") -> Browser:
    browser = arrive(here, key)
    answer = browser.get(there.log_in(leave_for(browser), known(who)))
    assert "code" in here.client(key).answered(answer)
    return browser


def is_in(here: World, browser: Browser) -> bool:
    return session_of(here, browser) is not None


def said(here: World) -> list[tuple[str, Mapping[str, Any]]]:
    return [(one.outcome, json.loads(one.detail)) for one in here.events("upstream.logout")]


def end(there: Sandbox, trouble: Trouble = Trouble.NONE) -> int:
    """Log out there; what we answered."""
    [login] = there.logins.every()
    assert there.logins.end(login.id, trouble)
    return there.logins.told[-1].status


def made(there: Sandbox, **changes: Any) -> str:
    """A notice of its own making; None leaves a name out."""
    [login] = there.logins.every()
    signer = there.logins._signer
    now = there.logins._now()
    claims = {
        "iss": there.issuer,
        "aud": CLIENT,
        "iat": now,
        "exp": now + 120,
        "jti": "once",
        "sub": login.person.subject,
        "sid": login.id,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    token: str = signer.sign(kept, Trouble.NONE, "logout+jwt")
    return token


def test_whoever_logs_out_there_is_out_here_and_in_their_applications(
    tied: World, there: Sandbox
) -> None:
    browser = log_in(tied, there)
    assert is_in(tied, browser)
    other = log_in(tied, there, who="infirmiere")
    first = there.logins.every()[-1]
    assert there.logins.end(first.id, Trouble.NONE)
    [notice] = there.logins.told
    assert notice.status == 200
    assert not is_in(tied, browser)
    assert is_in(tied, other)
    assert said(tied) == [("ok", {"sessions": 1})]
    [ended] = tied.events("session.ended")
    assert json.loads(ended.detail) == {"why": "provider"}
    assert ended.account == tied.cast["medecin"].id


def test_applications_hear_of_it_now_or_later(tied: World, there: Sandbox) -> None:
    """The notice is written with the end; whoever can't be reached now is told again."""
    uri = "https://hears.example/logout"
    policy = {"means": ["psc"], "level": 3}
    client = register(tied, "hears", policy=policy, oidc={"backchannel_logout_uri": uri})
    browser = tied.browser()
    client.ask(browser)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert end(there) == 200
    with tied.core.database.read() as tx:
        written = tx.execute(text("SELECT COUNT(*) FROM messages WHERE channel = 'logout'"))
        assert written.scalar() == 1


def test_what_was_given_in_it_is_worth_nothing(tied: World, there: Sandbox) -> None:
    browser, client = tied.browser(), tied.client("broker")
    client.ask(browser)
    answer = browser.get(there.log_in(leave_for(browser), known("medecin")))
    tokens = client.redeem(client.answered(answer)["code"]).json
    assert client.userinfo(tokens["access_token"]).status == 200
    assert end(there) == 200
    assert client.userinfo(tokens["access_token"]).status == 401


@pytest.mark.parametrize("trouble", NOTICED, ids=lambda one: one.value)
def test_br_014_whatever_is_not_said_rightly_ends_nothing(
    tied: World, there: Sandbox, trouble: Trouble
) -> None:
    browser = log_in(tied, there)
    there.choose(trouble)
    assert end(there, trouble) == 400
    assert is_in(tied, browser)
    assert said(tied) == [("refused", {"why": NOTICED[trouble]})]
    assert not tied.events("session.ended")


@pytest.mark.parametrize("trouble", UNNOTICED, ids=lambda one: one.value)
def test_br_014_what_is_no_trouble_of_a_notice_ends_it_all_the_same(
    tied: World, there: Sandbox, trouble: Trouble
) -> None:
    browser = log_in(tied, there)
    there.choose(trouble)
    assert end(there, trouble) == 200
    assert not is_in(tied, browser)


def test_br_014_what_was_said_counts_once(tied: World, there: Sandbox) -> None:
    log_in(tied, there)
    assert end(there, Trouble.NOTICE_TWICE) == 400
    assert [one.status for one in there.logins.told] == [200, 400]
    refused = ("refused", {"why": TABLE[Trouble.NOTICE_TWICE].notice})
    assert said(tied) == [("ok", {"sessions": 1}), refused]


def test_br_014_said_again_it_ends_nobody_who_came_since(
    tied: World, there: Sandbox, clock: StandingClock
) -> None:
    """As long as it could be said again: it is remembered longer than it is good for."""
    log_in(tied, there)
    token = made(there, sid=None, exp=there.logins._now() + 86_400)
    assert post(tied, token).status_code == 200
    clock.pass_by(1)
    browser = log_in_again(tied, there)
    for seconds in (0, 599, 2, 58, 2, 3600):
        clock.pass_by(seconds)
        assert post(tied, token).status_code == 400
        # As the chores do meanwhile.
        with tied.core.database.write() as tx:
            used_once.forget_expired(tx, clock.now())
    assert len(tied.events("session.ended")) == 1
    assert browser.last.status_code == 303


def log_in_again(here: World, there: Sandbox) -> Browser:
    for one in there.logins.every():
        there.logins._going_on.pop(one.id)
    return log_in(here, there)


@pytest.mark.parametrize(
    ("changes", "in_still"),
    [
        ({"sid": None}, False),
        ({"sub": None}, False),
        ({"sub": "f:another:899700000021"}, True),
        ({"sid": "another"}, True),
        ({"sid": "another", "sub": None}, True),
    ],
)
def test_it_ends_whom_it_names_and_nobody_else(
    tied: World, there: Sandbox, changes: dict[str, Any], in_still: bool
) -> None:
    browser = log_in(tied, there)
    # Who is not here, or not any more, is no fault (§2.7): nothing is told of that.
    assert post(tied, made(there, **changes)).status_code == 200
    assert is_in(tied, browser) is in_still


@pytest.mark.parametrize(
    "changes",
    [
        {"sid": 7},
        {"sid": ""},
        {"sub": ["x"]},
        {"sub": "x" * 256},
        {"aud": [CLIENT, "another"]},
        {"aud": None},
        {"iat": None},
        {"iat": 1},
        {"exp": 1},
        {"iat": "now"},
        {"iat": True},
        {"exp": 1e12},
        {"nbf": 1 << 39},
        {"nonce": None} | {"nonce": ""},
        {"events": ["http://schemas.openid.net/event/backchannel-logout"]},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": None}},
        {"jti": 5},
        {"jti": ""},
    ],
    ids=str,
)
def test_br_014_odd_values_end_nothing(
    tied: World, there: Sandbox, changes: dict[str, Any]
) -> None:
    browser = log_in(tied, there)
    assert post(tied, made(there, **changes)).status_code == 400
    assert is_in(tied, browser)


def test_br_014_an_id_token_is_no_logout_token(tied: World, there: Sandbox) -> None:
    """Nor anything else that they sign for us; and theirs is good for no login."""
    log_in(tied, there)
    token = made(there, events=None, nonce="n", acr="eidas1")
    assert post(tied, token).status_code == 400


@pytest.mark.parametrize("kind", ["JWT", "logout+jwt", "application/logout+jwt", "LOGOUT+JWT"])
def test_kinds_that_providers_write(tied: World, there: Sandbox, kind: str) -> None:
    browser = log_in(tied, there)
    [login] = there.logins.every()
    assert login
    signer = there.logins._signer
    claims = json.loads(_payload(made(there)))
    assert post(tied, signer.sign(claims, Trouble.NONE, kind)).status_code == 200
    assert not is_in(tied, browser)


def _payload(token: str) -> bytes:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


SPOILS: Mapping[str, Callable[[Client], TestResponse]] = {
    "nothing": lambda client: client.post(ADDRESS, base_url=ISSUER),
    "no form": lambda client: client.post(ADDRESS, json={"logout_token": "x"}, base_url=ISSUER),
    "twice": lambda client: client.post(
        ADDRESS, data={"logout_token": ["x", "y"]}, base_url=ISSUER
    ),
    "no token": lambda client: client.post(ADDRESS, data={"logout_token": "x"}, base_url=ISSUER),
    "three parts": lambda client: client.post(
        ADDRESS, data={"logout_token": "é.è.à"}, base_url=ISSUER
    ),
    "huge": lambda client: client.post(
        ADDRESS, data={"logout_token": "x" * 2_000_000}, base_url=ISSUER
    ),
    "NUL": lambda client: client.post(ADDRESS, data={"logout_token": "a\x00.b.c"}, base_url=ISSUER),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_br_014_what_is_no_notice_is_refused(tied: World, there: Sandbox, spoil: str) -> None:
    browser = log_in(tied, there)
    answer = SPOILS[spoil](Client(tied.provider.web))
    assert answer.status_code == 400
    assert answer.json == {"error": "invalid_request"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_in(tied, browser)


def test_it_is_posted_and_never_kept(tied: World, there: Sandbox) -> None:
    log_in(tied, there)
    assert Client(tied.provider.web).get(ADDRESS, base_url=ISSUER).status_code == 405
    answer = post(tied, made(there))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.headers.getlist("Set-Cookie")
    # Of a means that has no sessions elsewhere, nobody says anything.
    other = Client(tied.provider.web).post("/upstream/password/logout", base_url=ISSUER)
    assert other.status_code in {403, 404, 405}


def test_while_their_keys_are_not_to_be_had_nobody_is_believed(tied: World, there: Sandbox) -> None:
    browser = log_in(tied, there)
    token = made(there)
    keys = there.logins._signer
    keys.renew()
    there.choose(Trouble.BROKEN)
    assert post(tied, made(there, jti="other")).status_code == 400
    assert is_in(tied, browser)
    there.choose(Trouble.NONE)
    # What they signed by the key that is known still counts.
    assert post(tied, token).status_code == 200


def test_names_are_not_kept_as_they_are(tied: World, there: Sandbox) -> None:
    log_in(tied, there)
    [login] = there.logins.every()
    with tied.core.database.read() as tx:
        [row] = tx.execute(text("SELECT subject, name, token FROM session_ties")).all()
    for secret in (login.id, login.person.subject, login.person.national_id):
        assert secret.encode() not in bytes(row.subject)
        assert secret.encode() not in bytes(row.name)
        assert secret not in row.token


def test_a_session_proved_by_more_ends_as_a_whole(tied: World, there: Sandbox) -> None:
    browser = arrive(tied, "mixed")
    browser.get(browser.page.select_one("a[href*='means=password']")["href"])  # type: ignore[index,arg-type]
    browser.log_in()
    tied.client("broker").ask(browser)
    browser.get(there.log_in(leave_for(browser), known("medecin")))
    assert end(there) == 200
    assert not is_in(tied, browser)
