# SPDX-License-Identifier: Apache-2.0
"""Who may not enter is told why here, and the application by the form that leads back."""

from base64 import b64decode

from lxml import etree

from tests.protocol.kit import register, settled
from tests.saml_kit import NS, register_saml, verified
from tests.world import World


def test_the_way_back_carries_the_status(sqlite_world: World) -> None:
    party = register_saml(sqlite_world, policy={"populations": ["patient"]})
    browser = settled(sqlite_world)
    party.go(browser)
    assert browser.last.status_code == 403
    assert browser.page.find(id="error")["data-error"] == "population"
    action, fields = browser.form(party.acs)
    assert action == party.acs
    assert fields["RelayState"] == "relay-of-this-tab"
    document = etree.fromstring(b64decode(fields["SAMLResponse"]))
    response = verified(document, party.idp_certificates())
    codes = [one.get("Value") for one in response.findall(".//samlp:StatusCode", NS)]
    assert codes[-1] == "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
    assert response.get("InResponseTo") == party.last_id
    assert response.find(".//saml:Assertion", NS) is None
    # The browser may send it there, and to nobody else.
    policy = browser.last.headers["Content-Security-Policy"]
    (allowed,) = [one for one in policy.split("; ") if one.startswith("form-action")]
    assert f"https://{party.key}.example" in allowed.split()


def test_so_does_that_of_a_form_post(sqlite_world: World) -> None:
    client = register(sqlite_world, policy={"populations": ["patient"]})
    browser = settled(sqlite_world)
    browser.get(client.authorize_url(response_mode="form_post"))
    assert browser.page.find(id="error")["data-error"] == "population"
    action, fields = browser.form(client.redirect_uri)
    assert action == client.redirect_uri
    assert fields["error"] == "access_denied"
