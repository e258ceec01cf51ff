# SPDX-License-Identifier: Apache-2.0
"""How an application's requests come, as an administrator says it in the console."""

import json

from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.protocol.oidc.signing import new_key, public

NAMES = (
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "request_uris",
    "authorization_details_types",
    "old_signatures",
)


def test_what_is_demanded_of_its_requests_is_said_by_form(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    asked = fields_of(browser) | {
        "oidc.jwks": json.dumps({"keys": [public(new_key("ES256"))]}),
        "oidc.require_pushed_authorization_requests": "1",
        "oidc.require_signed_request_object": "1",
        "oidc.request_object_signing_alg": "ES256",
        "oidc.request_uris": "https://plain.example/r.jwt#v1\r\nhttps://plain.example/s.jwt",
        "oidc.authorization_details_types": "dossier\r\nrendez-vous",
        "oidc.old_signatures": "1",
    }
    browser.post(f"{HERE}/plain/edit", asked)
    said = documents(sqlite_office, "plain").document["oidc"]
    assert {name: said[name] for name in NAMES} == {
        "require_pushed_authorization_requests": True,
        "require_signed_request_object": True,
        "request_object_signing_alg": "ES256",
        "request_uris": ["https://plain.example/r.jwt#v1", "https://plain.example/s.jwt"],
        "authorization_details_types": ["dossier", "rendez-vous"],
        "old_signatures": True,
    }
    browser.get(f"{HERE}/plain/edit")
    shown = fields_of(browser)
    assert shown["oidc.request_object_signing_alg"] == ["ES256"]
    assert "oidc.require_signed_request_object" in shown


def test_a_fault_stands_at_its_field(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    wrong = fields_of(browser) | {
        "oidc.require_signed_request_object": "1",
        "oidc.request_uris": "http://plain.example/r.jwt",
        "oidc.authorization_details_types": "deux mots",
    }
    response = browser.post(f"{HERE}/plain/edit", wrong)
    assert response.status_code == 422
    at_fault = {one.get("name") for one in browser.page.select("[aria-invalid=true]")}
    assert at_fault >= {"oidc.request_uris", "oidc.authorization_details_types"}
    assert "require_signed_request_object" not in documents(sqlite_office, "plain").document["oidc"]
