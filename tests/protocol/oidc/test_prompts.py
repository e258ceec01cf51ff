# SPDX-License-Identifier: Apache-2.0
"""prompt and max_age: silence where asked, a fresh login where asked, never a shortcut."""

import pytest

from connectors.base import Level
from idp.opening import KNOWN_MEANS
from tests.protocol.kit import (
    assert_page,
    cancel,
    parameters_of,
    register,
    seed_session,
    session_of,
    settled,
    with_policy,
)
from tests.protocol.oidc.strict import check_response
from tests.world import Browser, RelyingParty, World


def silent(client: RelyingParty, browser: Browser, **changes: str) -> dict[str, str]:
    """The answer to prompt=none: always a redirect, never a page."""
    response = browser.request("GET", client.authorize_url(prompt="none", **changes))
    assert response.status_code == 303
    answered = client.answered(response)
    assert answered["iss"] == client.world.issuer
    assert answered["state"] == "state-of-this-tab"
    return answered


def test_oa_012_silent_without_a_session(shared: World) -> None:
    browser = shared.browser()
    answered = silent(shared.client("plain"), browser)
    assert answered["error"] == "login_required"
    assert "code" not in answered
    assert not browser.cookie("browser"), "no journey was begun"


def test_oa_012_silent_with_a_session(shared: World) -> None:
    client = shared.client("plain")
    answered = silent(client, settled(shared))
    check_response(shared, client, client.redeem(answered["code"]))


def test_oa_012_silent_without_consent(shared: World) -> None:
    answered = silent(shared.client("outside"), settled(shared))
    assert answered["error"] == "consent_required"
    assert "code" not in answered


def test_oa_012_silent_where_the_level_cannot_be_reached(shared: World) -> None:
    answered = silent(shared.client("strong"), settled(shared))
    assert answered["error"] == "unmet_authentication_requirements"


def test_oa_012_silent_where_a_second_factor_is_missing(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    add_means(world, monkeypatch)
    client = register(world, policy={"means": ["password", "key"], "level": 2})
    browser = settled(world)
    assert silent(client, browser)["error"] == "interaction_required"
    seed_session(world, browser, level=Level.TWO_FACTORS, means="key")
    answered = silent(client, browser)
    check_response(world, client, client.redeem(answered["code"]), level=2)


def add_means(world: World, patch: pytest.MonkeyPatch) -> None:
    """A second means of level 2, as far as decisions need one."""
    levels = dict(world.provider.steering._means) | {"key": Level.TWO_FACTORS}
    patch.setattr(world.provider.steering, "_means", levels)
    known = frozenset({*KNOWN_MEANS, "key"})
    patch.setattr(world.core.applications, "_known_means", known)


@pytest.mark.parametrize(
    ("key", "who", "refused"),
    [
        ("patients", "medecin", "access_denied"),
        ("dcc", "infirmiere", "access_denied"),
        ("nobody", "medecin", "unmet_authentication_requirements"),
    ],
)
def test_oa_012_silent_for_somebody_who_may_not_enter(
    shared: World, key: str, who: str, refused: str
) -> None:
    answered = silent(shared.client(key), settled(shared, who))
    assert (answered["error"], "code" in answered) == (refused, False)


def test_oa_012_silent_with_max_age_zero(shared: World) -> None:
    assert silent(shared.client("plain"), settled(shared), max_age="0")["error"] == "login_required"


def test_oa_012_silent_with_a_session_older_than_max_age(sqlite_world: World) -> None:
    world, client = sqlite_world, sqlite_world.client("plain")
    browser = settled(world)
    world.clock.pass_by(60)
    assert "code" in silent(client, browser, max_age="60")
    world.clock.pass_by(1)
    assert silent(client, browser, max_age="60")["error"] == "login_required"


@pytest.mark.parametrize(
    "prompt", ["none login", "none consent", "none select_account", "nothing", "NONE", "login x"]
)
def test_a_prompt_that_contradicts_itself_or_is_unknown(shared: World, prompt: str) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(prompt=prompt))
    assert parameters_of(response)["error"] == "invalid_request"


@pytest.mark.parametrize("max_age", ["-1", "1.5", "abc", "١", "1e3", "99999999999", " 1", "+1"])
def test_a_max_age_that_is_no_number_of_seconds(shared: World, max_age: str) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(max_age=max_age))
    assert parameters_of(response)["error"] == "invalid_request"


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"},
                                     {"max_age": "0"}, {"max_age": "10"}], ids=str)  # fmt: skip
