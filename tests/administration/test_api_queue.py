# SPDX-License-Identifier: Apache-2.0
"""Requests among those who decide, by the API: who has one, notes, second thoughts, figures."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import Program, person_token, problem, program
from tests.administration.kit import CHU, CLINIC, Opened, statements_of
from tests.administration.requests_kit import CARD, DAY, NUMBER, ask, do, someone
from tests.outbox import waiting

SCOPES = ("sceau.read", "sceau.write")


def caller_of(office: Opened, role: Role, establishment: str = "") -> Program:
    return program(office, Held(role, establishment), SCOPES)


def act(caller: Program, request: str, verb: str, body: Any = None, **headers: str) -> TestResponse:
    """What somebody does who has just read it."""
    seen = caller.get(f"/requests/{request}").headers.get("ETag", '"1"')
    return caller.call("POST", f"/requests/{request}/{verb}", body, **{"If_Match": seen} | headers)


def test_somebody_takes_it_and_gives_it_on(office: Opened) -> None:
    made = ask(office.world.core)
    chu = person_token(office, "chu")
    region = caller_of(office, Role.REGION)
    path = f"/requests/{made.id}"
    seen = chu.get(path).headers["ETag"]
    assert problem(chu.call("POST", f"{path}/claim")) == "precondition"
    taken = chu.call("POST", f"{path}/claim", If_Match=seen)
    assert taken.get_json()["assigned_to"] == office["chu"].id, taken.text
    assert taken.headers["ETag"] != seen
    # Whoever has read it before is told, and takes it from nobody.
    assert problem(region.call("POST", f"{path}/release", If_Match=seen)) == "changed"
    (mine,) = chu.get("/requests?assigned=me").get_json()["items"]
    assert mine["id"] == made.id
    assert region.get("/requests?assigned=nobody").get_json()["items"] == []
    # A program has nothing in hand, and gives it to people who may decide on it.
    assert problem(act(region, made.id, "claim")) == "not-allowed"
    assert region.get("/requests?assigned=me").get_json()["items"] == []
    known = {one["account"]: one["name"] for one in region.get(f"{path}/deciders").json["items"]}
    assert known[office["chu"].id] == "Paul Aubry"
    assert office["clinique"].id not in known
    refused = act(region, made.id, "assign", {"account": office["clinique"].id})
    assert (problem(refused), refused.get_json()["detail"]) == ("unfit", "not-a-decider")
    given = act(region, made.id, "assign", {"account": office["regionale"].id})
    assert given.get_json()["assigned_to"] == office["regionale"].id
    assert act(region, made.id, "release").get_json()["assigned_to"] is None
    lines = region.get(f"{path}/history").get_json()["items"]
    assert [one["what"] for one in lines[2:]] == ["assigned", "assigned", "released"]
    assert (lines[2]["by"], lines[2]["name"]) == (office["chu"].id, "Paul Aubry")
    assert lines[3]["note"] == office["regionale"].id


def test_of_two_who_take_it_one_has_it(office: Opened) -> None:
    made = ask(office.world.core)
    callers = [person_token(office, who) for who in ("chu", "regionale")]
    both = Barrier(2)

    def take(caller: Program) -> int:
        both.wait()
        answer = caller.call("POST", f"/requests/{made.id}/claim", If_Match='"1"')
        office.world.core.database.forget()
        return answer.status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, callers)) == [200, 412]
    assert len(office.world.events("registration.assigned")) == 1


def test_notes_are_for_those_who_decide(sqlite_office: Opened) -> None:
    made = ask(sqlite_office.world.core)
    region = caller_of(sqlite_office, Role.REGION)
    path = f"/requests/{made.id}/notes"
    for replayed in (None, "true"):
        noted = region.call("POST", path, {"text": "Appel."}, Idempotency_Key="call-1")
        assert noted.headers.get("Idempotency-Replayed") == replayed
    assert region.call("POST", path, {"text": "Rappel\nlundi."}).status_code == 200
    lines = region.get(f"/requests/{made.id}/history").get_json()["items"]
    assert [one["note"] for one in lines[2:]] == ["Appel.", "Rappel\nlundi."]
    assert problem(region.call("POST", path, {"text": "a\x00b"})) == "unfit"
    assert problem(region.call("POST", path, {"text": ""})) == "invalid"
    assert problem(region.call("POST", path, {"text": "x" * 2001})) == "invalid"
    assert "Appel" not in region.get(f"/requests/{made.id}").text
    # WB-014: an auditor reads them, and writes none.
    auditor = caller_of(sqlite_office, Role.AUDITOR)
    assert "Appel." in auditor.get(f"/requests/{made.id}/history").text
    assert problem(auditor.call("POST", path, {"text": "Vu."})) == "not-allowed"


def test_wb_015_what_was_passed_on_is_the_regions(sqlite_office: Opened) -> None:
    made = ask(sqlite_office.world.core)
    chu = caller_of(sqlite_office, Role.ESTABLISHMENT, CHU)
    region = caller_of(sqlite_office, Role.REGION)
    left = act(chu, made.id, "pass-on")
    assert left.get_json()["establishment"] == ""
    for verb in ("", "/similar", "/history", "/deciders"):
        assert problem(chu.get(f"/requests/{made.id}{verb}")) == "not-found"
    again = act(region, made.id, "pass-on")
    assert (problem(again), again.get_json()["detail"]) == ("unfit", "regional")


def test_a_refusal_is_taken_back_for_a_while(sqlite_office: Opened) -> None:
    office = sqlite_office
    first, second = (ask(office.world.core, **someone(number)) for number in (1, 2))
    region = caller_of(office, Role.REGION)
    early = act(region, first.id, "reopen")
    assert (problem(early), early.get_json()["detail"]) == ("unfit", "open")
    for one in (first, second):
        assert act(region, one.id, "refuse", {"reason": "Inconnu."}).status_code == 200
    open_again = act(region, first.id, "reopen")
    assert (open_again.get_json()["stage"], open_again.get_json()["decided_at"]) == (
        "pending",
        None,
    )
    assert act(region, first.id, "approve", {}).status_code == 200
    made = act(region, first.id, "reopen")
    assert made.get_json()["detail"] == "approved"
    office.world.clock.pass_by(office.world.core.settings.approval.reopen_for + 1)
    late = act(caller_of(office, Role.REGION), second.id, "reopen")
    assert late.get_json()["detail"] == "too-late"


def test_what_was_asked_for_goes_to_the_account_that_is_there(office: Opened) -> None:
    """WB-015, WB-016: as far as one's perimeter and rights go."""
    medecin = office["medecin"]
    made = ask(
        office.world.core,
        **someone(7, email=medecin.person.email),
        communities=("onco-centre",),
    )
    region = caller_of(office, Role.REGION)
    found = region.get(f"/requests/{made.id}/similar").get_json()
    (similar,) = found["items"]
    assert (similar["account"], similar["certain"]) == (medecin.id, True)
    assert (similar["reasons"], found["elsewhere"]) == (["email"], False)
    blocked = act(region, made.id, "approve", {"not_the_same": True})
    assert problem(blocked) == "conflict"
    stranger = act(region, made.id, "attach", {"account": office["infirmiere"].id})
    assert problem(stranger) == "not-found"
    wished = {"account": medecin.id, "communities": ["perinat-centre"]}
    assert act(region, made.id, "attach", wished).get_json()["detail"] == "communities"
    # A token for requests alone sees no accounts, and changes none.
    narrow = program(office, Held(Role.REGION), ("sceau.requests.read", "sceau.requests.write"))
    assert narrow.get(f"/requests/{made.id}/similar").get_json() == {
        "items": [],
        "elsewhere": True,
    }
    body = {"account": medecin.id, "communities": ["onco-centre"]}
    assert problem(act(narrow, made.id, "attach", body)) == "not-found"
    given = act(region, made.id, "attach", body)
    assert given.status_code == 200, given.text
    assert given.get_json()["account"] == medecin.id
    assert given.get_json()["card"] == "none"
    assert region.get(f"/requests/{made.id}").get_json()["account"] == medecin.id


