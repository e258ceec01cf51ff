# SPDX-License-Identifier: Apache-2.0
"""What the console asks a fresh proof for, the API asks of people's tokens as well (SE-006)."""

import pytest
from sqlalchemy import update

from connectors.base import Level
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.api.routing import PARAMETER
from idp.api.scopes import SCOPES
from idp.api.v1.operations import OPERATIONS
from idp.db import table_of
from idp.login.freshness import FRESH_FOR
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, dump_proofs
from tests.administration.api_kit import TWO_FACTORS, Program, agree, person_token, problem, program
from tests.administration.kit import Opened
from tests.protocol.kit import register

WRITING = tuple(one for one in SCOPES if one.endswith(".write") and one != "sceau.write")
SCOPE = " ".join(("openid", "sceau.read", *WRITING))
GRAVE = (
    {"setPasswordPolicy", "resetPasswordPolicy", "rotateKey", "revokeKey", "addAuthority"}
    | {"removeAuthority", "giveRole", "takeRole", "agreeToProposal", "declineProposal"}
    | {"mergeAccounts", "exportAccounts", "removeMeans", "removeOneMeans", "restoreCard"}
    | {"startImport", "resumeImport", "undoImport", "printLetter", "printLetters"}
    | {"undoPasswordPolicyChange", "bringCalculettes", "handCalculetteOver"}
    | {"enableCalculette", "bindCard"}
    | {"renewApplicationSecret", "createWebhook", "rotateWebhookSecret"}
)
NEW_KEY = {"algorithm": "ES256"}


def prove(office: Opened, who: str) -> None:
    """They have just proved two factors in their session, at the console say."""
    core, sessions = office.world.core, table_of(SessionRow)
    with core.database.write() as tx:
        for session in core.sessions.of_account(tx, office[who].id):
            proof = Proof("totp", Level.TWO_FACTORS, ("pwd", "otp"), core.clock.now(), "again")
            proofs = dump_proofs((*session.proofs, proof))
            tx.execute(update(sessions).where(sessions.c.id == session.id).values(proofs=proofs))


def test_se_006_each_grave_act_needs_a_fresh_login(sqlite_office: Opened) -> None:
    caller = person_token(sqlite_office, "administrateur", SCOPE)
    sqlite_office.world.clock.pass_by(FRESH_FOR + 1)
    stale = set()
    for one in OPERATIONS:
        if one.method == "GET" and not one.fresh:
            continue
        answer = caller.call(one.method, PARAMETER.sub("none", one.path))
        if answer.status_code == 403 and problem(answer) == "stale-login":
            stale.add(one.name)
            shown = answer.headers["WWW-Authenticate"]
            # RFC 9470 §3.
            assert 'error="insufficient_user_authentication"' in shown
            assert f'max_age="{FRESH_FOR}"' in shown
    assert stale == GRAVE
    assert caller.get("/keys").status_code == 200


def test_se_006_the_proof_is_that_of_the_token(office: Opened) -> None:
    """Proved at the console, it is not proved to whoever holds an older token."""
    caller = person_token(office, "administrateur", SCOPE)
    office.world.clock.pass_by(FRESH_FOR + 1)
    prove(office, "administrateur")
    assert problem(caller.call("POST", "/keys", NEW_KEY)) == "stale-login"
    anew = person_token(office, "administrateur", SCOPE)
    assert anew.call("POST", "/keys", NEW_KEY).status_code == 201
    # What was proved is no longer worth two factors: nor is the token of then.
    core, sessions = office.world.core, table_of(SessionRow)
    with core.database.write() as tx:
        proof = Proof("password", Level.PASSWORD, ("pwd",), core.clock.now(), "weak")
        old = Proof("totp", Level.TWO_FACTORS, ("pwd", "otp"), 1, "old")
        tx.execute(update(sessions).values(proofs=dump_proofs((old, proof))))
    assert problem(anew.call("POST", "/keys", NEW_KEY)) == "stale-login"


def test_se_006_a_refreshed_token_is_as_old_as_its_login(sqlite_office: Opened) -> None:
    world = sqlite_office.world
    scope = f"{SCOPE} offline_access"
    guest = register(
        world,
        oidc={
            "scopes": scope.split(),
            "grant_types": ["authorization_code", "refresh_token"],
        },
        policy=TWO_FACTORS,
    )
    agree(sqlite_office, "administrateur", guest.key, scope)
    given = guest.tokens(sqlite_office.enter("administrateur"), "administrateur", scope=scope)
    world.clock.pass_by(FRESH_FOR + 1)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    again = guest.post("/oidc/token", form).json
    caller = Program(world, again["access_token"], key=guest.key)
    assert caller.get("/keys").status_code == 200
    assert problem(caller.call("POST", "/keys", NEW_KEY)) == "stale-login"


@pytest.mark.parametrize("role", [Role.SUPER, Role.HELP_DESK], ids=str)
def test_programs_act_by_their_role(sqlite_office: Opened, role: Role) -> None:
    """Nobody logs in: their secret is what they prove, with each token."""
    caller = program(sqlite_office, Held(role), WRITING)
    sqlite_office.world.clock.pass_by(FRESH_FOR + 1)
    answer = caller.call("POST", "/keys", NEW_KEY)
    if role is Role.SUPER:
        assert answer.status_code == 201
    else:
        assert problem(answer) == "not-allowed"


def test_who_may_not_is_not_sent_to_log_in(sqlite_office: Opened) -> None:
    caller = person_token(sqlite_office, "chu", SCOPE)
    sqlite_office.world.clock.pass_by(FRESH_FOR + 1)
    assert problem(caller.call("POST", "/keys", NEW_KEY)) == "not-allowed"
    reader = person_token(sqlite_office, "administrateur", "openid sceau.read")
    sqlite_office.world.clock.pass_by(FRESH_FOR + 1)
    assert problem(reader.call("POST", "/keys", NEW_KEY)) == "missing-scope"


def test_wb_016_nobody_is_administered_in_somebodys_absence(office: Opened) -> None:
    """What lasts without a session opens nothing here."""
    world, scope = office.world, f"{SCOPE} offline_access"
    oidc = {"scopes": SCOPE.split(), "refresh": "lasting"}
    guest = register(world, oidc=oidc, policy=TWO_FACTORS)
    agree(office, "administrateur", guest.key, scope)
    browser = office.enter("administrateur")
    given = guest.tokens(browser, "administrateur", scope=scope)
    caller = Program(world, given["access_token"], key=guest.key)
    assert caller.get("/keys").status_code == 200
    core = world.core
    with core.database.write() as tx:
        core.sessions.end_all(tx, office["administrateur"].id, "logout", None)
    again = guest.refresh(given["refresh_token"]).json["access_token"]
    for token in (given["access_token"], again):
        assert Program(world, token, key=guest.key).get("/keys").status_code == 401
