# SPDX-License-Identifier: Apache-2.0
"""The token endpoint: which grants, for whom, how much, and what it refuses to read."""

import json

import pytest

from tests.cast import SECRET
from tests.protocol.kit import assert_error, register, send, settled
from tests.protocol.oidc.strict import check_headers, segment
from tests.world import Answer, World

ENDPOINTS = [
    "/oidc/token",
    "/oidc/introspect",
    "/oidc/revoke",
    "/oidc/par",
]
DEVICES = "/oidc/device_authorization"


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["error"]) == (status, code)
    assert set(answer.json) <= {"error", "error_description"}


@pytest.mark.parametrize(
    "grant",
    [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "CLIENT_CREDENTIALS",
        "client_credentials ",
        "x\x00",
    ],
)
def test_oa_040_grants_that_do_not_exist_here(shared: World, grant: str) -> None:
    body = {"grant_type": grant, "username": "cdurand", "password": "x", "assertion": "a.b.c"}
    refused(shared.client("dcc").post("/oidc/token", body), 400, "unsupported_grant_type")


def test_oa_040_no_grant_at_all(shared: World) -> None:
    for body in ({"scope": "x"}, {"grant_type": ""}):
        refused(shared.client("dcc").post("/oidc/token", body), 400, "invalid_request")


@pytest.mark.parametrize(
    ("key", "grant"),
    [
        ("dcc", "client_credentials"),
        ("robot", "authorization_code"),
        ("robot", "refresh_token"),
        ("native", "client_credentials"),
    ],
)
def test_oa_041_a_grant_that_the_client_may_not_use(shared: World, key: str, grant: str) -> None:
    body = {"grant_type": grant, "code": "x" * 43, "refresh_token": "x" * 43}
    refused(shared.client(key).post("/oidc/token", body), 400, "unauthorized_client")


def test_oa_041_a_client_without_the_code_flow_at_the_authorization_endpoint(
    shared: World,
) -> None:
    client = register(shared, oidc={"grant_types": ["client_credentials"]})
    response = settled(shared).request("GET", client.authorize_url())
    assert client.answered(response)["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("openid admin", {"openid"}),
        ("openid email exams.write", {"openid", "email"}),
        ("openid OPENID Email", {"openid"}),
        ("openid openid email email", {"openid", "email"}),
        ("email", {"email"}),
    ],
)
def test_oa_042_a_request_is_narrowed_to_what_is_registered(
    shared: World, scope: str, granted: set[str]
) -> None:
    client = shared.client("plain")
    answer = client.redeem(client.code_for(settled(shared), scope=scope))
    assert set(answer.json["scope"].split()) == granted
    assert ("id_token" in answer.json) is ("openid" in granted)
    told = client.introspect(answer.json["access_token"]).json
    assert set(told["scope"].split()) == granted


@pytest.mark.parametrize("scope", ["admin", "", " ", "OPENID", "openid\tadmin", "op enid"])
def test_oa_042_nothing_left_is_an_error(shared: World, scope: str) -> None:
    client = shared.client("plain")
    response = settled(shared).request("GET", client.authorize_url(scope=scope))
    assert client.answered(response)["error"] in {"invalid_scope", "invalid_request"}


def test_oa_042_openid_where_it_is_not_registered(shared: World) -> None:
    client = register(shared, oidc={"scopes": ["email"]})
    answer = client.redeem(client.code_for(settled(shared), scope="openid email"))
    assert answer.json["scope"] == "email"
    assert "id_token" not in answer.json
    info = client.userinfo(answer.json["access_token"])
    assert (info.status, info.json["error"]) == (403, "insufficient_scope")


def test_oa_042_a_scope_at_redemption_widens_nothing(shared: World) -> None:
    client = shared.client("plain")
    code = client.code_for(settled(shared), scope="openid")
    answer = client.redeem(code, scope="openid email profile")
    assert answer.json["scope"] == "openid"


@pytest.mark.parametrize(
    "scope", ["admin", "exams.read admin", "openid", "exams.read openid", "profile"]
)
def test_oa_042_an_application_alone_asks_for_too_much(shared: World, scope: str) -> None:
    body = {"grant_type": "client_credentials", "scope": scope}
    refused(shared.client("robot").post("/oidc/token", body), 400, "invalid_scope")


def test_oa_042_an_application_alone_never_gets_the_scopes_of_persons(shared: World) -> None:
    client = register(
        shared,
        oidc={
            "grant_types": ["client_credentials", "authorization_code"],
            "scopes": ["openid", "email", "exams.read"],
        },
    )
    body = {"grant_type": "client_credentials"}
    refused(client.post("/oidc/token", body | {"scope": "openid"}), 400, "invalid_scope")
    answer = client.post("/oidc/token", body | {"scope": "exams.read"})
    assert answer.json["scope"] == "exams.read"
    assert not {"id_token", "refresh_token"} & set(answer.json)


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_who_is_granted_no_scope_is_told_of_none(shared: World, kind: str) -> None:
    """RFC 6749 §3.3: a scope has one word at least; oauthlib takes an empty one for another."""
    oidc = {"grant_types": ["client_credentials"], "scopes": [], "redirect_uris": []}
    client = register(shared, oidc=oidc | {"access_token_format": kind})
    answer = client.post("/oidc/token", {"grant_type": "client_credentials"})
    assert set(answer.json) == {"access_token", "token_type", "expires_in"}
    token = answer.json["access_token"]
    told = client.introspect(token).json
    assert told["active"] is True
    assert "scope" not in told
    if kind == "jwt":
        assert "scope" not in segment(token, 1)


