# SPDX-License-Identifier: Apache-2.0
"""What programs write by the API and by SCIM; what may come twice carries an idempotency key."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import Program, program
from tests.administration.kit import CHU
from tests.administration.test_api_scim import PATCH
from tests.administration.test_api_scim import somebody as described
from tests.cast import application
from tests.reliability.operations import Operation, Scene
from tests.reliability.requests import at_work
from tests.reliability.verbs_of_people import named, numbers
from tests.world import World

WRITES = ("sceau.read", "sceau.write", "scim")
callers: dict[int, tuple[World, Program]] = {}


def caller_of(world: World) -> Program:
    """A program of the region; one in each world."""
    if id(world) not in callers or callers[id(world)][0] is not world:
        office, _browser = at_work(world)
        callers[id(world)] = (world, program(office, Held(Role.SUPER), WRITES))
    return callers[id(world)][1]


def scene(world: World, **held: Any) -> Scene:
    """A program, something of nobody else, and a key of its own."""
    number = next(numbers)
    caller = caller_of(world)
    name = named(number).lower()
    known = {"caller": caller, "name": name, "once": f"once-{number}"} | held
    return Scene(world, world.browser(), world.client("plain"), known)


def account(world: World) -> str:
    """Somebody of the CHU, made by the program."""
    answer = make(scene(world))
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


def make(ready: Scene) -> Any:
    """POST /accounts."""
    name = ready.held["name"]
    body = {
        "population": "professional",
        "identifier": name,
        "first_name": "Alix",
        "last_name": name.capitalize(),
        "email": f"{name}@api.example",
        "establishments": [CHU],
    }
    return once(ready, "POST", "/accounts", body)


def once(ready: Scene, method: str, path: str, body: Any = None) -> Any:
    """A request that may come twice."""
    return ready.held["caller"].call(method, path, body, Idempotency_Key=ready.held["once"])


def with_application(world: World) -> Scene:
    """An application whose secret is to be replaced."""
    ready = scene(world)
    with world.core.database.write() as tx:
        world.core.applications.register(
            tx, application(ready.held["name"], site="https://a.example")
        )
    return ready


def scim(ready: Scene, method: str, path: str, body: Any = None) -> Any:
    """The same program speaks SCIM."""
    caller: Program = ready.held["caller"]
    there = Program(caller.world, caller.token, "/scim/v2")
    return there.call(method, path, body, Content_Type="application/scim+json")


def describe(ready: Scene) -> Any:
    """POST /Users."""
    name = ready.held["name"]
    names = {"givenName": "Alix", "familyName": name.capitalize()}
    emails = [{"value": f"{name}@scim.example", "type": "work"}]
    body = described(userName=name, name=names, emails=emails, externalId=name)
    return scim(ready, "POST", "/Users", body)


def with_user(world: World) -> Scene:
    """Somebody whom the program made."""
    return scene(world, account=account(world))


def rename(ready: Scene) -> Any:
    """PATCH /Users/<id>."""
    change = {"op": "replace", "path": "externalId", "value": ready.held["name"]}
    body = {"schemas": [PATCH], "Operations": [change]}
    return scim(ready, "PATCH", f"/Users/{ready.held['account']}", body)


def answers(status: int) -> Callable[[Any], bool]:
    """Whether the answer has this status."""
    return lambda answer: answer.status_code == status


OPERATIONS = {
    "account made by a program": Operation(scene, make, answers(201)),
    "secret renewed by a program": Operation(
        with_application,
        lambda r: once(r, "POST", f"/applications/{r.held['name']}/secret"),
        answers(200),
    ),
    "account disabled by a program": Operation(
        with_user,
        lambda r: once(r, "PUT", f"/accounts/{r.held['account']}/state", {"state": "disabled"}),
        answers(200),
    ),
    "SCIM: made": Operation(scene, describe, answers(201)),
    "SCIM: changed": Operation(with_user, rename, answers(200)),
    "SCIM: given up": Operation(
        with_user, lambda r: scim(r, "DELETE", f"/Users/{r.held['account']}"), answers(204)
    ),
}


def counted(ready: Scene, statement: str) -> int:
    """A number out of the database, of what the scene is about."""
    known = {"name": ready.held["name"], "account": ready.held.get("account", "")}
    with ready.world.core.database.read() as tx:
        return int(tx.execute(text(statement), known).scalar_one())


def replayed(answer: Any) -> bool:
    """Whether it is what was answered before."""
    return answer.headers.get("Idempotency-Replayed") == "true"


NAMED = "SELECT count(*) FROM accounts WHERE identifier = :name"
CLOSED = "SELECT count(*) FROM accounts WHERE id = :account AND state <> 'active'"
TOLD = "SELECT count(*) FROM audit_events WHERE kind = 'account.state' AND account = :account"
RENEWED = (
    "SELECT count(*) FROM audit_events WHERE kind = 'application.secret' AND application = :name"
)

# What the second try gives, where the first was done but never told.
AFTERWARDS: dict[str, Callable[[Scene, Any], bool]] = {
    "account made by a program": lambda ready, again: (
        again.status_code == 201 and replayed(again) and counted(ready, NAMED) == 1
    ),
    # It was shown to nobody, and is kept nowhere: another one has to be made, under another key.
    "secret renewed by a program": lambda ready, again: (
        again.status_code == 409 and counted(ready, RENEWED) == 1
    ),
    "account disabled by a program": lambda ready, again: (
        again.status_code == 200 and replayed(again) and counted(ready, TOLD) == 1
    ),
    # RFC 7644 §3.3: there is one of this name.
    "SCIM: made": lambda ready, again: again.status_code == 409 and counted(ready, NAMED) == 1,
    "SCIM: changed": lambda _ready, again: again.status_code == 200,
    "SCIM: given up": lambda ready, again: (
        again.status_code in {204, 404} and counted(ready, CLOSED) == 1
    ),
}
