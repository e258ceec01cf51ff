# SPDX-License-Identifier: Apache-2.0
"""Applications known by headers, in the console: registered, changed, looked at."""

from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened

NEW = f"{HERE}/new?protocol=headers"


def registered(office: Opened):
    """One that was registered by form, in the browser of who did it."""
    browser = office.enter("regionale")
    browser.get(NEW)
    typed = fields_of(browser) | {
        "key": "old",
        "name": "Old",
        "policy.means": ["password"],
        "policy.level": "1",
        "headers.origins": "https://old.example",
        "headers.signed_life": "30",
    }
    action, _fields = browser.form("/applications/new")
    assert browser.post(action, typed).status_code == 200
    return browser


def test_one_that_reads_headers_is_registered_by_form(office: Opened) -> None:
    browser = registered(office)
    assert "https://old.example" in browser.page.get_text()
    document = documents(office, "old").document
    assert document["protocol"] == "headers"
    assert document["headers"]["names"] == {"X-Remote-User": "identifier"}
    assert document["headers"]["signed_life"] == 30
    assert "oidc" not in document


def test_it_is_changed_and_keeps_what_it_had(sqlite_office: Opened) -> None:
    browser = registered(sqlite_office)
    browser.get(f"{HERE}/old/edit")
    typed = fields_of(browser) | {"headers.logout_path": "/quit"}
    assert browser.post(f"{HERE}/old/edit", typed).status_code == 200
    sheet = documents(sqlite_office, "old")
    assert sheet.document["headers"]["logout_path"] == "/quit"
    assert sheet.document["headers"]["origins"] == ["https://old.example"]
    assert sheet.by_secret


def test_faults_stand_beside_their_fields(sqlite_office: Opened) -> None:
    browser = registered(sqlite_office)
    browser.get(f"{HERE}/old/edit")
    typed = fields_of(browser) | {
        "headers.origins": "http://old.example",
        "headers.names.0.name": "",
    }
    assert browser.post(f"{HERE}/old/edit", typed).status_code == 422
    assert browser.page.select_one("[id='headers.names.0.name-error']")
    again = fields_of(browser) | {"headers.names.0.name": "X-User"}
    assert browser.post(f"{HERE}/old/edit", again).status_code == 422
    assert browser.page.select_one("[id='headers.origins-error']")


def test_wb_013_fields_of_another_protocol_are_refused(sqlite_office: Opened) -> None:
    browser = registered(sqlite_office)
    browser.get(f"{HERE}/old/edit")
    typed = fields_of(browser) | {"oidc.scopes": ["openid"]}
    assert browser.post(f"{HERE}/old/edit", typed).status_code == 400
    assert "oidc" not in documents(sqlite_office, "old").document


def test_each_page_of_it_opens(sqlite_office: Opened) -> None:
    browser = registered(sqlite_office)
    for page in ("", "/history", "/access", "/edit", "/state", "/secret", "/trial"):
        assert browser.get(f"{HERE}/old{page}").status_code == 200, page
