# SPDX-License-Identifier: Apache-2.0
"""A server killed around each commit of what SAML and headers do, then another over the database.

An assertion is made once what it stands on is durable; a request, an artifact and a handle are
taken once; who was logged out stays so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.reliability import headers, saml
from tests.reliability.nursery import Nursery
from tests.reliability.operations import Scene
from tests.reliability.oracle import verify_audit
from tests.reliability.town import Town, kill_around_each_commit
from tests.world import open_world

OPERATIONS = saml.OPERATIONS | headers.OPERATIONS
AFTERWARDS = saml.AFTERWARDS | headers.AFTERWARDS
# The same code runs on both databases; on PostgreSQL, what matters most.
ON_BOTH = ("SAML artifact", "SAML logout", "headers: way back")


@dataclass
class Promises:
    """What was acknowledged before the faults, to somebody who does nothing else."""

    stay: Scene
    left: Scene
    taken: Scene
    resolved: Scene
    out: Scene


class Borough(Town):
    """A town with applications of both."""

    def promise(self) -> Any:
        """Things acknowledged."""
        world, who = self.world, "infirmiere"
        stay, left = headers.staying(world, who), headers.staying(world, who)
        assert headers.is_sent_out(headers.leave(left))
        taken, resolved = saml.logged_in(world, who), saml.with_artifact(world, who)
        assert saml.has_assertion(saml.OPERATIONS["SAML single sign-on"].act(taken))
        assert saml.has_more(saml.resolve(resolved))
        out = saml.leaving_by_soap(world, who)
        assert saml.is_done(saml.ask_to_leave(out))
        return Promises(stay, left, taken, resolved, out)

    def check_promises(self, ledger: Any) -> None:
        """D, R and S of what was acknowledged before."""
        assert headers.is_known(headers.check(ledger.stay))
        assert headers.is_over(ledger.left)
        assert saml.is_used(ledger.taken, saml.go(ledger.taken))
        assert not saml.has_more(saml.resolve(ledger.resolved))
        assert saml.ask_to_leave(ledger.out).status_code == 403
        assert saml.is_out(ledger.out)


def opened(url: str, nursery: Nursery) -> Iterator[tuple[Borough, Promises]]:
    """One for all, and what was promised before them: each does something of its own."""
    world = open_world(url)
    borough = Borough(url, world, nursery)
    yield borough, borough.promise()
    borough.life.end()
    world.close()


@pytest.fixture(scope="module")
def here(sqlite_module_url: str, nursery: Nursery) -> Iterator[tuple[Borough, Promises]]:
    yield from opened(sqlite_module_url, nursery)


@pytest.fixture(scope="module")
def there(postgres_module_url: str, nursery: Nursery) -> Iterator[tuple[Borough, Promises]]:
    yield from opened(postgres_module_url, nursery)


def kill(borough: Borough, promised: Promises, name: str) -> None:
    """Around each commit of this."""
    args = (name, OPERATIONS[name], AFTERWARDS[name], 1)
    assert kill_around_each_commit(borough, promised, *args) >= 2
    assert verify_audit(borough.world).ok


@pytest.mark.parametrize("name", AFTERWARDS)
def test_rl_002_killed_around_each_commit(here: Any, name: str) -> None:
    kill(*here, name)


@pytest.mark.parametrize("name", ON_BOTH)
def test_rl_002_killed_around_each_commit_on_postgresql(there: Any, name: str) -> None:
    kill(*there, name)
