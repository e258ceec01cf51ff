# SPDX-License-Identifier: Apache-2.0
"""Every statement of every action failing in turn: rolled back, told calmly, nothing half done."""

import itertools
from typing import Any

import pytest

from tests.reliability.faults import Blow, Fuse, put_in
from tests.reliability.operations import OPERATIONS, Operation, Scene
from tests.reliability.oracle import find_halves, rows_of, verify_audit
from tests.world import World

INSIDE = ("blown", "Traceback", "sqlite", "psycopg", "SELECT", "INSERT", "UPDATE", ".py")
# More statements than any action has.
MOST = 80


@pytest.fixture(autouse=True)
def _fresh_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.reliability.operations.sessions", {})


def check_told(answer: Any, how: Blow, where: str) -> None:
    """The answer to a fault: generic, and empty of whatever was being made."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == (500 if how is Blow.BUG else 503), where
    assert ("Retry-After" in answer.headers) == (how is not Blow.BUG), where
    assert "no-store" in answer.headers["Cache-Control"], where
    assert "Location" not in answer.headers, where
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "session=" not in cookie, where
        assert "device=" not in cookie, where
    assert not [word for word in INSIDE if word in text], where
    if answer.content_type.startswith("text/html"):
        problem = "server-error" if how is Blow.BUG else "unavailable"
        assert f'data-error="{problem}"' in text, where
    else:
        assert set(answer.get_json()) == {"error"}, where


def check_points(world: World, fuse: Fuse, name: str, how: Blow) -> int:
    """Let an action fail at each of its statements; how many there were."""
    operation = OPERATIONS[name]
    for point in itertools.count(1):
        assert point < MOST, name
        ready = operation.prepare(world)
        before = rows_of(world)
        with fuse.set_to(point, how):
            answer = operation.act(ready)
        where = f"{name}, statement {point}: {fuse.passed[-1] if fuse.passed else ''}"
        assert find_halves(world) == [], where
        if not fuse.blown:
            assert operation.done(answer), where
            return point - 1
        # Told elsewhere, in the background: then the action itself is whole.
        if answer.status_code < 500:
            assert operation.done(answer), where
            continue
        check_told(answer, how, where)
        if "COMMIT" not in fuse.passed[:-1]:
            assert rows_of(world) == before, where
        check_again(world, operation, ready, where)
    raise AssertionError("never here")


def check_again(world: World, operation: Operation, ready: Scene, where: str) -> None:
    """The same thing once more works: nothing was used up by the fault."""
    again = operation.act(ready)
    assert operation.done(again), f"{where}: {again.status_code} {again.get_data(as_text=True)}"
    assert find_halves(world) == [], where


@pytest.mark.parametrize("name", OPERATIONS)
def test_rl_029_every_statement_failing_in_turn(world: World, name: str) -> None:
    fuse = put_in(world.core.database)
    lost = not world.core.database.is_sqlite
    count = check_points(world, fuse, name, Blow.LOST if lost else Blow.OUTAGE)
    assert count > 0
    assert verify_audit(world).ok


@pytest.mark.parametrize("name", ["login", "consent", "code", "refresh", "logout", "account"])
def test_rl_029_a_fault_of_ours_is_told_as_one(sqlite_world: World, name: str) -> None:
    fuse = put_in(sqlite_world.core.database)
    assert check_points(sqlite_world, fuse, name, Blow.BUG) > 0
    assert verify_audit(sqlite_world).ok
