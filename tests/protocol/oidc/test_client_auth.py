# SPDX-License-Identifier: Apache-2.0
"""A client authenticates by exactly one method, the registered one, and every refusal is alike."""

from base64 import b64encode
from urllib.parse import quote_plus

import pytest

from idp.applications import service
from tests.cast import SECRET
from tests.protocol.kit import assert_error, register, send
from tests.protocol.oidc.signing import assertion_form, new_key
from tests.world import World

CREDENTIALS = {"grant_type": "client_credentials"}
ENDPOINTS = ["/oidc/token", "/oidc/introspect", "/oidc/revoke"]
ROBOT = {"redirect_uris": [], "grant_types": ["client_credentials"], "scopes": ["exams.read"]}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def machine(world: World, method: str, key: object = None):
    oidc = ROBOT | {"token_endpoint_auth_method": method}
    if method == "private_key_jwt":
        oidc |= {"jwks": {"keys": [key.as_dict(private=False)]}}
    client = register(world, oidc=oidc)
    with world.core.database.write() as tx:
        # Each has a secret, whether or not it may use it.
        world.core.applications.set_secret(tx, client.key, SECRET)
    return client


PRESENTED = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


def present(world: World, client_id: str, method: str, key: object) -> tuple[dict, dict]:
    """Form and headers that authenticate by this method."""
    match method:
        case "client_secret_basic":
            return {}, basic(client_id, SECRET)
        case "client_secret_post":
            return {"client_id": client_id, "client_secret": SECRET}, {}
        case "private_key_jwt":
            return assertion_form(world, client_id, key), {}
    return {"client_id": client_id}, {}


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("presented", PRESENTED)
@pytest.mark.parametrize("registered", PRESENTED[:3])
def test_oa_050_only_the_registered_method(
    shared: World, registered: str, presented: str, path: str
) -> None:
    key = new_key("ES256")
    client = machine(shared, registered, key)
    form, headers = present(shared, client.key, presented, key)
    response = send(shared, "POST", path, form=CREDENTIALS | {"token": "x"} | form, headers=headers)
    if presented == registered:
        assert response.status_code == 200
    else:
        assert_error(response, 401, "invalid_client")


@pytest.mark.parametrize("second", PRESENTED[:3])
@pytest.mark.parametrize("first", PRESENTED[:3])
def test_oa_051_two_methods_at_once(shared: World, first: str, second: str) -> None:
    if first == second:
        return
    key = new_key("ES256")
    for registered in (first, second):
        client = machine(shared, registered, key)
        form, headers = {}, {}
        for method in (first, second):
            more, lines = present(shared, client.key, method, key)
            form, headers = form | more, headers | lines
        response = send(shared, "POST", "/oidc/token", form=CREDENTIALS | form, headers=headers)
        assert_error(response, 401, "invalid_client")


def test_oa_051_a_failed_method_does_not_fall_through_to_another(shared: World) -> None:
    native = shared.client("native")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for headers in (basic("native", ""), basic("native", "x"), {"Authorization": "Basic !!"}):
        response = send(
            shared, "POST", "/oidc/token", form=form | {"client_id": native.key}, headers=headers
        )
        assert_error(response, 401, "invalid_client")


def test_oa_051_a_client_id_beside_must_be_the_same(shared: World) -> None:
    same = CREDENTIALS | {"client_id": "robot"}
    good = send(shared, "POST", "/oidc/token", form=same, headers=basic("robot", SECRET))
    assert good.status_code == 200
    other = CREDENTIALS | {"client_id": "dcc"}
    response = send(shared, "POST", "/oidc/token", form=other, headers=basic("robot", SECRET))
    assert_error(response, 401, "invalid_client")


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("secret", ["x", SECRET])
def test_oa_052_a_public_client_with_a_secret_is_nobody(
    shared: World, path: str, secret: str
) -> None:
    form = {"grant_type": "refresh_token", "token": "x", "refresh_token": "x"}
    posted = form | {"client_id": "native", "client_secret": secret}
    assert_error(send(shared, "POST", path, form=posted), 401, "invalid_client")
    for presented in (secret, ""):
        response = send(shared, "POST", path, form=form, headers=basic("native", presented))
        assert_error(response, 401, "invalid_client")


def test_oa_052_a_public_client_cannot_introspect_at_all(shared: World) -> None:
    form = {"token": "x", "client_id": "native"}
    assert_error(send(shared, "POST", "/oidc/introspect", form=form), 401, "invalid_client")


@pytest.mark.parametrize("path", ENDPOINTS)
def test_nobody_at_all(shared: World, path: str) -> None:
    form = CREDENTIALS | {"token": "x"}
    assert_error(send(shared, "POST", path, form=form), 401, "invalid_client")


SECRETS = {
    "nothing": "",
    "one character wrong": SECRET[:-1] + "!",
    "cut": SECRET[:-1],
    "lengthened": SECRET + "x",
    "upper case": SECRET.upper(),
    "of somebody else": "x" * 43,
    "not ascii": "é" * 20,
}


