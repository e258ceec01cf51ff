# SPDX-License-Identifier: Apache-2.0
"""The audit proved whole, by the API."""

from typing import Any

import pytest
from sqlalchemy import text

from idp.administration.authority import Held
from idp.administration.oversight.verifying import SILENT
from idp.administration.rights import Role
from idp.audit.seal import Sealer
from idp.migrations.versions.v0017_audit_starts import drop_append_only_ddl
from tests.administration.api_kit import Program, problem, program
from tests.administration.kit import CHU, Opened

PATH = "/audit/verifications"


def caller_of(office: Opened, role: Role = Role.AUDITOR, house: str = "") -> Program:
    return program(office, Held(role, house), ("sceau.audit.read",))


def seal(office: Opened) -> None:
    core = office.world.core
    sealer = Sealer(core.clock, office.world.provider.secrets.audit)
    while sealer.run_once(core.database):
        pass


def proved(office: Opened, caller: Program) -> dict[str, Any]:
    """A proof from its beginning to its end."""
    asked = caller.call("POST", PATH)
    assert asked.status_code == 201, asked.text
    begun = asked.get_json()
    assert (begun["state"], begun["ended_at"]) == ("running", None)
    office.world.provider.services.office.verifying.wait()
    found: dict[str, Any] = caller.get(PATH).get_json()["items"][0]
    assert found["id"] == begun["id"]
    return found


def test_the_audit_is_proved_and_what_was_found_is_read(office: Opened) -> None:
    caller = caller_of(office)
    assert caller.get(PATH).get_json()["items"] == []
    seal(office)
    found = proved(office, caller)
    assert (found["state"], found["percent"], found["faults"]) == ("whole", 100, [])
    assert found["asked_by"] == f"application:{caller.key}"
    assert len(office.world.events("audit.verification_asked")) == 1
    with office.world.core.database.write() as tx:
        for statement in drop_append_only_ddl(tx.dialect.name):
            tx.exec_driver_sql(statement)
        tx.execute(text("UPDATE audit_events SET outcome = 'ok', means = 'cps' WHERE id = 2"))
    office.world.clock.pass_by(1)
    found = proved(office, caller)
    assert found["state"] == "broken"
    assert [one["what"] for one in found["faults"]] == ["edited"]


def test_one_at_a_time_and_once_under_a_key(sqlite_office: Opened) -> None:
    caller = caller_of(sqlite_office)
    desk = sqlite_office.world.provider.services.office
    with sqlite_office.world.core.database.write() as tx:
        assert desk.verifying.ask(tx, sqlite_office.authority("auditrice"))
    assert problem(caller.call("POST", PATH)) == "conflict"
    # Its process has died.
    sqlite_office.world.clock.pass_by(SILENT + 1)
    assert caller.get(PATH).get_json()["items"][0]["state"] == "given-up"
    first = caller.call("POST", PATH, Idempotency_Key="proof")
    desk.verifying.wait()
    again = caller.call("POST", PATH, Idempotency_Key="proof")
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(caller.get(PATH).get_json()["items"]) == 2


@pytest.mark.parametrize("role", [Role.ESTABLISHMENT, Role.HELP_DESK], ids=str)
def test_wb_014_who_may_not_see_the_audit_has_nothing_proved(
    sqlite_office: Opened, role: Role
) -> None:
    caller = caller_of(sqlite_office, role, CHU if role is Role.ESTABLISHMENT else "")
    for method in ("GET", "POST"):
        assert problem(caller.call(method, PATH)) == "not-allowed"
    with sqlite_office.world.core.database.read() as tx:
        office = sqlite_office.world.provider.services.office
        assert office.verifying.listed(tx, sqlite_office.authority("auditrice")) == ()
