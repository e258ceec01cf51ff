# SPDX-License-Identifier: Apache-2.0
"""How an application asks for people elsewhere, as an administrator says it in the console."""

import json

from idp.oidc.absent import CIBA, OFTEN
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.protocol.oidc.signing import new_key, public

SAID = {
    "backchannel_token_delivery_mode": "ping",
    "backchannel_client_notification_endpoint": "https://plain.example/ping",
    "backchannel_authentication_request_signing_alg": "PS256",
}


def test_it_is_said_by_form(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    asked = fields_of(browser) | {
        "oidc.jwks": json.dumps({"keys": [public(new_key("ES256"))]}),
        "oidc.grant_types": ["authorization_code", CIBA],
        **{f"oidc.{name}": value for name, value in SAID.items()},
    }
    browser.post(f"{HERE}/plain/edit", asked)
    told = documents(sqlite_office, "plain").document["oidc"]
    assert {name: told[name] for name in SAID} == SAID
    # Nothing said is nothing kept.
    assert OFTEN not in told
    assert told["grant_types"] == ["authorization_code", CIBA]
    browser.get(f"{HERE}/plain/edit")
    shown = fields_of(browser)
    assert {name: shown[f"oidc.{name}"] for name in SAID} == {n: [v] for n, v in SAID.items()}


def test_how_often_is_said_by_form(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    for said, status in (("99", 422), ("x", 422), ("12", 200)):
        browser.get(f"{HERE}/plain/edit")
        answer = browser.post(f"{HERE}/plain/edit", fields_of(browser) | {f"oidc.{OFTEN}": said})
        assert answer.status_code == status
        assert bool(browser.page.find(id=f"oidc.{OFTEN}-error")) is (status == 422)
    assert documents(sqlite_office, "plain").document["oidc"][OFTEN] == 12


def test_a_fault_stands_at_its_field(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    before = documents(sqlite_office, "plain").document["oidc"]
    asked = fields_of(browser) | {
        "oidc.backchannel_token_delivery_mode": "ping",
        "oidc.backchannel_authentication_request_signing_alg": "ES256",
    }
    answer = browser.post(f"{HERE}/plain/edit", asked)
    assert answer.status_code == 422
    for name in (
        "backchannel_client_notification_endpoint",
        "backchannel_authentication_request_signing_alg",
    ):
        assert browser.page.find(id=f"oidc.{name}-error"), name
    assert documents(sqlite_office, "plain").document["oidc"] == before
