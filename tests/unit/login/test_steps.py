# SPDX-License-Identifier: Apache-2.0
"""Steps that try nothing go past the counters; what proves something never does."""

import pytest

from connectors.base import Ask, Evidence, Reason, Refused, Verified, VerifiedIdentity
from idp.login.attempt import Failed
from idp.login.request import PORTAL, LoginRequest
from idp.origin import Origin
from tests.world import World


class Stepping:
    """A means that says what its next step is."""

    kind, methods, after = "calculette", ("sc",), None

    def __init__(self, level, answer) -> None:
        self.level = level
        self._answer = answer

    def tries(self, _evidence) -> bool:
        return False

    def begin(self, _attempt):
        return Ask()

    def claimed(self, _attempt, _evidence):
        return None

    def resume(self, _attempt, _evidence):
        return self._answer


def run(world: World, monkeypatch: pytest.MonkeyPatch, answer):
    attempts = world.provider.services.attempts
    level = attempts.levels["calculette"]
    stepping = {**attempts._connectors, "calculette": Stepping(level, answer)}
    monkeypatch.setattr(attempts, "_connectors", stepping)
    wished = LoginRequest("journey", PORTAL, None, world.clock.now())
    origin = Origin("192.0.2.10", "test", "request-of-the-test")
    return attempts.run(wished, "calculette", Evidence({"identifier": "x"}), "", origin)


def counted(world: World) -> int:
    with world.core.database.read() as tx:
        return int(tx.exec_driver_sql("SELECT count(*) FROM throttles").scalar_one())


def test_a_step_that_tries_nothing_is_not_counted(sqlite_world: World, monkeypatch):
    asked = Ask({"step": "next"})
    assert run(sqlite_world, monkeypatch, asked) == asked
    refused = run(sqlite_world, monkeypatch, Refused(Reason.MALFORMED))
    assert refused == Failed(Reason.MALFORMED)
    assert counted(sqlite_world) == 0


def test_a_proof_that_no_counter_has_seen_is_a_breakdown(sqlite_world: World, monkeypatch):
    identity = VerifiedIdentity(sqlite_world.cast["medecin"].id)
    with pytest.raises(TypeError, match="no counter"):
        run(sqlite_world, monkeypatch, Verified(identity))
