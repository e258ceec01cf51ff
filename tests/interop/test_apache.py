# SPDX-License-Identifier: Apache-2.0
"""Debian's Apache with mod_auth_openidc: a page behind a login, as a hospital would protect one."""

from urllib.parse import quote

import pytest

from tests.interop.apache import Apache
from tests.interop.foreign import openid_client
from tests.interop.visitor import Visitor

pytestmark = pytest.mark.interop


def visit(apache: Apache) -> Visitor:
    """A person who may go to Apache and to the provider."""
    return Visitor((apache.url, apache.site.issuer))


def log_in(apache: Apache) -> Visitor:
    """Somebody who opened the protected page and logged in on the way."""
    visitor = visit(apache)
    visitor.get(f"{apache.url}/app/")
    assert visitor.form("/password")
    assert visitor.log_in() == f"{apache.url}/app/", visitor.response.text
    return visitor


def test_apache_protects_a_page_and_hands_over_the_claims(apache: Apache) -> None:
    visitor = log_in(apache)
    given = apache.environment(visitor)
    assert given["REMOTE_USER"].startswith("claire.durand@chu.example")
    assert given["OIDC_CLAIM_family_name"] == "Durand"
    assert given["OIDC_CLAIM_iss"] == apache.site.issuer
    assert given["OIDC_CLAIM_acr"] == "urn:sceau:level:1"
    assert given["OIDC_access_token"]


def test_a_second_visit_asks_for_nothing(apache: Apache) -> None:
    visitor = log_in(apache)
    seen = len(visitor.trail)
    visitor.get(f"{apache.url}/app/")
    assert visitor.trail[seen:] == [f"{apache.url}/app/"]


def test_apache_refreshes_on_request(apache: Apache) -> None:
    visitor = log_in(apache)
    before = apache.information(visitor)
    back = quote(f"{apache.url}/app/", safe="")
    token = quote(before["access_token"], safe="")
    visitor.get(f"{apache.url}/app/callback?refresh={back}&access_token={token}")
    after = apache.information(visitor)
    assert visitor.response.status_code == 200
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert apache.environment(visitor)["OIDC_access_token"] == after["access_token"]


def test_apache_refreshes_by_itself_before_the_token_ends(apache: Apache) -> None:
    visitor = log_in(apache)
    before = apache.information(visitor)
    visitor.get(f"{apache.url}/soon/")
    shown = apache.environment(visitor)
    assert shown["OIDC_access_token"] != before["access_token"]
    assert apache.information(visitor)["refresh_token"] != before["refresh_token"]


def test_logout_at_apache_ends_the_session_everywhere(apache: Apache) -> None:
    visitor = log_in(apache)
    landing = f"{apache.url}/public/"
    assert visitor.get(f"{apache.url}/app/callback?logout={quote(landing, safe='')}") == landing
    assert visitor.came_to(f"{apache.site.issuer}/oidc/logout")
    assert apache.information(visitor) == {}
    visitor.get(f"{apache.url}/app/")
    assert visitor.form("/password"), "the provider's session should be over as well"


def test_apache_receives_the_logout_begun_elsewhere(apache: Apache) -> None:
    visitor = log_in(apache)
    assert apache.information(visitor)
    with openid_client(apache.site, "none") as other:
        asked = other("authorize", parameters={})
        back = visitor.get(asked["url"])
        tokens = other("exchange", state=asked["state"], url=back)
        visitor.get(other("leave", parameters={"id_token_hint": tokens["id_token"]}))
    states = {
        one.select_one(".reached-name").get_text(): one["class"][0]
        for one in visitor.page.select(".reached > li")
    }
    assert states["APACHE"] == "reached-reached"
    # The cookie is still in the browser: it is Apache's own session that has ended.
    assert any("mod_auth_openidc" in one.name for one in visitor.session.cookies)
    assert apache.information(visitor) == {}
    assert visitor.get(f"{apache.url}/app/").startswith(f"{apache.site.issuer}/login/")


def test_somebody_else_is_not_logged_out(apache: Apache) -> None:
    one, other = log_in(apache), log_in(apache)
    landing = quote(f"{apache.url}/public/", safe="")
    one.get(f"{apache.url}/app/callback?logout={landing}")
    assert apache.information(one) == {}
    assert apache.information(other)
