# SPDX-License-Identifier: Apache-2.0
"""npm's openid-client asks for somebody elsewhere (CIBA), and comes when they have agreed."""

from typing import Any

import pytest

from tests.cast import PEOPLE
from tests.interop.foreign import Fault, OpenidClient, openid_client
from tests.interop.visitor import Visitor
from tests.servers import Site

pytestmark = pytest.mark.interop
PAGE = "/account/requests"
# Each asks for another person: nobody is asked too often.
KINDS = {
    "panva-elsewhere": ("client_secret_basic", "", "medecin"),
    "panva-elsewhere-by-key": ("private_key_jwt", "ES256", "infirmiere"),
}


def ask(client: OpenidClient, who: str, **more: str) -> Any:
    hint = {"login_hint": PEOPLE[who].identifier, "binding_message": "K-42"}
    return client("askElsewhere", parameters=hint | more)


def decide(site: Site, who: str, answer: str) -> None:
    """Log in by oneself, look at what waits, press a button."""
    visitor = Visitor((site.issuer,))
    visitor.get(site.issuer + PAGE)
    visitor.log_in(who)
    link = visitor.page.select_one(f"#requests a[href^='{PAGE}/']")
    assert link is not None, visitor.response.text
    visitor.get(site.issuer + str(link["href"]))
    told = visitor.page.select_one("#request-told")
    assert told is not None
    assert told.get_text() == "K-42"
    assert visitor.submit(f"/{answer}").endswith(f"{PAGE}?done={answer.removesuffix('e')}ed")


@pytest.mark.parametrize("key", KINDS)
def test_openid_client_is_let_in_by_somebody_elsewhere(site: Site, key: str) -> None:
    method, dpop, who = KINDS[key]
    with openid_client(site, method, key=key, dpop=dpop) as client:
        asked = ask(client, who)
        assert (asked["expires_in"], asked["interval"]) == (300, 5)
        decide(site, who, "agree")
        tokens = client("comeFor", asked=asked)
        assert tokens["claims"]["amr"] == ["pwd"]
        assert tokens["claims"]["urn:openid:params:jwt:claim:auth_req_id"] == asked["auth_req_id"]
        assert tokens["token_type"] == ("dpop" if dpop else "bearer")
        subject = tokens["claims"]["sub"]
        told = client("userinfo", token=tokens["access_token"], subject=subject)
        assert told["sub"] == subject
        assert client("refresh", token=tokens["refresh_token"])["access_token"]
        with pytest.raises(Fault) as again:
            client("comeFor", asked=asked)
        assert again.value.code == "invalid_grant"


def test_openid_client_is_refused(site: Site) -> None:
    with openid_client(site, "client_secret_basic", key="panva-elsewhere") as client:
        asked = ask(client, "patient")
        decide(site, "patient", "refuse")
        with pytest.raises(Fault) as refused:
            client("comeFor", asked=asked)
        assert refused.value.code == "access_denied"
        with pytest.raises(Fault) as wrong:
            client("askElsewhere", parameters={"login_hint": "a", "id_token_hint": "b"})
        assert wrong.value.code == "invalid_request"
