# SPDX-License-Identifier: Apache-2.0
"""OA-047: every issuing path against every refusal, at once and on both databases.

Whoever is disabled, closed out or no longer proved well enough gets nothing by any door, also by
doors that were open to them a moment ago. A new path or refusal is one line in its table.
"""

from collections.abc import Callable

import pytest

from idp.login.flow import Refusal
from idp.login.gate import Gate
from tests.protocol.gate.scene import (
    COMMUNITY,
    KEY,
    PERSON,
    REFUSALS,
    Happening,
    Scene,
    account_disabled,
    consent_withdrawn,
    level_raised,
    means_no_longer_allowed,
    session_ended,
    session_expired,
    set_scene,
)
from tests.protocol.kit import (
    bearer,
    parameters_of,
    send,
    store,
)
from tests.protocol.oidc.absent import Caller
from tests.protocol.oidc.devices import PATH as DEVICE_PATH
from tests.protocol.oidc.devices import decide, poll, type_code
from tests.protocol.oidc.test_bearer_grant import assertion, show
from tests.world import World

# The paths. Each answers whether anything was given.


def code(scene: Scene) -> bool:
    answer = scene.client.redeem(scene.code)
    if answer.status != 200:
        assert answer.json["error"] in {"invalid_grant", "invalid_client"}
    return "access_token" in answer.json


def agreed_to_elsewhere(scene: Scene) -> bool:
    """OA-143, too."""
    answer = Caller(scene.world, scene.client).come(scene.handle)
    if answer.status != 200:
        assert answer.json["error"] in {"invalid_grant", "invalid_client", "access_denied"}
    return "access_token" in answer.json


def refresh(scene: Scene) -> bool:
    answer = scene.client.refresh(scene.tokens["refresh_token"])
    if answer.status != 200:
        assert answer.json["error"] in {"invalid_grant", "invalid_client"}
    return "access_token" in answer.json


def device(scene: Scene) -> bool:
    answer = poll(scene.client, scene.device)
    if answer.status != 200:
        assert answer.json["error"] in {"invalid_grant", "invalid_client"}
    return "access_token" in answer.json


def another_device(scene: Scene) -> bool:
    """One that asks now, in a browser that was logged in before."""
    answer = scene.client.post(DEVICE_PATH, {"scope": "openid"})
    if answer.status != 200:
        return False
    type_code(scene.browser, answer.json["user_code"])
    if scene.browser.page.find(id="device-code") is not None:
        decide(scene.browser)
    return poll(scene.client, answer.json).status == 200


def token_exchange(scene: Scene) -> bool:
    answer = scene.exchange()
    if answer.status != 200:
        assert answer.json["error"] in {"invalid_request", "invalid_client"}
    return "access_token" in answer.json


def jwt_bearer(scene: Scene) -> bool:
    answer = show(scene.client, assertion(scene.world, KEY), scope="exams.read")
    if answer.status != 200:
        assert answer.json["error"] in {"invalid_grant", "invalid_client"}
    return "access_token" in answer.json


def introspection_of_an_exchanged_token(scene: Scene) -> bool:
    return bool(scene.world.client("resource").introspect(scene.exchanged).json.get("active"))


def client_credentials(scene: Scene) -> bool:
    body = {"grant_type": "client_credentials", "scope": "exams.read"}
    answer = scene.client.post("/oidc/token", body)
    return "access_token" in answer.json


def signals(scene: Scene) -> bool:
    found = send(scene.world, "GET", "/ssf/stream", headers=bearer(scene.own))
    return found.status_code == 200


def single_sign_on(scene: Scene) -> bool:
    response = scene.browser.get(scene.client.authorize_url())
    return "code=" in response.headers.get("Location", "")


def silent_single_sign_on(scene: Scene) -> bool:
    response = scene.browser.request("GET", scene.client.authorize_url(prompt="none"))
    return "Location" in response.headers and "code" in parameters_of(response)


def single_sign_on_by_post(scene: Scene) -> bool:
    path, _, query = scene.client.authorize_url(response_mode="form_post").partition("?")
    response = scene.browser.post(path, query, content_type="application/x-www-form-urlencoded")
    return 'name="code"' in response.get_data(as_text=True)


def userinfo(scene: Scene) -> bool:
    return scene.client.userinfo(scene.tokens["access_token"]).status == 200


def introspection_by_its_owner(scene: Scene) -> bool:
    return bool(scene.client.introspect(scene.tokens["access_token"]).json.get("active"))


