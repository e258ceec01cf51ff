# SPDX-License-Identifier: Apache-2.0
"""Idempotency-Key: done once, answered twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

from idp.administration.authority import Denied, Held
from idp.administration.rights import Role
from idp.api.v1.operations import OPERATIONS
from tests.administration.api_kit import person_token, problem, program
from tests.administration.kit import Opened
from tests.administration.test_proposals import open_watched


def test_the_same_request_is_done_once(office: Opened) -> None:
    caller = program(office, Held(Role.SUPER))
    path = f"/holders/{office['medecin'].id}/roles/auditor"
    assert caller.call("PUT", path, Idempotency_Key="one").status_code == 204
    again = caller.call("PUT", path, Idempotency_Key="one")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (204, "true")
    other = caller.call("PUT", path.replace("auditor", "help-desk"), Idempotency_Key="one")
    assert problem(other) == "key-reused"
    # Somebody else's keys are their own.
    second = program(office, Held(Role.SUPER))
    answer = second.call("PUT", path, Idempotency_Key="one")
    assert answer.status_code == 204
    assert "Idempotency-Replayed" not in answer.headers
    office.world.clock.pass_by(86_401)
    third = program(office, Held(Role.SUPER))
    assert third.call("DELETE", path, Idempotency_Key="one").status_code == 204


def test_what_was_refused_may_be_tried_again(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.SUPER))
    path = f"/holders/{sqlite_office['medecin'].id}/roles/auditor"
    assert caller.call("DELETE", path, Idempotency_Key="k").status_code == 404
    assert caller.call("PUT", path).status_code == 204
    assert caller.call("DELETE", path, Idempotency_Key="k").status_code == 204
    assert caller.call("DELETE", path, Idempotency_Key="k").status_code == 204
    assert problem(caller.call("DELETE", path, Idempotency_Key="k" * 129)) == "malformed"


def test_of_two_at_once_one_is_done(office: Opened) -> None:
    caller = program(office, Held(Role.SUPER))
    path = f"/holders/{office['medecin'].id}/roles/auditor"
    assert caller.call("PUT", path).status_code == 204
    both = Barrier(2)

    def take(_: int) -> tuple[int, bool]:
        both.wait()
        answer = caller.call("DELETE", path, Idempotency_Key="race")
        office.world.core.database.forget()
        return answer.status_code, "Idempotency-Replayed" in answer.headers

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, range(2))) == [(204, False), (204, True)]
    assert len(office.world.events("role.taken")) == 1


def test_what_waits_for_a_second_administrator_is_proposed_once(database_url: str) -> None:
    for watched in open_watched(database_url):
        scopes = "openid sceau.read sceau.write sceau.roles.write"
        caller = person_token(watched, "administrateur", scopes)
        path = f"/holders/{watched['medecin'].id}/roles/auditor"
        first, again = (caller.call("PUT", path, Idempotency_Key="one") for _ in range(2))
        assert (first.status_code, again.status_code) == (202, 202)
        assert (again.get_json(), again.headers["Idempotency-Replayed"]) == (
            {"state": "proposed"},
            "true",
        )
        desk = watched.world.provider.services.office
        with watched.world.core.database.read() as tx:
            listed = desk.proposals.listed(tx, watched.authority("administrateur"))
        assert not isinstance(listed, Denied)
        assert len(listed) == 1


def test_cr_045_a_secret_is_shown_once_and_kept_nowhere(office: Opened) -> None:
    caller = program(office, Held(Role.SUPER))
    wanted = {"name": "One", "address": "https://hooks.example/", "events": ["account.state"]}
    made = caller.call("POST", "/webhooks", wanted, Idempotency_Key="one")
    assert made.get_json()["secret"].startswith("whsec_"), made.text
    again = caller.call("POST", "/webhooks", wanted, Idempotency_Key="one")
    assert (again.status_code, problem(again)) == (409, "answer-not-kept")
    other = caller.call("POST", "/webhooks", wanted | {"name": "Two"}, Idempotency_Key="one")
    assert problem(other) == "key-reused"
    assert len(caller.get("/webhooks").get_json()["items"]) == 1
    letter = f"/patients/{office['patient'].id}/letter"
    assert caller.call("POST", letter, Idempotency_Key="two").mimetype == "application/pdf"
    assert problem(caller.call("POST", letter, Idempotency_Key="two")) == "answer-not-kept"
    with office.world.core.database.read() as tx:
        assert set(tx.execute(text("SELECT answer FROM api_answers")).scalars()) == {None}


def test_cr_045_every_answer_with_a_secret_is_known() -> None:
    """A new operation that answers with one, or with paper, has to say so."""
    telling = set()
    for one in OPERATIONS:
        members = one.answer.model_fields if one.answer is not None else {}
        if one.writes and (one.media_type or {"secret", "password", "link"} & set(members)):
            telling.add(one.name)
    assert telling == {one.name for one in OPERATIONS if one.shown_once}
    assert len(telling) >= 4
