# SPDX-License-Identifier: Apache-2.0
"""The API and tokens that are bound, and what it answers where a login is too weak (RFC 9470)."""

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from connectors.base import Level
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.api.actors import TWO_FACTORS as NAMED
from idp.login.freshness import FRESH_FOR
from idp.oidc.levels import ACR
from tests.administration.api_kit import TWO_FACTORS, Program, agree, give, person_token, problem
from tests.administration.kit import Opened
from tests.card_kit import PROXY
from tests.protocol.kit import Guest, parameters_of, register
from tests.protocol.oidc.proofs import BOUND, CREDENTIALS, MACHINE, at_token, proof
from tests.protocol.oidc.signing import Key, new_key

ME, SCOPE = "/api/v1/me", "openid sceau.read"
SCIM = "/scim/v2"
BY_PROOF = 'DPoP realm="sceau", algs="ES256 PS256 EdDSA"'


def bound(office: Opened, key: Key, nonce: str = "", **oidc: Any) -> tuple[Guest, str]:
    """A program with a role, and its token for this key."""
    settings = MACHINE | BOUND | {"scopes": ["sceau.read", "scim"]} | oidc
    guest = register(office.world, oidc=settings)
    give(office, guest.key, Held(Role.AUDITOR))
    form = CREDENTIALS | {"scope": "sceau.read scim"}
    carried = {"nonce": nonce} if nonce else {}
    given = at_token(guest, form, proof(office.world, key, **carried))
    if given.json.get("error") == "use_dpop_nonce" and not nonce:
        return bound(office, key, given.headers["DPoP-Nonce"], **oidc)
    assert given.status == 200, given
    return guest, given.json["access_token"]


def ask(
    office: Opened, token: str, shown: str = "", scheme: str = "DPoP", address: str = ME
) -> TestResponse:
    headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": shown} if shown else {})
    return Program(office.world, "", "", headers=headers).get(address)


def test_oa_115_oa_116_a_bound_token_and_its_proofs(office: Opened) -> None:
    world, key, other = office.world, new_key("ES256", None), new_key("ES256", None)
    _guest, token = bound(office, key)
    right = proof(world, key, "GET", ME, token=token)
    assert ask(office, token, right).status_code == 200
    for shown, scheme, code in (
        (right, "DPoP", "invalid_dpop_proof"),
        (proof(world, key, "GET", ME), "DPoP", "invalid_dpop_proof"),
        (proof(world, key, "POST", ME, token=token), "DPoP", "invalid_dpop_proof"),
        (proof(world, key, "GET", "/api/v1/accounts", token=token), "DPoP", "invalid_dpop_proof"),
        (proof(world, key, "GET", ME, token=token, nonce="x"), "DPoP", "use_dpop_nonce"),
        (proof(world, other, "GET", ME, token=token), "DPoP", "invalid_token"),
        (proof(world, key, "GET", ME, token=token), "Bearer", "invalid_token"),
        ("", "Bearer", "invalid_token"),
        ("", "DPoP", "invalid_dpop_proof"),
    ):
        answer = ask(office, token, shown, scheme)
        assert (answer.status_code, problem(answer)) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith(f'{BY_PROOF}, error="{code}"')
        assert ("DPoP-Nonce" in answer.headers) is (code == "use_dpop_nonce")


@pytest.mark.parametrize("address", [ME, f"{SCIM}/ServiceProviderConfig"])
def test_oa_115_a_value_of_ours_is_asked_for_here_too(office: Opened, address: str) -> None:
    world, key = office.world, new_key("ES256", None)
    _guest, token = bound(office, key, dpop_nonce_required=True)
    asked = ask(office, token, proof(world, key, "GET", address, token=token), address=address)
    assert asked.status_code == 401
    assert asked.headers["WWW-Authenticate"].startswith(f'{BY_PROOF}, error="use_dpop_nonce"')
    nonce = asked.headers["DPoP-Nonce"]
    shown = proof(world, key, "GET", address, token=token, nonce=nonce)
    given = ask(office, token, shown, address=address)
    assert (given.status_code, given.headers["DPoP-Nonce"]) == (200, nonce)
    # Nobody is told one who has not asked to be.
    _guest, token = bound(office, key)
    free = ask(office, token, proof(world, key, "GET", address, token=token), address=address)
    assert free.status_code == 200
    assert "DPoP-Nonce" not in free.headers


