# SPDX-License-Identifier: Apache-2.0
"""SCIM: users and groups over the same services, within the same perimeters."""

import secrets
import uuid
from typing import Any
from unittest import mock

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server, filling

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import Program, program
from tests.administration.kit import CHU, CLINIC, Opened

PERSON = "urn:sceau:params:scim:schemas:extension:1.0:Person"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def client(office: Opened, held: Held, scopes: tuple[str, ...] = ("scim",)) -> Program:
    found = program(office, held, scopes)
    found.prefix = "/scim/v2"
    found.headers = {"Content-Type": "application/scim+json"}
    return found


def somebody(**changes: Any) -> dict[str, Any]:
    return {
        "schemas": [USER, PERSON],
        "userName": "icaron",
        "name": {"givenName": "Inès", "familyName": "Caron"},
        "emails": [{"value": "ines@chu.example", "type": "work"}],
        "externalId": "hr-42",
        PERSON: {"establishments": [CHU], "town": "Tours"},
    } | changes


def made(caller: Program, **changes: Any) -> dict[str, Any]:
    answer = caller.call("POST", "/Users", somebody(**changes))
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def change(caller: Program, path: str, *operations: dict[str, Any], **headers: str) -> Any:
    body = {"schemas": [PATCH], "Operations": list(operations)}
    return caller.call("PATCH", path, body, **headers)


EXAMPLES = {
    "nationalId": lambda: "81" + luhn("0" + str(secrets.randbelow(10**9)).zfill(9)),
    "birthDate": lambda: f"19{secrets.randbelow(80) + 10}-01-{secrets.randbelow(27) + 1:02}",
    "establishments": lambda: [CHU],
    "phoneNumbers.value": lambda: f"+33612{secrets.randbelow(10**6):06}",
}


# What the checker calls wrong, and is meant so.
AS_MEANT = (
    # A value is there already, and may never change (RFC 7644 §3.5.2.1).
    "'userType' is immutable",
    # What is removed gets its default (RFC 7644 §3.5.2.2): everybody has a language and a state.
    "did not remove attribute 'locale'",
    "did not remove attribute 'active'",
    # Nobody loses their national identifier; the extension holds it.
    "Failed to remove attribute 'urn:sceau:params:scim:schemas:extension:1.0:Person",
)