def test_oa_013_a_fresh_login_gives_a_new_time(
    sqlite_world: World, changes: dict[str, str]
) -> None:
    world, client = sqlite_world, sqlite_world.client("plain")
    browser = settled(world)
    world.clock.pass_by(100)
    response = client.ask(browser, **changes)
    assert response.status_code == 200
    assert browser.page.find("input", attrs={"name": "password"}) is not None
    answer = client.redeem(client.answered(browser.log_in())["code"])
    check_response(world, client, answer, auth_time=world.clock.now())


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "10"}], ids=str)
def test_oa_013_turning_back_gives_nothing_and_changes_nothing(
    sqlite_world: World, changes: dict[str, str]
) -> None:
    world, client = sqlite_world, sqlite_world.client("plain")
    browser = settled(world)
    before = session_of(world, browser)
    world.clock.pass_by(100)
    client.ask(browser, **changes)
    journey = browser.form("/login/")[0].split("/")[2]
    # Back, reload, the same address in another tab: the question stays.
    for _ in range(3):
        assert browser.get(f"/login/{journey}").status_code == 200
        assert browser.page.find("input", attrs={"name": "password"}) is not None
    answered = client.answered(cancel(browser))
    assert answered["error"] == "access_denied"
    after = session_of(world, browser)
    assert after is not None
    assert (after.id, after.proofs) == (before.id, before.proofs)
    # A cancelled journey is over.
    browser.get(f"/login/{journey}")
    assert browser.problem == "journey-finished"


def test_oa_013_a_login_in_another_tab_does_not_answer_a_forced_one(sqlite_world: World) -> None:
    world, client = sqlite_world, sqlite_world.client("plain")
    browser = settled(world)
    client.ask(browser, prompt="login")
    forced = browser.form("/login/")[0].split("/")[2]
    client.ask(browser, prompt="login", state="other-tab")
    assert client.answered(browser.log_in())["state"] == "other-tab"
    # OIDC Core §3.1.2.1: each request with prompt=login has a login of its own.
    assert browser.get(f"/login/{forced}").status_code == 200
    assert browser.page.find("input", attrs={"name": "password"}) is not None


def test_oa_013_a_forced_login_with_a_wrong_password_gives_nothing(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    browser = settled(sqlite_world)
    before = session_of(sqlite_world, browser)
    client.ask(browser, prompt="login")
    response = browser.log_in(password="wrong")
    assert response.status_code == 200
    assert "Location" not in response.headers
    assert session_of(sqlite_world, browser).proofs == before.proofs


def test_the_policy_of_an_application_may_limit_the_age_of_a_login(sqlite_world: World) -> None:
    world = sqlite_world
    client = register(world)
    browser = settled(world)
    world.clock.pass_by(301)
    assert "code" in silent(client, browser)
    with_policy(world, client, client.document, session_max_age=300)
    assert silent(client, browser)["error"] == "login_required"
    # What the application asks may shorten that, never lengthen it.
    assert silent(client, browser, max_age="1000")["error"] == "login_required"


def test_prompt_consent_asks_also_who_agreed_before(sqlite_world: World) -> None:
    world, client = sqlite_world, sqlite_world.client("outside")
    browser = settled(world)
    client.ask(browser)
    first = browser.submit("/consent", answer="accept")
    assert client.answered(first)["code"]
    assert "code" in silent(client, browser)
    client.ask(browser, prompt="consent")
    assert browser.form("/consent")
    assert client.answered(browser.submit("/consent", answer="refuse"))["error"] == "access_denied"


def test_oa_174_consent_does_not_cover_what_was_not_shown(sqlite_world: World) -> None:
    world, client = sqlite_world, sqlite_world.client("outside")
    browser = settled(world)
    client.ask(browser, scope="openid email")
    assert client.answered(browser.submit("/consent", answer="accept", scope="phone"))["code"]
    assert "code" in silent(client, browser, scope="openid email")
    assert silent(client, browser, scope="openid email phone")["error"] == "consent_required"
    wider = '{"userinfo": {"phone_number": null}}'
    assert (
        silent(client, browser, scope="openid email", claims=wider)["error"] == "consent_required"
    )


def test_a_loud_request_for_somebody_who_may_not_enter_ends_on_a_page(shared: World) -> None:
    browser = settled(shared, "infirmiere")
    response = shared.client("dcc").ask(browser)
    assert_page(response, "community", 403)
