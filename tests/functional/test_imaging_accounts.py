# SPDX-License-Identifier: Apache-2.0
"""The desk's client against a real server: accounts made, found again, and every refusal told."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.serving import make_server

from idp.administration.authority import Held
from idp.administration.patients.enrolment import MET, SHOWING
from idp.administration.rights import Role
from imaging_app.enrolling.client import SCOPE, SceauAccounts
from imaging_app.enrolling.values import Account, Known, NewAccount, Refused, Trouble
from relying_parties.kit.settings import Limits, Provider
from tests.administration.api_kit import give
from tests.administration.kit import CHU, CLINIC, Opened, open_office
from tests.ports import free_port
from tests.protocol.kit import SECRET, register
from tests.unit.relying_parties.double import Quiet
from tests.world import open_world

ZOE = NewAccount(
    last_name="Lœuvre", first_name="Zoé", birth_date="1984-02-29", email="zoe@courriel.example"
)
# The form by which somebody asks.
ONCE = "a-form"
# Somebody of the cast: their account is there.
GAETAN = ("gebeaupre", Known("1948-11-30", ("ÉBEAUPRÉ",), ("Gaëtan", "Louis")))
WRONG = replace(GAETAN[1], birth_date="1900-01-01")
HERSELF = Known(ZOE.birth_date, ("Loeuvre",), ("ZOE",))


@pytest.fixture
def served(sqlite_url: str) -> Any:
    port = free_port()
    world = open_world(sqlite_url, SERVER_ISSUER=f"http://localhost:{port}")
    world.issuer = f"http://localhost:{port}"
    server = make_server(
        "127.0.0.1", port, world.provider.web, threaded=True, request_handler=Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield open_office(world)
    server.shutdown()
    thread.join()
    server.server_close()
    world.provider.close()


def desk_of(office: Opened, *held: Held, scope: str = SCOPE, secret: str = "") -> SceauAccounts:
    """A client that holds these roles."""
    settings = {"grant_types": ["client_credentials"], "scopes": [scope], "subject_type": "public"}
    guest = register(office.world, oidc=settings)
    for one in held:
        give(office, guest.key, one)
    home = "http://localhost:8004"
    provider = Provider(
        issuer=office.world.issuer,
        client_id="imaging",
        client_secret="another",
        redirect_uri=f"{home}/callback",
        post_logout_redirect_uri=f"{home}/logged-out",
    )
    limits = Limits(timeout=30)
    return SceauAccounts(provider, guest.key, secret or SECRET, office.world.core.clock.now, limits)


def trouble(answer: Account | Refused) -> Trouble | None:
    return answer.trouble if isinstance(answer, Refused) else None


def test_an_account_is_made_once_and_found_by_what_its_owner_shows(served: Opened) -> None:
    desk = desk_of(served, Held(Role.ESTABLISHMENT, CHU), Held(Role.ESTABLISHMENT, CLINIC))
    made = desk.make(CHU, ZOE, ONCE)
    assert isinstance(made, Account)
    assert (made.identifier, made.known) == ("zloeuvre", False)
    # An answer that was lost on the way.
    assert desk.make(CHU, ZOE, ONCE) == made
    assert trouble(desk.make(CLINIC, ZOE, ONCE)) is Trouble.NAMES
    namesake = replace(ZOE, another=True)
    assert trouble(desk.make(CHU, namesake, ONCE)) is Trouble.ADDRESS
    assert isinstance(
        desk.make(CHU, replace(namesake, email="", phone="0639981299"), ONCE), Account
    )
    found = desk.find(CLINIC, made.identifier, HERSELF)
    assert found == replace(made, known=True)
    # Their consent stands by now; and at another desk it has from the first.
    other = desk_of(served, Held(Role.ESTABLISHMENT, CLINIC))
    assert other.find(CLINIC, made.identifier, HERSELF) == found
    for other in ({"birth_date": "1984-02-28"}, {"names": ("Autre",)}, {"first_names": ("Anne",)}):
        asked = replace(HERSELF, **other)
        assert trouble(desk.find(CHU, made.identifier, asked)) is Trouble.NO_MATCH, other
    assert trouble(desk.find(CHU, "nobody", HERSELF)) is Trouble.NO_MATCH


def test_who_logs_in_has_the_name_that_the_desk_was_told(served: Opened) -> None:
    found = desk_of(served, Held(Role.ESTABLISHMENT, CHU)).find(CHU, *GAETAN)
    assert isinstance(found, Account)
    edge = served.world.provider.services.office.applications
    portal = register(served.world, oidc={"subject_type": "public"})
    with served.world.core.database.read() as tx:
        application = served.world.core.applications.load(tx, portal.key)
        assert application is not None
        told = edge.speaks(application).subject(application, served["patient"].id)
    assert found.subject == told


def test_every_refusal_is_told_apart(served: Opened) -> None:
    desk = desk_of(served, Held(Role.ESTABLISHMENT, CHU))
    wrong = desk.make(CHU, replace(ZOE, birth_date="2999-01-01", email="", phone="12"), ONCE)
    assert isinstance(wrong, Refused)
    assert (wrong.trouble, wrong.fields) == (Trouble.UNFIT, ("birth_date", "phone"))
    assert trouble(desk.make(CLINIC, ZOE, ONCE)) is Trouble.NOT_ALLOWED
    assert trouble(desk_of(served).make(CHU, ZOE, ONCE)) is Trouble.NOT_ALLOWED
    reader = desk_of(served, Held(Role.ESTABLISHMENT, CHU), secret="not the right one at all")
    assert trouble(reader.make(CHU, ZOE, ONCE)) is Trouble.AWAY
    known = replace(ZOE, last_name="Ébeaupré", first_name="Gaëtan", birth_date=GAETAN[1].birth_date)
    asked = [
        trouble(desk.make(CHU, replace(known, email=f"g{number}@courriel.example"), ONCE))
        for number in range(MET.free_tries + 1)
    ]
    assert asked == [Trouble.NAMES] * MET.free_tries + [Trouble.TOO_MANY]


def test_too_often_is_not_the_answer_of_a_day(served: Opened) -> None:
    desk, clock = desk_of(served, Held(Role.ESTABLISHMENT, CHU)), served.world.clock
    for _ in range(SHOWING.free_tries):
        assert trouble(desk.find(CHU, GAETAN[0], WRONG)) is Trouble.NO_MATCH
    assert trouble(desk.find(CHU, *GAETAN)) is Trouble.TOO_MANY
    clock.pass_by(SHOWING.first_delay + 1)
    assert isinstance(desk.find(CHU, *GAETAN), Account)
    # Somebody who has one is told of too often; who has none is taken down once that is over.
    known = replace(ZOE, last_name="Ébeaupré", first_name="Gaëtan", birth_date=GAETAN[1].birth_date)
    for _ in range(MET.free_tries):
        assert trouble(desk.make(CHU, known, ONCE + str(_))) is Trouble.NAMES
    assert trouble(desk.make(CHU, ZOE, ONCE)) is Trouble.TOO_MANY
    clock.pass_by(MET.first_delay + 1)
    assert isinstance(desk.make(CHU, ZOE, ONCE), Account)


def test_a_token_that_is_taken_no_more_is_asked_for_anew(served: Opened) -> None:
    desk = desk_of(served, Held(Role.ESTABLISHMENT, CHU))
    assert isinstance(desk.make(CHU, ZOE, ONCE), Account)
    assert desk._tokens is not None
    desk._tokens = replace(desk._tokens, access_token="forgotten")
    assert isinstance(desk.find(CHU, *GAETAN), Account)


def test_a_server_that_is_away_is_no_answer(served: Opened) -> None:
    desk = desk_of(served, Held(Role.ESTABLISHMENT, CHU))
    there = desk._provider
    desk._provider = replace(there, issuer=f"http://localhost:{free_port()}")
    assert trouble(desk.make(CHU, ZOE, ONCE)) is Trouble.AWAY
