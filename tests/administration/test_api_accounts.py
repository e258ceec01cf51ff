# SPDX-License-Identifier: Apache-2.0
"""Accounts by the API: the same services, the same perimeters."""

from typing import Any

import pytest

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import Program, person_token, problem, program
from tests.administration.kit import CHU, CLINIC, Opened, open_office
from tests.codes import CARRIERS
from tests.world import open_world

NEW = {
    "population": "professional",
    "first_name": "Inès",
    "last_name": "Caron",
    "email": "ines.caron@chu.example",
    "establishments": [CHU],
}


def made(caller: Program, **changes: Any) -> dict[str, Any]:
    answer = caller.call("POST", "/accounts", NEW | changes)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def test_an_account_is_made_shown_and_corrected(office: Opened) -> None:
    caller = program(office, Held(Role.ESTABLISHMENT, CHU))
    answer = caller.call("POST", "/accounts", NEW)
    account = answer.get_json()
    assert answer.headers["Location"].endswith(f"/api/v1/accounts/{account['id']}")
    assert account["identifier"] == "icaron"
    assert account["email_verified"] is False
    assert account["establishments"] == [{"key": CHU, "name": "CHU de Tours"}]
    path = f"/accounts/{account['id']}"
    shown = caller.get(path)
    assert shown.headers["ETag"] == answer.headers["ETag"]
    assert caller.get(path, If_None_Match=shown.headers["ETag"]).status_code == 304
    edited = caller.call("PATCH", path, {"town": "Amboise"}, If_Match=shown.headers["ETag"])
    assert edited.status_code == 200, edited.text
    assert (edited.get_json()["town"], edited.get_json()["last_name"]) == ("Amboise", "Caron")
    more = {"particulars": {"street": "1 rue du Pont"}}
    again = caller.call("PATCH", path, more, If_Match=edited.headers["ETag"])
    assert again.get_json()["particulars"]["street"] == "1 rue du Pont"
    assert again.get_json()["town"] == "Amboise"


def test_nobody_overwrites_what_they_have_not_seen(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.REGION))
    path = f"/accounts/{made(caller)['id']}"
    assert problem(caller.call("PATCH", path, {"town": "A"})) == "precondition"
    seen = caller.get(path).headers["ETag"]
    assert caller.call("PATCH", path, {"town": "A"}, If_Match=seen).status_code == 200
    late = caller.call("PATCH", path, {"town": "B"}, If_Match=seen)
    assert problem(late) == "changed"
    assert late.headers["ETag"] == caller.get(path).headers["ETag"]
    assert caller.get(path).get_json()["town"] == "A"


def test_who_is_there_already_is_not_made_twice(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.REGION))
    made(caller)
    answer = caller.call("POST", "/accounts", NEW | {"identifier": "other"})
    assert problem(answer) == "taken"
    assert answer.get_json()["errors"][0]["pointer"] == "#/email"


@pytest.mark.parametrize(
    "change",
    [
        {"email_verified": True},
        {"phone_verified": True},
        {"password": "x"},
        {"state": "active"},
        {"roles": ["super-administrator"]},
        {"id": "x"},
        {"particulars": {"verified": True}},
        {"town": 1},
        {"town": None},
        {"town": ["Tours"]},
        {"particulars": []},
    ],
)
def test_wb_013_fields_that_are_not_theirs(sqlite_office: Opened, change: Any) -> None:
    caller = program(sqlite_office, Held(Role.SUPER))
    answer = caller.call("POST", "/accounts", NEW | change)
    assert problem(answer) == "invalid"
    assert answer.get_json()["errors"][0]["pointer"].startswith("#/")
    path = f"/accounts/{sqlite_office['medecin'].id}"
    assert problem(caller.call("PATCH", path, change, If_Match="*")) == "invalid"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b'{"town":"a","town":"b"}',
        b'{"town":"\\ud800"}',
        b'{"town":"\xff"}',
        b'{"town":NaN}',
        b'{"town":' + b"9" * 400 + b"}",
        b'{"town":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"town":"a\\u0000b"}',
        b'{"town":"a\\nb"}',
    ],
    ids=range(13),
)
def test_wb_012_bodies_that_mean_nothing(sqlite_office: Opened, raw: bytes) -> None:
    caller = program(sqlite_office, Held(Role.SUPER))
    path = f"/accounts/{sqlite_office['medecin'].id}"
    answer = caller.call("PATCH", path, raw=raw, If_Match="*")
    assert (answer.status_code, problem(answer) in {"malformed", "invalid"}) == (400, True)


def test_bodies_of_other_kinds_and_sizes(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.SUPER))
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert problem(caller.call("POST", "/accounts", raw=b"a=1", **form)) == "media-type"
    large = b'{"town":"' + b"x" * 300_000 + b'"}'
    assert problem(caller.call("POST", "/accounts", raw=large)) == "too-large"


