# SPDX-License-Identifier: Apache-2.0
"""A session idle for too long opens nothing; whoever could end it still does."""

from tests.world import World

IDLE = 3601


def test_a_login_over_an_idle_session_ends_it_and_its_tokens(world: World) -> None:
    browser = world.browser()
    client = world.client("plain")
    old = client.tokens(browser)["refresh_token"]
    world.clock.pass_by(IDLE)
    client.tokens(browser)
    assert client.refresh(old).status == 400
    with world.core.database.read() as tx:
        alive = world.core.sessions.of_account(tx, world.cast["medecin"].id, even_idle=True)
    assert len(alive) == 1


def test_an_idle_session_lends_no_proof_to_the_next_login(world: World) -> None:
    browser = world.browser()
    world.client("plain").tokens(browser)
    first = browser.cookie("session")
    world.clock.pass_by(IDLE)
    world.client("plain").tokens(browser)
    with world.core.database.read() as tx:
        session = world.core.sessions.find(tx, browser.cookie("session"))
        assert world.core.sessions.find(tx, first, even_idle=True) is None
    assert session is not None
    assert len(session.proofs) == 1
    assert session.created_at == world.clock.now()


def test_oa_178_a_logout_reaches_an_idle_session(world: World) -> None:
    browser = world.browser()
    client = world.client("plain")
    tokens = client.tokens(browser)
    world.clock.pass_by(IDLE)
    browser.get("/logout")
    browser.submit("/logout")
    assert client.refresh(tokens["refresh_token"]).status == 400


def test_oa_177_a_post_from_another_site_comes_back_with_its_cookies(world: World) -> None:
    """SameSite=Lax: the post has no cookie, and must not pass for a browser without a session."""
    browser = world.browser()
    tokens = world.client("plain").tokens(browser)
    stranger = world.browser()
    response = stranger.request(
        "POST", "/oidc/logout", data={"id_token_hint": tokens["id_token"], "state": "s"}
    )
    assert response.status_code == 303
    location = response.headers["Location"]
    assert location.startswith("/oidc/logout?id_token_hint=")
    assert "Set-Cookie" not in response.headers
    browser.get(location)
    assert world.client("plain").refresh(tokens["refresh_token"]).status == 400


def test_wb_006_a_journey_address_with_a_line_feed_is_no_header(world: World) -> None:
    response = world.browser().request("GET", "/login/%0d%0aX:%20y/password")
    assert response.status_code in {303, 404}
    assert "X" not in response.headers