def test_cr_045_a_temporary_password_goes_to_its_owner_alone(sqlite_office: Opened) -> None:
    made = ask(sqlite_office.world.core, card=CARD, number=NUMBER)
    region = caller_of(sqlite_office, Role.REGION)
    approved = act(region, made.id, "approve", {"way": "password"})
    assert approved.status_code == 200, approved.text
    # Its authority is not believed here.
    assert approved.get_json()["card"] == "unbelieved"
    [letter] = waiting(sqlite_office.world, "request-approved-password")
    assert letter.values["password"]
    assert str(letter.values["password"]) not in approved.text


def test_how_long_people_wait(sqlite_office: Opened) -> None:
    office, clock = sqlite_office, sqlite_office.world.clock
    made = [
        ask(office.world.core, **someone(number, establishment=CLINIC if number == 3 else CHU))
        for number in range(4)
    ]
    for one in made[:2]:
        clock.pass_by(DAY)
        do(office, "refuse", "regionale", one.id, 1, "Non")
    region, clinic = caller_of(office, Role.REGION), caller_of(office, Role.ESTABLISHMENT, CLINIC)
    found = region.get("/requests/figures?weeks=4").get_json()
    assert (found["waiting"], found["decided"]) == (2, 2)
    assert (found["median"], found["ninth_decile"]) == (DAY, 2 * DAY)
    assert len(found["weeks"]) == 4
    assert sum(one["submitted"] for one in found["weeks"]) == 4
    assert sum(one["refused"] for one in found["weeks"]) == 2
    # WB-015: of the other house nothing is counted.
    own = clinic.get("/requests/figures").get_json()
    assert (own["waiting"], own["decided"], own["median"]) == (1, 0, None)
    assert len(own["weeks"]) == 12
    assert problem(region.get("/requests/figures?weeks=54")) == "invalid"
    clerk = caller_of(office, Role.HELP_DESK)
    assert problem(clerk.get("/requests/figures")) == "not-allowed"


@pytest.mark.parametrize("query", ["profession=10", f"waiting={DAY}"])
def test_the_queue_is_narrowed(sqlite_office: Opened, query: str) -> None:
    core = sqlite_office.world.core
    old = ask(core, **someone(1, profession="10"))
    sqlite_office.world.clock.pass_by(DAY)
    ask(core, **someone(2, profession="60"))
    region = caller_of(sqlite_office, Role.REGION)
    (found,) = region.get(f"/requests?{query}").get_json()["items"]
    assert found["id"] == old.id


def test_a_decision_looks_at_the_version_and_at_nothing_else(sqlite_office: Opened) -> None:
    """What helps to decide is for `show`: people who may be the same, what happened, names."""
    made = ask(sqlite_office.world.core)
    caller = caller_of(sqlite_office, Role.REGION)
    path = f"/requests/{made.id}"
    with statements_of(sqlite_office) as shown:
        seen = caller.get(path).headers["ETag"]
    with statements_of(sqlite_office) as passed:
        done = caller.call("POST", f"{path}/pass-on", If_Match=seen)
    assert done.status_code == 200, done.text
    helping = ("FROM accounts", "FROM communities", "FROM account_names")
    for one in helping:
        assert any(one in statement for statement in shown)
        assert not any(one in statement for statement in passed), one
