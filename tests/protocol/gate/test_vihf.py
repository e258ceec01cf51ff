# SPDX-License-Identifier: Apache-2.0
"""OA-047 for the VIHF: with a login and on request, against every refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.login.flow import Refusal
from idp.login.gate import Gate
from tests.activities import BOTH, HOSPITAL, practises
from tests.protocol.gate.scene import (
    COMMUNITY,
    REFUSALS,
    activity_required,
    level_raised,
)
from tests.protocol.kit import with_policy
from tests.saml_kit import SamlParty, register_saml
from tests.vihf_kit import (
    ATTRIBUTE,
    LPS,
    POLICY,
    Known,
    ask,
    given,
    known_from,
    request,
    two_factors,
)
from tests.world import Browser, World


class Scene:
    """A person who has been let in, and an application that may tell national services of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        practises(world, HOSPITAL)
        self.browser: Browser = two_factors(world)
        policy = POLICY | {"communities": [COMMUNITY, "perinat-centre"]}
        vihf = LPS | {"on_request": True}
        # The refusals of the matrix change `client`'s registration.
        self.client: SamlParty = register_saml(world, policy=policy, saml={"vihf": vihf})
        self.client.go(self.browser)
        self.known: Known = known_from(self.client, self.browser)

    @property
    def account(self) -> str:
        return self.world.cast["medecin"].id


def with_login(scene: Scene) -> bool:
    scene.client.go(scene.browser, IsPassive="true")
    if scene.browser.page.find("form", id="post") is None:
        return False
    told = scene.client.told(scene.browser)
    return told.assertion is not None and ATTRIBUTE in told.attributes


def on_request(scene: Scene) -> bool:
    return given(ask(scene.client, request(scene.client, scene.known, {}))) is not None


PATHS: tuple[Callable[[Scene], bool], ...] = (with_login, on_request)


def level_of_a_card(scene: Scene) -> None:
    with_policy(scene.world, scene.client, scene.client.document, level=3)


def no_activity_left(scene: Scene) -> None:
    practises(scene.world)


def activity_not_chosen(scene: Scene) -> None:
    """There are two by now, and nobody has said in which of them they come."""
    practises(scene.world, *BOTH)


def entitled_no_more(scene: Scene) -> None:
    document = scene.client.document
    saml = {name: value for name, value in document["saml"].items() if name != "vihf"}
    with_policy(scene.world, scene.client, document | {"saml": saml})


# Of the matrix's own, two say nothing new here: it asks for both from the start.
THESE: tuple[Any, ...] = (
    *(one for one in REFUSALS if one not in {level_raised, activity_required}),
    level_of_a_card,
    no_activity_left,
    activity_not_chosen,
    entitled_no_more,
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_oa_047_control_a_vihf_is_given_while_all_is_well(
    sqlite_world: World, path: Callable[[Scene], bool]
) -> None:
    assert path(Scene(sqlite_world))


@pytest.mark.parametrize("refusal", THESE, ids=lambda refusal: refusal.__name__)
def test_oa_047_no_vihf_is_given_any_more(sqlite_world: World, refusal: Any) -> None:
    scene = Scene(sqlite_world)
    refusal(scene)
    found = {path.__name__: path(scene) for path in PATHS}
    assert found == {path.__name__: False for path in PATHS}


def test_both_ways_ask_the_one_gate(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(sqlite_world)
    monkeypatch.setattr(Gate, "_admit", lambda *_, **__: Refusal.LOGIN_REQUIRED)
    assert not any(path(scene) for path in PATHS)
