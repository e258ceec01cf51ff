# SPDX-License-Identifier: Apache-2.0
"""What an application alone reads, as an administrator says it in the console."""

import json

from idp.oidc.recipients import ALGORITHMS, CIPHERS
from idp.web.admin import application_encryption
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.protocol.oidc.encryption import reading_key
from tests.protocol.oidc.signing import public

PLACES = ("id_token", "userinfo", "authorization", "introspection")


def test_the_form_offers_all_that_there_is() -> None:
    assert application_encryption.WAYS == ALGORITHMS
    assert application_encryption.CIPHERS == CIPHERS
    assert tuple(name for name, _label in application_encryption.PLACES) == PLACES


def test_what_is_encrypted_is_said_by_form(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    asked = fields_of(browser) | {
        "oidc.jwks": json.dumps({"keys": [public(reading_key("P-256"))]}),
        **{f"oidc.{place}_encrypted_response_alg": "ECDH-ES" for place in PLACES},
        "oidc.userinfo_encrypted_response_enc": "A256GCM",
    }
    browser.post(f"{HERE}/plain/edit", asked)
    said = documents(sqlite_office, "plain").document["oidc"]
    assert {said[f"{place}_encrypted_response_alg"] for place in PLACES} == {"ECDH-ES"}
    assert said["userinfo_encrypted_response_enc"] == "A256GCM"
    browser.get(f"{HERE}/plain/edit")
    assert fields_of(browser)["oidc.userinfo_encrypted_response_enc"] == ["A256GCM"]


def test_a_key_that_is_missing_is_told_at_its_field(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    wrong = fields_of(browser) | {
        "oidc.id_token_encrypted_response_alg": "ECDH-ES",
        "oidc.userinfo_encrypted_response_enc": "A256GCM",
    }
    response = browser.post(f"{HERE}/plain/edit", wrong)
    assert response.status_code == 422
    at_fault = {one.get("name") for one in browser.page.select("[aria-invalid=true]")}
    assert at_fault == {
        "oidc.id_token_encrypted_response_alg",
        "oidc.userinfo_encrypted_response_enc",
    }
