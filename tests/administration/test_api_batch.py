# SPDX-License-Identifier: Apache-2.0
"""Several requests in one call: each is done or refused by itself, and once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from sqlalchemy import text

from idp.administration.authority import Held
from idp.administration.requests.batch import MOST
from idp.administration.rights import Role
from idp.registration.values import Request
from tests.administration.api_kit import Program, person_token, problem, program
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.requests_kit import ask, do, someone
from tests.outbox import waiting

PATH = "/requests/batch"


def caller_of(office: Opened, role: Role, establishment: str = "") -> Program:
    return program(office, Held(role, establishment), ("sceau.read", "sceau.write"))


def several(office: Opened, count: int) -> list[Request]:
    return [ask(office.world.core, **someone(number)) for number in range(count)]


def on(decision: str, requests: list[Request], **more: Any) -> dict[str, Any]:
    picked = [{"request": one.id, "version": 1} for one in requests]
    return {"decision": decision, "requests": picked} | more


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["outcome"] for one in answer.get_json()["items"]]


@contextmanager
def broken(office: Opened, request: Request) -> Iterator[None]:
    """The database breaks whenever this request is changed."""
    core = office.world.core
    with core.database.write() as tx:
        tx.execute(
            text(
                "CREATE TRIGGER broken BEFORE UPDATE ON registration_requests "
                f"WHEN NEW.id = '{request.id}' BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        )
    yield
    with core.database.write() as tx:
        tx.execute(text("DROP TRIGGER broken"))


def test_each_has_its_own_outcome(office: Opened) -> None:
    core = office.world.core
    made = several(office, 2)
    known = ask(core, **someone(2, email=office["medecin"].person.email))
    wishing = ask(core, **someone(3), communities=("onco-centre",))
    foreign = ask(core, **someone(4, establishment=CLINIC))
    do(office, "note", "chu", made[1].id, "Appelé.")
    chu = caller_of(office, Role.ESTABLISHMENT, CHU)
    every = [*made, known, wishing, foreign]
    answer = chu.call("POST", PATH, on("approve", every, communities="wished"))
    assert outcomes(answer) == ["done", "changed", "conflict", "done", "not-found"]
    lines = answer.get_json()["items"]
    assert [one["request"] for one in lines] == [one.id for one in every]
    assert (lines[0]["stage"], lines[0]["card"]) == ("approved", "none")
    assert lines[1]["account"] is lines[4]["stage"] is None
    shown = chu.get(f"/accounts/{lines[3]['account']}").get_json()
    assert [one["key"] for one in shown["communities"]] == ["onco-centre"]
    # WB-015: of what lies outside nothing is told, and nothing is done to it.
    assert "Person004" not in answer.text
    assert do(office, "open", "clinique", foreign.id).request.stage == "pending"
    assert len(waiting(office.world, "request-approved")) == 2
    # Begun again without a key, they answer that they were done.
    again = chu.call("POST", PATH, on("approve", made))
    assert outcomes(again) == ["changed", "changed"]
    assert len(waiting(office.world, "request-approved")) == 2


def test_refused_and_taken_in_hand(sqlite_office: Opened) -> None:
    made = several(sqlite_office, 4)
    region = caller_of(sqlite_office, Role.REGION)
    person = person_token(sqlite_office, "chu")
    assert outcomes(person.call("POST", PATH, on("claim", made[:2]))) == ["done", "done"]
    (first, second) = person.get("/requests?assigned=me").get_json()["items"]
    assert {first["id"], second["id"]} == {one.id for one in made[:2]}
    # A program has nothing in hand.
    assert outcomes(region.call("POST", PATH, on("claim", made[2:]))) == ["not-allowed"] * 2
    refused = region.call("POST", PATH, on("refuse", made[2:], reason="Non concerné."))
    assert outcomes(refused) == ["done", "done"]
    letters = waiting(sqlite_office.world, "request-refused")
    assert [one.values["reason"] for one in letters] == ["Non concerné."] * 2


def test_what_is_asked_is_looked_at_before_any_is_begun(sqlite_office: Opened) -> None:
    made = several(sqlite_office, 2)
    region = caller_of(sqlite_office, Role.REGION)
    for reason, why in (("", "missing"), ("  ", "missing"), ("a\x00", "characters")):
        answer = region.call("POST", PATH, on("refuse", made, reason=reason))
        assert (problem(answer), answer.get_json()["detail"]) == ("unfit", why)
    twice = region.call("POST", PATH, on("approve", [*made, made[0]]))
    assert (problem(twice), twice.get_json()["errors"][0]["pointer"]) == ("unfit", "#/requests/2")
    many = on("approve", [made[0]] * (MOST + 1))
    assert problem(region.call("POST", PATH, many)) == "invalid"
    assert problem(region.call("POST", PATH, on("approve", []))) == "invalid"
    assert problem(region.call("POST", PATH, on("attach", made))) == "invalid"
    for role in (Role.AUDITOR, Role.HELP_DESK):
        clerk = caller_of(sqlite_office, role)
        assert problem(clerk.call("POST", PATH, on("approve", made))) == "not-allowed"
    assert len(region.get("/requests").get_json()["items"]) == 2


def test_under_a_key_they_are_done_once_and_told_alike(office: Opened) -> None:
    made = several(office, 3)
    do(office, "claim", "chu", made[1].id, 1)
    region = caller_of(office, Role.REGION)
    body = on("approve", made)
    first = region.call("POST", PATH, body, Idempotency_Key="night-1")
    assert outcomes(first) == ["done", "changed", "done"]
    again = region.call("POST", PATH, body, Idempotency_Key="night-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_data() == first.get_data()
    other = region.call("POST", PATH, on("approve", made[:2]), Idempotency_Key="night-1")
    assert problem(other) == "key-reused"
    assert len(waiting(office.world, "request-approved")) == 2


def test_rl_002_what_was_done_stays_done_where_a_later_one_breaks(sqlite_office: Opened) -> None:
    made = several(sqlite_office, 4)
    region = caller_of(sqlite_office, Role.REGION)
    body = on("approve", made)
    with broken(sqlite_office, made[2]):
        cut = region.call("POST", PATH, body, Idempotency_Key="night-2")
        assert problem(cut) == "server-error"
    stages = [region.get(f"/requests/{one.id}").get_json()["stage"] for one in made]
    assert stages == ["approved", "approved", "pending", "pending"]
    # Asked again under the same key, the rest is done, and the whole of it is told.
    answer = region.call("POST", PATH, body, Idempotency_Key="night-2")
    assert outcomes(answer) == ["done"] * 4
    assert "Idempotency-Replayed" not in answer.headers
    accounts = [one["account"] for one in answer.get_json()["items"]]
    assert len({*accounts} - {None}) == 4
    assert len(waiting(sqlite_office.world, "request-approved")) == 4
    replayed = region.call("POST", PATH, body, Idempotency_Key="night-2")
    assert replayed.get_data() == answer.get_data()


def test_what_was_refused_is_tried_again_with_the_rest(sqlite_office: Opened) -> None:
    medecin = sqlite_office["medecin"]
    known = ask(sqlite_office.world.core, **someone(7, email=medecin.person.email))
    other = ask(sqlite_office.world.core, **someone(8))
    region = caller_of(sqlite_office, Role.REGION)
    body = on("approve", [known, other])
    with broken(sqlite_office, other):
        cut = region.call("POST", PATH, body, Idempotency_Key="night-4")
        assert problem(cut) == "server-error"
        assert waiting(sqlite_office.world, "request-approved") == []
        # Nobody else has the address any more, and it is noted when it was done.
        freed = {"email": "autre@chu.example"}
        path = f"/accounts/{medecin.id}"
        assert region.call("PATCH", path, freed, If_Match="*").status_code == 200
        cut = region.call("POST", PATH, body, Idempotency_Key="night-4")
        assert problem(cut) == "server-error"
    answer = region.call("POST", PATH, body, Idempotency_Key="night-4")
    assert outcomes(answer) == ["done", "done"]
    assert len(waiting(sqlite_office.world, "request-approved")) == 2


def test_of_two_who_decide_on_the_same_ones_one_decides_on_each(office: Opened) -> None:
    made = several(office, 6)
    callers = [caller_of(office, Role.REGION) for _ in range(2)]
    told = _at_once(office, callers, [on("approve", made), on("approve", made[::-1])])
    decided = {one["request"]: [] for one in told[0]["items"]}
    for answer in told:
        for one in answer["items"]:
            decided[one["request"]].append(one["outcome"])
    assert all(sorted(found) == ["changed", "done"] for found in decided.values()), decided
    assert len(waiting(office.world, "request-approved")) == 6


def test_the_same_call_twice_at_once_is_told_alike(office: Opened) -> None:
    made = several(office, 6)
    caller = caller_of(office, Role.REGION)
    body = on("approve", made)
    one, other = _at_once(office, [caller] * 2, [body] * 2, Idempotency_Key="night-3")
    assert one == other
    assert {each["outcome"] for each in one["items"]} == {"done"}
    assert len(waiting(office.world, "request-approved")) == 6


def _at_once(office: Opened, callers: list[Program], bodies: list[Any], **headers: str) -> Any:
    both = Barrier(2)

    def call(number: int) -> Any:
        both.wait()
        answer = callers[number].call("POST", PATH, bodies[number], **headers)
        office.world.core.database.forget()
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(call, range(2)))
