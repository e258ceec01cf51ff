# SPDX-License-Identifier: Apache-2.0
"""The directory for programs: a scope is enough, and shows what its holder may see."""

from urllib.parse import quote

from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.api.scim.operations import OPERATIONS as SCIM_OPERATIONS
from idp.api.scopes import SCOPES, opening
from idp.api.v1.operations import OPERATIONS
from tests.administration.api_kit import Program, agree, person_token, problem, program
from tests.administration.kit import DESK, Opened
from tests.protocol.kit import register

OWN = ("sceau.directory",)
AMONG = ("sceau.directory.professionals",)


def list_people(office: Opened) -> None:
    """The physician is shown to everybody, the nurse to professionals, nobody else to anybody."""
    caller = program(office, Held(Role.REGION))
    shown = {"medecin": {"visibility": "public"}, "infirmiere": {"visibility": "professionals"}}
    for who, more in shown.items():
        path = f"/accounts/{office[who].id}"
        body = {"particulars": more | {"fax": "0247000000"}}
        answer = caller.call("PATCH", path, body, If_Match="*")
        assert answer.status_code == 200, answer.text


def names(caller: Program, *wanted: str) -> list[str]:
    answers = [caller.get(f"/directory?name={one}") for one in wanted]
    assert {one.status_code for one in answers} == {200}, [one.text for one in answers]
    return sorted(item["last_name"] for one in answers for item in one.get_json()["items"])


def test_wb_015_a_program_without_a_role_searches_the_directory_alone(office: Opened) -> None:
    list_people(office)
    both = (office["medecin"].person.last_name, office["infirmiere"].person.last_name)
    caller, among = program(office, None, OWN), program(office, None, AMONG)
    assert names(caller, *both) == [both[0]]
    assert names(among, *both) == sorted(both)
    [one] = among.get(f"/directory?name={both[1]}").get_json()["items"]
    assert one["fax"] == "0247000000"
    # A profession alone is enough, each sees their own list of it.
    for who, seen in ((caller, both[:1]), (among, both)):
        held = [office[one].person.profession for one in ("medecin", "infirmiere")]
        answers = [who.get(f"/directory?profession={quote(one)}") for one in held]
        found = [item["last_name"] for one in answers for item in one.get_json()["items"]]
        assert sorted(found) == sorted(seen)
    assert problem(among.get("/directory?speciality=c")) == "unfit"
    path = f"/directory/{one['reference']}"
    assert among.get(path).get_json() == one
    # Who may not be seen is not there.
    assert problem(caller.get(path)) == "not-found"
    assert problem(caller.get("/directory/nobody")) == "not-found"
    [seen] = caller.get(f"/directory?name={both[0]}").get_json()["items"]
    assert seen["fax"] == ""
    for other in ("/me", "/accounts", f"/accounts/{office['medecin'].id}", "/establishments"):
        assert problem(caller.get(other)) == "not-allowed", other
    caller.prefix = "/scim/v2"
    assert {caller.get(one).status_code for one in ("/Users", "/Groups", "/Schemas")} == {403}


def test_wb_015_a_person_sees_the_directory_as_in_its_pages(office: Opened) -> None:
    list_people(office)
    both = (office["medecin"].person.last_name, office["infirmiere"].person.last_name)
    professional = person_token(office, "medecin", "openid sceau.directory")
    assert names(professional, *both) == sorted(both)
    # What a program may see in its own name is not what a patient may see through it.
    patient = person_token(office, "patient", "openid sceau.directory.professionals")
    assert names(patient, *both) == [both[0]]
    assert problem(patient.get("/me")) == "not-allowed"


def test_the_directory_is_searched_and_not_copied(sqlite_office: Opened) -> None:
    """A person without a role reads no more of it than in its pages."""
    caller = person_token(sqlite_office, "medecin", "openid sceau.directory")
    most = sqlite_office.world.core.settings.directory.searches
    statuses = [caller.get("/directory?name=durand").status_code for _ in range(most + 1)]
    assert statuses == [200] * most + [429]


def test_wb_014_a_scope_for_something_else_opens_no_directory(sqlite_office: Opened) -> None:
    other = program(sqlite_office, None, ("sceau.read",))
    assert problem(other.get("/directory?name=durand")) == "not-allowed"
    held = program(sqlite_office, Held(Role.AUDITOR), ("sceau.audit.read",))
    answer = held.get("/directory?name=durand")
    assert problem(answer) == "missing-scope"
    assert 'scope="sceau.directory"' in answer.headers["WWW-Authenticate"]
    role = program(sqlite_office, Held(Role.AUDITOR), ("sceau.directory.read",))
    assert role.get("/directory?name=durand").status_code == 200


def test_every_scope_opens_something_and_every_operation_has_one() -> None:
    served = {one.right for one in (*OPERATIONS, *SCIM_OPERATIONS) if one.right is not None}
    empty = [name for name, one in SCOPES.items() if one.rights and not one.rights & served]
    assert empty == []
    assert all(opening(right, scim=True) for right in served)
    free = {one.name for one in OPERATIONS if one.scopes}
    assert free == {"searchDirectory", "showDirectoryEntry"}


def test_one_factor_is_enough_for_the_directory_and_for_nothing_else(sqlite_office: Opened) -> None:
    list_people(sqlite_office)
    world = sqlite_office.world
    desk = world.provider.services.office
    with world.core.database.write() as tx:
        root = desk.authorities.of_command(DESK)
        held, who = Held(Role.AUDITOR), sqlite_office["medecin"].id
        assert desk.roles.give(tx, root, who, held) is True
    scopes = "openid sceau.directory sceau.read"
    guest = register(world, oidc={"scopes": scopes.split()})
    agree(sqlite_office, "medecin", guest.key, scopes)
    browser = world.browser()
    given = guest.tokens(browser, "medecin", scope=scopes)
    caller = Program(world, given["access_token"], key=guest.key)
    assert names(caller, "durand") == ["Durand"]
    assert problem(caller.get("/accounts")) == "weak-login"
