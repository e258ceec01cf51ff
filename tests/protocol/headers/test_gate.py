# SPDX-License-Identifier: Apache-2.0
"""OA-047 at the doors of headers: every refusal of the matrix, at once and on both databases."""

from dataclasses import dataclass, field

import pytest

from idp.login.flow import Refusal
from idp.login.gate import Gate
from tests.protocol.gate.scene import COMMUNITY, REFUSALS, Happening
from tests.protocol.headers.kit import Visitor, register
from tests.protocol.kit import Guest, settled
from tests.world import Browser, World


@dataclass
class Scene:
    """A visitor who has entered, and a way back that lies open."""

    world: World
    browser: Browser
    client: Guest
    visitor: Visitor = field(init=False)
    back: str = field(init=False)
    waiting: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.world, self.browser)
        assert self.visitor.go().status_code == 200
        self.waiting = Visitor(self.world, self.browser)
        self.back = self.waiting.handle()

    @property
    def account(self) -> str:
        return self.world.cast["medecin"].id


def set_scene(world: World) -> Scene:
    made = register(world, policy={"communities": [COMMUNITY, "perinat-centre"]})
    return Scene(world, settled(world), Guest(world, "old", document=made))


def check(scene: Scene) -> bool:
    return scene.visitor.check().status_code == 200


def forward(scene: Scene) -> bool:
    return scene.visitor.ask().status_code == 200


def way_back(scene: Scene) -> bool:
    return "Set-Cookie" in scene.waiting.ask(scene.back).headers


def single_sign_on(scene: Scene) -> bool:
    fresh = Visitor(scene.world, scene.browser)
    answer = scene.browser.get(fresh.ask().headers["Location"])
    return "handle=" in answer.headers.get("Location", "")


PATHS = (check, forward, way_back, single_sign_on)


def given(scene: Scene) -> dict[str, bool]:
    return {path.__name__: path(scene) for path in PATHS}


def test_oa_047_control_each_path_gives_while_all_is_well(sqlite_world: World) -> None:
    assert all(given(set_scene(sqlite_world)).values())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_oa_047_no_path_gives_anything_any_more(world: World, refusal: Happening) -> None:
    scene = set_scene(world)
    refusal(scene)  # type: ignore[arg-type]
    assert not any(given(scene).values())


def test_every_door_asks_the_one_gate(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = set_scene(sqlite_world)
    monkeypatch.setattr(Gate, "_admit", lambda *_, **__: Refusal.LOGIN_REQUIRED)
    assert not any(given(scene).values())


def test_oa_048_what_was_given_before_a_closure_stays_dead(sqlite_world: World) -> None:
    scene = set_scene(sqlite_world)
    applications = sqlite_world.core.applications
    with sqlite_world.core.database.write() as tx:
        applications.set_enabled(tx, "old", enabled=False)
    sqlite_world.clock.pass_by(1)
    with sqlite_world.core.database.write() as tx:
        applications.set_enabled(tx, "old", enabled=True)
    assert not check(scene)
    assert not way_back(scene)
