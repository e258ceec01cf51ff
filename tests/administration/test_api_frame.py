# SPDX-License-Identifier: Apache-2.0
"""The frame of the API: tokens, bodies, negotiation, limits."""

import pytest

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import Program, problem, program
from tests.administration.kit import Opened


def test_whoever_calls_is_told_who_they_are(office: Opened) -> None:
    caller = program(office, Held(Role.AUDITOR), asked="sceau.read")
    answer = caller.get("/me")
    assert answer.status_code == 200
    me = answer.get_json()
    assert me["actor"] == f"application:{caller.key}"
    assert me["roles"] == [{"role": "auditor", "establishment": ""}]
    assert me["scopes"] == ["sceau.read"]
    assert "accounts.see" in me["rights"]
    assert "accounts.edit" not in me["rights"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["RateLimit"].startswith('"calls";r=')
    assert answer.headers["X-Request-Id"]


def test_wb_030_without_a_live_token_nobody_is_let_in(sqlite_office: Opened) -> None:
    world = sqlite_office.world
    nobody = Program(world, "")
    answer = nobody.get("/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sceau"'
    assert problem(Program(world, "x" * 43).get("/me")) == "unauthenticated"
    assert problem(Program(world, "x" * 9000).get("/me")) == "unauthenticated"
    caller = program(sqlite_office, Held(Role.AUDITOR))
    assert Program(world, "").get(f"/me?access_token={caller.token}").status_code == 400
    world.clock.pass_by(7200)
    assert problem(caller.get("/me")) == "unauthenticated"


def test_cookies_are_never_read(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("administrateur")
    assert browser.get("/api/v1/me").status_code == 401


def test_wb_030_a_token_for_somebody_else_opens_nothing(sqlite_office: Opened) -> None:
    other = program(sqlite_office, Held(Role.SUPER), audiences=["https://elsewhere.example"])
    assert problem(other.get("/me")) == "unauthenticated"
    issuer = sqlite_office.world.issuer
    ours = program(sqlite_office, Held(Role.SUPER), audiences=[f"{issuer}/api"])
    assert ours.get("/me").status_code == 200


def test_an_application_without_a_role_may_nothing(sqlite_office: Opened) -> None:
    assert problem(program(sqlite_office, None).get("/me")) == "not-allowed"


def test_a_scope_that_is_missing_is_named(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.SUPER), asked="sceau.read")
    answer = caller.call("PUT", f"/holders/{sqlite_office['medecin'].id}/roles/help-desk")
    assert problem(answer) == "missing-scope"
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="sceau.roles.write"' in answer.headers["WWW-Authenticate"]


def test_se_004_a_closed_application_is_out_at_once(office: Opened) -> None:
    caller = program(office, Held(Role.AUDITOR))
    assert caller.get("/me").status_code == 200
    core = office.world.core
    with core.database.write() as tx:
        core.applications.set_enabled(tx, caller.key, enabled=False)
    assert problem(caller.get("/me")) == "unauthenticated"


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/me/", 404, "not-found"),
        ("GET", "//me", 404, "not-found"),
        ("POST", "/me", 405, "method"),
        ("TRACE", "/me", 405, "method"),
        ("GET", "/me?x=1", 400, "invalid"),
        ("GET", "/me?x=1&x=2", 400, "malformed"),
    ],
)
def test_addresses(sqlite_office: Opened, method: str, path: str, status: int, name: str) -> None:
    caller = program(sqlite_office, Held(Role.AUDITOR))
    answer = caller.call(method, path)
    assert (answer.status_code, problem(answer)) == (status, name)


def test_methods_are_told(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.AUDITOR))
    answer = caller.call("OPTIONS", "/me")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert caller.call("HEAD", "/me").status_code == 200
    assert caller.call("HEAD", "/me").data == b""


@pytest.mark.parametrize(
    ("accept", "status"),
    [("*/*", 200), ("application/*", 200), ("text/html", 406), ("application/json;q=0", 406)],
)
def test_what_is_accepted(sqlite_office: Opened, accept: str, status: int) -> None:
    caller = program(sqlite_office, Held(Role.AUDITOR))
    assert caller.get("/me", Accept=accept).status_code == status


def test_wb_032_an_allowance_is_spent(office: Opened) -> None:
    caller = program(office, Held(Role.AUDITOR))
    other = program(office, Held(Role.AUDITOR))
    most = office.world.core.settings.api.calls
    core = office.world.core
    from idp.programs.allowance import Allowance

    allowance = Allowance(core.clock, core.lookup, most)
    with core.database.write() as tx:
        for _ in range(most - 1):
            allowance.take(tx, f"application:{caller.key}")
    assert caller.get("/me").headers["RateLimit"].startswith('"calls";r=0')
    answer = caller.get("/me")
    assert problem(answer) == "too-many"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert other.get("/me").status_code == 200
    office.world.clock.pass_by(60)
    assert caller.get("/me").status_code == 200