def test_oa_056_every_refusal_is_the_same_to_the_byte(shared: World) -> None:
    """Unknown, disabled, without a secret, wrong secret: nobody can tell which."""
    document = register(shared, "closed-machine", oidc=ROBOT)
    with shared.core.database.write() as tx:
        shared.core.applications.set_enabled(tx, document.key, enabled=False)
    silent = machine(shared, "private_key_jwt", new_key("ES256"))
    tries = [("robot", secret) for secret in SECRETS.values()]
    tries += [(name, SECRET) for name in ("nobody-of-that-name", document.key, silent.key, "Robot")]
    answers = set()
    for client_id, secret in tries:
        response = send(
            shared, "POST", "/oidc/token", form=CREDENTIALS, headers=basic(client_id, secret)
        )
        assert_error(response, 401, "invalid_client")
        answers.add((response.data, tuple(sorted(response.headers.items()))))
    assert len(answers) == 1


def test_oa_056_secrets_are_compared_in_constant_time(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((len(left), len(right)))
        return left == right

    monkeypatch.setattr(service.hmac, "compare_digest", watched)
    for secret in (SECRET, "wrong", SECRET[:10]):
        send(sqlite_world, "POST", "/oidc/token", form=CREDENTIALS, headers=basic("robot", secret))
    # Of keyed hashes, so that nothing of the secret's length or prefix can show.
    assert compared == [(32, 32)] * 3


@pytest.mark.parametrize("path", ENDPOINTS)
def test_oa_057_a_secret_in_the_address(shared: World, path: str) -> None:
    query = {"client_id": "posting", "client_secret": SECRET}
    response = send(shared, "POST", path, query=query, form=CREDENTIALS | {"token": "x"})
    assert_error(response, 400, "invalid_request")
    assert SECRET not in response.get_data(as_text=True)


def test_oa_057_a_right_header_does_not_make_up_for_it(shared: World) -> None:
    query = {"client_secret": SECRET}
    response = send(
        shared, "POST", "/oidc/token", query=query, form=CREDENTIALS, headers=basic("robot", SECRET)
    )
    assert_error(response, 400, "invalid_request")


def test_oa_058_both_parts_of_the_header_are_form_encoded(sqlite_world: World) -> None:
    world = sqlite_world
    secret = 'a b+c%20:é/=&"~-_.' + "x" * 20
    client = register(world, "urn:robot:1", oidc=ROBOT)
    with world.core.database.write() as tx:
        world.core.applications.set_secret(tx, client.key, secret)
    right = basic(quote_plus(client.key), quote_plus(secret))
    assert send(world, "POST", "/oidc/token", form=CREDENTIALS, headers=right).status_code == 200
    # What was not encoded is another secret.
    raw = basic(quote_plus(client.key), secret)
    response = send(world, "POST", "/oidc/token", form=CREDENTIALS, headers=raw)
    assert_error(response, 401, "invalid_client")


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic =",
        "Basic !!!!",
        "Basic " + b64encode(b"robot").decode(),
        "Basic " + b64encode(b"robot:\xff\xfe").decode(),
        "Basic " + b64encode(b"robot\x00:x").decode(),
        "Basic " + b64encode(b"robot%00:x").decode(),
        "Basic " + b64encode(b"robot:%00").decode(),
        "Basic " + b64encode(b"rob%ffot:x").decode(),
        "Basic " + b64encode(b"\xf0\x9f\xa9\xba:x").decode(),
        "Basic " + b64encode(b"robot:" + b"x" * 65_536).decode(),
        "Basic " + b64encode(f"robot:{SECRET}".encode()).decode() + " x",
        "Bearer " + b64encode(f"robot:{SECRET}".encode()).decode(),
        "Digest username=robot",
        "robot",
    ],
    ids=lambda header: header[:24],
)
def test_oa_058_a_header_that_is_not_basic_or_broken(world: World, header: str) -> None:
    response = send(
        world, "POST", "/oidc/token", form=CREDENTIALS, headers={"Authorization": header}
    )
    assert_error(response, 401, "invalid_client")
    # RFC 6749 §5.2: who tried by this header is told the scheme.
    assert response.headers["WWW-Authenticate"] == 'Basic realm="sceau"'


@pytest.mark.parametrize("name", ["a\x00b", "é", "\ud7ff", "x" * 5000, "' OR 1=1"], ids=len)
def test_a_hostile_client_id_breaks_nothing(world: World, name: str) -> None:
    for form in ({"client_id": name}, {"client_id": name, "client_secret": "x"}):
        response = send(world, "POST", "/oidc/token", form=CREDENTIALS | form)
        assert_error(response, 401, "invalid_client")


def test_the_scheme_of_the_header_has_no_case(shared: World) -> None:
    header = {"Authorization": basic("robot", SECRET)["Authorization"].replace("Basic", "bAsIc")}
    response = send(shared, "POST", "/oidc/token", form=CREDENTIALS, headers=header)
    assert response.status_code == 200


def test_a_failed_authentication_is_recorded_without_the_secret(sqlite_world: World) -> None:
    send(sqlite_world, "POST", "/oidc/token", form=CREDENTIALS, headers=basic("robot", "x" * 43))
    found = sqlite_world.events("client.failed")
    assert [(one.application, one.outcome) for one in found] == [("robot", "refused")]
    assert "x" * 43 not in repr(found)
