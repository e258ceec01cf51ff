# SPDX-License-Identifier: Apache-2.0
"""The Annuaire Santé, played by a server on loopback that behaves, or does not."""

import json
from dataclasses import replace
from typing import Any

import pytest

from idp.config import Secret
from idp.directory.fhir import NotFhir, question, read_bundle
from idp.directory.sante import FREE_FAILURES, LONGEST_PAUSE, AnnuaireSante, NoAnswer
from idp.outgoing import Fetcher
from tests.directory.kit import NUMBERS, bring, extract, somebody
from tests.unit.ground.servers import Server, answer, says

ID = f"8{NUMBERS[0]}"
G15 = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
R38 = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"


def person(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "active": True,
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": ID}],
        "name": [{"family": "LEFÈVRE", "given": ["MARIE", "CLAIRE"]}],
        "qualification": [
            {"code": {"coding": [{"system": G15, "code": "10"}]}},
            {"code": {"coding": [{"system": R38, "code": "SM04"}]}},
        ],
    } | changes


def bundle(*people: Any, **changes: Any) -> bytes:
    entries = [{"resource": one} for one in people]
    whole = {"resourceType": "Bundle", "total": len(entries), "entry": entries}
    return json.dumps(whole | changes).encode()


@pytest.fixture
def double():
    """The register; `behave` may be changed while it runs."""
    server = Server(answer(bundle(person())))
    yield server
    server.close()


def source(world, server, **changes):
    url = f"http://127.0.0.1:{server.port}/fhir/v2"
    settings = replace(world.core.settings.directory, **{"fhir_url": url} | changes)
    fetcher = Fetcher({f"127.0.0.1:{server.port}"}, 0.5, 100_000)
    core = world.core
    return AnnuaireSante(core.database, core.clock, fetcher, core.directory, settings)


def test_it_is_asked_once_and_remembered(world, double):
    sante = source(world, double)
    found = sante.by_number(ID)
    assert (found.last_name, found.first_name, found.active) == ("LEFÈVRE", "MARIE CLAIRE", True)
    assert [(one.profession, one.speciality) for one in found.activities] == [
        ("Médecin", "Cardiologie et maladies vasculaires")
    ]
    assert sante.by_number(ID) == found
    assert len(double.requests) == 1
    asked = double.requests[0].partition(b"\r\n")[0]
    assert b"Practitioner?identifier=urn%3Aoid%3A1.2.250.1.71.4.2.1%7C" + ID.encode() in asked
    world.clock.pass_by(world.core.settings.directory.fhir_life + 1)
    assert sante.by_number(ID) == found
    assert len(double.requests) == 2


def test_that_nobody_is_there_is_remembered_for_an_hour(world, double):
    double.behave = answer(bundle())
    sante = source(world, double)
    assert sante.by_number(ID) is None
    assert sante.by_number(ID) is None
    assert len(double.requests) == 1
    world.clock.pass_by(3601)
    double.behave = answer(bundle(person()))
    assert sante.by_number(ID).last_name == "LEFÈVRE"


def test_the_import_comes_first(sqlite_world, double, tmp_path):
    bring(sqlite_world, extract(tmp_path, [somebody(last="IMPORTED")]))
    sante = source(sqlite_world, double)
    assert sante.find(ID).last_name == "IMPORTED"
    assert double.requests == []
    assert sante.find(f"8{NUMBERS[4]}") == NoAnswer("it names somebody else")
    closed = source(sqlite_world, double, fhir_url="")
    assert closed.find(f"8{NUMBERS[4]}") is None
    assert closed.by_number(ID) == NoAnswer("it is not configured")