@pytest.mark.parametrize("address", [ME, f"{SCIM}/ServiceProviderConfig"])
def test_oa_116_a_refusal_names_the_scheme_that_was_meant(office: Opened, address: str) -> None:
    world, key = office.world, new_key("ES256", None)
    wrong = "x" * 43
    for token, shown, scheme, challenge in (
        (wrong, proof(world, key, "GET", address, token=wrong), "DPoP", BY_PROOF),
        ("x" * 9000, "", "DPoP", BY_PROOF),
        (wrong, "", "Bearer", 'Bearer realm="sceau"'),
    ):
        answer = ask(office, token, shown, scheme, address)
        assert answer.status_code == 401
        found = answer.headers["WWW-Authenticate"]
        assert found.startswith(f'{challenge}, error="invalid_token"')


def test_oa_116_what_a_bound_token_lacks_is_told_by_its_scheme(office: Opened) -> None:
    world, key = office.world, new_key("ES256", None)
    _guest, token = bound(office, key)
    shown = proof(world, key, "POST", "/api/v1/keys", token=token)
    sent = {"Authorization": f"DPoP {token}", "DPoP": shown}
    answer = Program(world, "", headers=sent).call("POST", "/keys", {"algorithm": "ES256"})
    assert (answer.status_code, problem(answer)) == (403, "missing-scope")
    found = answer.headers["WWW-Authenticate"]
    assert found.startswith(f'{BY_PROOF}, error="insufficient_scope"')


def test_oa_060_a_token_bound_to_a_certificate_is_none_here(office: Opened) -> None:
    """Nobody asks for certificates at this address, and no header stands for one."""
    world = office.world
    _guest, token = bound(office, new_key("ES256", None))
    with world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE tokens SET bound_to = 'x5t#S256:' || 'x'")
    sent = {"Authorization": f"Bearer {token}", "Client-Cert": ":AAAA:", "X-Sceau-Proxy": PROXY}
    answer = Program(world, "", headers=sent).get("/me")
    assert (answer.status_code, problem(answer)) == (401, "unauthenticated")


def challenged(answer: TestResponse) -> dict[str, str]:
    """What the challenge says."""
    found = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in found
    return dict(re.findall(r'(\w+)="([^"]*)"', found))


def test_a_weak_login_is_told_how_to_do_better(sqlite_office: Opened) -> None:
    world, who = sqlite_office.world, "administrateur"
    policy: dict[str, Any] = {"level": 1, "means": ["password", "totp"]}
    guest = register(world, oidc={"scopes": SCOPE.split()}, policy=policy)
    agree(sqlite_office, who, guest.key, SCOPE)
    weak = guest.tokens(world.browser(), who, scope=SCOPE)["access_token"]
    answer = Program(world, weak).get("/me")
    assert problem(answer) == "weak-login"
    wanted = challenged(answer)["acr_values"]
    assert wanted == NAMED == ACR[Level.TWO_FACTORS]
    # With two factors the token is good.
    browser = sqlite_office.enter(who)
    code = guest.code_for(browser, who, scope=SCOPE, acr_values=wanted)
    token = guest.redeem(code).json["access_token"]
    assert Program(world, token).get("/me").status_code == 200
    # And a silent request by nobody says so.
    url = guest.authorize_url(scope=SCOPE, acr_values=wanted, prompt="none")
    assert parameters_of(world.browser().request("GET", url))["error"] == "login_required"


@pytest.mark.parametrize("prompt", ["none", None])
def test_an_old_login_is_told_how_old_it_may_be(sqlite_office: Opened, prompt: str | None) -> None:
    world, who = sqlite_office.world, "administrateur"
    scope = f"{SCOPE} sceau.keys.write"
    guest = register(world, oidc={"scopes": scope.split()}, policy=TWO_FACTORS)
    caller = person_token(sqlite_office, who, scope, guest)
    world.clock.pass_by(FRESH_FOR + 1)
    answer = caller.call("POST", "/keys", {"algorithm": "ES256"})
    assert problem(answer) == "stale-login"
    max_age = challenged(answer)["max_age"]
    browser = sqlite_office.enter(who)
    code = guest.code_for(browser, who, scope=scope, max_age=max_age, prompt=prompt)
    token = guest.redeem(code).json["access_token"]
    anew = Program(world, token)
    assert anew.call("POST", "/keys", {"algorithm": "ES256"}).status_code == 201
    # The same wish made in a login that is too old is no login.
    world.clock.pass_by(int(max_age) + 1)
    url = guest.authorize_url(scope=scope, max_age=max_age, prompt="none")
    assert parameters_of(browser.request("GET", url))["error"] == "login_required"
