# SPDX-License-Identifier: Apache-2.0
"""Whose token opens anything: of the provider, for us, alive; and for how long it is believed."""

from dataclasses import replace

import pytest
from werkzeug.wrappers import Response

from imaging_app.demo.cast import SCANNER
from tests.imaging.web.conftest import PEOPLE
from tests.imaging.web.dicomweb.conftest import Program


def status(program) -> int:
    return program.get("/studies").status_code


def test_without_a_token_nothing(api):
    answer = api.of("doctor").get("/studies", Authorization="")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="imaging"'
    for told in ("Basic abc", "Bearer", "Bearer ", "Bearer " + "x" * 5000, "Bearer é"):
        assert api.of("doctor").get("/studies", Authorization=told).status_code == 401
    inside = api.scene.inside("doctor")
    assert inside.get("/dicomweb/studies").status_code == 401
    token = api.of("doctor").token
    assert inside.get(f"/dicomweb/studies?access_token={token}").status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"aud": ["another"]},
        {"aud": None},
        {"aud": "https://elsewhere"},
        {"iss": "https://elsewhere"},
        {"exp": 0},
        {"exp": "soon"},
        {"token_type": "refresh_token"},
        # OA-060, OA-116: bound to what nobody has shown here.
        {"token_type": "DPoP", "cnf": {"jkt": "x"}},
        {"cnf": {"x5t#S256": "x"}},
        {"sub": 1},
        # Of another person than userinfo's.
        {"sub": "sub-nobody"},
        # Of an application: nobody is present.
        {"sub": "viewer", "acr": None},
    ],
)
def test_a_token_that_is_not_for_us_opens_nothing(api, changes):
    assert status(api.of("doctor", **changes)) == 401


def test_ours_by_its_client_or_by_its_audience(api):
    assert status(api.of("doctor")) == 204
    assert status(api.of("doctor", aud="imaging")) == 204
    assert status(api.of("doctor", aud=api.scene.double.issuer, client_id="imaging")) == 204


def test_an_unknown_token_is_answered_as_a_dead_one(api):
    unknown = Program(api.scene, "never-heard-of")
    dead = api.of("doctor", active=False)
    assert unknown.get("/studies").get_data() == dead.get("/studies").get_data()


def test_it_is_believed_for_five_seconds_and_no_more(api):
    program, double = api.of("doctor"), api.scene.double
    assert status(program) == 204
    asked = double.calls["/introspect"]
    told, info = double.presented[program.token]
    double.presented[program.token] = ({**told, "active": False}, info)
    api.scene.time.pass_by(4)
    assert status(program) == 204
    assert double.calls["/introspect"] == asked
    api.scene.time.pass_by(1)
    assert status(program) == 401


def test_a_logout_that_the_provider_tells_of_ends_it_at_once(api):
    program, double = api.of("doctor"), api.scene.double
    assert status(program) == 204
    told, info = double.presented[program.token]
    double.presented[program.token] = ({**told, "active": False}, info)
    client = api.scene.app.test_client()
    answer = client.post(
        "/backchannel-logout",
        base_url=api.scene.home,
        data={"logout_token": double.logout_token(sid="sid-of-viewer")},
    )
    assert answer.status_code == 200
    assert status(program) == 401


def test_an_answer_that_was_on_its_way_at_a_logout_is_not_believed_after_it(api):
    program, double = api.of("doctor"), api.scene.double
    told, info = double.presented[program.token]

    before, done = double.twists.before, []

    def logged_out_meanwhile(asked):
        if asked.path == "/userinfo" and not done:
            done.append(asked)
            double.presented[program.token] = ({**told, "active": False}, info)
            client = api.scene.app.test_client()
            logout = {"logout_token": double.logout_token(sid="sid-of-viewer")}
            client.post("/backchannel-logout", base_url=api.scene.home, data=logout)
        return before(asked)

    double.twists.before = logged_out_meanwhile
    status(program)
    assert done
    assert status(program) == 401


def test_while_the_provider_is_away(api):
    program = api.of("doctor")
    api.scene.double.twists.before = lambda _request: Response("", 500)
    answer = program.get("/studies")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.headers["Retry-After"]


def test_what_userinfo_says_is_who_it_is(api):
    """A staff member's token reads nothing; a person with no place here does nothing."""
    assert status(api.of("manager")) == 403
    assert status(api.of("trainee")) == 403
    api.says_why("doctor", api.exam(SCANNER))
    assert api.of("doctor").studies() != []


def test_who_comes_by_programs_alone_is_taken_down(api):
    rooms, rpps = api.scene.rooms, PEOPLE["midwife"]["SubjectNameID"][1:]

    def known():
        with rooms.database.read() as tx:
            return rooms.access.professionals.find(tx, rpps)

    assert known() is None
    assert api.of("midwife").studies() == []
    assert known().profession == "Sage-femme"
    # Nor is what their login told made less of by a token.
    with rooms.database.write() as tx:
        rooms.access.professionals.note(tx, replace(known(), given="Zoé"))
    api.of("midwife").studies()
    assert known().given == "Zoé"
