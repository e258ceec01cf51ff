# SPDX-License-Identifier: Apache-2.0
"""What SCIM writes: by whoever may change it, and at a cost that is bounded."""

from typing import Any

import pytest
from sqlalchemy import text

from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.api.scim.resources import PERSON
from tests.administration.api_kit import Program, person_token
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.test_api_scim import GROUP, PATCH, change, client

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
LOOKERS = {Role.AUDITOR: "auditrice", Role.HELP_DESK: "assistance"}


def person(office: Opened, who: str) -> Program:
    found = person_token(office, who, "openid scim")
    found.prefix = "/scim/v2"
    return found


def named(value: str) -> dict[str, Any]:
    return {"op": "replace", "path": "externalId", "value": value}


def names_kept(office: Opened) -> int:
    with office.world.core.database.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM scim_external_ids")).scalar_one())


@pytest.mark.parametrize("role", LOOKERS)
def test_wb_014_who_only_looks_names_nothing(office: Opened, role: Role) -> None:
    callers = (client(office, Held(role)), person(office, LOOKERS[role]))
    for caller in callers:
        for path in (f"/Users/{office['medecin'].id}", "/Groups/onco-centre"):
            shown = caller.get(path).get_json()
            changed = {"schemas": [PATCH], "Operations": [named("hijack")]}
            acts = [
                ("PATCH", changed),
                ("PATCH", changed | {"Operations": [{"op": "remove", "path": "externalId"}]}),
                ("PUT", shown | {"externalId": "hijack"}),
                # Nothing would change, and it is not theirs to write all the same.
                ("PUT", shown),
            ]
            for method, body in acts:
                answer = caller.call(method, path, body)
                assert answer.status_code == 403, (method, path, answer.text)
            several = [{"method": method, "path": path, "data": body} for method, body in acts]
            answer = caller.call("POST", "/Bulk", {"schemas": [BULK], "Operations": several})
            statuses = {one["status"] for one in answer.get_json()["Operations"]}
            assert statuses == {"403"}, (path, answer.text)
    assert names_kept(office) == 0


def test_wb_015_a_name_is_given_by_whoever_may_change_the_account(office: Opened) -> None:
    """Seen from one establishment, changed from all of them."""
    core, account = office.world.core, office["medecin"].id
    caller = client(office, Held(Role.ESTABLISHMENT, CHU))
    path = f"/Users/{account}"
    answer = change(caller, path, named("hr-1"))
    assert (answer.status_code, answer.get_json()["externalId"]) == (200, "hr-1")
    [event] = office.world.events("account.called")
    assert (event.account, event.application) == (account, caller.key)
    assert "hr-1" not in str(event.detail)
    # Told again, it is no change.
    assert change(caller, path, named("hr-1")).status_code == 200
    assert len(office.world.events("account.called")) == 1
    with core.database.write() as tx:
        core.establishments.join(tx, account, CLINIC, DESK)
    assert change(caller, path, named("hr-2")).status_code in {403, 404}
    assert caller.get(path).get_json()["externalId"] == "hr-1"
    theirs = f"/Users/{office['infirmiere'].id}"
    assert change(caller, theirs, named("hr-3")).status_code == 404
    group = change(caller, "/Groups/onco-centre", named("team-1"))
    assert (group.status_code, group.get_json()["externalId"]) == (200, "team-1")
    assert len(office.world.events("community.called")) == 1
    assert names_kept(office) == 2


def test_an_account_that_is_closed_loses_the_name(office: Opened) -> None:
    caller = client(office, Held(Role.REGION))
    path = f"/Users/{office['medecin'].id}"
    assert change(caller, path, named("hr-1")).status_code == 200
    assert caller.call("DELETE", path).status_code == 204
    assert names_kept(office) == 0


def test_wb_037_a_patch_holds_so_many_operations(sqlite_office: Opened) -> None:
    """Each looks through the whole resource again: thousands would hold the server for minutes."""
    caller = client(sqlite_office, Held(Role.REGION))
    title = {"op": "replace", "path": "title", "value": "X"}
    path = f"/Users/{sqlite_office['medecin'].id}"
    assert change(caller, path, *[title] * 100).status_code == 200
    assert change(caller, path, *[title] * 101).status_code == 413
    other = {"schemas": [PATCH], "operations": [title] * 60, "OPERATIONS": [title] * 60}
    assert caller.call("PATCH", path, other).status_code == 413
    long = {"op": "remove", "path": 'members[value eq "a"' + ' or value eq "a"' * 20 + "]"}
    answer = change(caller, "/Groups/onco-centre", long)
    assert (answer.status_code, answer.get_json()["scimType"]) == (400, "invalidPath")
    document = {"schemas": [PATCH], "Operations": [title] * 51}
    part = {"method": "PATCH", "path": path, "data": document}
    bulk = {"schemas": [BULK], "Operations": [part, part]}
    assert caller.call("POST", "/Bulk", bulk).status_code == 413
    assert caller.call("POST", "/Bulk", bulk | {"Operations": [part]}).status_code == 200


def test_a_group_is_given_up_with_its_name(office: Opened) -> None:
    caller = client(office, Held(Role.REGION))
    document = {"schemas": [GROUP], "displayName": "Réseau Sein", "externalId": "team-9"}
    answer = caller.call("POST", "/Groups", document)
    assert (answer.status_code, answer.get_json()["externalId"]) == (201, "team-9")
    assert caller.call("DELETE", f"/Groups/{answer.get_json()['id']}").status_code == 204
    assert names_kept(office) == 0


def test_a_title_of_practice_goes_there_and_back(office: Opened) -> None:
    caller, path = client(office, Held(Role.REGION)), f"/Users/{office['medecin'].id}"
    field = f"{PERSON}:practiceTitle"
    for value, status in (("DR", 200), ("Docteur", 400), ("x" * 20, 400)):
        answer = change(caller, path, {"op": "replace", "path": field, "value": value})
        assert answer.status_code == status, answer.text
    shown = caller.get(path).get_json()
    assert shown[PERSON]["practiceTitle"] == "DR"
    # The civility and the profession are something else.
    assert (shown["name"]["honorificPrefix"], shown["title"]) == ("Mme", "Médecin")
    assert change(caller, path, {"op": "remove", "path": field}).status_code == 200
    assert "practiceTitle" not in caller.get(path).get_json()[PERSON]
    new = {"schemas": shown["schemas"], "userName": "other.one", "name": shown["name"]}
    made = caller.call("POST", "/Users", new | {PERSON: {"practiceTitle": "PR"}})
    assert made.get_json()[PERSON] == {"practiceTitle": "PR"}, made.text
