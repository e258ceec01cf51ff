# SPDX-License-Identifier: Apache-2.0
"""What an application says of itself: pasted or fetched, it fills in a form and nothing more."""

import json
import re

import pytest

from idp.administration.authority import Denied
from idp.outgoing import Unreachable
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened

METADATA = {
    "client_id": "agenda",
    "client_name": "Agenda <i>",
    "client_uri": "https://agenda.example/",
    "redirect_uris": ["https://agenda.example/back"],
    "token_endpoint_auth_method": "none",
    "scope": "openid email offline_access",
    "contacts": ["support@agenda.example"],
    "client_secret": "not-taken-over",
    "tos_uri": "https://agenda.example/tos",
    "default_max_age": 60,
}


def test_a_description_fills_in_the_form_and_stores_nothing(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/import")
    browser.submit("/import", text=json.dumps(METADATA))
    assert browser.last.status_code == 200
    filled = fields_of(browser)
    assert filled["key"] == ["agenda"]
    assert filled["oidc.redirect_uris"] == ["https://agenda.example/back"]
    assert filled["oidc.scopes"] == ["openid", "email"]
    assert filled["oidc.token_endpoint_auth_method"] == ["none"]
    assert filled["terms_url"] == ["https://agenda.example/tos"]
    assert "client_secret, default_max_age" in browser.page.get_text()
    assert "not-taken-over" not in browser.last.get_data(as_text=True)
    assert documents(sqlite_office, "agenda") is Denied.NOT_FOUND


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"a": 1, "a": 2}', "[" * 5000, "null", '"text"'],
    ids=["none", "list", "torn", "twice", "deep", "null", "text"],
)
def test_wb_012_what_is_no_description_is_told_so(sqlite_office: Opened, text: str) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/import")
    assert browser.submit("/import", text=text).status_code == 422


def test_wb_012_members_of_the_wrong_type_break_nothing(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    for wrong in ({"redirect_uris": 5}, {"client_name": []}, {"jwks": "x", "scope": 1}):
        browser.get(f"{HERE}/import")
        assert browser.submit("/import", text=json.dumps(METADATA | wrong)).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://application.example/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "file:///etc",
    ],
)
def test_wb_033_a_description_is_fetched_through_the_one_door(
    sqlite_office: Opened, url: str
) -> None:
    desk = sqlite_office.world.provider.services.office.applications
    assert isinstance(desk.fetched(sqlite_office.authority("regionale"), url), Unreachable)
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/import")
    assert browser.submit("/import", url=url).status_code == 422
    # The page tells nothing of what our network can reach.
    assert not re.search("refused|resolve|private", browser.page.select_one("#url-error").text)
