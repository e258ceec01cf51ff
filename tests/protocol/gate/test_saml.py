# SPDX-License-Identifier: Apache-2.0
"""OA-047 for SAML: each way to an assertion against every refusal, at once."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from idp.login.flow import Refusal
from idp.login.gate import Gate
from tests.protocol.gate.scene import COMMUNITY, REFUSALS, session_ended, session_expired
from tests.protocol.kit import settled
from tests.saml_artifacts import artifact_of, go, resolve, told
from tests.saml_kit import SamlParty, register_saml
from tests.world import Browser, World


class Scene:
    """A person who has been let in, and an application that may ask again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.browser: Browser = settled(world)
        policy = {"communities": [COMMUNITY, "perinat-centre"]}
        # The refusals of the matrix change `client`'s registration.
        settings = {
            "idp_initiated": True,
            "acs": [
                {"url": "https://saml.example/acs"},
                {"url": "https://saml.example/artifact", "binding": "artifact"},
            ],
        }
        self.client: SamlParty = register_saml(world, policy=policy, saml=settings)
        self.waiting = ""
        self.artifact = ""

    @property
    def account(self) -> str:
        return self.world.cast["medecin"].id


def given(scene: Scene) -> bool:
    """Whether what the browser holds now is an assertion; never another form of success."""
    artifact = artifact_of(scene.browser)
    if artifact:
        return taken(scene, artifact)
    if scene.browser.page.find("form", id="post") is None:
        return False
    told = scene.client.told(scene.browser)
    assert (told.assertion is not None) == (told.codes == ["Success"])
    return told.assertion is not None


def taken(scene: Scene, artifact: str) -> bool:
    """Whether an assertion waits behind it, for the application that comes."""
    response = resolve(scene.client, artifact)
    if response.status_code == 403:
        return False
    found = told(scene.client, response)
    assert found is None or (found.assertion is not None) == (found.codes == ["Success"])
    return found is not None and found.assertion is not None


def redirect(scene: Scene) -> bool:
    scene.client.go(scene.browser)
    return given(scene)


def passive_redirect(scene: Scene) -> bool:
    scene.client.go(scene.browser, IsPassive="true")
    return given(scene)


def post(scene: Scene) -> bool:
    scene.client.post(scene.browser, scene.client.signed(scene.client.request()))
    return given(scene)


def by_artifact_anew(scene: Scene) -> bool:
    go(scene.client, scene.browser, AssertionConsumerServiceURL=None)
    return given(scene)


def passive_by_artifact(scene: Scene) -> bool:
    go(scene.client, scene.browser, AssertionConsumerServiceURL=None, IsPassive="true")
    return given(scene)


def artifact_in_wait(scene: Scene) -> bool:
    """An artifact that was given before, and that the application comes by now."""
    return taken(scene, scene.artifact)


def begun_here(scene: Scene) -> bool:
    scene.browser.get(f"/saml/start?application={scene.client.key}")
    return given(scene)


def waiting(scene: Scene) -> bool:
    """A posted request that was taken before, and is come for now."""
    scene.browser.get(scene.waiting)
    return given(scene)


PATHS = (
    redirect,
    passive_redirect,
    post,
    by_artifact_anew,
    passive_by_artifact,
    artifact_in_wait,
    begun_here,
    waiting,
)
Path = Callable[[Scene], bool]


def leave_waiting(scene: Scene) -> None:
    """A posted request that nobody has come for yet."""
    browser = scene.world.browser()
    message = scene.client.signed(scene.client.request())
    response = browser.request("POST", "/saml/sso", data={"SAMLRequest": b64encode(message)})
    scene.waiting = response.headers["Location"]


def set_scene(world: World) -> Scene:
    scene = Scene(world)
    leave_waiting(scene)
    go(scene.client, scene.browser, AssertionConsumerServiceURL=None)
    scene.artifact = artifact_of(scene.browser)
    assert scene.artifact
    return scene


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_oa_047_control_each_saml_path_gives_while_all_is_well(
    sqlite_world: World, path: Path
) -> None:
    assert path(set_scene(sqlite_world))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_oa_047_no_saml_path_gives_anything_any_more(sqlite_world: World, refusal: Any) -> None:
    scene = set_scene(sqlite_world)
    refusal(scene)
    found = {path.__name__: path(scene) for path in PATHS}
    assert found == {path.__name__: False for path in PATHS}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_oa_047_a_login_begun_before_ends_without_an_assertion(
    sqlite_world: World, refusal: Any
) -> None:
    """The page was already open: what counts is what holds when the password arrives."""
    scene = set_scene(sqlite_world)
    scene.client.go(scene.browser, ForceAuthn="true")
    refusal(scene)
    scene.browser.log_in()
    # A fresh login is exactly what is due.
    assert given(scene) == (refusal in {session_ended, session_expired})


def test_every_saml_door_asks_the_one_gate(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = set_scene(sqlite_world)
    monkeypatch.setattr(Gate, "_admit", lambda *_, **__: Refusal.LOGIN_REQUIRED)
    assert not any(path(scene) for path in PATHS)