def test_wb_015_nothing_of_another_establishment(office: Opened) -> None:
    caller = program(office, Held(Role.ESTABLISHMENT, CHU), (*("sceau.read", "sceau.write"),))
    theirs, nobody = office["infirmiere"].id, "A" * 22
    for account in (theirs, nobody):
        path = f"/accounts/{account}"
        told = []
        for method, end, body in (
            ("GET", "", None),
            ("PATCH", "", {"town": "X"}),
            ("PUT", "/state", {"state": "disabled"}),
            ("POST", "/unlock", None),
            ("POST", "/reset", {"way": "link"}),
            ("GET", "/sessions", None),
            ("DELETE", "/sessions", None),
            ("DELETE", "/sessions/abc", None),
            ("GET", "/means", None),
            ("DELETE", "/means/otp", None),
            ("DELETE", "/means/passkey/abc", None),
            ("GET", "/changes", None),
            ("PUT", f"/establishments/{CHU}", None),
            ("DELETE", f"/establishments/{CLINIC}", None),
            ("PUT", "/communities/onco-centre", None),
        ):
            answer = caller.call(method, path + end, body, If_Match="*")
            told.append((method, end, answer.status_code, problem(answer)))
        assert {one[2:] for one in told} == {(404, "not-found")}, told
    found = caller.get("/accounts?size=100").get_json()
    assert {one["id"] for one in found["items"]} == {office["medecin"].id, office["patient"].id}
    assert found["total"] == 2
    for filters in (f"establishment={CLINIC}", "text=villeneuve"):
        nothing = caller.get(f"/accounts?{filters}").get_json()
        assert (nothing["items"], nothing["total"] or 0) == ([], 0), filters


def test_wb_016_nobody_above_is_touched(sqlite_office: Opened) -> None:
    office = sqlite_office
    caller = program(office, Held(Role.REGION))
    chief = f"/accounts/{office['administrateur'].id}"
    assert problem(caller.call("PUT", f"{chief}/state", {"state": "disabled"})) == "not-allowed"
    assert problem(caller.call("POST", f"{chief}/reset", {"way": "link"})) == "not-allowed"
    own = person_token(office, "regionale")
    me = office["regionale"].id
    assert problem(own.call("PUT", f"/accounts/{me}/state", {"state": "disabled"})) == "not-allowed"
    widened = program(office, Held(Role.SUPER))
    path = f"/holders/application:{widened.key}/roles/auditor"
    assert problem(widened.call("PUT", path)) == "not-allowed"


@pytest.mark.parametrize("role", [Role.HELP_DESK, Role.AUDITOR])
def test_wb_014_roles_that_only_look(sqlite_office: Opened, role: Role) -> None:
    caller = program(sqlite_office, Held(role))
    path = f"/accounts/{sqlite_office['medecin'].id}"
    assert caller.get(path).status_code == 200
    for method, end, body in (
        ("POST", "/accounts", NEW),
        ("PATCH", path, {"town": "X"}),
        ("PUT", f"{path}/state", {"state": "disabled"}),
        ("DELETE", f"{path}/sessions", None),
        ("DELETE", f"{path}/means/otp", None),
        ("PUT", f"{path}/establishments/{CHU}", None),
    ):
        answer = caller.call(method, end, body, If_Match="*")
        assert problem(answer) == "not-allowed", (method, end)


def test_states_and_sessions(office: Opened) -> None:
    caller = program(office, Held(Role.ESTABLISHMENT, CHU))
    path = f"/accounts/{office['medecin'].id}"
    browser = office.world.browser()
    browser.get("/login")
    browser.log_in("medecin")
    (session,) = caller.get(f"{path}/sessions").get_json()["items"]
    assert session["means"] == ["password"]
    assert browser.cookie("session") not in str(session)
    assert caller.call("DELETE", f"{path}/sessions/{session['id']}").get_json() == {"count": 1}
    assert problem(caller.call("DELETE", f"{path}/sessions/{session['id']}")) == "not-found"
    body = {"state": "disabled", "reason": "left"}
    assert caller.call("PUT", f"{path}/state", body).get_json()["state"] == "disabled"
    changes = caller.get(f"{path}/changes").get_json()["items"]
    assert (changes[0]["kind"], changes[0]["reason"]) == ("state", "left")
    undone = caller.call("POST", f"/changes/{changes[0]['id']}/undo")
    first = caller.get(f"{path}/changes?size=1").get_json()
    older = caller.get(f"{path}/changes?size=1&after={first['next']}").get_json()
    assert [one["id"] for one in older["items"]] == [changes[0]["id"]]
    assert [one["undone"] for one in (*first["items"], *older["items"])] == [False, True]
    assert undone.status_code == 200, undone.text
    assert caller.get(path).get_json()["state"] == "active"


def test_cr_045_a_reset_shows_no_password(sqlite_url: str) -> None:
    world = open_world(sqlite_url, **CARRIERS)
    office = open_office(world)
    caller = program(office, Held(Role.HELP_DESK))
    path = f"/accounts/{office['medecin'].id}/reset"
    answer = caller.call("POST", path, {"way": "link"})
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"channel", "recipient"}
    assert "claire.durand@" not in answer.text
    world.provider.close()


def test_wb_009_cursors_are_ours(office: Opened) -> None:
    caller = program(office, Held(Role.REGION))
    first = caller.get("/accounts?size=2")
    cursor = first.get_json()["next"]
    assert first.headers["Link"] == f'<?after={cursor}>; rel="next"'
    seen = [one["id"] for one in first.get_json()["items"]]
    while cursor:
        page = caller.get(f"/accounts?size=2&after={cursor}").get_json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == first.get_json()["total"]
    cursor = first.get_json()["next"]
    # Its last signs may be those already, by chance.
    other = "B" if cursor[-9] == "A" else "A"
    for wrong in (cursor[:-9] + other + cursor[-8:], "x", cursor + "A", "'%20OR%201=1"):
        assert caller.get(f"/accounts?size=2&after={wrong}").status_code == 400
    # Of another list.
    assert problem(caller.get(f"/accounts?population=staff&after={cursor}")) == "cursor"


@pytest.mark.parametrize("query", ["size=0", "size=101", "size=x", "size=+1", "state=gone"])
def test_parameters_out_of_range(sqlite_office: Opened, query: str) -> None:
    caller = program(sqlite_office, Held(Role.REGION))
    assert problem(caller.get(f"/accounts?{query}")) == "invalid"
