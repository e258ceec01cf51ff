# SPDX-License-Identifier: Apache-2.0
"""The console's verbs on accounts, from the terminal."""

import json

import pytest


def other(claire, *more: str) -> None:
    """Claire once more."""
    claire.did(
        "accounts", "add", "--population", "professional", "--identifier", "cmartin",
        "--first-name", "Claire", "--last-name", "Dürand-Œil", "--no-password", *more,
    )  # fmt: skip


def found(claire, *words: str) -> list[str]:
    listed = json.loads(claire.did("accounts", "search", "--json", *words))
    return [one["identifier"] for one in listed]


def test_people_are_found(claire):
    other(claire, "--town", "Vendôme")
    assert sorted(found(claire, "durand")) == ["cdurand", "cmartin"]
    assert found(claire, "durand", "vendome") == ["cmartin"]
    assert found(claire, "--state", "disabled") == []
    assert found(claire, "%") == []
    assert "cmartin" in claire.did("accounts", "search", "cmart")
    told = claire.did("accounts", "search", "durand", "--most", "1")
    assert "1 of 2" in told


def test_a_sheet_for_machines(claire):
    shown = json.loads(claire.did("accounts", "show", "cdurand", "--json"))
    assert shown["account"]["person"]["identifier"] == "cdurand"
    assert [one["kind"] for one in shown["means"]] == ["password"]
    assert "accounts.edit" in shown["may"]


def test_a_correction_is_told_and_undone(claire):
    claire.did("accounts", "edit", "cdurand", "--set", "town=Blois", "--set", "street=2, quai Neuf")
    change, made = json.loads(claire.did("accounts", "history", "cdurand", "--json"))
    assert change["after"] == {"town": "Blois", "street": "2, quai Neuf"}
    assert (change["by"], made["kind"]) == ("command line", "created")
    assert "Blois" in claire.did("accounts", "history", "cdurand")
    claire.did("accounts", "undo", change["id"])
    assert found(claire, "blois") == []
    assert "undone" in claire.refused("accounts", "undo", change["id"])
    assert "no change" in claire.refused("accounts", "undo", "nonsense")


@pytest.mark.parametrize(
    "wished", ["nonsense=1", "town", "email_verified=1", "population=staff", "visibility=nobody"]
)
def test_only_fields_are_set(claire, wished):
    claire.refused("accounts", "edit", "cdurand", "--set", wished)
    [made] = json.loads(claire.did("accounts", "history", "cdurand", "--json"))
    assert made["kind"] == "created"


def test_what_is_unfit_is_told(claire):
    assert "birth-date" in claire.refused("accounts", "edit", "cdurand", "--set", "birth-date=hier")


def test_duplicates_are_merged(claire):
    other(claire, "--town", "Vendôme")
    [one] = json.loads(claire.did("accounts", "duplicates", "cdurand", "--json"))
    assert (one["identifier"], one["reasons"]) == ("cmartin", ["name"])
    assert "cmartin" in claire.did("accounts", "duplicates", "cdurand")
    claire.did("accounts", "merge", "cdurand", "cmartin", "--take", "town", "--yes")
    assert "Vendôme" in claire.did("accounts", "show", "cmartin")
    assert "one account" in claire.refused("accounts", "merge", "cdurand", "cmartin", "--yes")