def test_oa_043_an_audience_that_is_not_registered(shared: World) -> None:
    body = {"grant_type": "client_credentials"}
    robot = shared.client("robot")
    answer = robot.post("/oidc/token", body | {"resource": "https://evil.example"})
    refused(answer, 400, "invalid_target")
    good = robot.post("/oidc/token", body | {"resource": "resource"}).json
    assert shared.client("resource").introspect(good["access_token"]).json["active"]
    client = register(shared, oidc={"audiences": ["https://a.example", "https://b.example"]})
    browser = settled(shared)
    url = client.authorize_url(resource="https://evil.example")
    assert client.answered(browser.request("GET", url))["error"] == "invalid_target"
    code = client.code_for(browser, resource="https://a.example")
    refused(client.redeem(code, resource="https://b.example"), 400, "invalid_target")


def test_oa_043_an_audience_chosen_at_the_request_is_the_only_one(shared: World) -> None:
    client = register(shared, oidc={"audiences": ["https://a.example", "https://b.example"]})
    code = client.code_for(settled(shared), resource="https://a.example")
    told = client.introspect(client.redeem(code).json["access_token"]).json
    assert told["aud"] == ["https://a.example"]


def test_oa_044_answers_with_tokens_are_never_kept(shared: World) -> None:
    client = shared.client("dcc")
    answer = client.redeem(client.code_for(settled(shared)))
    check_headers(answer.headers)
    check_headers(client.refresh(answer.json["refresh_token"]).headers)
    check_headers(client.redeem("wrong").headers)
    check_headers(client.introspect(answer.json["access_token"]).headers)
    check_headers(client.userinfo(answer.json["access_token"]).headers)
    robot = shared.client("robot").post("/oidc/token", {"grant_type": "client_credentials"})
    check_headers(robot.headers)


@pytest.mark.parametrize("path", [*ENDPOINTS, DEVICES])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_oa_045_only_post(shared: World, path: str, method: str) -> None:
    response = send(shared, method, path, query={"grant_type": "client_credentials"})
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert response.headers["Cache-Control"] == "no-store"


ROBOT = {"grant_type": "client_credentials", "client_id": "robot", "client_secret": SECRET}


@pytest.mark.parametrize("path", [*ENDPOINTS, DEVICES])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps(ROBOT)),
        ("text/plain", "grant_type=client_credentials"),
        ("multipart/form-data; boundary=x", "--x--"),
        ("", "grant_type=client_credentials"),
        ("application/x-www-form-urlencoded-not", "a=b"),
    ],
)
def test_oa_045_only_a_form(shared: World, path: str, kind: str, body: str) -> None:
    response = send(shared, "POST", path, body=body, content_type=kind)
    assert_error(response, 415, "invalid_request")


@pytest.mark.parametrize("path", [*ENDPOINTS, DEVICES])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("a=" + "x" * 1_000_000, 413),
        ("a=" + "x" * 40_000, 413),
        ("&".join(f"p{n}=1" for n in range(10_000)), 413),
        ("&".join(f"p{n}=1" for n in range(100)), 400),
        ("grant_type=%ff", 400),
        (b"grant_type=\xff", 400),
    ],
    ids=["a megabyte", "40 kB", "10 000 fields", "100 fields", "not UTF-8", "raw latin-1"],
)
def test_oa_045_a_body_too_large_or_unreadable(
    shared: World, path: str, body: str | bytes, status: int
) -> None:
    response = send(shared, "POST", path, body=body)
    assert_error(response, status, "invalid_request")


@pytest.mark.parametrize("path", [*ENDPOINTS, DEVICES])
def test_oa_007_a_parameter_given_twice_in_a_form(shared: World, path: str) -> None:
    client = shared.client("robot")
    form = [("grant_type", "client_credentials"), ("token", "x"), ("scope", "exams.read")]
    for name in ("grant_type", "token", "scope", "unknown"):
        twice = [*form, (name, "a"), (name, "b")]
        response = send(shared, "POST", path, form=twice, headers=client.basic())
        assert_error(response, 400, "invalid_request")


@pytest.mark.parametrize("path", ENDPOINTS)
def test_oa_007_the_address_carries_nothing(shared: World, path: str) -> None:
    """RFC 6749 §3.2: parameters are in the body; one in both places is given twice."""
    client = shared.client("robot")
    form = {"grant_type": "client_credentials", "token": "x"}
    response = send(shared, "POST", path, query=form, form={}, headers=client.basic())
    assert_error(response, 400, "invalid_request")
    response = send(
        shared, "POST", path, query={"token": "x", "grant_type": "x"}, form=form,
        headers=client.basic(),
    )  # fmt: skip
    assert_error(response, 400, "invalid_request")
