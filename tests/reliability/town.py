# SPDX-License-Identifier: Apache-2.0
"""A database, the server over it, and what people were promised, whatever becomes of the server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.reliability.nursery import Life, Nursery, Unacknowledged, Wire
from tests.reliability.operations import Operation, Scene, logged_in, post, with_tokens
from tests.reliability.oracle import find_halves, rows_of
from tests.world import World

# More commits than any action has.
MOST = 8
Afterwards = Callable[[Scene, Any], bool]


@dataclass
class Ledger:
    """What was acknowledged before the faults, and must hold after each of them."""

    live: str
    revoked: str
    ended: str
    replayed: str


@dataclass
class Town:
    """A database, the server over it, and what people were promised."""

    url: str
    world: World
    nursery: Nursery
    # Of its servers, beside what every test's have.
    settings: dict[str, str] = field(default_factory=dict)
    life: Life = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Another process over the same database."""
        self.life = self.nursery.bear(self.url, **self.settings)
        self.wire = Wire(self.life)
        self.world.provider.web.wsgi_app = self.wire  # type: ignore[method-assign]

    def promise(self) -> Ledger:
        """Things acknowledged."""
        kept = with_tokens(self.world).held["access_token"]
        lost = with_tokens(self.world)
        assert post(lost, "/oidc/revoke", token=lost.held["access_token"]).status_code == 200
        gone = logged_in(self.world)
        tokens = gone.client.tokens(gone.browser)
        gone.browser.get("/logout")
        assert gone.browser.submit("/logout").status_code == 200
        used = with_tokens(self.world)
        return Ledger(kept, lost.held["access_token"], tokens["access_token"], used.held["code"])

    def check_promises(self, ledger: Ledger) -> None:
        """D, R and S of what was acknowledged before."""
        plain = self.world.client("plain")
        assert plain.introspect(ledger.live).json["active"] is True
        assert plain.introspect(ledger.revoked).json == {"active": False}
        assert plain.introspect(ledger.ended).json == {"active": False}
        assert plain.redeem(ledger.replayed).status == 400

    def kill(self, ready: Scene, act: Callable[[Scene], Any], point: str) -> Any:
        """Do something on a server that dies at this point; its answer where it lived."""
        self.wire.die = point
        try:
            return act(ready)
        except Unacknowledged:
            assert self.life.is_over()
            return None
        finally:
            self.wire.die = ""


def tries_of(world: World) -> int:
    """All wrong tries that are counted."""
    with world.core.database.read() as tx:
        return int(tx.exec_driver_sql("SELECT coalesce(sum(streak), 0) FROM throttles").scalar())


def kill_around_each_commit(
    town: Town, ledger: Ledger, name: str, operation: Operation, afterwards: Afterwards, first: int
) -> int:
    """Do it on servers that die at one commit after another; how many were killed."""
    world, killed = town.world, 0
    for number in range(first, MOST):
        for when in ("before", "after"):
            ready = operation.prepare(world)
            before, tries = rows_of(world), tries_of(world)
            answer = town.kill(ready, operation.act, f"{when} {number}")
            if answer is not None:
                assert operation.done(answer)
                return killed
            killed += 1
            town.restart()
            where = f"{name}, killed {when} commit {number}"
            assert find_halves(world) == [], where
            changed = rows_of(world) != before
            if number == 1 and when == "before":
                assert not changed, where
            if "password" in name and (number, when) != (1, "before"):
                assert tries_of(world) > tries, where
            again = operation.act(ready)
            assert again.status_code < 500, where
            if changed:
                assert afterwards(ready, again), f"{where}: {again.status_code}"
            else:
                assert operation.done(again) or tries_of(world) > tries, where
            assert find_halves(world) == [], where
            town.check_promises(ledger)
    raise AssertionError(f"more than {MOST} commits: {name}")
