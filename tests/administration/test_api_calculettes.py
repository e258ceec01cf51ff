# SPDX-License-Identifier: Apache-2.0
"""Calculettes and cards by the API: brought in, handed over, switched, put right, bound."""

from base64 import b64encode
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.administration.authority import Held
from idp.administration.people.readers import FURTHEST
from idp.administration.rights import Role
from idp.api.v1 import calculettes
from tests.administration.api_kit import Program, problem, program
from tests.administration.kit import CHU, Opened
from tests.administration.test_readers import OTHER, give, reader_of, with_cards
from tests.outbox import waiting
from tests.pskc import (
    CARD,
    RFC_PASSPHRASE,
    RFC_PBE_BOXED,
    RFC_PBE_MAC_KEY,
    RFC_PBE_VALUE_MAC,
    SECRET,
    SUITE,
    boxed,
    container,
    derived,
    head,
    package,
    plain,
)

SCOPES = ("sceau.accounts.read", "sceau.accounts.write")
BATCHES = "/calculettes/batches"
ONE = f"/cards/{CARD}/calculette"
HANDED = {"batch": "Alone", "suite": SUITE, "secret": SECRET.hex(), "name": "V-1"}
NEW_CARD = {"serial": "80250999", "kind": "cps", "valid_until": "2030-01-31"}


def caller_of(office: Opened, role: Role = Role.REGION, house: str = "") -> Program:
    return program(office, Held(role, house), SCOPES)


def bring(caller: Program, *packages: str, **more: Any) -> TestResponse:
    file = b64encode(container(*packages)).decode()
    return caller.call("POST", BATCHES, {"name": "Spring", "file": file} | more)


def test_a_delivery_is_looked_at_then_brought_in(office: Opened) -> None:
    caller = caller_of(with_cards(office))
    two = (package(plain()), package(plain(), serial=OTHER))
    looked = bring(caller, *two, only_look=True)
    assert looked.status_code == 200, looked.text
    assert looked.get_json() == {"name": "Spring", "new": 2, "known": 0, "brought": False}
    assert reader_of(office) is None
    assert bring(caller, *two).get_json()["new"] == 2
    assert reader_of(office).batch.name == "Spring"
    assert bring(caller, *two).get_json() == {
        "name": "Spring",
        "new": 0,
        "known": 2,
        "brought": True,
    }
    (batch,) = caller.get(BATCHES).get_json()["items"]
    assert (batch["name"], batch["number"]) == ("Spring", 2)
    events = office.world.events("calculette.added")
    assert len(events) == 2
    assert all(f"application:{caller.key}" in one.detail for one in events)
    assert len([one for one in waiting(office.world) if one.purpose == "means-added"]) == 2


def test_a_locked_delivery_is_opened_by_its_passphrase(sqlite_office: Opened) -> None:
    caller = caller_of(with_cards(sqlite_office))
    locked = package(boxed(RFC_PBE_BOXED, RFC_PBE_VALUE_MAC))
    file = b64encode(container(locked, head=head(RFC_PBE_MAC_KEY, derived()))).decode()
    body = {"name": "Spring", "file": file}
    for wrong in ({}, {"passphrase": "other"}, {"key": "00" * 16}):
        assert problem(caller.call("POST", BATCHES, body | wrong)) == "unfit"
    assert problem(caller.call("POST", BATCHES, body | {"key": "0"})) == "invalid"
    done = caller.call("POST", BATCHES, body | {"passphrase": RFC_PASSPHRASE})
    assert done.status_code == 200, done.text
    assert reader_of(sqlite_office) is not None


def test_with_one_fault_nothing_is_brought_in(office: Opened) -> None:
    caller = caller_of(with_cards(office))
    answer = bring(caller, package(plain()), package(plain(), serial="9999999999"))
    assert problem(answer) == "unfit"
    (fault,) = answer.get_json()["errors"]
    assert fault["pointer"] == "#/file"
    assert "9999999999" in fault["detail"]
    assert reader_of(office) is None
    for wrong in ("no+base64=a", "AAA", "PG5vLz4="):
        body = {"name": "Spring", "file": wrong}
        assert problem(caller.call("POST", BATCHES, body)) in {"unfit", "invalid"}


