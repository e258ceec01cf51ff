# SPDX-License-Identifier: Apache-2.0
"""Whom the application expects: id_token_hint, and a subject in the claims parameter."""

import base64
import json

import pytest

from tests.protocol.kit import assert_page, parameters_of, register, settled
from tests.world import RelyingParty, World

YEAR = 366 * 86_400


def encode(document: object) -> str:
    raw = json.dumps(document).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def silent(client: RelyingParty, who: str | None, **changes: str) -> dict[str, str]:
    browser = settled(client.world, who) if who else client.world.browser()
    response = browser.request("GET", client.authorize_url(prompt="none", **changes))
    return parameters_of(response)


def hint_of(client: RelyingParty, who: str = "medecin") -> str:
    return str(client.redeem(client.code_for(settled(client.world, who))).json["id_token"])


def test_oa_014_a_hint_for_the_person_logged_in(shared: World) -> None:
    client = shared.client("plain")
    assert "code" in silent(client, "medecin", id_token_hint=hint_of(client))


def test_oa_014_a_hint_for_somebody_else(shared: World) -> None:
    client = shared.client("plain")
    answered = silent(client, "infirmiere", id_token_hint=hint_of(client))
    assert answered["error"] == "login_required"
    browser = settled(shared, "infirmiere")
    response = browser.get(client.authorize_url(id_token_hint=hint_of(client)))
    assert_page(response, "other-person", 403)


def test_oa_014_a_hint_without_a_session(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    hint = hint_of(client)
    assert silent(client, None, id_token_hint=hint)["error"] == "login_required"
    browser = sqlite_world.browser()
    client.ask(browser, id_token_hint=hint)
    # Somebody else logs in: the application does not get them.
    response = browser.log_in("infirmiere")
    assert_page(response, "other-person", 403)


def test_oa_014_a_hint_a_year_old_still_names_somebody(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    hint = hint_of(client)
    sqlite_world.clock.pass_by(YEAR)
    assert "code" in silent(client, "medecin", id_token_hint=hint)
    assert silent(client, "infirmiere", id_token_hint=hint)["error"] == "login_required"


def test_oa_014_a_hint_of_another_client(shared: World) -> None:
    hint = hint_of(shared.client("posting"))
    answered = silent(shared.client("plain"), "medecin", id_token_hint=hint)
    assert answered["error"] == "invalid_request"


def test_oa_014_a_pairwise_hint_names_its_person(shared: World) -> None:
    client = shared.client("pairwise")
    hint = hint_of(client)
    assert "code" in silent(client, "medecin", id_token_hint=hint)
    assert silent(client, "infirmiere", id_token_hint=hint)["error"] == "login_required"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, [], "HS256"])
def test_oa_070_a_hint_without_a_real_algorithm(shared: World, algorithm: object) -> None:
    client = shared.client("plain")
    header, payload, signature = hint_of(client).split(".")
    kid = json.loads(base64.urlsafe_b64decode(header + "==="))["kid"]
    changed = encode({"alg": algorithm, "kid": kid, "typ": "JWT"})
    for token in (f"{changed}.{payload}.", f"{changed}.{payload}.{signature}"):
        answered = silent(client, "medecin", id_token_hint=token)
        assert answered["error"] == "invalid_request"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_oa_014_a_modified_hint(shared: World, part: int) -> None:
    client = shared.client("plain")
    parts = hint_of(client).split(".")
    flipped = "A" if parts[part][10] != "A" else "B"
    parts[part] = parts[part][:10] + flipped + parts[part][11:]
    answered = silent(client, "medecin", id_token_hint=".".join(parts))
    assert answered["error"] == "invalid_request"


def test_oa_014_the_subject_of_a_hint_cannot_be_replaced(shared: World) -> None:
    client = shared.client("plain")
    header, payload, signature = hint_of(client).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==="))
    other = hint_of(client, "infirmiere").split(".")[1]
    claims["sub"] = json.loads(base64.urlsafe_b64decode(other + "==="))["sub"]
    token = f"{header}.{encode(claims)}.{signature}"
    assert silent(client, "infirmiere", id_token_hint=token)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "hint",
    [
        "garbage",
        "a.b",
        "a.b.c.d.e",
        "..",
        "é.é.é",
        '{"payload":"e30","signatures":[]}',
        "x" * 20_000,
        "eyJhbGciOiJub25lIn0.e30.",
    ],
    ids=lambda hint: hint[:20],
)
def test_oa_076_a_hint_that_is_no_compact_token(shared: World, hint: str) -> None:
    answered = silent(shared.client("plain"), "medecin", id_token_hint=hint)
    assert answered["error"] == "invalid_request"


def test_oa_079_an_access_token_is_no_hint(shared: World) -> None:
    client = register(shared, oidc={"access_token_format": "jwt"})
    tokens = client.redeem(client.code_for(settled(shared))).json
    answered = silent(client, "medecin", id_token_hint=tokens["access_token"])
    assert answered["error"] == "invalid_request"


def test_oa_079_a_logout_token_is_no_hint(shared: World) -> None:
    client = shared.client("plain")
    teller = shared.provider.edge.teller
    registered = teller.clients.of(teller._core.applications._parsed["plain"][1])
    token = teller.logout_token(registered, shared.cast["medecin"].id, "label")
    assert silent(client, "medecin", id_token_hint=token)["error"] == "invalid_request"


def subject_of(client: RelyingParty, who: str = "medecin") -> str:
    payload = hint_of(client, who).split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "==="))["sub"])


@pytest.mark.parametrize("place", ["id_token", "userinfo"])
@pytest.mark.parametrize("key", ["plain", "pairwise"])
def test_oa_016_a_subject_asked_by_the_claims_parameter(
    shared: World, key: str, place: str
) -> None:
    client = shared.client(key)
    claims = json.dumps({place: {"sub": {"value": subject_of(client)}}})
    assert "code" in silent(client, "medecin", claims=claims)
    assert silent(client, "infirmiere", claims=claims)["error"] == "login_required"


@pytest.mark.parametrize("value", ["", "x", "é", "\ud800", "A" * 22, "=" * 8, "a\x00b"])
def test_oa_016_a_subject_that_names_nobody(shared: World, value: str) -> None:
    claims = json.dumps({"id_token": {"sub": {"value": value}}})
    answered = silent(shared.client("plain"), "medecin", claims=claims)
    assert ("code" in answered) is (value == "")
    assert answered.get("error") == (None if value == "" else "login_required")


def test_oa_016_two_subjects_that_disagree(shared: World) -> None:
    client = shared.client("plain")
    other = subject_of(client, "infirmiere")
    claims = json.dumps({"id_token": {"sub": {"value": other}}})
    answered = silent(client, "medecin", claims=claims, id_token_hint=hint_of(client))
    assert answered["error"] == "invalid_request"
    both = {
        "id_token": {"sub": {"value": subject_of(client)}},
        "userinfo": {"sub": {"value": other}},
    }
    assert silent(client, "medecin", claims=json.dumps(both))["error"] == "invalid_request"
