# SPDX-License-Identifier: Apache-2.0
"""Long values in the form of an application: taken whole, or refused at their field; never cut."""

import json
from base64 import b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import RSAKey

from idp.web.admin.application_fields import LONGEST, LONGEST_LISTED
from idp.web.admin.application_rows import LONGEST as LONGEST_CELL
from idp.web.admin.application_rows import LONGEST_CERTIFICATE
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.pki import key
from tests.saml_kit import certificate, pem, saml_application
from tests.world import Browser

OIDC, SAML = f"{HERE}/dcc/edit", f"{HERE}/sp/edit"


def keys(number: int) -> dict[str, Any]:
    """The keys of an application, each with its certificate and that of its authority."""
    public = RSAKey.import_key(key("saml application")).as_dict(private=False)
    der = certificate("saml application").public_bytes(Encoding.DER)
    chain = [b64encode(der).decode()] * 2
    return {
        "keys": [public | {"kid": f"{one}", "use": "sig", "x5c": chain} for one in range(number)]
    }


def opened(office: Opened, page: str) -> Browser:
    if page == SAML:
        with office.world.core.database.write() as tx:
            office.world.core.applications.register(tx, saml_application("sp"))
    browser = office.enter("regionale")
    browser.get(page)
    assert browser.last.status_code == 200
    return browser


def test_hundreds_of_addresses_and_ten_keys_are_kept_whole(office: Opened) -> None:
    uris = [f"https://site-{one:03}.chu.example-sante.fr/oidc/return" for one in range(400)]
    browser = opened(office, OIDC)
    typed = fields_of(browser) | {
        "oidc.redirect_uris": "\r\n".join(uris),
        "oidc.post_logout_redirect_uris": "\r\n".join(uris),
        "oidc.token_endpoint_auth_method": "private_key_jwt",
        "oidc.jwks": json.dumps(keys(10), indent=2),
    }
    browser.post(OIDC, typed)
    assert browser.last.status_code == 200
    kept = documents(office).document["oidc"]
    assert kept["redirect_uris"] == kept["post_logout_redirect_uris"] == uris
    assert kept["jwks"] == keys(10)
    # As it is shown, it is saved again.
    browser.get(OIDC)
    browser.post(OIDC, fields_of(browser))
    assert documents(office).document["oidc"] == kept


ADDRESS = "https://application.example/return"


@pytest.mark.parametrize(
    ("page", "name", "most"),
    [
        (OIDC, "oidc.redirect_uris", LONGEST_LISTED),
        (OIDC, "oidc.jwks", LONGEST_LISTED),
        (OIDC, "description", LONGEST),
        (OIDC, "oidc.initiate_login_uri", LONGEST),
        (SAML, "saml.acs.0.url", LONGEST_CELL),
        (SAML, "saml.attributes.0.name", LONGEST_CELL),
    ],
)
def test_what_is_too_long_is_told_at_its_field_and_kept_as_typed(
    sqlite_office: Opened, page: str, name: str, most: int
) -> None:
    browser = opened(sqlite_office, page)
    before = documents(sqlite_office, page.split("/")[-2]).document
    # Cut at the limit, it would be another address that is as good.
    text = f"{ADDRESS}/{'x' * most}"
    browser.post(page, fields_of(browser) | {name: text})
    assert browser.last.status_code == 422
    assert str(most) in browser.page.select_one(f'[id="{name}-error"]').get_text()
    assert fields_of(browser)[name] == [text]
    assert documents(sqlite_office, page.split("/")[-2]).document == before


def test_a_certificate_that_is_too_long_is_told_and_kept_as_typed(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office, SAML)
    text = pem("saml application").strip() + "\n" * LONGEST_CERTIFICATE + "."
    browser.post(SAML, fields_of(browser) | {"saml.signing_certificates.3.text": text})
    assert browser.last.status_code == 422
    at = [one["id"] for one in browser.page.select(".field-error[id^='saml.signing']")]
    assert len(at) == 1
    assert str(LONGEST_CERTIFICATE) in browser.page.select_one(f'[id="{at[0]}"]').get_text()
    assert fields_of(browser)[at[0].removesuffix("-error")] == [text]


def test_a_name_for_programs_is_not_cut_into_another_one(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/new")
    long = "a" * 129
    typed = {"key": long, "name": "Long", "policy.means": ["password"], "policy.level": "1"}
    typed["oidc.redirect_uris"] = ADDRESS
    browser.post(f"{HERE}/new", fields_of(browser) | typed)
    assert browser.last.status_code == 422
    assert fields_of(browser)["key"] == [long]


@pytest.mark.parametrize("page", [OIDC, SAML])
def test_no_browser_cuts_what_is_pasted(sqlite_office: Opened, page: str) -> None:
    assert not opened(sqlite_office, page).page.select("form.panel-form [maxlength]")
