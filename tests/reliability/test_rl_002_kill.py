# SPDX-License-Identifier: Apache-2.0
"""A server killed around each commit of each action, then another one over the same database.

D: what was acknowledged is there. S: a one-time thing succeeds once. R: what was revoked stays so.
C: wrong tries are counted. A: the audit is whole and tells of what happened, and of nothing else.
X: nothing is half done.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from idp.accounts import service as accounts
from idp.accounts.values import State
from tests.reliability import (
    account,
    approvals,
    authenticator,
    away,
    calculette,
    codes,
    devices,
    further,
    registration,
    requests,
)
from tests.reliability.nursery import Nursery, Unacknowledged
from tests.reliability.operations import (
    OPERATIONS as ORDINARY,
)
from tests.reliability.operations import (
    Scene,
    go,
    with_code,
    with_tokens,
)
from tests.reliability.oracle import find_halves, rows_of, verify_audit
from tests.reliability.town import Town, kill_around_each_commit
from tests.world import open_world

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
    | requests.OPERATIONS
)


@pytest.fixture
def town(database_url: str, nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr("tests.reliability.operations.sessions", {})
    world = open_world(database_url)
    opened = Town(database_url, world, nursery)
    yield opened
    opened.life.end()
    world.close()


def is_dead(ready: Scene) -> bool:
    """Whether none of what was once handed out works any more."""
    tokens = [ready.held[name] for name in ("access_token", "refresh_token") if name in ready.held]
    return all(ready.client.introspect(one).json == {"active": False} for one in tokens)


def held(ready: Scene) -> int:
    """How many passkeys the person has."""
    return len(ready.world.core.passkeys.of(ready.world.cast["medecin"].id))


def apps(ready: Scene) -> int:
    """How many authenticator apps there are."""
    with ready.world.core.database.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM totp")).scalar_one())


def page_says(ready: Scene, problem: str) -> bool:
    """Whether the page shown tells of this problem."""
    return ready.browser.problem == problem


def is_closed(ready: Scene) -> bool:
    """Whether the patient's account is closed, with all its sessions."""
    core, patient = ready.world.core, ready.world.cast["patient"].id
    with core.database.read() as tx:
        account = accounts.load(tx, patient)
        live = text("SELECT count(*) FROM sessions WHERE account_id = :a AND ended_at IS NULL")
        count = tx.execute(live, {"a": patient}).scalar_one()
    return account is not None and account.state is State.DISABLED and count == 0


