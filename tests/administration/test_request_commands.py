# SPDX-License-Identifier: Apache-2.0
"""`sceau requests`: the queue from a terminal."""

import json
from typing import Any

import pytest

from idp.registration.values import Stage
from tests.administration.command_kit import commands_of
from tests.administration.kit import CHU, Opened, open_office
from tests.administration.requests_kit import ask, someone
from tests.outbox import waiting
from tests.world import World


@pytest.fixture
def office(sqlite_world: World) -> Opened:
    return open_office(sqlite_world)


@pytest.fixture
def sceau(office: Opened, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command of the group; its answer, or why it refused."""
    return commands_of("requests", sqlite_url, monkeypatch)


def stage_of(office: Opened, request: str) -> Stage:
    with office.world.core.database.read() as tx:
        found = office.world.core.requests.load(tx, request)
    assert found is not None
    return found.stage


def test_requests_are_listed_shown_and_decided_on(office: Opened, sceau: Any) -> None:
    core = office.world.core
    made = [ask(core, **someone(number), communities=("onco-centre",)) for number in range(4)]
    listed = json.loads(sceau("list", "--json", "--most", "3", "--establishment", CHU))
    assert len(listed["requests"]) == 3
    assert listed["next"]
    assert "Person000" in sceau("list")
    shown = json.loads(sceau("show", made[0].id, "--json"))
    assert shown["details"]["last_name"] == "Person000"
    assert shown["wishes"]["communities"] == "onco-centre"
    assert "Person000" in sceau("show", made[0].id)
    done = json.loads(sceau("approve", made[0].id, "--all-communities", "--json"))
    assert (done["identifier"], done["way"]) == ("aperson", "link")
    sceau("approve", made[1].id, "--temporary-password", "--not-the-same")
    sceau("refuse", made[2].id, "--reason", "Numéro inconnu.")
    sceau("return", made[3].id, "--reason", "Une copie du diplôme.")
    stages = [stage_of(office, one.id) for one in made]
    assert stages == [Stage.APPROVED, Stage.APPROVED, Stage.REFUSED, Stage.RETURNED]
    told = sorted(one.purpose for one in waiting(office.world) if one.purpose.startswith("req"))
    assert told == [
        "request-approved",
        "request-approved-password",
        "request-refused",
        "request-returned",
    ]
    [letter] = waiting(office.world, "request-approved-password")
    assert letter.values["password"] not in sceau("show", made[1].id)


def test_what_has_changed_or_is_there_already_is_refused(office: Opened, sceau: Any) -> None:
    core = office.world.core
    first, second = ask(core), ask(core)
    assert "sceau requests list" in sceau("show", "nobody", code=1)
    assert "meanwhile" in sceau("refuse", first.id, "--reason", "x", "--version", "7", code=1)
    assert second.id in sceau("approve", first.id, code=1)
    done = json.loads(sceau("approve", first.id, "--not-the-same", "--json"))
    assert done["account"] in sceau("approve", second.id, "--not-the-same", code=1)
    assert "approved" in sceau("attach", second.id, done["account"])
