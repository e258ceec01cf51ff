# SPDX-License-Identifier: Apache-2.0
"""A SAML application in the console: taken over from its metadata, registered, changed."""

from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.saml_metadata import metadata


def take_over(office: Opened):
    """The form, filled in from the metadata."""
    browser = office.enter("regionale")
    browser.get(f"{HERE}/import")
    browser.submit("/import", text=metadata())
    filled = fields_of(browser)
    assert browser.last.status_code == 200
    filled |= {"policy.means": ["password"], "policy.level": ["1"]}
    return browser, filled


def register(office: Opened, **changes: list[str]):
    """The form sent, with changes."""
    browser, filled = take_over(office)
    action = browser.page.select_one("form.panel-form")["action"]
    browser.post(action, filled | changes)
    return browser


def test_metadata_fills_in_the_form_and_it_is_registered(sqlite_office: Opened) -> None:
    browser, filled = take_over(sqlite_office)
    assert filled["key"] == ["sp.example"]
    assert filled["saml.entity_id"] == ["https://sp.example/metadata"]
    addresses = [
        (filled[f"saml.acs.{at}.binding"][0], filled[f"saml.acs.{at}.url"][0]) for at in range(3)
    ]
    assert ("post", "https://sp.example/acs") in addresses
    named = [value for name, value in filled.items() if name.startswith("saml.attributes.")]
    assert named
    assert ["isMemberOf"] not in named
    browser.post(browser.page.select_one("form.panel-form")["action"], filled)
    kept = documents(sqlite_office, "sp.example")
    assert kept.application.known_as == "https://sp.example/metadata"
    assert kept.document["saml"]["signed_requests"] is True
    assert kept.document["saml"]["subject_format"] == "transient"
    assert "oidc" not in kept.document


def test_it_is_changed_by_its_own_form(sqlite_office: Opened) -> None:
    browser = register(sqlite_office)
    browser.get(f"{HERE}/sp.example/edit")
    there = fields_of(browser)
    assert not [name for name in there if name.startswith("oidc.")]
    certificates = there["saml.signing_certificates.0.text"]
    there["saml.subject_format"] = ["email"]
    there.pop("saml.signed_requests")
    browser.post(f"{HERE}/sp.example/edit", there)
    kept = documents(sqlite_office, "sp.example").document["saml"]
    assert kept["subject_format"] == "email"
    assert kept["signed_requests"] is False
    assert kept["signing_certificates"] == certificates
    browser.get(f"{HERE}/sp.example/history")
    assert browser.last.status_code == 200
    browser.get(f"{HERE}/sp.example")
    assert "https://sp.example/metadata" in browser.page.get_text()


def test_sm_070_a_name_that_another_bears_is_refused_at_its_field(sqlite_office: Opened) -> None:
    register(sqlite_office)
    browser = register(sqlite_office, key=["another"])
    assert browser.last.status_code == 422
    assert browser.page.select_one("[id='saml.entity_id-error']")


def test_wb_013_a_field_of_another_protocol_is_no_field(sqlite_office: Opened) -> None:
    browser = register(sqlite_office, **{"oidc.redirect_uris": ["https://evil.example/"]})
    assert browser.last.status_code == 400
