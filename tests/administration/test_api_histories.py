# SPDX-License-Identifier: Apache-2.0
"""Histories by the API: what was changed of the region's things, and taking it back."""

from collections.abc import Iterator

import pytest

from idp.accounts import service as accounts
from idp.accounts.values import Population
from idp.administration.authority import Held
from idp.administration.changes import PAGE
from idp.administration.rights import Role
from tests.administration.api_kit import Program, person_token, problem, program
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.test_proposals import open_watched
from tests.cast import application

SCOPES = ("sceau.read", "sceau.write", "sceau.policies.write")
HOUSE = {"name": "CHU de Tours", "town": "Blois"}
RULES = {"length": 20, "history": 3}
STAFF = "/password-policies/staff"


def caller_of(office: Opened, role: Role, house: str = "") -> Program:
    return program(office, Held(role, house), SCOPES)


def edit(caller: Program, path: str, body: dict[str, object]) -> None:
    answer = caller.call("PUT", path, body, If_Match=caller.get(path).headers["ETag"])
    assert answer.status_code == 200, answer.text


def test_an_establishment_is_put_back(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    path = f"/establishments/{CHU}"
    before = caller.get(path).get_json()
    edit(caller, path, HOUSE)
    edit(caller, path, HOUSE | {"support_phone": "+33247474747"})
    found = caller.get(f"{path}/changes").get_json()
    assert found["next"] is None
    newest, oldest = found["items"]
    assert (oldest["kind"], oldest["by"]) == ("edited", f"application:{caller.key}")
    assert (oldest["before"]["town"], oldest["after"]["town"]) == ("Tours", "Blois")
    first = caller.get(f"{path}/changes?size=1").get_json()
    second = caller.get(f"{path}/changes?size=1&after={first['next']}").get_json()
    assert [*first["items"], *second["items"]] == [newest, oldest]
    for change in (newest, oldest):
        undone = caller.call("POST", f"{path}/changes/{change['id']}/undo")
        assert undone.status_code == 200, undone.text
    assert undone.get_json() == before
    assert undone.headers["ETag"] == caller.get(path).headers["ETag"]
    again = f"{path}/changes/{newest['id']}/undo"
    assert problem(caller.call("POST", again)) == "conflict"
    told = caller.get(f"{path}/changes").get_json()["items"]
    assert [one["undone"] for one in told] == [False, False, True, True]
    elsewhere = f"/establishments/{CLINIC}/changes/{oldest['id']}/undo"
    assert problem(caller.call("POST", elsewhere)) == "not-found"


def test_what_came_since_stands(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.REGION)
    path = f"/establishments/{CHU}"
    edit(caller, path, HOUSE)
    edit(caller, path, HOUSE | {"town": "Vierzon"})
    oldest = caller.get(f"{path}/changes").get_json()["items"][-1]
    assert problem(caller.call("POST", f"{path}/changes/{oldest['id']}/undo")) == "conflict"
    assert caller.get(path).get_json()["town"] == "Vierzon"


def test_wb_015_an_establishment_reads_its_own_history_and_undoes_nothing(office: Opened) -> None:
    region = caller_of(office, Role.REGION)
    path = f"/establishments/{CHU}"
    edit(region, path, HOUSE)
    (change,) = region.get(f"{path}/changes").get_json()["items"]
    own, other = (caller_of(office, Role.ESTABLISHMENT, one) for one in (CHU, CLINIC))
    assert own.get(f"{path}/changes").get_json()["items"] == [change]
    assert problem(own.call("POST", f"{path}/changes/{change['id']}/undo")) == "not-allowed"
    nowhere = "/establishments/999999999/changes"
    assert problem(other.get(f"{path}/changes")) == problem(other.get(nowhere)) == "not-found"


def test_a_community_is_put_back(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    path = "/communities/onco-centre"
    before = caller.get(path).get_json()
    edit(caller, path, {"name": "Onco"})
    caller.call("PUT", f"{path}/opening", {"open_to_establishments": False})
    for change in caller.get(f"{path}/changes").get_json()["items"]:
        undone = caller.call("POST", f"{path}/changes/{change['id']}/undo")
        assert undone.status_code == 200, undone.text
    assert undone.get_json() == before
    assert problem(caller.call("POST", f"{path}/changes/{change['id']}/undo")) == "conflict"
    assert problem(caller.get("/communities/none/changes")) == "not-found"
    part = caller_of(office, Role.ESTABLISHMENT, CHU)
    assert len(part.get(f"{path}/changes").get_json()["items"]) == 4
    assert problem(part.call("POST", f"{path}/changes/{change['id']}/undo")) == "not-allowed"


def test_rules_of_passwords_are_put_back(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    before = caller.get(STAFF).get_json()
    edit(caller, STAFF, RULES)
    (change,) = caller.get(f"{STAFF}/changes").get_json()["items"]
    undone = caller.call("POST", f"{STAFF}/changes/{change['id']}/undo")
    assert undone.status_code == 200, undone.text
    assert undone.get_json() == before
    assert problem(caller.call("POST", f"{STAFF}/changes/{change['id']}/undo")) == "conflict"
    assert problem(caller.get("/password-policies/none/changes")) == "not-found"
    auditor = caller_of(office, Role.AUDITOR)
    assert len(auditor.get(f"{STAFF}/changes").get_json()["items"]) == 2
    assert problem(auditor.call("POST", f"{STAFF}/changes/x/undo")) == "not-allowed"


@pytest.fixture
def watched(sqlite_url: str) -> Iterator[Opened]:
    """An office in which two must agree."""
    yield from open_watched(sqlite_url)


def test_rules_wait_for_a_second_administrator(watched: Opened) -> None:
    desk = watched.world.provider.services.office
    command = desk.authorities.of_command(DESK)
    with watched.world.core.database.write() as tx:
        desk.passwords.set(tx, command, Population.PROFESSIONAL, {"length": 20})
    scopes = "openid sceau.read sceau.policies.write"
    first = person_token(watched, "administrateur", scopes)
    path = "/password-policies/professional"
    (change,) = first.get(f"{path}/changes").get_json()["items"]
    taken = first.call("POST", f"{path}/changes/{change['id']}/undo")
    assert (taken.status_code, taken.get_json()) == (202, {"state": "proposed"})
    assert first.get(path).get_json()["own"] is True


def test_an_application_is_put_back_from_the_version_seen(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    document = application("nouvelle")
    assert caller.call("POST", "/applications", document).status_code == 201
    path = "/applications/nouvelle"
    edit(caller, path, document | {"name": "Other"})
    newest, oldest = caller.get(f"{path}/versions").get_json()["items"]
    assert (newest["current"], oldest["current"]) == (True, False)
    assert (newest["registration"]["name"], newest["by"]) == ("Other", f"application:{caller.key}")
    back, wished = f"{path}/put-back", {"version": oldest["number"]}
    assert problem(caller.call("POST", back, wished)) == "precondition"
    assert problem(caller.call("POST", back, wished, If_Match='"0"')) == "changed"
    done = caller.call("POST", back, wished, If_Match=caller.get(path).headers["ETag"])
    assert done.status_code == 200, done.text
    assert done.get_json()["registration"] == oldest["registration"]
    told = caller.get(f"{path}/versions").get_json()["items"]
    assert told[0]["registration"] == told[2]["registration"]
    assert [one["current"] for one in told] == [True, False, False]
    gone = caller.call("POST", back, {"version": 99}, If_Match="*")
    assert problem(gone) == "not-found"
    part = caller_of(office, Role.ESTABLISHMENT, CHU)
    assert problem(part.get(f"{path}/versions")) == "not-allowed"
    assert problem(part.call("POST", back, wished, If_Match="*")) == "not-allowed"
    auditor = caller_of(office, Role.AUDITOR)
    assert problem(auditor.call("POST", back, wished, If_Match="*")) == "not-allowed"


def test_a_version_that_is_right_no_more_is_not_put_back(office: Opened) -> None:
    caller = caller_of(office, Role.REGION)
    caller.call("POST", "/communities", {"key": "neuro", "name": "Neuro"})
    document = application("nouvelle")
    closed = document | {"policy": {**document["policy"], "communities": ["neuro"]}}
    assert caller.call("POST", "/applications", closed).status_code == 201
    path = "/applications/nouvelle"
    edit(caller, path, document)
    assert caller.call("DELETE", "/communities/neuro").status_code == 204
    oldest = caller.get(f"{path}/versions").get_json()["items"][-1]
    back, wished = f"{path}/put-back", {"version": oldest["number"]}
    answer = caller.call("POST", back, wished, If_Match="*")
    assert problem(answer) == "unfit"
    assert answer.get_json()["errors"][0]["pointer"] == "#/policy/communities"


def test_a_history_ends_with_its_last_change(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office, Role.REGION)
    path = "/communities/onco-centre"
    region = sqlite_office.authority("regionale")
    with sqlite_office.world.core.database.write() as tx:
        desk = sqlite_office.world.provider.services.office.networks
        seen = accounts.community_names(tx)["onco-centre"]
        for number in range(PAGE):
            name = f"Network {number}"
            assert desk.rename(tx, region, "onco-centre", seen, name) == "onco-centre"
            seen = name
    whole = caller.get(f"{path}/changes?size={PAGE}").get_json()
    assert (len(whole["items"]), whole["next"]) == (PAGE, None)
    page = caller.get(f"{path}/changes?size={PAGE - 1}").get_json()
    (last,) = caller.get(f"{path}/changes?size=10&after={page['next']}").get_json()["items"]
    assert last == whole["items"][-1]


def test_wb_015_changes_elsewhere_cut_no_history_short(sqlite_office: Opened) -> None:
    """They are passed by, however many: the page is filled with what may be seen."""
    region = sqlite_office.authority("regionale")
    account = sqlite_office["medecin"].id
    people = sqlite_office.world.provider.services.office.people
    with sqlite_office.world.core.database.write() as tx:
        assert people.leave(tx, region, account, "onco-centre") is True
        for _again in range(PAGE):
            people.affiliate(tx, region, account, CLINIC)
            people.unaffiliate(tx, region, account, CLINIC)
    caller = caller_of(sqlite_office, Role.ESTABLISHMENT, CHU)
    found = caller.get(f"/accounts/{account}/changes").get_json()
    assert [one["kind"] for one in found["items"]] == ["left"]
    assert found["next"] is None
