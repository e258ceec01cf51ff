# SPDX-License-Identifier: Apache-2.0
"""Numbers that no import knows: what the Annuaire Santé says fills in forms, and is compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.administration.kit import Opened, open_office
from tests.administration.requests_kit import NUMBER, ask, someone
from tests.directory.test_sante import bundle, person
from tests.registration_kit import Applicant
from tests.unit.ground.servers import Server, answer
from tests.world import open_world

ENGLISH = {"Accept-Language": "en"}
ID = f"8{NUMBER}"
KNOWN = person(
    identifier=[{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": ID}],
    name=[{"family": "LEFÈVRE", "given": ["ÉLODIE"]}],
)


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """The register, on loopback."""
    server = Server(answer(bundle(KNOWN)))
    yield server
    server.close()


@pytest.fixture
def office(sqlite_url: str, elsewhere: Server) -> Iterator[Opened]:
    """An office whose registers are empty, and that asks elsewhere."""
    here = f"127.0.0.1:{elsewhere.port}"
    world = open_world(sqlite_url, DIRECTORY_FHIR_URL=f"http://{here}/fhir/v2", OUTGOING_ALLOW=here)
    yield open_office(world)
    world.provider.close()


@contextmanager
def looked_up(office: Opened) -> Iterator[list[str]]:
    """Each look at what the register said before."""
    engine, seen = office.world.core.database.engine, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM directory_answers" in statement:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_request_is_read_once_where_nothing_is_to_be_learned(office: Opened) -> None:
    request = ask(office.world.core)
    clerk = office.enter("chu")
    with looked_up(office) as first:
        clerk.get(f"/admin/requests/{request.id}", headers=ENGLISH)
    assert "LEFÈVRE" in clerk.page.find("main").get_text()
    with looked_up(office) as then:
        clerk.get(f"/admin/requests/{request.id}", headers=ENGLISH)
    assert "LEFÈVRE" in clerk.page.find("main").get_text()
    # Before, while and after it is asked; then it is known.
    assert (len(first), len(then)) == (3, 1)


def test_it_is_asked_about_a_number_that_no_import_knows(office: Opened, elsewhere: Server) -> None:
    applicant = Applicant(office.world.browser())
    applicant.begin()
    applicant.say_no_card()
    applicant.browser.get("/registration/details")
    applicant.post_details(fill="yes", number=NUMBER, last_name="", first_name="", profession="")
    shown = {one: applicant.browser.page.find(id=one)["value"] for one in ("last_name", "number")}
    assert shown == {"last_name": "Lefèvre", "number": NUMBER}
    assert len(elsewhere.requests) == 1
    # Who decides sees the same beside the request; a day later it is asked again.
    request = ask(office.world.core)
    office.world.clock.pass_by(2 * 86_400)
    clerk = office.enter("chu")
    for _ in range(2):
        clerk.get(f"/admin/requests/{request.id}", headers=ENGLISH)
        assert "LEFÈVRE" in clerk.page.find("main").get_text()
    assert len(elsewhere.requests) == 2
    # Whoever looks the number up finds the same.
    clerk.get(f"/admin/directory?text={NUMBER}", headers=ENGLISH)
    assert "LEFÈVRE" in clerk.page.find("main").get_text()
    assert len(elsewhere.requests) == 2
    # Where it does not answer, nobody is kept from deciding.
    elsewhere.behave = answer(b"oops", status="500 Internal Server Error")
    office.world.clock.pass_by(2 * 86_400)
    other = ask(office.world.core, **someone(1))
    clerk = office.enter("chu")
    assert clerk.get(f"/admin/requests/{other.id}").status_code == 200
    assert len(elsewhere.requests) == 3
