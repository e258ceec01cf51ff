# SPDX-License-Identifier: Apache-2.0
"""Who holds which role, by the API."""

from base64 import urlsafe_b64decode

import pytest

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import Program, problem, program
from tests.administration.kit import CHU, CLINIC, ROLES, Opened, statements_of

SEEN = ("sceau.roles.read",)


def caller_of(office: Opened, role: Role, establishment: str = "") -> Program:
    return program(office, Held(role, establishment), SEEN)


def test_whoever_sees_roles_lists_their_holders(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    listed = caller.get("/holders?size=100").get_json()
    held = {(one["subject"], one["held"]["role"]): one for one in listed["items"]}
    for who, has in ROLES.items():
        one = held[office[who].id, has.role]
        assert one["held"]["establishment"] == has.establishment
        assert one["identifier"] == office[who].person.identifier
    itself = held[f"application:{caller.key}", "regional-administrator"]
    assert (itself["name"], itself["identifier"]) == (caller.key, "")
    assert listed["total"] == len(listed["items"]) == len(ROLES) + 1
    assert listed["next"] is None


def test_holders_come_by_role_and_a_page_at_a_time(office: Opened) -> None:
    caller = caller_of(office, Role.AUDITOR)
    whole = caller.get("/holders?size=100").get_json()["items"]
    found, after = [], ""
    while True:
        page = caller.get(f"/holders?size=2{after}").get_json()
        assert len(page["items"]) <= 2
        found += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == whole
    roles = [one["held"]["role"] for one in whole]
    assert roles == sorted(roles)
    houses = caller.get("/holders?role=establishment-administrator").get_json()
    assert {one["subject"] for one in houses["items"]} == {office["chu"].id, office["clinique"].id}
    there = caller.get(f"/holders?establishment={CLINIC}").get_json()
    assert [one["subject"] for one in there["items"]] == [office["clinique"].id]
    # WB-009: a cursor is good for its own list alone.
    other = caller.get(f"/holders?role=auditor{after}")
    assert problem(other) == "cursor"


def test_wb_015_of_one_establishment_only_its_own_holders(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.AUDITOR, CHU)
    listed = caller.get("/holders").get_json()
    assert {one["held"]["establishment"] for one in listed["items"]} == {CHU}
    assert listed["total"] == len(listed["items"]) == 2
    assert caller.get(f"/holders?establishment={CLINIC}").get_json()["items"] == []


@pytest.mark.parametrize("role", [Role.ESTABLISHMENT, Role.HELP_DESK], ids=str)
def test_wb_014_who_may_not_see_roles(sqlite_office: Opened, role: Role) -> None:
    house = CHU if role is Role.ESTABLISHMENT else ""
    assert problem(caller_of(sqlite_office, role, house).get("/holders")) == "not-allowed"
    other = program(sqlite_office, Held(Role.SUPER), ("sceau.accounts.read",))
    assert problem(other.get("/holders")) == "missing-scope"


def test_wb_009_no_name_lies_readable_in_a_cursor(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.REGION)
    after = ""
    for _page in ROLES:
        page = caller.get(f"/holders?size=1{after}").get_json()
        readable = b"".join(
            urlsafe_b64decode(part + "=" * (-len(part) % 4)).lower()
            for part in page["next"].split(".")
        )
        one = page["items"][0]
        words = [one["subject"], one["held"]["role"], *one["name"].lower().split()]
        assert [word for word in words if word.encode() in readable] == []
        after = f"&after={page['next']}"


def test_a_page_costs_no_more_the_more_holders_there_are(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.REGION)
    with statements_of(sqlite_office) as before:
        assert caller.get("/holders?size=1").status_code == 200
    for _more in range(5):
        caller_of(sqlite_office, Role.HELP_DESK)
    with statements_of(sqlite_office) as now:
        found = caller.get("/holders?size=1").get_json()
    assert found["total"] == len(ROLES) + 6
    assert len(now) == len(before)
