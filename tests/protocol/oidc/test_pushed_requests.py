# SPDX-License-Identifier: Apache-2.0
"""Pushed requests (RFC 9126): checked when pushed, the client's own, for a minute, used once."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from idp.grants import pushed
from idp.oidc.ways import PUSHED
from tests.cast import SECRET
from tests.protocol.kit import (
    Guest,
    assert_error,
    assert_page,
    at_once,
    cancel,
    parameters_of,
    register,
    send,
    set_cookie,
    settled,
)
from tests.protocol.oidc.signing import assertion_form, new_key, public
from tests.protocol.oidc.strict import check_response, discovery
from tests.protocol.processes import ServerProcess, everywhere
from tests.world import Answer, Browser, RelyingParty, World, open_world

PAR = "/oidc/par"


def asked(client: RelyingParty, **changes: str | None) -> dict[str, str]:
    """The parameters of a request, with changes; None leaves one out."""
    parameters: dict[str, str | None] = {
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": "openid profile email",
        "state": "state-of-this-tab",
        "nonce": "nonce-of-this-tab",
        "code_challenge": client.challenge,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (parameters | changes).items() if value is not None}


def push(client: RelyingParty, **changes: str | None) -> Answer:
    """What the endpoint answers."""
    return client.post(PAR, asked(client, **changes))


def pushed_by(client: RelyingParty, **changes: str | None) -> str:
    """The address under which a request was set aside."""
    answer = push(client, **changes)
    assert answer.status == 201, answer
    assert set(answer.json) == {"request_uri", "expires_in"}
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.json["request_uri"])


def address(client: RelyingParty, uri: str, **more: str) -> str:
    """Where the browser is sent with it."""
    return "/oidc/authorize?" + urlencode({"client_id": client.key, "request_uri": uri} | more)


def lost(response: Any) -> None:
    """A page, and no way to any site but by a click."""
    assert_page(response, "application-request")


def test_a_pushed_request_leads_to_a_login_like_any_other(world: World) -> None:
    client = world.client("plain")
    uri = pushed_by(client)
    assert uri.startswith(PUSHED)
    # RFC 9126 §7.1: 128 bits at least; these are 256.
    assert len(uri.removeprefix(PUSHED)) == 43
    browser = world.browser()
    response = browser.get(address(client, uri))
    answered = client.answered(browser.log_in())
    assert answered["state"] == "state-of-this-tab"
    assert response.status_code == 200
    check_response(world, client, client.redeem(answered["code"]), level=1)


def test_oa_095_a_pushed_request_lives_a_minute(world: World) -> None:
    client = world.client("plain")
    answer = push(client)
    assert answer.json["expires_in"] == pushed.LIFE == 60
    uri = answer.json["request_uri"]
    world.clock.pass_by(59)
    assert "code" in parameters_of(settled(world).request("GET", address(client, uri)))
    late = pushed_by(client)
    world.clock.pass_by(60)
    lost(settled(world).request("GET", address(client, late)))


def test_oa_094_a_pushed_request_is_used_once(world: World) -> None:
    client, browser = world.client("plain"), settled(world)
    uri = pushed_by(client)
    assert "code" in client.answered(browser.request("GET", address(client, uri)))
    for again in (browser, settled(world), world.browser()):
        lost(again.request("GET", address(client, uri)))


@pytest.mark.parametrize("first", ["none", None])
def test_oa_094_in_silence_too(world: World, first: str | None) -> None:
    client, browser = world.client("plain"), settled(world)
    uri = pushed_by(client, prompt=first)
    assert "code" in client.answered(browser.request("GET", address(client, uri)))
    lost(browser.request("GET", address(client, uri, prompt="none")))
    # Also where the answer was that nobody is there.
    uri = pushed_by(client, prompt="none")
    nobody = world.browser().request("GET", address(client, uri))
    assert client.answered(nobody)["error"] == "login_required"
    lost(settled(world).request("GET", address(client, uri)))


def test_oa_094_a_reload_before_the_login_is_complete(world: World) -> None:
    client, browser = world.client("plain"), world.browser()
    uri = pushed_by(client)
    for _ in range(3):
        assert browser.get(address(client, uri)).status_code == 200
    # It takes longer than the request would wait.
    world.clock.pass_by(200)
    assert "code" in client.answered(browser.log_in())
    lost(browser.request("GET", address(client, uri)))


def test_oa_094_two_tabs_of_one_request_give_one_code(world: World) -> None:
    client = world.client("plain")
    uri = pushed_by(client)
    tabs = [world.browser(), world.browser()]
    for tab in tabs:
        tab.get(address(client, uri))
    first, second = [client.answered(tab.log_in()) for tab in tabs]
    assert "code" in first
    assert (second["error"], "code" in second) == ("invalid_request_uri", False)
    assert [one.outcome for one in world.events("request.repeated")] == ["flagged"]


@pytest.mark.parametrize("prompt", ["none", None])
def test_oa_094_rl_02_rl_21_parallel(world: World, prompt: str | None) -> None:
    client = world.client("plain")
    uri = pushed_by(client, prompt=prompt)
    browsers = [settled(world) for _ in range(20)]

    def go(number: int) -> bool:
        response = browsers[number].request("GET", address(client, uri))
        return response.status_code == 303 and "code" in parameters_of(response)

    assert sum(at_once(20, go)) == 1


def come(world: World, _number: int, secret: str, where: str) -> int:
    """What a browser of a session is answered at an address, in a server process."""
    browser = world.browser()
    set_cookie(world, browser, "session", secret)
    return browser.request("GET", where).status_code


def test_rl_21_parallel_at_two_servers(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    client, browser = world.client("plain"), settled(world)
    where, secret = address(client, pushed_by(client, prompt="none")), browser.cookie("session")
    answers = everywhere(servers, database_url, 20, come, secret, where)
    assert sorted(answers) == [303] + [400] * 39


def test_rl_02_another_node_reads_it_after_a_restart(world: World, database_url: str) -> None:
    uri = pushed_by(world.client("plain"))
    again = open_world(database_url)
    try:
        client = again.client("plain")
        assert "code" in client.answered(settled(again).request("GET", address(client, uri)))
        lost(settled(world).request("GET", address(client, uri)))
    finally:
        again.close()


def test_oa_095_of_another_client_or_guessed(shared: World) -> None:
    owner, other = shared.client("plain"), shared.client("dcc")
    uri = pushed_by(owner)
    lost(settled(shared).request("GET", address(other, uri)))
    for guess in (PUSHED, PUSHED + "x" * 43, uri + "A", uri[:-1], PUSHED + "é", PUSHED + "y" * 500):
        lost(settled(shared).request("GET", address(owner, guess)))
    # Neither a stranger's try nor a guess spoils it.
    assert "code" in owner.answered(settled(shared).request("GET", address(owner, uri)))


def test_oa_091_nothing_of_the_address_counts_beside_it(shared: World) -> None:
    client = shared.client("plain")
    more = {"state": "evil", "scope": "openid phone", "redirect_uri": "https://evil.example/cb"}
    response = settled(shared).request(
        "GET", address(client, pushed_by(client, scope="openid"), **more)
    )
    answered = client.answered(response)
    assert answered["state"] == "state-of-this-tab"
    assert client.redeem(answered["code"]).json["scope"] == "openid"
    both = address(client, pushed_by(client), request="a.b.c")
    answered = client.answered(settled(shared).request("GET", both))
    assert answered["error"] == "invalid_request"


FAULTS: dict[str, tuple[dict[str, str | None], str]] = {
    "no response type": ({"response_type": None}, "invalid_request"),
    "another response type": ({"response_type": "token"}, "unsupported_response_type"),
    "an address that is not registered": ({"redirect_uri": "https://e.example"}, "invalid_request"),
    "no address": ({"redirect_uri": None}, "invalid_request"),
    "no challenge": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "a plain challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no scope of its own": ({"scope": "root"}, "invalid_scope"),
    "a foreign audience": ({"resource": "https://x.example"}, "invalid_target"),
    "an endless state": ({"state": "x" * 5000}, "invalid_request"),
    "a strange prompt": ({"prompt": "none login"}, "invalid_request"),
    "claims that are none": ({"claims": "[]"}, "invalid_request"),
    "a hint that is none": ({"id_token_hint": "x"}, "invalid_request"),
    "an address of a request": ({"request_uri": "urn:x"}, "invalid_request"),
    "an object without keys": ({"request": "a.b.c"}, "request_not_supported"),
}


@pytest.mark.parametrize(("changes", "code"), FAULTS.values(), ids=list(FAULTS))
def test_oa_096_the_whole_request_is_checked_when_it_is_pushed(
    shared: World, changes: dict[str, str | None], code: str
) -> None:
    answer = push(shared.client("plain"), **changes)
    assert (answer.status, answer.json["error"]) == (400, code), answer
    assert "request_uri" not in answer.json


def test_oa_096_without_proof(shared: World) -> None:
    client = shared.client("plain")
    form = asked(client)
    named = form | {"client_id": "plain"}
    assert_error(send(shared, "POST", PAR, form=form), 401, "invalid_client")
    assert_error(send(shared, "POST", PAR, form=named), 401, "invalid_client")
    wrong = client.basic("wrong-secret")
    assert_error(send(shared, "POST", PAR, form=form, headers=wrong), 401, "invalid_client")
    posted = named | {"client_secret": SECRET}
    assert_error(send(shared, "POST", PAR, form=posted), 401, "invalid_client")
    other = form | {"client_id": "dcc"}
    response = send(shared, "POST", PAR, form=other, headers=client.basic())
    assert_error(response, 401, "invalid_client")


def test_oa_096_by_another_method_or_shape(shared: World) -> None:
    client = shared.client("plain")
    form, proof = asked(client), client.basic()
    for method in ("GET", "PUT", "HEAD"):
        assert send(shared, method, PAR, headers=proof).status_code == 405
    twice = [*form.items(), ("state", "another")]
    assert_error(send(shared, "POST", PAR, form=twice, headers=proof), 400, "invalid_request")
    long = form | {"claims": "x" * 65_536}
    assert_error(send(shared, "POST", PAR, form=long, headers=proof), 413, "invalid_request")
    many = form | {f"p{number}": "x" for number in range(100)}
    assert_error(send(shared, "POST", PAR, form=many, headers=proof), 400, "invalid_request")
    response = send(
        shared, "POST", PAR, body=json.dumps(form), content_type="application/json", headers=proof
    )
    assert_error(response, 415, "invalid_request")


def test_a_public_client_pushes_too(shared: World) -> None:
    client = shared.client("native")
    uri = pushed_by(client, client_id="native")
    assert "code" in client.answered(settled(shared).request("GET", address(client, uri)))


def test_a_client_that_proves_itself_by_its_key(shared: World) -> None:
    key = new_key("ES256")
    settings = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public(key)]}}
    client = register(shared, oidc=settings)
    for audience in (shared.issuer, f"{shared.issuer}/oidc/par"):
        # RFC 9126 §2: the server accepts its issuer and this address.
        form = asked(client) | assertion_form(shared, client.key, key, aud=audience)
        response = send(shared, "POST", PAR, form=form)
        assert response.status_code == 201
    form = asked(client) | assertion_form(
        shared, client.key, key, aud=[f"{shared.issuer}/oidc/par"]
    )
    assert_error(send(shared, "POST", PAR, form=form), 401, "invalid_client")
    with shared.core.database.read() as tx:
        kept = tx.execute(text("SELECT kept FROM pushed_requests")).scalars().all()
    assert not [one for one in kept if "client_assertion" in one or "client_secret" in one]


def demanding(world: World) -> Guest:
    return register(world, oidc={"require_pushed_authorization_requests": True})


@pytest.mark.parametrize("known", [True, False])
def test_oa_093_who_must_push_is_heard_no_other_way(shared: World, known: bool) -> None:
    client = demanding(shared)
    browser = settled(shared) if known else shared.browser()
    response = browser.request("GET", client.authorize_url())
    if known:
        assert client.answered(response)["error"] == "invalid_request"
    else:
        assert_page(response, "application-request")
    uri = pushed_by(client)
    assert "code" in client.answered(settled(shared).request("GET", address(client, uri)))
    # The others may go on as before.
    assert "code" in shared.client("plain").answered(shared.client("plain").ask(settled(shared)))


def test_a_request_that_no_longer_fits_is_refused_when_it_is_used(world: World) -> None:
    client = register(world)
    uri = pushed_by(client)
    register(world, client.key, oidc={"redirect_uris": ["https://new.example/cb"]})
    assert_page(settled(world).request("GET", address(client, uri)), "application-misconfigured")


def test_whoever_turns_back_may_be_asked_again(world: World) -> None:
    client, browser = world.client("plain"), world.browser()
    uri = pushed_by(client)
    browser.get(address(client, uri))
    assert client.answered(cancel(browser))["error"] == "access_denied"
    assert browser.get(address(client, uri)).status_code == 200


def test_a_post_from_another_site_goes_on_by_get(shared: World) -> None:
    client = shared.client("plain")
    uri = pushed_by(client)
    browser: Browser = shared.browser()
    response = browser.request(
        "POST", "/oidc/authorize", data={"client_id": client.key, "request_uri": uri}
    )
    assert response.status_code == 303
    follow = settled(shared).request("GET", response.headers["Location"])
    assert "code" in client.answered(follow)


def test_discovery_says_so(shared: World) -> None:
    document = discovery(shared)
    assert document["pushed_authorization_request_endpoint"] == f"{shared.issuer}/oidc/par"
    # RFC 9126 §5: it is demanded of applications one by one.
    assert document["require_pushed_authorization_requests"] is False
