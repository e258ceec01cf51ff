# SPDX-License-Identifier: Apache-2.0
"""What commands make or list, they tell programs too."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from idp.__main__ import program
from tests.administration.command_kit import commands_of
from tests.administration.kit import CHU, Opened, open_office
from tests.pskc import SECRET, SUITE
from tests.world import World

# `trust add` shows a person the prints that they compare.
IN_WORDS = {"trust add"}
ADDING = ("add", "list", "show", "status", "search", "lookup")
Run = Callable[..., Any]


@pytest.fixture
def office(sqlite_world: World) -> Opened:
    return open_office(sqlite_world)


@pytest.fixture
def sceau(office: Opened, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Any command with `--json`; what it told."""
    assert office.people
    commands_of("", sqlite_url, monkeypatch)

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(program(), [*arguments, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def verbs() -> Iterator[tuple[str, click.Command]]:
    for name, group in program().commands.items():
        if isinstance(group, click.Group):
            yield from ((f"{name} {verb}", one) for verb, one in group.commands.items())


def test_whatever_makes_or_lists_something_takes_json() -> None:
    asked = {name: one for name, one in verbs() if name.endswith(tuple(f" {a}" for a in ADDING))}
    assert len(asked) > 25
    without = {
        name
        for name, one in asked.items()
        if not any("--json" in option.opts for option in one.params)
    }
    assert without == IN_WORDS


def test_what_was_made_is_told_with_what_names_it(
    office: Opened, sceau: Run, tmp_path: Path
) -> None:
    person = ("--population", "professional", "--first-name", "Inès", "--last-name", "Roy")
    made = sceau("accounts", "add", *person, "--temporary-password", "--email", "ines@roy.example")
    assert sorted(made) == ["id", "identifier", "temporary_password"]
    assert sceau("accounts", "show", made["identifier"])["account"]["id"] == made["id"]
    born = ("--birth-date", "1950-02-03", "--last-name", "Petit", "--first-name", "Luc")
    reached = ("--email", "luc@petit.example", "--establishment", CHU)
    patient = sceau("patients", "add", *reached, *born)
    assert sceau("accounts", "show", patient["identifier"])["account"]["id"] == patient["id"]
    card = sceau("cards", "add", made["identifier"], "2600301799", "--valid-until", "2030-01-01")
    assert (card["identifier"], card["valid_until"]) == (
        made["identifier"],
        "2030-01-02 00:00:00Z",
    )
    file = tmp_path / "secret"
    file.write_text(SECRET.hex())
    file.chmod(0o600)
    batch = ("--batch", "Alone", "--suite", SUITE, "--secret-file", str(file))
    assert sceau("calculettes", "add", "2600301799", *batch)["added"] is True
    house = sceau("establishments", "add", "450000104", "CH de Gien", "--town", "Gien")
    assert (house["key"], house["town"]) == ("450000104", "Gien")
    assert sceau("communities", "add", "cardio", "Cardiologie")["changed"] is True
    said = sceau("announcements", "add", "--french", "Panne", "--english", "Outage")
    assert said["id"] in {one["id"] for one in sceau("announcements", "list")}
    events = ("--event", "account.created")
    hook = sceau("webhooks", "add", "Un", "https://hooks.example/one", *events)
    assert hook["secret"]
    assert hook["id"] in {one["id"] for one in sceau("webhooks", "list")}
    shown = sceau("applications", "show", "dcc")
    assert (shown["key"], "oidc" in shown) == ("dcc", True)
