# SPDX-License-Identifier: Apache-2.0
"""Idempotency-Key: done once, answered twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import problem, program
from tests.administration.kit import Opened


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