def test_the_same_delivery_is_done_once_under_its_key(office: Opened) -> None:
    caller = caller_of(with_cards(office))
    file = b64encode(container(package(plain()))).decode()
    body = {"name": "Spring", "file": file}
    first = caller.call("POST", BATCHES, body, Idempotency_Key="spring")
    again = caller.call("POST", BATCHES, body, Idempotency_Key="spring")
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    # What is refused under a key writes nothing.
    other = body | {"file": b64encode(container(package(plain(), serial=OTHER))).decode()}
    refused = caller.call("POST", BATCHES, other, Idempotency_Key="spring")
    assert problem(refused) == "key-reused"
    assert reader_of(office, OTHER) is None


def test_wb_019_what_is_too_large_or_not_theirs_is_not_read(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = caller_of(with_cards(sqlite_office))
    file = container(package(plain()))
    monkeypatch.setattr(calculettes, "MOST_BYTES", len(file) - 1)
    assert problem(bring(caller, package(plain()))) == "unfit"
    large = {"name": "Spring", "file": "A" * calculettes.LARGEST}
    assert problem(caller.call("POST", BATCHES, large)) == "too-large"
    house = caller_of(sqlite_office, Role.ESTABLISHMENT, CHU)
    assert problem(house.call("POST", BATCHES, large)) == "not-allowed"
    assert reader_of(sqlite_office) is None


def test_one_is_handed_over_switched_off_and_on(office: Opened) -> None:
    caller = caller_of(with_cards(office))
    assert problem(caller.get(ONE)) == "not-found"
    handed = caller.call("PUT", ONE, HANDED)
    assert handed.status_code == 200, handed.text
    shown = handed.get_json()
    assert (shown["name"], shown["batch"], shown["suite"]) == ("V-1", "Alone", SUITE)
    assert (shown["state"], shown["counter"]) == ("usable", 0)
    assert caller.get(ONE).get_json() == shown
    other = HANDED | {"secret": bytes(range(2, 34)).hex()}
    assert problem(caller.call("PUT", ONE, other)) == "unfit"
    assert problem(caller.call("POST", f"{ONE}/enable")) == "conflict"
    assert caller.call("POST", f"{ONE}/disable").status_code == 204
    assert problem(caller.call("POST", f"{ONE}/disable")) == "conflict"
    assert caller.get(ONE).get_json()["state"] == "disabled"
    assert caller.call("POST", f"{ONE}/enable").status_code == 204
    assert caller.get(ONE).get_json()["state"] == "usable"
    purposes = [one.purpose for one in waiting(office.world)]
    assert purposes.count("means-added") == 2
    assert purposes.count("means-removed") == 1


def test_a_counter_is_put_right_and_never_goes_back(office: Opened) -> None:
    give(with_cards(office))
    caller = caller_of(office, Role.HELP_DESK)
    assert caller.call("POST", f"{ONE}/correct", {"counter": 7, "drift": -1}).status_code == 204
    found = caller.get(ONE).get_json()
    assert (found["counter"], found["drift"]) == (7, -1)
    assert caller.call("POST", f"{ONE}/correct", {"drift": 2}).status_code == 204
    assert (reader_of(office).counter, reader_of(office).drift) == (7, 2)
    for wrong in ({"counter": 6}, {"counter": 8 + FURTHEST}, {"drift": FURTHEST + 1}):
        answer = caller.call("POST", f"{ONE}/correct", wrong)
        assert problem(answer) == "unfit"
        assert answer.get_json()["errors"][0]["pointer"] == f"#/{next(iter(wrong))}"
    assert (reader_of(office).counter, reader_of(office).drift) == (7, 2)


def test_wb_015_only_what_is_theirs_and_only_what_closes_a_way_in(office: Opened) -> None:
    give(with_cards(office))
    give(office, OTHER)
    house = caller_of(office, Role.ESTABLISHMENT, CHU)
    abroad = f"/cards/{OTHER}/calculette"
    assert house.get(ONE).get_json()["state"] == "usable"
    for path in ("", "/disable", "/correct"):
        method, body = (
            ("GET" if not path else "POST"),
            ({"drift": 1} if "correct" in path else None),
        )
        nowhere = house.call(method, f"/cards/none/calculette{path}", body)
        assert problem(house.call(method, abroad + path, body)) == problem(nowhere) == "not-found"
    assert house.call("POST", f"{ONE}/disable").status_code == 204
    assert problem(house.call("POST", f"{ONE}/enable")) == "not-allowed"
    assert problem(house.call("PUT", ONE, HANDED)) == "not-allowed"
    medecin = f"/accounts/{office['medecin'].id}/cards"
    assert problem(house.call("POST", medecin, NEW_CARD)) == "not-allowed"
    assert reader_of(office).standing.value == "disabled"
    desk = caller_of(office, Role.HELP_DESK)
    assert problem(desk.call("POST", f"{ONE}/disable")) == "not-allowed"


def test_somebody_is_given_a_card(office: Opened) -> None:
    caller = caller_of(office)
    path = f"/accounts/{office['medecin'].id}/cards"
    made = caller.call("POST", path, NEW_CARD)
    assert made.status_code == 201, made.text
    assert made.headers["Location"].endswith("/api/v1/cards/80250999")
    shown = made.get_json()
    assert (shown["account"], shown["state"]) == (office["medecin"].id, "good")
    # Its last day is a whole one.
    assert shown["valid_until"] == "2030-02-01T00:00:00Z"
    assert caller.get("/cards/80250999").get_json() == shown
    assert [one.purpose for one in waiting(office.world)].count("means-added") == 1
    assert problem(caller.call("POST", path, NEW_CARD)) == "taken"
    for change, pointer in (
        ({"valid_until": "2020-01-31"}, "#/valid_until"),
        ({"valid_until": "2030-02-30"}, "#/valid_until"),
        ({"serial": "1"}, "#/serial"),
    ):
        answer = caller.call("POST", path, NEW_CARD | {"serial": "80251000"} | change)
        assert problem(answer) == "unfit"
        assert [one["pointer"] for one in answer.get_json()["errors"]] == [pointer]
    patient = f"/accounts/{office['patient'].id}/cards"
    assert problem(caller.call("POST", patient, NEW_CARD | {"serial": "80251000"})) == "unfit"


def test_wb_016_nobody_is_given_a_way_into_an_account_above(office: Opened) -> None:
    caller = caller_of(office)
    path = f"/accounts/{office['administrateur'].id}/cards"
    assert problem(caller.call("POST", path, NEW_CARD)) == "not-allowed"


def test_secrets_of_calculettes_are_in_no_answer_and_no_log(
    sqlite_office: Opened, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    caller = caller_of(with_cards(sqlite_office))
    pin, phrase = "73915264", "a-phrase-of-its-maker"
    asked = [
        bring(caller, package(plain()), passphrase=phrase),
        bring(caller, package(plain(), serial="9999999999"), passphrase=phrase),
        bring(caller, package(plain()), package(plain()), passphrase=phrase, name="é"),
        caller.call("PUT", f"/cards/{OTHER}/calculette", HANDED | {"pin": pin}),
        caller.call("PUT", f"/cards/{OTHER}/calculette", HANDED | {"pin": pin, "suite": "none"}),
        caller.call("PUT", f"/cards/{OTHER}/calculette", HANDED | {"secret": SECRET.hex() + "0"}),
        caller.get(ONE),
        caller.get(f"/cards/{CARD}"),
        caller.get(BATCHES),
    ]
    assert {one.status_code for one in asked} == {200, 400, 422}
    printed = capfd.readouterr()
    told = [str(one.detail) for one in sqlite_office.world.events()]
    seen = "\n".join([*(one.text for one in asked), *told, caplog.text, printed.out, printed.err])
    kept = b64encode(SECRET).decode()
    assert not [one for one in (SECRET.hex(), kept, pin, phrase) if one in seen]
    # Nor when one of them is shown by a program of ours.
    given = calculettes.CalculetteGiven.model_validate(HANDED | {"pin": pin})
    brought = calculettes.DeliveryGiven(name="x", file=kept, passphrase=phrase)
    assert not [one for one in (SECRET.hex(), kept, pin, phrase) if one in f"{given!r} {brought!r}"]
