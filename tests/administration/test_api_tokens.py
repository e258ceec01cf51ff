# SPDX-License-Identifier: Apache-2.0
"""Tokens of people: their own roles, no more than the scopes, as long as the session lives."""

from sqlalchemy import update

from connectors.base import Level
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.api.scim.operations import OPERATIONS as SCIM_OPERATIONS
from idp.api.scopes import SCIM_RIGHTS
from idp.db import table_of
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, dump_proofs
from tests.administration.api_kit import (
    TWO_FACTORS,
    Program,
    agree,
    person_token,
    problem,
    program,
)
from tests.administration.kit import CHU, DESK, Opened
from tests.protocol.kit import register


def test_a_person_has_their_rights_and_no_more_than_the_scopes(office: Opened) -> None:
    caller = person_token(office, "chu", "openid sceau.accounts.read")
    me = caller.get("/me").get_json()
    assert me["actor"] == office["chu"].id
    assert me["level"] == 2
    assert me["roles"] == [{"role": "establishment-administrator", "establishment": CHU}]
    assert me["rights"] == ["accounts.export", "accounts.see", "means.see", "sessions.see"]


def test_a_person_without_a_role_may_nothing(sqlite_office: Opened) -> None:
    assert problem(person_token(sqlite_office, "medecin").get("/me")) == "not-allowed"


def test_a_token_of_a_weak_login_is_too_weak(sqlite_office: Opened) -> None:
    world = sqlite_office.world
    guest = register(world, oidc={"scopes": ["openid", "sceau.read"]})
    agree(sqlite_office, "administrateur", guest.key, "openid sceau.read")
    browser = world.browser()
    weak = guest.tokens(browser, "administrateur", scope="openid sceau.read")["access_token"]
    answer = Program(world, weak).get("/me")
    assert problem(answer) == "weak-login"
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    # Nor does the session's later second factor lift what was given before it.
    sessions, core = table_of(SessionRow), world.core
    with core.database.write() as tx:
        session = core.sessions.find(tx, browser.cookie("session"))
        assert session is not None
        proof = Proof("totp", Level.TWO_FACTORS, ("otp",), core.clock.now(), "journey")
        proofs = dump_proofs((*session.proofs, proof))
        tx.execute(update(sessions).where(sessions.c.id == session.id).values(proofs=proofs))
    assert problem(Program(world, weak).get("/me")) == "weak-login"


def test_se_004_a_session_that_ends_takes_its_token_along(office: Opened) -> None:
    caller = person_token(office, "auditrice")
    assert caller.get("/me").status_code == 200
    core = office.world.core
    with core.database.write() as tx:
        for session in core.sessions.of_account(tx, office["auditrice"].id):
            core.sessions.end(tx, session.id, "test")
    assert problem(caller.get("/me")) == "unauthenticated"


def test_se_004_a_role_taken_away_closes_the_next_call(office: Opened) -> None:
    caller = person_token(office, "auditrice")
    assert caller.get("/me").status_code == 200
    desk = office.world.provider.services.office
    with office.world.core.database.write() as tx:
        root = desk.authorities.of_command(DESK)
        assert desk.roles.take(tx, root, office["auditrice"].id, Held(Role.AUDITOR)) is True
    assert problem(caller.get("/me")) == "not-allowed"


def test_an_unregistered_scope_is_not_given(sqlite_office: Opened) -> None:
    guest = register(sqlite_office.world, oidc={"scopes": ["openid"]}, policy=TWO_FACTORS)
    given = guest.tokens(sqlite_office.enter("auditrice"), scope="openid sceau.read")
    assert given["scope"] == "openid"
    answer = Program(sqlite_office.world, given["access_token"]).get("/me")
    assert answer.get_json()["rights"] == []


def test_an_id_token_and_a_refresh_token_open_nothing(sqlite_office: Opened) -> None:
    guest = register(
        sqlite_office.world,
        oidc={
            "scopes": ["openid", "sceau.read"],
            "grant_types": ["authorization_code", "refresh_token"],
        },
        policy=TWO_FACTORS,
    )
    agree(sqlite_office, "auditrice", guest.key, "openid sceau.read")
    given = guest.tokens(sqlite_office.enter("auditrice"), scope="openid sceau.read")
    for name in ("id_token", "refresh_token"):
        assert problem(Program(sqlite_office.world, given[name]).get("/me")) == "unauthenticated"


def test_wb_014_the_scope_of_scim_opens_scim_alone(sqlite_office: Opened) -> None:
    """What was agreed to was users and groups: no merge, no file, no list of everybody."""
    asked = {right for one in SCIM_OPERATIONS for right in one.rights}
    assert asked == SCIM_RIGHTS
    file = {"raw": b"Nom;Prenom\nAubert;Lise\n", "Content_Type": "text/csv"}
    one = f"/accounts/{sqlite_office['medecin'].id}"
    people = (
        program(sqlite_office, Held(Role.REGION), ("scim",)),
        person_token(sqlite_office, "regionale", "openid scim"),
    )
    for caller in people:
        answers = [
            caller.call("POST", f"{one}/merge", {"give_up": sqlite_office["infirmiere"].id}),
            caller.call("POST", "/imports", **file),
            caller.get("/accounts/export"),
            caller.get(one),
            caller.call("PUT", f"{one}/state", {"state": "disabled"}),
        ]
        assert {problem(answer) for answer in answers} == {"missing-scope"}
        assert all("scim" not in answer.headers["WWW-Authenticate"] for answer in answers)
        caller.prefix = "/scim/v2"
        assert caller.get(f"/Users/{sqlite_office['medecin'].id}").status_code == 200


def test_the_description_names_the_scopes_that_open(sqlite_office: Opened) -> None:
    caller = Program(sqlite_office.world, "", prefix="/api")
    paths = caller.get("/openapi.json").get_json()["paths"]
    named = {
        scope
        for verbs in paths.values()
        for verb in verbs.values()
        if isinstance(verb, dict)
        for one in verb.get("security", ())
        for scope in one.get("oauth2", ())
    }
    assert "sceau.accounts.write" in named
    assert "scim" not in named
