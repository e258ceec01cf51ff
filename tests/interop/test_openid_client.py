# SPDX-License-Identifier: Apache-2.0
"""npm's openid-client, the strictest there is, from discovery to logout."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.interop.foreign import METHODS, Fault, OpenidClient, openid_client
from tests.interop.visitor import Visitor
from tests.servers import Site

pytestmark = pytest.mark.interop


def log_in(client: OpenidClient, visitor: Visitor, **parameters: str) -> Any:
    """A whole login; what openid-client holds afterwards."""
    asked = client("authorize", parameters=parameters)
    back = visitor.get(asked["url"])
    if not back.startswith(client.redirect_uri):
        back = visitor.log_in()
    assert back.startswith(client.redirect_uri), visitor.response.text
    return client("exchange", state=asked["state"], url=back)


@pytest.mark.parametrize("method", METHODS)
def test_openid_client_logs_in_refreshes_and_logs_out(site: Site, method: str) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, method) as client:
        tokens = log_in(client, visitor)
        claims = tokens["claims"]
        assert claims["iss"] == site.issuer
        assert claims["acr"] == "urn:sceau:level:1"
        assert claims["amr"] == ["pwd"]
        person = client("userinfo", token=tokens["access_token"], subject=claims["sub"])
        assert person["family_name"] == "Durand"
        assert person["email"] == "claire.durand@chu.example"

        renewed = client("refresh", token=tokens["refresh_token"])
        assert renewed["access_token"] != tokens["access_token"]
        assert renewed["claims"]["sub"] == claims["sub"]
        assert renewed["claims"]["sid"] == claims["sid"]
        assert renewed["claims"]["auth_time"] == claims["auth_time"]

        leave = client(
            "leave",
            parameters={
                "id_token_hint": renewed["id_token"],
                "post_logout_redirect_uri": client.redirect_uri.replace("/cb", "/bye"),
                "state": "farewell",
            },
        )
        # It has no back-channel address; since it asks itself, it is sent its answer all the same.
        farewell = client.redirect_uri.replace("/cb", "/bye") + "?state=farewell"
        assert visitor.get(leave) == farewell
        with pytest.raises(Fault) as refused:
            client("refresh", token=renewed["refresh_token"])
        assert refused.value.code == "invalid_grant"


@pytest.mark.parametrize("method", METHODS)
def test_after_logout_nothing_is_known_without_asking(site: Site, method: str) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, method) as client:
        log_in(client, visitor)
        pages = len(visitor.asked(site.issuer))
        silent = log_in(client, visitor, prompt="none")
        assert len(visitor.asked(site.issuer)) == pages
        visitor.get(client("leave", parameters={"id_token_hint": silent["id_token"]}))
        with pytest.raises(Fault) as refused:
            log_in(client, visitor, prompt="none")
        assert refused.value.code == "login_required"


def test_a_second_login_needs_no_page(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, "none") as first, openid_client(site, "private_key_jwt") as second:
        log_in(first, visitor)
        pages = len(visitor.asked(site.issuer))
        log_in(second, visitor)
        assert len(visitor.asked(site.issuer)) == pages


@pytest.mark.parametrize("method", METHODS)
def test_form_post_carries_the_answer(site: Site, method: str) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, method) as client:
        asked = client("authorize", parameters={"response_mode": "form_post"})
        visitor.get(asked["url"])
        visitor.log_in()
        url, fields = visitor.form(client.redirect_uri)
        tokens = client("exchange", state=asked["state"], url=url, fields=fields)
        assert tokens["claims"]["aud"] == parse_qs(urlsplit(asked["url"]).query)["client_id"][0]


def test_max_age_asks_again_and_tells_when(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, "client_secret_basic") as client:
        first = log_in(client, visitor, max_age="300")
        again = log_in(client, visitor, prompt="login", max_age="0")
        assert again["claims"]["auth_time"] >= first["claims"]["auth_time"]


@pytest.mark.parametrize("method", [one for one in METHODS if one != "none"])
@pytest.mark.parametrize("signed", [False, True], ids=["json", "signed"])
def test_introspection_and_revocation(site: Site, method: str, *, signed: bool) -> None:
    visitor = Visitor((site.issuer,))
    metadata = {"introspection_signed_response_alg": "ES256"} if signed else {}
    with openid_client(site, method, **metadata) as client:
        tokens = log_in(client, visitor)
        told = client("introspect", token=tokens["access_token"])
        assert told["active"] is True
        assert told["sub"] == tokens["claims"]["sub"]
        client("revoke", token=tokens["refresh_token"])
        assert client("introspect", token=tokens["access_token"]) == {"active": False}
        with pytest.raises(Fault) as refused:
            client("refresh", token=tokens["refresh_token"])
        assert refused.value.code == "invalid_grant"


@pytest.mark.parametrize("method", [one for one in METHODS if one != "none"])
def test_an_application_in_its_own_name(site: Site, method: str) -> None:
    with openid_client(site, method) as client:
        tokens = client("credentials", scope="exams.read")
        assert tokens["scope"] == "exams.read"
        assert client("introspect", token=tokens["access_token"])["active"] is True


def test_a_used_code_and_a_used_refresh_token_are_refused(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, "client_secret_basic") as client:
        asked = client("authorize", parameters={})
        visitor.get(asked["url"])
        back = visitor.log_in()
        tokens = client("exchange", state=asked["state"], url=back)
        renewed = client("refresh", token=tokens["refresh_token"])
        with pytest.raises(Fault) as reused:
            client("refresh", token=tokens["refresh_token"])
        assert reused.value.code == "invalid_grant"
        with pytest.raises(Fault):
            client("refresh", token=renewed["refresh_token"])
        with pytest.raises(Fault) as replayed:
            client("exchange", state=asked["state"], url=back)
        assert replayed.value.code == "invalid_grant"
