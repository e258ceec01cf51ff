# SPDX-License-Identifier: Apache-2.0
"""Somebody who has been let in with all that they hold, and what happens to them next (OA-047)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from idp.accounts.values import State
from idp.oidc.absent import CIBA
from tests.protocol.kit import (
    ELSEWHERE,
    Guest,
    register,
    session_of,
    settled,
    with_policy,
)
from tests.protocol.oidc.absent import Caller
from tests.protocol.oidc.absent import decide as agree
from tests.protocol.oidc.devices import GRANT as DEVICE
from tests.protocol.oidc.devices import approve, asked
from tests.protocol.oidc.exchanging import ACCESS
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.test_bearer_grant import GRANT as BEARER
from tests.protocol.oidc.test_bearer_grant import THEM
from tests.world import Answer, Browser, World

COMMUNITY = "onco-centre"
# Of whoever vouches for people towards the application.
KEY = new_key("ES256")


@dataclass
class Scene:
    """A person who has been let in, and everything they and their application hold."""

    world: World
    browser: Browser
    client: Guest
    tokens: dict[str, Any] = field(init=False)
    code: str = field(init=False)
    device: dict[str, Any] = field(init=False)
    exchanged: str = field(init=False)
    # What they agreed to elsewhere.
    handle: str = field(init=False)
    own: str = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.client.tokens(self.browser, scope="openid profile exams.read")
        # What is agreed to there stands in place of what was agreed before.
        self.device = asked(self.client, "openid profile exams.read")
        approve(self.browser, self.device)
        self.exchanged = self.exchange().json["access_token"]
        self.code = self.client.code_for(self.browser)
        caller = Caller(self.world, self.client)
        self.handle = caller.asked()
        agree(self.browser)
        # Of its own, for its stream of signals.
        own = {"grant_type": "client_credentials", "scope": "ssf.manage"}
        self.own = self.client.post("/oidc/token", own).json["access_token"]

    def exchange(self) -> Answer:
        """Their token for one towards another application."""
        form = {"grant_type": EXCHANGE, "subject_token_type": ACCESS}
        return self.client.post(
            "/oidc/token", form | {"subject_token": self.tokens["access_token"]}
        )

    @property
    def account(self) -> str:
        return self.world.cast["medecin"].id


def set_scene(world: World, kind: str) -> Scene:
    oidc = {
        "access_token_format": kind,
        "grant_types": [
            *("authorization_code", "refresh_token", "client_credentials"),
            *(DEVICE, EXCHANGE, BEARER, CIBA),
        ],
        "exchange_audiences": ["resource"],
        "bearer_issuers": [
            {"issuer": THEM, "jwks": {"keys": [public(KEY)]}, "subject": "national_id"}
        ],
        "audiences": ["resource", world.issuer],
        "shared_signals": True,
        "scopes": ["openid", "profile", "exams.read"],
    }
    policy = {"communities": [COMMUNITY, "perinat-centre"], "consent": True}
    client = register(world, policy=policy, oidc=oidc)
    with world.core.database.write() as tx:
        agreed = ("profile", "exams.read")
        world.core.consents.give(tx, world.cast["medecin"].id, client.key, agreed, ELSEWHERE)
    return Scene(world, settled(world), client)


# The refusals: what happens between the login and the next request.


def account_disabled(scene: Scene) -> None:
    with scene.world.core.database.write() as tx:
        scene.world.core.accounts.set_state(tx, scene.account, State.DISABLED)


def account_closed(scene: Scene) -> None:
    with scene.world.core.database.write() as tx:
        scene.world.core.accounts.set_state(tx, scene.account, State.CLOSED)


def application_disabled(scene: Scene) -> None:
    with scene.world.core.database.write() as tx:
        scene.world.core.applications.set_enabled(tx, scene.client.key, enabled=False)


def community_left(scene: Scene) -> None:
    with scene.world.core.database.write() as tx:
        scene.world.core.accounts.leave(tx, scene.account, COMMUNITY)


def community_closed(scene: Scene) -> None:
    with_policy(scene.world, scene.client, scene.client.document, communities=["perinat-centre"])


def population_closed(scene: Scene) -> None:
    with_policy(scene.world, scene.client, scene.client.document, populations=["patient"])


def directory_required(scene: Scene) -> None:
    """Nobody finds them there: who says nothing is hidden."""
    with_policy(scene.world, scene.client, scene.client.document, directory="visible")


def activity_required(scene: Scene) -> None:
    """Nobody knows where they practise, and it must be told by now."""
    with_policy(scene.world, scene.client, scene.client.document, activity="chosen")


def session_ended(scene: Scene) -> None:
    session = session_of(scene.world, scene.browser)
    with scene.world.core.database.write() as tx:
        scene.world.core.sessions.end(tx, session.id, "administrator", ELSEWHERE)


def session_expired(scene: Scene) -> None:
    """Its absolute end comes, while the code and the tokens have just been given."""
    with scene.world.core.database.write() as tx:
        tx.exec_driver_sql(f"UPDATE sessions SET expires_at = {scene.world.clock.now()}")


def means_no_longer_allowed(scene: Scene) -> None:
    with_policy(scene.world, scene.client, scene.client.document, means=[])


def level_raised(scene: Scene) -> None:
    with_policy(scene.world, scene.client, scene.client.document, level=2)


def consent_withdrawn(scene: Scene) -> None:
    """By the person, on their own page, in another browser of theirs."""
    phone = settled(scene.world)
    phone.get(f"/account/consents/{scene.client.key}/withdraw")
    phone.submit("/withdraw")
    assert scene.world.events("consent.withdrawn")


PERSON = (
    account_disabled,
    account_closed,
    community_left,
    community_closed,
    population_closed,
    directory_required,
    activity_required,
    session_ended,
    session_expired,
    means_no_longer_allowed,
    level_raised,
)
REFUSALS = (*PERSON, application_disabled)

Happening = Callable[[Scene], None]
