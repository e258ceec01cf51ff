# SPDX-License-Identifier: Apache-2.0
"""Every statement of every action failing in turn: rolled back, told calmly, nothing half done."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.reliability import (
    account,
    approvals,
    authenticator,
    away,
    calculette,
    cards,
    codes,
    devices,
    further,
    registration,
    requests,
)
from tests.reliability.faults import Blow, Fuse, put_in
from tests.reliability.operations import OPERATIONS as ORDINARY
from tests.reliability.operations import Operation
from tests.reliability.oracle import find_halves, rows_of, verify_audit
from tests.world import World

OPERATIONS = (
    ORDINARY
    | codes.OPERATIONS
    | authenticator.OPERATIONS
    | account.OPERATIONS
    | calculette.OPERATIONS
    | devices.OPERATIONS
    | further.OPERATIONS
    | away.OPERATIONS
    | approvals.OPERATIONS
    | registration.OPERATIONS
    # The other decisions are verbs of one transaction: see `test_rl_029_verbs`.
    | {name: requests.OPERATIONS[name] for name in ("refusal", "activation")}
    # All that the login by a known card does, and more.
    | {"arrival": cards.OPERATIONS["arrival"]}
)
INSIDE = ("blown", "Traceback", "sqlite", "psycopg", "SELECT", "INSERT", "UPDATE", ".py")
# More statements than any action has.
MOST = 100
# Fewer than the tries that are free: a fault counts as one.
TOGETHER = 4


@pytest.fixture(autouse=True)
def _fresh_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.reliability.operations.sessions", {})


def check_told(answer: Any, status: int, where: str) -> None:
    """The answer to a fault: generic, and empty of whatever was being made."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, where
    assert ("Retry-After" in answer.headers) == (status == 503), where
    assert "no-store" in answer.headers["Cache-Control"], where
    assert "Location" not in answer.headers, where
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "session=" not in cookie, where
        assert "device=" not in cookie, where
        assert "stay_" not in cookie, where
    assert not [word for word in INSIDE if word in text], where
    if answer.content_type.startswith("text/html"):
        problem = "server-error" if status == 500 else "unavailable"
        assert f'data-error="{problem}"' in text, where
    else:
        assert set(answer.get_json()) == {"error"}, where


def check_points(world: World, fuse: Fuse, name: str, operation: Operation, how: Blow) -> int:
    """Let an action fail at each of its statements; how many there were."""
    ready, before, faults = operation.prepare(world), rows_of(world), 0
    for point in range(1, MOST):
        with fuse.set_to(point, how):
            answer = operation.act(ready)
        where = f"{name}, statement {point}: {fuse.passed[-1] if fuse.passed else ''}"
        assert find_halves(world) == [], where
        if not fuse.blown:
            assert operation.done(answer), where
            return point - 1
        faults += 1
        if answer.status_code < 500:
            # It failed in the background; the action itself is whole.
            assert operation.done(answer), where
        else:
            # A commit or an opening that fails is an outage, whatever it says.
            ours = how is Blow.BUG and not fuse.passed[-1].startswith(("COMMIT", "PRAGMA"))
            check_told(answer, 500 if ours else 503, where)
            untouched = before_any_commit(fuse)
            assert not untouched or rows_of(world) == before, where
            if untouched and faults < TOGETHER:
                continue
            again = operation.act(ready)
            # Nothing was used up by the faults.
            assert again.status_code < 500, where
            assert not untouched or operation.done(again), f"{where}: {again.status_code}"
            assert find_halves(world) == [], where
        forgive(world)
        ready, before, faults = operation.prepare(world), rows_of(world), 0
    raise AssertionError(f"more than {MOST} statements: {name}")


def forgive(world: World) -> None:
    """Each fault counts as a try, and an action may have more statements than a day has tries."""
    with world.core.database.write() as tx:
        tx.execute(text("DELETE FROM throttles"))


def before_any_commit(fuse: Fuse) -> bool:
    """Whether nothing of the action was kept when it failed, but the count of a try."""
    kept = [sql for sql in fuse.passed[:-1] if sql == "COMMIT"]
    counted = any("INSERT INTO throttles" in sql for sql in fuse.passed)
    return len(kept) <= int(counted)


@pytest.mark.parametrize("name", OPERATIONS)
def test_rl_029_every_statement_failing_in_turn(world: World, name: str) -> None:
    fuse = put_in(world.core.database)
    lost = not world.core.database.is_sqlite
    how = Blow.LOST if lost else Blow.OUTAGE
    count = check_points(world, fuse, name, OPERATIONS[name], how)
    assert count > 0
    assert verify_audit(world).ok


@pytest.mark.parametrize("name", ["login", "code", "account"])
def test_rl_029_a_fault_of_ours_is_told_as_one(sqlite_world: World, name: str) -> None:
    fuse = put_in(sqlite_world.core.database)
    assert check_points(sqlite_world, fuse, name, OPERATIONS[name], Blow.BUG) > 0
    assert verify_audit(sqlite_world).ok


@pytest.mark.parametrize("name", ["login", "code", "account", "portal", "logout page"])
def test_rl_029_the_database_goes_and_stays_away(world: World, name: str) -> None:
    """The page that tells of it needs no database; and all is as before once it is back."""
    fuse, operation = put_in(world.core.database), OPERATIONS[name]
    how = Blow.OUTAGE if world.core.database.is_sqlite else Blow.LOST
    ready, before = operation.prepare(world), rows_of(world)
    for point in (1, 2, 3):
        with fuse.set_to(point, how, stays=True):
            answer = operation.act(ready)
        check_told(answer, 503, f"{name}, from statement {point} on")
        assert (answer.mimetype == "text/html") == (name != "code")
    assert rows_of(world) == before
    assert operation.done(operation.act(ready))
    assert find_halves(world) == []