def introspection_by_a_resource_server(scene: Scene) -> bool:
    told = scene.world.client("resource").introspect(scene.tokens["access_token"])
    if not told.json["active"]:
        assert told.json == {"active": False}
    return bool(told.json["active"])


def introspection_of_a_refresh_token(scene: Scene) -> bool:
    return bool(scene.client.introspect(scene.tokens["refresh_token"]).json.get("active"))


# Consents are of this protocol: of the others' matrices, which share the rest, it is no part.
HERE = (*REFUSALS, consent_withdrawn)
PATHS = (
    code,
    agreed_to_elsewhere,
    refresh,
    device,
    another_device,
    token_exchange,
    jwt_bearer,
    introspection_of_an_exchanged_token,
    client_credentials,
    signals,
    single_sign_on,
    silent_single_sign_on,
    single_sign_on_by_post,
    userinfo,
    introspection_by_its_owner,
    introspection_by_a_resource_server,
    introspection_of_a_refresh_token,
)
Path = Callable[[Scene], bool]


def is_open(path: Path, refusal: Happening) -> bool:
    """An application in its own name has no person who could be refused; on the word of others
    nobody needs a session, nor a means of ours. Whoever agrees for a device agrees anew.
    """
    if path is another_device and refusal is consent_withdrawn:
        return True
    without = {session_ended, session_expired, means_no_longer_allowed}
    if path is jwt_bearer and refusal in without:
        return True
    return path in {client_credentials, signals} and refusal in {*PERSON, consent_withdrawn}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_oa_047_control_each_path_gives_while_all_is_well(
    sqlite_world: World, path: Path, kind: str
) -> None:
    assert path(set_scene(sqlite_world, kind))


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
@pytest.mark.parametrize("refusal", HERE, ids=lambda refusal: refusal.__name__)
def test_oa_047_no_path_gives_anything_any_more(
    world: World, refusal: Happening, kind: str
) -> None:
    scene = set_scene(world, kind)
    refusal(scene)
    given = {path.__name__: path(scene) for path in PATHS}
    assert given == {path.__name__: is_open(path, refusal) for path in PATHS}


@pytest.mark.parametrize("refusal", HERE, ids=lambda refusal: refusal.__name__)
def test_oa_047_a_login_begun_before_ends_without_a_code(
    sqlite_world: World, refusal: Happening
) -> None:
    """The page was already open: what counts is what holds when the password arrives."""
    scene = set_scene(sqlite_world, "opaque")
    scene.browser.get(scene.client.authorize_url(prompt="login"))
    refusal(scene)
    response = scene.browser.log_in()
    if refusal in {session_ended, session_expired}:
        # A fresh login is exactly what is due.
        assert "code=" in response.headers["Location"]
    elif refusal is consent_withdrawn:
        # They are asked anew.
        assert scene.browser.form("/consent")
    else:
        assert "Location" not in response.headers
        assert scene.browser.problem


def test_oa_047_community_membership_is_any_of_those_named(sqlite_world: World) -> None:
    scene = set_scene(sqlite_world, "opaque")
    with scene.world.core.database.write() as tx:
        scene.world.core.accounts.join(tx, scene.account, "perinat-centre")
        scene.world.core.accounts.leave(tx, scene.account, COMMUNITY)
    assert refresh(scene)
    assert userinfo(scene)


def test_oa_047_a_wider_policy_lets_in_again(sqlite_world: World) -> None:
    """A refusal is no revocation: what still lives works once the reason is gone."""
    scene = set_scene(sqlite_world, "opaque")
    level_raised(scene)
    assert not userinfo(scene)
    store(scene.world, scene.client.document)
    assert userinfo(scene)


def test_oa_047_a_refused_refresh_is_recorded(sqlite_world: World) -> None:
    scene = set_scene(sqlite_world, "opaque")
    account_disabled(scene)
    before = len(scene.world.events("token.given"))
    assert not refresh(scene)
    assert not code(scene)
    assert len(scene.world.events("token.given")) == before


def test_every_door_of_the_matrix_asks_the_one_gate(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate that refuses everybody closes them all: no door has a policy of its own."""
    scene = set_scene(sqlite_world, "opaque")
    # What every way through it for a person ends in.
    monkeypatch.setattr(Gate, "_admit", lambda *_, **__: Refusal.LOGIN_REQUIRED)
    monkeypatch.setattr(Gate, "admit_vouched", lambda *_: Refusal.ACCOUNT_CLOSED)
    monkeypatch.setattr(Gate, "admit_application", lambda *_: Refusal.APPLICATION_CLOSED)
    assert not any(path(scene) for path in PATHS)
