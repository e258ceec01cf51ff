# SPDX-License-Identifier: Apache-2.0
"""OA-047, OA-106: what lasts while a person is away, against everything that ends or refuses it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from connectors.base import Level
from idp.accounts.values import State
from idp.login.elsewhere import NOWHERE, Here
from tests.protocol.gate.scene import (
    COMMUNITY,
    REFUSALS,
    Scene,
    account_disabled,
    consent_withdrawn,
    session_ended,
    session_expired,
)
from tests.protocol.kit import (
    ELSEWHERE,
    Guest,
    add_proof,
    seed_session,
    session_of,
    settled,
    store,
    with_policy,
)
from tests.protocol.oidc.away import agreed, gone, is_dead, lasting, tidied
from tests.protocol.oidc.exchanging import ACCESS
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.provider_values import provider
from tests.providers import keep
from tests.world import Browser, World

SCOPE = "openid profile exams.read offline_access"


@dataclass
class Absent:
    """Somebody who let an application in, and an application that they went on to."""

    world: World
    kind: str = "opaque"
    browser: Browser = field(init=False)
    client: Guest = field(init=False)
    tokens: dict[str, Any] = field(init=False)
    exchanged: str = field(init=False)

    def __post_init__(self) -> None:
        self.client = lasting(
            self.world,
            policy={"communities": [COMMUNITY, "perinat-centre"], "consent": True},
            oidc={
                "refresh": "lasting",
                "access_token_format": self.kind,
                "grant_types": ["authorization_code", "refresh_token", EXCHANGE],
                "exchange_audiences": ["resource"],
                "audiences": ["resource", self.world.issuer],
                "scopes": ["openid", "profile", "exams.read"],
            },
        )
        self.browser = settled(self.world)
        self.tokens = agreed(self.client, self.browser, scope=SCOPE)
        self.exchanged = self.exchange()

    @property
    def account(self) -> str:
        return self.world.cast["medecin"].id

    def exchange(self) -> str:
        form = {"grant_type": EXCHANGE, "subject_token_type": ACCESS}
        shown = {"subject_token": self.tokens["access_token"]}
        return str(self.client.post("/oidc/token", form | shown).json.get("access_token", ""))

    @property
    def dead(self) -> bool:
        """Whether nothing that they left gives anything, also what was exchanged for it."""
        resource = self.world.client("resource")
        shown = bool(resource.introspect(self.exchanged).json.get("active"))
        further = bool(self.exchange())
        dead = is_dead(self.client, self.tokens)
        assert {shown, further} == {not dead}
        return dead


Happening = Callable[[Absent], None]


def of_all(happening: Callable[[Scene], None]) -> Happening:
    """One that other matrices share."""

    def happen(scene: Absent) -> None:
        happening(cast("Scene", scene))

    happen.__name__ = happening.__name__
    return happen


def setting_turned_back(scene: Absent) -> None:
    settings = scene.client.document["oidc"] | {"refresh": "session"}
    store(scene.world, scene.client.document | {"oidc": settings})


def setting_turned_back_and_on_again(scene: Absent) -> None:
    setting_turned_back(scene)
    tidied(scene.world)
    store(scene.world, scene.client.document)


def account_opened_again(scene: Absent) -> None:
    account_disabled(cast("Scene", scene))
    scene.world.clock.pass_by(1)
    with scene.world.core.database.write() as tx:
        scene.world.core.accounts.set_state(tx, scene.account, State.ACTIVE)


def application_opened_again(scene: Absent) -> None:
    core = scene.world.core
    for enabled in (False, True):
        scene.world.clock.pass_by(1)
        with core.database.write() as tx:
            core.applications.set_enabled(tx, scene.client.key, enabled=enabled)


def ended_by_its_person(scene: Absent) -> None:
    phone = settled(scene.world)
    phone.get(f"/account/lasting/{scene.client.key}/end")
    phone.submit("/end")


def all_others_logged_out(scene: Absent) -> None:
    """From another browser, where nothing was let in; there is a third one in any case."""
    phone, _third = settled(scene.world), settled(scene.world)
    phone.get("/account/sessions/others")
    phone.submit("/others")


def all_others_logged_out_from_here(scene: Absent) -> None:
    """From the browser in which it was let in: the page says that it ends."""
    _other = settled(scene.world)
    here = settled(scene.world)
    scene.tokens = agreed(scene.client, here, scope=SCOPE)
    scene.exchanged = scene.exchange()
    here.get("/account/sessions/others")
    here.submit("/others")


def everything_ended(scene: Absent) -> None:
    """By an administrator, by a new password after a theft, or before an account is merged."""
    with scene.world.core.database.write() as tx:
        scene.world.core.elsewhere.end(tx, scene.account, NOWHERE, "administrator", ELSEWHERE)


def password_changed_elsewhere(scene: Absent) -> None:
    phone = settled(scene.world)
    here = Here(session=session_of(scene.world, phone).id)
    with scene.world.core.database.write() as tx:
        scene.world.core.elsewhere.end(tx, scene.account, here, "password-changed", ELSEWHERE)


CLOSINGS: tuple[Happening, ...] = (
    *(of_all(one) for one in REFUSALS if one not in {session_ended, session_expired}),
    of_all(consent_withdrawn),
    setting_turned_back,
    setting_turned_back_and_on_again,
    account_opened_again,
    application_opened_again,
    ended_by_its_person,
    all_others_logged_out,
    all_others_logged_out_from_here,
    everything_ended,
    password_changed_elsewhere,
)


@pytest.mark.parametrize("is_away", [True, False], ids=["away", "there"])
@pytest.mark.parametrize("closing", CLOSINGS, ids=lambda one: one.__name__)
def test_oa_047_oa_106_nothing_lasts_beyond(
    world: World, closing: Happening, *, is_away: bool
) -> None:
    scene = Absent(world)
    if is_away:
        gone(world, scene.browser)
    closing(scene)
    assert scene.dead


@pytest.mark.parametrize("closing", CLOSINGS, ids=lambda one: one.__name__)
def test_oa_047_nor_does_a_signed_token(sqlite_world: World, closing: Happening) -> None:
    scene = Absent(sqlite_world, "jwt")
    gone(sqlite_world, scene.browser)
    closing(scene)
    assert scene.dead


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
@pytest.mark.parametrize("happening", [session_ended, session_expired])
def test_oa_047_control_a_logout_ends_nothing(
    world: World, happening: Callable[[Scene], None], kind: str
) -> None:
    """Back-Channel Logout §2.7."""
    scene = Absent(world, kind)
    happening(cast("Scene", scene))
    assert not scene.dead


def test_oa_047_what_was_let_in_here_outlives_the_others(world: World) -> None:
    """Whoever changes their password stays logged in here, and so does what they let in here."""
    scene = Absent(world)
    here = Here(session=session_of(world, scene.browser).id)
    with world.core.database.write() as tx:
        world.core.elsewhere.end(tx, scene.account, here, "password-changed", ELSEWHERE)
    assert not scene.dead


def test_oa_047_a_code_that_waits_is_worth_nothing_either(world: World) -> None:
    scene = Absent(world)
    code = scene.client.code_for(scene.browser, scope=SCOPE)
    gone(world, scene.browser)
    setting_turned_back(scene)
    assert scene.client.redeem(code).json["error"] == "invalid_grant"


def test_xc_011_a_lost_card_takes_along_what_was_let_in_by_it(world: World) -> None:
    client = lasting(world, policy={"means": ["cps"]})
    browser = world.browser()
    seed_session(world, browser, level=Level.CARD, means="cps")
    tokens = agreed(client, browser)
    gone(world, browser, "card-removed")
    core, account = world.core, world.cast["medecin"].id
    # Taken out of its reader it changes nothing.
    assert client.userinfo(tokens["access_token"]).status == 200
    with core.database.write() as tx:
        core.elsewhere.end_by(tx, account, {"password"}, "card-revoked", ELSEWHERE)
    assert client.userinfo(tokens["access_token"]).status == 200
    with core.database.write() as tx:
        core.elsewhere.end_by(tx, account, {"cps"}, "card-revoked", ELSEWHERE)
    assert is_dead(client, tokens)


@pytest.mark.parametrize("asked", [1, 2])
def test_oa_106_without_the_means_that_was_worth_it_it_is_worth_the_least(
    world: World, asked: int
) -> None:
    """Somebody came by a password and a card; by cards nobody comes any more."""
    client = lasting(world, policy={"means": ["password", "cps"], "level": asked})
    browser = world.browser()
    seed_session(world, browser)
    add_proof(world, browser, "cps", Level.CARD)
    tokens = agreed(client, browser)
    with_policy(world, client, client.document, means=["password", "totp"])
    assert is_dead(client, tokens) == (asked == 2)


def test_br_012_a_provider_that_is_opened_again_brings_nothing_back(world: World) -> None:
    """Whoever closed it found something wrong with what it says of people."""
    other = provider(
        alias="chu",
        name_fr="le CHU",
        name_en="the hospital",
        issuer="https://chu.example",
        description="https://chu.example/.well-known/openid-configuration",
        our_name="sceau",
        secret="s" * 32,
    )
    keep(world, other)
    client = lasting(world, policy={"means": ["password", other.kind], "level": 1})
    scenes = {}
    for means in (other.kind, "password"):
        browser = world.browser()
        seed_session(world, browser, means=means)
        scenes[means] = agreed(client, browser)
        gone(world, browser)
    tidied(world)
    keep(world, replace(other, enabled=False))
    assert client.userinfo(scenes[other.kind]["access_token"]).status == 401
    tidied(world)
    keep(world, other)
    assert is_dead(client, scenes[other.kind])
    assert not is_dead(client, scenes["password"])


def test_oa_106_once_ended_its_person_is_asked_anew(world: World) -> None:
    """The agreement that is kept lets nothing in again."""
    scene = Absent(world)
    ended_by_its_person(scene)
    scene.client.ask(scene.browser, scope=SCOPE)
    assert scene.browser.page.find(id="lasting") is not None
    assert "code=" in scene.client.ask(scene.browser, scope="openid profile").headers["Location"]


def test_oa_106_of_others_nothing_ends(world: World) -> None:
    scene, other = Absent(world), Absent(world)
    ended_by_its_person(scene)
    assert scene.dead
    assert not other.dead