WRONG = {
    "error": answer(b"oops", status="500 Internal Server Error"),
    "too many": answer(b"", status="429 Too Many Requests"),
    "no json": answer(b"<html>"),
    "deep": answer(b"[" * 50_000),
    "other": answer(b'{"resourceType": "OperationOutcome"}'),
    "list": answer(b"[]"),
    "nothing": says(),
    "cut": says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"),
    "huge": answer(b" " * 200_000),
    "elsewhere": answer(b"", "Location: http://127.0.0.1/", status="302 Found"),
    "slow": lambda _connection, server: server.stopped.wait(5),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_answer_is_never_taken_for_one(sqlite_world, double, kind):
    double.behave = WRONG[kind]
    sante = source(sqlite_world, double)
    assert isinstance(sante.by_number(ID), NoAnswer)
    double.behave = answer(bundle(person()))
    assert sante.by_number(ID).last_name == "LEFÈVRE"


def test_after_failures_it_is_left_alone_for_a_while(world, double):
    double.behave = WRONG["error"]
    sante = source(world, double)
    for _turn in range(FREE_FAILURES):
        assert sante.by_number(ID) == NoAnswer("it answers 500")
    assert "left alone" in sante.by_number(ID).reason
    # Another process knows, too.
    assert "left alone" in source(world, double).by_number(ID).reason
    assert len(double.requests) == FREE_FAILURES
    double.behave = answer(bundle(person()))
    world.clock.pass_by(31)
    assert sante.by_number(ID).last_name == "LEFÈVRE"
    assert sante.by_number(f"8{NUMBERS[1]}") == NoAnswer("it names somebody else")


def test_a_clock_that_is_set_back_does_not_leave_it_alone_for_years(sqlite_world, double):
    double.behave = WRONG["error"]
    sante = source(sqlite_world, double)
    for _turn in range(FREE_FAILURES):
        sante.by_number(ID)
    sqlite_world.clock.pass_by(-10 * LONGEST_PAUSE)
    double.behave = answer(bundle(person()))
    assert sante.by_number(ID).last_name == "LEFÈVRE"


def test_all_processes_share_the_questions_of_a_second(world, double):
    double.behave = answer(bundle())
    one, other = (source(world, double, fhir_rate=3) for _process in range(2))
    told = [
        (one if turn % 2 else other).by_number(f"8{number}") for turn, number in enumerate(NUMBERS)
    ]
    assert told[:3] == [None] * 3
    assert told[3:] == [NoAnswer("too many questions at once")] * 2
    world.clock.pass_by(1)
    assert one.by_number(f"8{NUMBERS[4]}") is None


def test_the_key_goes_to_the_register_and_nowhere_else(sqlite_world, double, caplog):
    sante = source(sqlite_world, double, fhir_key=Secret("the-key-of-the-test"))
    double.behave = WRONG["error"]
    sante.by_number(ID)
    assert b"the-key-of-the-test" in double.requests[0]
    assert "the-key-of-the-test" not in caplog.text
    assert NUMBERS[0] not in caplog.text


def test_wb_033_inside_addresses_are_not_asked(sqlite_world, double):
    """WB-033: only what the operator allows, whatever the setting says."""
    core = sqlite_world.core
    settings = replace(core.settings.directory, fhir_url=f"http://127.0.0.1:{double.port}/fhir")
    fetcher = Fetcher((), 0.5, 100_000)
    sante = AnnuaireSante(core.database, core.clock, fetcher, core.directory, settings)
    assert isinstance(sante.by_number(ID), NoAnswer)
    assert double.requests == []


@pytest.mark.parametrize("system", ["https://rpps.esante.gouv.fr", "http://rpps.fr"])
def test_old_and_new_identifier_systems(system):
    body = bundle(person(identifier=[{"system": system, "value": NUMBERS[0]}]))
    assert read_bundle(body, ID).national_id == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": [{"system": "urn:oid:1.2.3", "value": ID}]},
        {"identifier": [{"system": "http://rpps.fr", "value": NUMBERS[1]}]},
        {"identifier": "8999"},
        {"name": []},
        {"name": [{"given": ["A"]}]},
        {"resourceType": "Patient"},
    ],
    ids=["other system", "somebody else", "text", "no name", "no family", "no practitioner"],
)
def test_somebody_else_is_nobody(changes):
    with pytest.raises(NotFhir):
        read_bundle(bundle(person(**changes)), ID)


def test_two_people_with_one_number_are_nobody():
    with pytest.raises(NotFhir):
        read_bundle(bundle(person(), person()), ID)


@pytest.mark.parametrize(
    "changes",
    [
        {"qualification": None},
        {"qualification": [{"code": "10"}, 7, None, {"code": {"coding": "x"}}]},
        {"name": [{"family": "LEFÈVRE", "given": "MARIE"}]},
        {"name": [None, {"family": "LEFÈVRE", "given": [1, None, "M\x00"]}]},
    ],
)
def test_odd_parts_are_left_out(changes):
    found = read_bundle(bundle(person(**changes)), ID)
    assert found.last_name == "LEFÈVRE"
    assert found.first_name.isprintable()


def test_who_no_longer_practises_is_said_so():
    assert read_bundle(bundle(person(active=False)), ID).active is False
    assert read_bundle(bundle(person(active="true")), ID).active is False


def test_the_question_is_one_parameter_whatever_the_number():
    assert "&" not in question("https://x/fhir/v2/", "8&_id=1")
    assert question("https://x/fhir/v2/", ID).startswith("https://x/fhir/v2/Practitioner?")
