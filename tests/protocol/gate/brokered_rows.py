# SPDX-License-Identifier: Apache-2.0
"""Rows of what may come out of a login from elsewhere, and who is logged in before it."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.base import Level
from idp.sessions.values import Proof
from tests.answers import Answer
from tests.protocol.kit import ELSEWHERE, set_cookie
from tests.world import Browser, World

REACH = {"password": 1, "cps": 3}
Held = tuple[str, int, tuple[str, ...]]
PASSWORD: Held = ("password", 1, ("pwd",))
SECOND: Held = ("totp", 2, ("otp", "mfa"))
CARD: Held = ("cps", 3, ("sc", "hwk"))


@dataclass(frozen=True)
class Row:
    """One request, and who is logged in before it."""

    means: tuple[str, ...]
    level: int
    before: tuple[Held, ...] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Out:
    """What comes out: refused for a reason; or straight in, or by the means that are offered."""

    refused: str = ""
    asked: frozenset[str] = frozenset()
    # Whether they got in, at last: with this level, by these methods.
    level: int = 0
    methods: frozenset[str] = frozenset()


def told_by(held: Sequence[Held]) -> tuple[int, frozenset[str]]:
    """The highest level, and every method: of what the application allows."""
    level = max(one[1] for one in held)
    return level, frozenset(name for _means, _level, methods in held for name in methods)


def amiss(found: dict[Row, Out], wanted: dict[Row, Out]) -> dict[Row, tuple[Out, Out]]:
    """What came out and what should have, where they are not the same."""
    assert found.keys() == wanted.keys()
    return {row: (found[row], wanted[row]) for row in found if found[row] != wanted[row]}


def hold(world: World, browser: Browser, *proofs: Held) -> None:
    """The doctor is logged in by these, since a moment."""
    core, now = world.core, world.clock.now() - 30
    made = [Proof(means, Level(level), amr, now, "before") for means, level, amr in proofs]
    with core.database.write() as tx:
        account = world.cast["medecin"].id
        session, secret = core.sessions.open(tx, account, made[0], ELSEWHERE)
        for one in made[1:]:
            renewed = core.sessions.prove(tx, session, one)
            assert renewed is not None
            secret = renewed[1]
    set_cookie(world, browser, "session", secret)


def of_id_token(answer: Answer) -> tuple[int, frozenset[str]]:
    """Level and methods, as an application is told them."""
    assert answer.status == 200, answer
    part = answer.json["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert len(claims["amr"]) == len(set(claims["amr"]))
    return int(claims["acr"].removeprefix("urn:sceau:level:")), frozenset(claims["amr"])
