# SPDX-License-Identifier: Apache-2.0
"""That an application asks in a frame, as an administrator says it in the console."""

from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened


def test_that_it_asks_in_a_frame_is_said_by_form(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/plain/edit")
    # What a box says beside its name is there, and read out with it.
    box = browser.page.find(id="oidc.session_state")
    assert box is not None
    about = browser.page.find(id=str(box["aria-describedby"]))
    assert about is not None
    assert "Session Management" in about.get_text()
    browser.post(f"{HERE}/plain/edit", fields_of(browser) | {"oidc.session_state": "1"})
    assert documents(sqlite_office, "plain").document["oidc"]["session_state"] is True
    browser.get(f"{HERE}/plain/edit")
    assert "oidc.session_state" in fields_of(browser)
