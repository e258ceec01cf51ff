# SPDX-License-Identifier: Apache-2.0
"""Every operation of the API and of SCIM by every role, of programs and of people (WB-015).

Inside and outside of the perimeter; by whoever holds no role, and without a token. Nothing outside
is ever answered with success. The operations are those that are served: one without a row fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import TestResponse

from idp.api.routing import PARAMETER, Operation
from idp.api.scim.operations import OPERATIONS as SCIM_OPERATIONS
from idp.api.v1.operations import OPERATIONS
from tests.administration.api_kit import EVERY_SCOPE, Program, person_token, program
from tests.administration.kit import CLINIC, Opened, open_office
from tests.administration.operation_rows import (
    ACCOUNTS,
    MESSAGES,
    PARAMETERS,
    PERSON,
    REGION,
    SCIM,
    USER,
)
from tests.administration.operation_rows_desk import CSV, DESK, PEOPLE, STANDS
from tests.administration.operation_rows_oversight import OVERSIGHT
from tests.administration.operation_rows_queue import QUEUE
from tests.administration.rewinding import Rewound
from tests.administration.routes import expected
from tests.administration.scenes import (
    ABROAD,
    CLERKS,
    HOUSE,
    Scene,
    add_outside,
    clerks,
    set_scenes,
)
from tests.cast import PASSWORD

AREAS = {
    "accounts": ACCOUNTS,
    "region": REGION,
    "desk": DESK,
    "queue": QUEUE,
    "oversight": OVERSIGHT,
    "scim": SCIM,
}
ROWS = ACCOUNTS | REGION | DESK | QUEUE | OVERSIGHT | SCIM
SERVED = {one.name: one for one in (*OPERATIONS, *SCIM_OPERATIONS)}
GRAVE = ("sceau.policies.write", "sceau.keys.write", "sceau.trust.write")
SCOPES = (*EVERY_SCOPE, *GRAVE)
ISSUED = ("openid", *SCOPES)


@dataclass
class Api:
    """Programs and people with tokens, and something inside and outside."""

    rewound: Rewound
    office: Opened
    # By the letter of their role; people have theirs twice.
    callers: dict[str, Program]
    scenes: dict[str, Scene]
    seen: dict[tuple[str, str, str], tuple[str, Any]] = field(default_factory=dict)

    def ask(self, who: str, name: str, scene: Scene) -> TestResponse:
        """One request by somebody, made from what stands there."""
        operation, row = SERVED[name], ROWS[name]
        body: Any = dict(row.form(scene)) or None
        headers = {}
        if operation.edits or (operation.body and body is None):
            version, document = self.what_stands(who, operation, name, scene)
            headers = {"If-Match": version} if operation.edits else {}
            body = body or document
        return self.send(who, operation, address(operation, scene), body, headers)

    def send(
        self, who: str, operation: Operation, path: str, body: Any, headers: dict[str, str]
    ) -> TestResponse:
        """As it is."""
        caller = self.callers[who]
        is_scim = operation in SCIM_OPERATIONS
        caller.prefix = "/scim/v2" if is_scim else "/api/v1"
        caller.headers = headers | ({"Content-Type": "application/scim+json"} if is_scim else {})
        if operation.takes:
            caller.headers = headers | {"Content-Type": operation.takes}
            return caller.call(operation.method, path, raw=CSV)
        return caller.call(operation.method, path, body)

    def what_stands(
        self, who: str, operation: Operation, name: str, scene: Scene
    ) -> tuple[str, Any]:
        """The version and the document, as they or a super-administrator are shown them."""
        place = (who, name, scene.where)
        if place not in self.seen:
            above = (
                one
                for one in SERVED.values()
                if one.method == "GET" and one.parameters and operation.path.startswith(one.path)
            )
            shown = max(above, key=lambda one: len(one.path))
            answer = self.send(who, shown, address(operation, scene, shown.path), None, {})
            if answer.status_code != 200:
                return self.what_stands("S", operation, name, scene)
            self.seen[place] = (answer.headers["ETag"], answer.get_json())
        return self.seen[place]


def address(operation: Operation, scene: Scene, template: str = "") -> str:
    """Where it is, with what the scene holds."""
    row = ROWS[operation.name]
    own = row.path(scene)
    path = PARAMETER.sub(
        lambda found: quote(str(own.get(found[1]) or PARAMETERS[found[1]](scene)), safe=":"),
        template or operation.path,
    )
    query = "" if template else urlencode(row.query(scene))
    return f"{path}?{query}" if query else path


@pytest.fixture(scope="module")
def api(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("operations")
    with Rewound.open(sqlite_template, folder, API_CALLS="1000000") as rewound:
        office = open_office(rewound.world)
        clerks(office, PASSWORD)
        callers = {one: program(office, held, SCOPES) for one, held in CLERKS.items()}
        callers["0"] = program(office, None)
        callers["-"] = Program(rewound.world, "")
        for one in CLERKS:
            callers[one * 2] = person_token(office, one, " ".join(ISSUED))
        scenes = {one.where: one for one in set_scenes(office)}
        rewound.keep()
        yield Api(rewound, office, callers, scenes)


def test_wb_015_every_operation_has_its_row_and_says_its_right() -> None:
    assert set(SERVED) == set(ROWS)
    for name, row in ROWS.items():
        assert SERVED[name].right in {None, row.rights[-1] if row.rights else None}, name
        assert (SERVED[name].right is None) is (not row.rights), name


@pytest.mark.parametrize("area", AREAS)
def test_wb_015_every_operation_every_role_every_perimeter(api: Api, area: str) -> None:
    wrong = []
    for name, row in AREAS[area].items():
        for where in ("inside", "outside"):
            for who in api.callers:
                if where == "outside" and not row.housed and who[0] not in HOUSE:
                    continue
                answer = api.ask(who, name, api.scenes[where])
                wish = expected(row, CLERKS.get(who[0]), where)
                if wish == "+" and name in PEOPLE and len(who) == 1:
                    wish = "-"
                if wish == "+" and name in STANDS and answer.status_code == 409:
                    continue
                if fault := judged(answer, wish, who, row.unknown):
                    wrong.append(f"{name} {where} by {who}: expected {wish}, {fault}")
                if SERVED[name].writes and answer.status_code < 400:
                    api.rewound.back()
    assert not wrong, "\n".join(wrong)


def test_wb_015_what_is_added_outside_changes_no_list_no_count_and_no_search(api: Api) -> None:
    """Byte for byte, by everybody of one establishment."""
    inside = api.scenes["inside"]
    asked = [
        (who, name)
        for name, one in SERVED.items()
        if one.method == "GET" or name.startswith("search")
        for who in api.callers
        if who[0] in HOUSE
    ]
    before = {one: api.ask(*one, inside) for one in asked}
    add_outside(api.office, inside)
    for one, answer in before.items():
        assert api.ask(*one, inside).get_data() == answer.get_data() or refuses(answer), one
    api.rewound.back()


def refuses(answer: TestResponse) -> bool:
    """Refusals name their request."""
    return answer.status_code == 403


FINDERS = (
    ("listAccounts", "text", "Dupont-outside"),
    ("listAccounts", "text", "outside-professional@mail.example"),
    ("listAccounts", "establishment", CLINIC),
    ("listRequests", "text", "Dupont-outside"),
    ("listUsers", "filter", 'userName eq "outside-professional"'),
    ("listUsers", "filter", 'name.familyName sw "Dupont-o"'),
    ("listUsers", "filter", f'{PERSON}:establishments eq "{CLINIC}"'),
)


@pytest.mark.parametrize(("name", "filter_", "value"), FINDERS)
def test_wb_015_nobody_outside_is_found(api: Api, name: str, filter_: str, value: str) -> None:
    one = SERVED[name]
    for who in ("S", "E", "EE", "h", "hh", "a", "aa"):
        answer = api.send(who, one, f"{one.path}?{urlencode({filter_: value})}", None, {})
        if name == "listRequests" and who[0] == "h":
            assert answer.status_code == 403
            continue
        assert answer.status_code == 200, answer.text
        found = answer.get_json()
        count = found.get("totalResults", len(found.get("items", ())))
        assert (count > 0) is (who == "S"), (who, found)
        assert found.get("total") in {None, count}


@pytest.mark.parametrize("who", ["E", "EE", "h", "a"])
def test_wb_015_several_at_once_are_no_more_than_each(api: Api, who: str) -> None:
    outside, wished = api.scenes["outside"], []
    for name in ("replaceUser", "patchUser", "deleteUser", "patchGroup", "createUser"):
        one, row = SERVED[name], ROWS[name]
        part = {"method": one.method, "path": address(one, outside)}
        body = dict(row.form(outside)) or {"schemas": [USER], "userName": "taken"}
        wished.append(part if one.method == "DELETE" else part | {"data": body})
    wished[-1]["bulkId"] = "new"
    body = {"schemas": [f"{MESSAGES}:BulkRequest"], "Operations": wished}
    answer = api.send(who, SERVED["bulk"], "/Bulk", body, {})
    told = answer.get_json()["Operations"]
    assert [one["method"] for one in told] == [one["method"] for one in wished]
    assert all(one["status"] in {"400", "403", "404"} for one in told), told
    assert not any(mark in answer.text for mark in ABROAD)


def judged(answer: TestResponse, wish: str, who: str, unknown: int) -> str:
    """What is wrong with an answer, or nothing."""
    status, text = answer.status_code, answer.get_data().decode("utf-8", "replace")
    if who[0] in {*HOUSE, "0", "-"} and any(mark in text for mark in ABROAD):
        return "told of somebody outside"
    if wish == "+":
        return "" if 200 <= status < 300 else f"got {status} {text[:300]}"
    if who == "-":
        return "" if status == 401 else f"got {status}"
    return "" if status == {"-": 403, ".": unknown}[wish] else f"got {status} {text[:200]}"
