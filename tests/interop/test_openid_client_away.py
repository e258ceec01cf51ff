# SPDX-License-Identifier: Apache-2.0
"""npm's openid-client goes on while its person is away, and until they end it."""

import pytest

from tests.interop.foreign import Fault, OpenidClient, openid_client
from tests.interop.visitor import Visitor
from tests.servers import Site

pytestmark = pytest.mark.interop
KEY, SCOPE = "panva-at-night", "openid email offline_access"


def log_out(client: OpenidClient, visitor: Visitor, hint: str) -> None:
    """As the application asks for it."""
    back = client.redirect_uri.replace("/cb", "/bye")
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": back}
    assert visitor.get(client("leave", parameters=asked)) == back


def test_openid_client_goes_on_after_a_logout(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, "none", key=KEY, dpop="ES256") as client:
        asked = client("authorize", parameters={"scope": SCOPE, "prompt": "consent"})
        visitor.get(asked["url"])
        visitor.log_in()
        assert visitor.page.find(id="lasting") is not None
        back = visitor.submit("/consent", answer="accept")
        tokens = client("exchange", state=asked["state"], url=back)
        log_out(client, visitor, tokens["id_token"])
        subject = tokens["claims"]["sub"]
        first = tokens["refresh_token"]
        for _again in range(2):
            tokens = client("refresh", token=tokens["refresh_token"])
            assert tokens["claims"]["sub"] == subject
            told = client("userinfo", token=tokens["access_token"], subject=subject)
            assert told["email"] == "claire.durand@chu.example"
        visitor.get(f"{site.issuer}/account/applications")
        visitor.log_in()
        visitor.get(f"{site.issuer}/account/applications")
        visitor.submit(f"/lasting/{KEY}/end")
        for token in (tokens["refresh_token"], first):
            with pytest.raises(Fault) as refused:
                client("refresh", token=token)
            assert refused.value.code == "invalid_grant"


def test_openid_client_is_given_nothing_that_it_did_not_ask_for(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, "none", key=KEY, dpop="ES256") as client:
        asked = client("authorize", parameters={"scope": "openid"})
        visitor.get(asked["url"])
        tokens = client("exchange", state=asked["state"], url=visitor.log_in())
        assert "refresh_token" not in tokens


def test_openid_client_is_a_device_that_stays_connected(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, "none", key=KEY, dpop="ES256") as client:
        given = client("device", parameters={"scope": SCOPE})
        visitor.get(given["verification_uri"])
        visitor.submit("/device", user_code=given["user_code"])
        visitor.log_in()
        assert visitor.page.find(id="lasting") is not None
        visitor.submit("/consent", answer="accept")
        tokens = client("poll")
        log_out(client, visitor, tokens["id_token"])
        assert client("refresh", token=tokens["refresh_token"])["refresh_token"]
