# SPDX-License-Identifier: Apache-2.0
"""The console: by which certificate an application is known, and what its tokens are bound to."""

import json

from idp.oidc.binding import BINDING_SETTINGS
from idp.oidc.client_tls import TLS_SETTINGS
from idp.web.admin.application_fields import fields_of as known_fields
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.protocol.oidc.certificates import by_itself, jwks_of

FLAGS = sorted(f"oidc.{name}" for name in BINDING_SETTINGS)


def test_each_setting_has_a_field() -> None:
    names = {field.name for field in known_fields("oidc")}
    assert {f"oidc.{one}" for one in (*BINDING_SETTINGS, *TLS_SETTINGS)} <= names


def test_an_administrator_binds_tokens_to_a_key(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/dcc/edit")
    ticked = {"oidc.dpop_bound_access_tokens": "yes", "oidc.dpop_nonce_required": "yes"}
    browser.post(f"{HERE}/dcc/edit", fields_of(browser) | ticked)
    settings = documents(sqlite_office).document["oidc"]
    assert [settings[name.removeprefix("oidc.")] for name in FLAGS] == [True, True, False]
    # Unticked, they are off.
    browser.get(f"{HERE}/dcc/edit")
    left = {name: one for name, one in fields_of(browser).items() if name not in FLAGS}
    browser.post(f"{HERE}/dcc/edit", left)
    settings = documents(sqlite_office).document["oidc"]
    assert not any(settings[name.removeprefix("oidc.")] for name in FLAGS)


def test_what_contradicts_itself_is_told_at_its_field(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    method, subject = "oidc.token_endpoint_auth_method", "oidc.tls_client_auth_subject_dn"
    for typed, field in (
        (dict.fromkeys(FLAGS, "yes"), "oidc.tls_client_certificate_bound_access_tokens"),
        ({method: "tls_client_auth"}, method),
        ({method: "tls_client_auth", subject: "agenda"}, subject),
        ({method: "self_signed_tls_client_auth"}, "oidc.jwks"),
    ):
        browser.get(f"{HERE}/dcc/edit")
        assert browser.post(f"{HERE}/dcc/edit", fields_of(browser) | typed).status_code == 422
        assert field in {one["id"] for one in browser.page.select("[aria-invalid]")}
    own = {
        method: "self_signed_tls_client_auth",
        "oidc.jwks": json.dumps(jwks_of(by_itself("CN=agenda"))),
    }
    for right in ({method: "tls_client_auth", subject: "CN=agenda,O=Clinique"}, own):
        browser.get(f"{HERE}/dcc/edit")
        browser.post(f"{HERE}/dcc/edit", fields_of(browser) | right)
        assert browser.last.request.path == f"{HERE}/dcc"
