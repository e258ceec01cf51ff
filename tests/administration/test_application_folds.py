# SPDX-License-Identifier: Apache-2.0
"""What most applications leave as it is stands folded, until something is told of it."""

from tests.administration.application_kit import HERE, fields_of, fold_of
from tests.administration.kit import Opened
from tests.world import Browser


def open_ones(browser: Browser) -> int:
    return len(browser.page.select("form.panel-form details[open]"))


def test_a_new_application_is_asked_for_little(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/new")
    assert open_ones(browser) == 0
    assert len(browser.page.select("form.panel-form details")) > 5
    for name in ("name", "policy.means", "oidc.redirect_uris", "oidc.grant_types", "oidc.scopes"):
        assert fold_of(browser, name) is None, name


def test_what_is_sent_again_unchanged_stays_folded(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/new")
    response = browser.post(f"{HERE}/new", fields_of(browser))
    assert response.status_code == 422
    assert open_ones(browser) == 0


def test_what_is_told_of_stands_open(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    assert open_ones(browser) == 0
    told = fields_of(browser) | {"oidc.dpop_bound_access_tokens": "1"}
    browser.post(f"{HERE}/plain/edit", told)
    browser.get(f"{HERE}/plain/edit")
    assert fold_of(browser, "oidc.dpop_bound_access_tokens").has_attr("open")
    assert open_ones(browser) == 1


def test_what_is_wrong_stands_open(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    wrong = fields_of(browser) | {"oidc.request_uris": "http://elsewhere.example/"}
    assert browser.post(f"{HERE}/plain/edit", wrong).status_code == 422
    assert fold_of(browser, "oidc.request_uris").has_attr("open")