def luhn(digits: str) -> str:
    """With its check digit: RPPS numbers have one."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def test_an_independent_checker_finds_nothing(sqlite_office: Opened) -> None:
    """scim2-tester, told only what no schema says: what a phone and a national id look like."""
    caller = client(sqlite_office, Held(Role.REGION))
    generate = filling.generate_random_value

    def value(context: Any, path: Any, *rest: Any, **more: Any) -> Any:
        found = generate(context, path, *rest, **more)
        named = next((one for one in EXAMPLES if str(path).endswith(one)), None)
        if found is not None and named is not None:
            return EXAMPLES[named]()
        if found is not None and str(path).endswith("phoneNumbers"):
            found[0].value = EXAMPLES["phoneNumbers.value"]()
        return found

    web, host = sqlite_office.world.provider.web, "sceau.example"

    def served(environ: Any, start_response: Any) -> Any:
        return web(environ | {"HTTP_HOST": host}, start_response)

    scim = WSGISCIMClient(
        served,
        base_url=sqlite_office.world.issuer + "/scim/v2",
        headers={"Authorization": f"Bearer {caller.token}"},
    )
    with (
        mock.patch.object(filling, "generate_random_value", value),
        mock.patch("scim2_tester.checkers.patch_add.generate_random_value", value),
        mock.patch("scim2_tester.checkers.patch_replace.generate_random_value", value),
    ):
        results = check_server(scim)
    wrong = [
        f"{one.title} {one.resource_type}: {one.reason}"
        for one in results
        if one.status in {Status.ERROR, Status.CRITICAL, Status.DEVIATION}
        and not any(one_of in (one.reason or "") for one_of in AS_MEANT)
    ]
    assert not wrong, "\n".join(wrong)
    assert sum(one.status is Status.SUCCESS for one in results) > 50


def test_a_user_comes_changes_and_goes(office: Opened) -> None:
    caller = client(office, Held(Role.ESTABLISHMENT, CHU))
    answer = caller.call("POST", "/Users", somebody())
    user = answer.get_json()
    assert answer.headers["Location"] == user["meta"]["location"]
    assert (user["active"], user["userType"], user["externalId"]) == (True, "professional", "hr-42")
    path = f"/Users/{user['id']}"
    gone = change(caller, path, {"op": "replace", "path": "active", "value": False})
    assert gone.get_json()["active"] is False, gone.text
    back = change(caller, path, {"op": "Replace", "value": {"active": True, "title": "Infirmière"}})
    assert (back.get_json()["active"], back.get_json()["title"]) == (True, "Infirmière")
    whole = caller.call("PUT", path, somebody(title="Sage-femme"), If_Match=back.headers["ETag"])
    assert whole.get_json()["title"] == "Sage-femme", whole.text
    late = caller.call("PUT", path, somebody(), If_Match=back.headers["ETag"])
    assert (late.status_code, late.get_json()["status"]) == (412, "412")
    assert caller.call("DELETE", path).status_code == 204
    assert caller.get(path).status_code == 404
    assert caller.call("DELETE", path).status_code == 404
    assert caller.get('/Users?filter=userName eq "icaron"').get_json()["totalResults"] == 0
    again = caller.call("POST", "/Users", somebody())
    # WB-017: nobody inherits an identifier.
    assert (again.status_code, again.get_json()["scimType"]) == (409, "uniqueness")


def test_wb_015_nothing_of_another_establishment(office: Opened) -> None:
    caller = client(office, Held(Role.ESTABLISHMENT, CHU))
    theirs = office["infirmiere"]
    person = theirs.person
    for account in (theirs.id, "A" * 22):
        path = f"/Users/{account}"
        told = [
            caller.get(path),
            change(caller, path, {"op": "replace", "path": "active", "value": False}),
            caller.call("PUT", path, somebody()),
            caller.call("DELETE", path),
        ]
        assert {(one.status_code, one.get_json()["detail"]) for one in told} == {
            (404, "There is no such thing, or not in your perimeter")
        }
    for query in (
        f'userName eq "{person.identifier}"',
        f'emails eq "{person.email}"',
        f'{PERSON}:nationalId eq "{person.national_id}"',
        f'id eq "{theirs.id}"',
        f'name.familyName sw "{person.last_name[:8]}"',
        f'{PERSON}:establishments eq "{CLINIC}"',
    ):
        found = caller.get(f"/Users?filter={query}").get_json()
        assert (found["totalResults"], found["Resources"]) == (0, []), query
    assert caller.get("/Users").get_json()["totalResults"] == 2
    body = {"schemas": [USER, PERSON], PERSON: {"establishments": [CLINIC]}}
    assert caller.call("POST", "/Users", somebody() | body).status_code in {403, 404}
    members = [{"op": "add", "path": "members", "value": [{"value": theirs.id}]}]
    assert change(caller, "/Groups/onco-centre", *members).status_code == 400


def test_members_beyond_the_perimeter_stay(office: Opened) -> None:
    whole = client(office, Held(Role.REGION))
    both = [{"value": office[one].id} for one in ("medecin", "infirmiere")]
    answer = change(
        whole, "/Groups/onco-centre", {"op": "replace", "path": "members", "value": both}
    )
    assert answer.status_code == 200, answer.text
    part = client(office, Held(Role.ESTABLISHMENT, CHU))
    seen = part.get("/Groups/onco-centre").get_json()["members"]
    assert [one["value"] for one in seen] == [office["medecin"].id]
    document = {"schemas": [GROUP], "displayName": "Onco Centre", "members": []}
    assert part.call("PUT", "/Groups/onco-centre", document).status_code == 200
    left = whole.get("/Groups/onco-centre").get_json()["members"]
    assert [one["value"] for one in left] == [office["infirmiere"].id]
    renamed = part.call("PUT", "/Groups/onco-centre", document | {"displayName": "Mine"})
    assert renamed.status_code == 403
    assert part.call("POST", "/Groups", document).status_code == 403
    assert part.call("DELETE", "/Groups/onco-centre").status_code == 403


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.HELP_DESK])
def test_wb_014_roles_that_only_look(sqlite_office: Opened, role: Role) -> None:
    caller = client(sqlite_office, Held(role))
    path = f"/Users/{sqlite_office['medecin'].id}"
    assert caller.get(path).status_code == 200
    for answer in (
        caller.call("POST", "/Users", somebody()),
        caller.call("PUT", path, somebody()),
        change(caller, path, {"op": "replace", "path": "title", "value": "X"}),
        caller.call("DELETE", path),
    ):
        assert answer.status_code == 403, answer.text


def test_a_token_without_the_scope(sqlite_office: Opened) -> None:
    caller = client(sqlite_office, Held(Role.SUPER), ("sceau.requests.read",))
    answer = caller.get("/Users")
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert answer.mimetype == "application/scim+json"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"password": "Secret-Secret-1"}, ""),
        ({"roles": [{"value": "super-administrator"}]}, ""),
        ({"emails": [{"value": "a@b.example", "verified": True}]}, ""),
        ({"userName": None}, "invalidValue"),
        ({"active": "perhaps"}, ""),
        ({"name": []}, ""),
        ({"userName": "a\x00b"}, "invalidValue"),
        ({"emails": [{"value": "a@b.example"}, {"value": "c@d.example"}]}, "invalidValue"),
        ({"schemas": [GROUP]}, ""),
    ],
)
def test_cr_045_wb_013_what_is_not_theirs_to_write(
    sqlite_office: Opened, changes: Any, word: str
) -> None:
    caller = client(sqlite_office, Held(Role.SUPER))
    answer = caller.call("POST", "/Users", somebody(**changes))
    assert answer.status_code == 400, answer.text
    assert not word or answer.get_json()["scimType"] == word
    assert "Secret-Secret-1" not in answer.text


def test_ids_of_clients_are_their_own(office: Opened) -> None:
    first, second = (client(office, Held(Role.REGION)) for _ in range(2))
    made(first)
    query = '/Users?filter=externalId eq "hr-42"'
    assert first.get(query).get_json()["totalResults"] == 1
    assert second.get(query).get_json()["totalResults"] == 0


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ('userName eq "CDURAND"', {"medecin"}),
        ('userName eq "cdurand" or emails eq "gaetan@courriel.example"', {"medecin", "patient"}),
        ('userName eq "cdurand" and active eq false', set()),
        ('userType eq "patient"', {"patient"}),
        ('groups.value eq "onco-centre" and active eq true', {"medecin"}),
        (f'{PERSON}:establishments eq "{CLINIC}"', {"infirmiere"}),
        (f'{PERSON}:establishments eq "{CHU}" and name.givenName sw "Cl"', {"medecin"}),
        (f'userType eq "professional" and not ({PERSON}:town eq "Tours")', {"infirmiere"}),
        ('emails[type eq "work" and value eq "gaetan@courriel.example"]', {"patient"}),
        ('name.familyName eq "durand"', {"medecin"}),
    ],
)
def test_filters(sqlite_office: Opened, query: str, who: set[str]) -> None:
    caller = client(sqlite_office, Held(Role.REGION))
    answer = caller.get(f"/Users?filter={query}")
    assert answer.status_code == 200, answer.text
    found = {one["id"] for one in answer.get_json()["Resources"]}
    cast = {key: one.id for key, one in sqlite_office.people.items() if key != "ancienne"}
    assert found - {sqlite_office["ancienne"].id} == {cast[one] for one in who}


@pytest.mark.parametrize("query", ['title co "a"', "not (active eq true)", "x", 'userName eq "'])
def test_filters_that_lead_nowhere(sqlite_office: Opened, query: str) -> None:
    caller = client(sqlite_office, Held(Role.REGION))
    answer = caller.get(f"/Users?filter={query}")
    assert (answer.status_code, answer.get_json()["scimType"]) == (400, "invalidFilter")


def test_pages_by_index_and_by_cursor(sqlite_office: Opened) -> None:
    caller = client(sqlite_office, Held(Role.REGION))
    total = caller.get("/Users?count=0").get_json()["totalResults"]
    by_index: list[str] = []
    for start in range(1, total + 1, 3):
        page = caller.get(f"/Users?startIndex={start}&count=3").get_json()
        assert page["startIndex"] == start
        by_index += [one["id"] for one in page["Resources"]]
    by_cursor, cursor = [], ""
    while True:
        page = caller.get(f"/Users?count=3&cursor={cursor}").get_json()
        by_cursor += [one["id"] for one in page["Resources"]]
        cursor = page.get("nextCursor", "")
        if not cursor:
            break
    assert len(by_index) == total
    assert by_index == by_cursor
    assert caller.get("/Users?startIndex=100000").status_code == 400


def test_several_at_once(office: Opened) -> None:
    caller = client(office, Held(Role.REGION))
    name = uuid.uuid4().hex[:8]
    person = somebody(userName=name, emails=[], externalId="x")
    group = {
        "schemas": [GROUP],
        "displayName": f"Réseau {name}",
        "members": [{"value": "bulkId:one"}],
    }
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "one", "data": person},
            {"method": "POST", "path": "/Groups", "bulkId": "two", "data": group},
            {"method": "POST", "path": "/Users", "bulkId": "three", "data": person},
            {"method": "DELETE", "path": "/Users/nobody"},
            {"method": "PUT", "path": "/Users/bulkId:none", "data": person},
        ],
    }
    answer = caller.call("POST", "/Bulk", body)
    assert answer.status_code == 200, answer.text
    done = answer.get_json()["Operations"]
    assert [one["status"] for one in done] == ["201", "201", "409", "404", "409"]
    key = done[1]["location"].rpartition("/")[2]
    members = caller.get(f"/Groups/{key}").get_json()["members"]
    assert [one["value"] for one in members] == [done[0]["location"].rpartition("/")[2]]
    stopped = caller.call("POST", "/Bulk", body | {"failOnErrors": 1})
    assert [one["status"] for one in stopped.get_json()["Operations"]] == ["409"]
    many = body | {"Operations": [{"method": "DELETE", "path": "/Users/x"}] * 101}
    assert caller.call("POST", "/Bulk", many).status_code == 413


def test_attributes_are_chosen(sqlite_office: Opened) -> None:
    caller = client(sqlite_office, Held(Role.REGION))
    path = f"/Users/{sqlite_office['medecin'].id}"
    some = caller.get(f"{path}?attributes=userName,emails.value").get_json()
    assert set(some) == {"schemas", "id", "userName", "emails"}
    assert "emails" not in caller.get(f"{path}?excludedAttributes=emails").get_json()
    assert caller.get(f"{path}?attributes=a..b").status_code == 400