# What the second try gives, where the first was done but never told.
AFTERWARDS: dict[str, Callable[[Scene, Any], bool]] = {
    "begin": lambda _ready, again: again.status_code == 303,
    "login": lambda ready, _again: page_says(ready, "journey-finished"),
    "take over": lambda ready, _again: page_says(ready, "journey-finished"),
    "wrong password": lambda _ready, again: again.status_code == 200,
    "consent": lambda ready, _again: page_says(ready, "journey-finished"),
    "no consent": lambda ready, _again: page_says(ready, "journey-finished"),
    "single sign-on": lambda _ready, again: again.status_code == 303,
    # The first answer is lost for good: what it held dies with the second try (RFC 6749 §4.1.2).
    "code": lambda _ready, again: again.get_json()["error"] == "invalid_grant",
    "refresh": lambda ready, again: again.get_json()["error"] == "invalid_grant" and is_dead(ready),
    "refresh again": lambda ready, again: again.status_code == 400 and is_dead(ready),
    "revoke": lambda ready, again: (
        again.status_code == 200
        and ready.client.introspect(ready.held["access_token"]).json == {"active": False}
    ),
    "revoke family": lambda ready, again: again.status_code == 200 and is_dead(ready),
    "logout": lambda ready, _again: ready.browser.request("GET", "/account").status_code == 303,
    "application's logout": lambda ready, _again: is_dead(ready),
    "let in while away": lambda _ready, again: again.get_json()["error"] == "invalid_grant",
    "refreshed while away": lambda ready, again: (
        again.get_json()["error"] == "invalid_grant" and is_dead(ready)
    ),
    "own name": lambda _ready, again: again.status_code == 200,
    "device connected": lambda ready, _again: page_says(ready, "journey-finished"),
    # The first answer is lost for good: the device begins anew.
    "token exchanged": lambda _ready, again: again.status_code == 200,
    "word of others": lambda _ready, again: again.get_json()["error"] == "invalid_grant",
    "device redeemed": lambda _ready, again: again.get_json()["error"] == "invalid_grant",
    # The first is lost, and waits beside it.
    "asked elsewhere": lambda _ready, again: again.status_code == 200,
    "agreed elsewhere": lambda _ready, again: approvals.says("over")(again),
    "refused elsewhere": lambda _ready, again: approvals.says("over")(again),
    "taken elsewhere": lambda _ready, again: again.get_json()["error"] == "invalid_grant",
    # It is gone, and nothing is said of whose it was.
    "session ended": lambda _ready, again: again.status_code == 404,
    # Nobody is there any more: the answer is the login page.
    "withdrawal": lambda ready, again: again.status_code == 303 and is_closed(ready),
    "copy of one's data": lambda _ready, again: again.status_code == 200,
    # It is there, so that the next one needs it; and its answer adds nothing twice.
    "passkey added": lambda ready, again: again.status_code == 303 and held(ready) == 1,
    "passkey removed": lambda ready, again: again.status_code == 404 and held(ready) == 0,
    # The answer is used up: another one is asked for, or the journey is over.
    "passkey login": lambda _ready, again: again.status_code in {200, 410},
    # It is used up: another one is asked for, or the journey is over.
    "one-time code": lambda _ready, again: again.status_code in {200, 410},
    # The same number once more; its answer is used up, as above.
    "number shown": lambda _ready, again: again.status_code == 200,
    "calculette": lambda _ready, again: again.status_code in {200, 410},
    "address proved": lambda _ready, again: again.status_code == 200,
    # It is used up, as above. One on paper is left out for what tests.reliability.account says.
    "code of an app": lambda _ready, again: again.status_code in {200, 410},
    # It is there: the way to another one asks for it.
    "set up an app": lambda ready, again: again.status_code == 303 and apps(ready) == 1,
    "renew codes": lambda _ready, again: again.status_code == 303,
    "remove an app": lambda ready, again: again.status_code == 303 and apps(ready) == 0,
} | account.AFTERWARDS
AFTERWARDS |= registration.AFTERWARDS | requests.AFTERWARDS


# The same code runs on both databases; on PostgreSQL, what matters most.
ON_BOTH = ("login", "consent", "code", "refresh", "revoke family", "logout")


CASES = [("sqlite", name) for name in AFTERWARDS] + [("postgresql", name) for name in ON_BOTH]


@pytest.mark.parametrize(("database_url", "name"), CASES, indirect=["database_url"])
def test_rl_002_killed_around_each_commit(town: Town, name: str) -> None:
    ledger = town.promise()
    count = kill_around_each_commit(town, ledger, name, OPERATIONS[name], AFTERWARDS[name], 1)
    assert count >= 2
    assert verify_audit(town.world).ok


def test_rl_002_killed_while_many_write(town: Town) -> None:
    """Writers that are committed together: each that was answered is there after the kill."""
    world = town.world
    ready = [with_tokens(world) for _ in range(12)]
    codes = [with_code(world) for _ in range(12)]
    ledger = town.promise()
    acknowledged: list[str] = []
    before = len(rows_of(world)["tokens"])

    def work(refreshing: Scene, redeeming: Scene) -> None:
        for act in (OPERATIONS["refresh"].act, OPERATIONS["code"].act):
            scene = refreshing if act is OPERATIONS["refresh"].act else redeeming
            try:
                answer = act(scene)
            except Unacknowledged:
                return
            assert answer.status_code == 200
            acknowledged.append(answer.get_json()["access_token"])

    threads = [threading.Thread(target=work, args=pair) for pair in zip(ready, codes, strict=True)]
    for number, thread in enumerate(threads):
        if number == 4:
            town.kill(ready[0], lambda one: go(one, "/health/live"), "after 2 stay")
        thread.start()
    for thread in threads:
        thread.join(60)
    assert town.life.is_over()
    town.restart()
    plain = world.client("plain")
    for token in acknowledged:
        assert plain.introspect(token).json["active"] is True
    assert len(rows_of(world)["tokens"]) >= before + 2 * len(acknowledged)
    assert find_halves(world) == []
    town.check_promises(ledger)
    for one in (*ready, *codes):
        act = OPERATIONS["code" if one in codes else "refresh"].act
        assert act(one).status_code in {200, 400}
    assert find_halves(world) == []
    assert verify_audit(world).ok
