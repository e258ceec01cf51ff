# SPDX-License-Identifier: Apache-2.0
"""Probable duplicates of the whole region, by the API."""

from dataclasses import replace
from typing import Any

import pytest

from idp.accounts.values import Account, Person, Population
from idp.administration.authority import Held
from idp.administration.people import merging_candidates
from idp.administration.rights import Role
from tests.administration.api_kit import Program, problem, program
from tests.administration.kit import CHU, Opened, statements_of

SCOPES = ("sceau.write",)
JEAN = Person(
    Population.PROFESSIONAL, "jroy", "Jean", "Roy", birth_date="1970-01-02", national_id="810000001"
)


def make(office: Opened, *people: Person) -> list[str]:
    core = office.world.core
    found = []
    with core.database.write() as tx:
        for person in people:
            made = core.accounts.create(tx, person)
            assert isinstance(made, Account), made
            found.append(made.id)
    return found


def caller_of(office: Opened, role: Role = Role.REGION, house: str = "") -> Program:
    return program(office, Held(role, house), SCOPES)


def told(caller: Program, query: str = "") -> list[dict[str, Any]]:
    """Every pair, page after page."""
    found: list[dict[str, Any]] = []
    after = ""
    for _page in range(100):
        answer = caller.get(f"/duplicates?{query}{after}")
        assert answer.status_code == 200, answer.text
        found += answer.get_json()["items"]
        if answer.get_json()["next"] is None:
            return found
        after = f"&after={answer.get_json()['next']}"
    raise AssertionError("it never ends")


def pairs_of(found: list[dict[str, Any]]) -> list[frozenset[str]]:
    return [frozenset({one["one"]["id"], one["other"]["id"]}) for one in found]


def test_each_pair_is_told_once_with_what_speaks_for_it(office: Opened) -> None:
    bare = replace(JEAN, identifier="jroy2", national_id=None)
    other = replace(bare, identifier="jroy3", birth_date="1980-01-01")
    married = replace(bare, identifier="jblanc", last_name="Blanc", birth_name="Roy")
    one, two, _three, four = make(office, JEAN, bare, other, married)
    found = told(caller_of(office))
    wished = {frozenset(pair) for pair in ((one, two), (one, four), (two, four))}
    assert len(found) == len(wished)
    assert set(pairs_of(found)) == wished
    assert {reason for pair in found for reason in pair["reasons"]} == {"birth-date"}


def test_pages_hold_no_more_than_was_asked_for(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [
        replace(JEAN, identifier=f"jroy{number}", national_id=None, birth_date="")
        for number in range(6)
    ]
    made = make(sqlite_office, *people)
    caller = caller_of(sqlite_office)
    whole = pairs_of(told(caller))
    assert len(whole) == len(set(whole)) == 15
    assert set().union(*whole) == set(made)
    page = caller.get("/duplicates?size=4").get_json()
    assert len(page["items"]) == 4
    assert pairs_of(told(caller, "size=4")) == whole
    # Somebody who has none is passed by, however many they are.
    few = merging_candidates.ALL.limit(None).limit(2)
    monkeypatch.setattr(merging_candidates, "ALL", few)
    monkeypatch.setattr(merging_candidates, "LOOKED_AT", 2)
    assert pairs_of(told(caller)) == whole


def test_pairs_of_one_kind_alone(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    bare = replace(JEAN, identifier="jroy2", national_id=None)
    one, two = make(sqlite_office, JEAN, bare)
    caller = caller_of(sqlite_office)
    assert pairs_of(told(caller, "reason=birth-date")) == [frozenset({one, two})]
    assert told(caller, "reason=email") == []
    assert problem(caller.get("/duplicates?reason=else")) == "invalid"
    with core.database.write() as tx:
        desk, root = sqlite_office.world.provider.services.office, sqlite_office
        done = desk.merging.merge(tx, root.authority("regionale"), one, two)
        assert isinstance(done, Account), done
    assert told(caller) == []


def namesakes(office: Opened, number: int) -> list[str]:
    """People of whom nobody knows whether they are one."""
    bare = replace(JEAN, national_id=None, birth_date="")
    return make(office, *(replace(bare, identifier=f"jroy{one}") for one in range(number)))


def looks(statements: list[str]) -> int:
    """How often people of a name were looked for."""
    return len([one for one in statements if "sort_name <" in one])


def test_of_one_kind_nothing_else_is_looked_up(sqlite_office: Opened) -> None:
    namesakes(sqlite_office, 6)
    caller = caller_of(sqlite_office)
    with statements_of(sqlite_office) as asked:
        assert told(caller, "reason=national-id") == []
    assert looks(asked) == 0
    with statements_of(sqlite_office) as asked:
        assert len(told(caller, "reason=name")) == 15
    assert looks(asked) > 0


def test_pairs_of_one_kind_are_told_with_all_that_speaks_for_them(sqlite_office: Opened) -> None:
    # The same number, typed without what it begins with.
    make(sqlite_office, JEAN, replace(JEAN, identifier="jroy2", national_id="10000001"))
    caller = caller_of(sqlite_office)
    (pair,) = told(caller, "reason=national-id")
    assert pair["reasons"] == ["birth-date", "national-id"]
    assert told(caller, "reason=birth-date") == [pair]


def test_a_name_that_many_have_costs_no_page_more(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    namesakes(sqlite_office, 8)
    caller = caller_of(sqlite_office)
    whole = pairs_of(told(caller, "size=100"))
    assert len(whole) == len(set(whole)) == 28
    monkeypatch.setattr(merging_candidates, "LOOK_UPS", 2)
    with statements_of(sqlite_office) as asked:
        page = caller.get("/duplicates?size=100").get_json()
    assert page["next"] is not None
    # Two, and those that the last of them leads to.
    assert looks(asked) <= 2 + 7
    assert pairs_of(told(caller, "size=100")) == whole


def test_it_is_said_whose_like_are_not_all_told(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = namesakes(sqlite_office, 6)
    caller = caller_of(sqlite_office)
    assert caller.get("/duplicates?size=100").get_json()["cut"] == []
    monkeypatch.setattr(merging_candidates, "MOST", 3)
    page = caller.get("/duplicates?size=100").get_json()
    assert len(page["items"]) < 15
    assert set(page["cut"]) == set(made)


def test_wb_015_an_establishment_merges_nobody(sqlite_office: Opened) -> None:
    house = caller_of(sqlite_office, Role.ESTABLISHMENT, CHU)
    assert problem(house.get("/duplicates")) == "not-allowed"
    assert problem(caller_of(sqlite_office, Role.AUDITOR).get("/duplicates")) == "not-allowed"
    reader = program(sqlite_office, Held(Role.REGION), ("sceau.read",))
    assert problem(reader.get("/duplicates")) == "missing-scope"
