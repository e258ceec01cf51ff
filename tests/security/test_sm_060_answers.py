# SPDX-License-Identifier: Apache-2.0
"""SM-060, the other way round: who may say that an application was told."""

from typing import Any

import pytest

from tests.protocol.saml.test_logout_carried import FRAME, carried, frames, log_out, states
from tests.saml_kit import SamlParty
from tests.saml_logout import SLO, by_redirect, enter, logout_response, party_with_slo
from tests.world import Browser, World


@pytest.fixture
def party(provider: World) -> SamlParty:
    # Its answers are signed, whatever is registered of its requests.
    return party_with_slo(provider, signed_requests=False)


@pytest.fixture
def where(provider: World, party: SamlParty, browser: Browser) -> str:
    """A logout under way, asked by somebody else; the application was not asked yet."""
    asking = party_with_slo(provider)
    known = enter(asking, browser)
    enter(party, browser)
    return log_out(asking, browser, known)


def say(party: SamlParty, browser: Browser, message: bytes, *, sign: bool = True) -> Any:
    url = by_redirect(party, message, "SAMLResponse", sign=sign)
    return browser.request("GET", url, headers=FRAME)


def test_sm_060_an_answer_counts_once_and_signed(
    party: SamlParty, browser: Browser, where: str
) -> None:
    request = carried(party, browser, frames(browser)[0])
    message = logout_response(party, request.get("ID"))
    assert say(party, browser, message, sign=False).status_code == 400
    thief = SamlParty(party.world, party.document, key_name="saml evil")
    assert say(thief, browser, message).status_code == 400
    assert set(states(browser, where).values()) == {"waiting"}
    assert say(party, browser, message).status_code == 204
    assert set(states(browser, where).values()) == {"reached"}
    # Nor is it taken back.
    failed = logout_response(party, request.get("ID"), "Responder")
    assert say(party, browser, failed).status_code == 400
    assert set(states(browser, where).values()) == {"reached"}


@pytest.mark.parametrize(
    "changes",
    [
        {"InResponseTo": "_made-up"},
        {"InResponseTo": None},
        {"Destination": "https://other.example/saml/slo"},
        {"Destination": None},
        {"IssueInstant": -301},
        {"IssueInstant": 301},
        {"Version": "2.1"},
    ],
)
def test_sm_060_an_answer_to_something_else(
    party: SamlParty, browser: Browser, where: str, changes: dict[str, Any]
) -> None:
    request = carried(party, browser, frames(browser)[0])
    changed = {
        name: party.moment(value) if isinstance(value, int) else value
        for name, value in changes.items()
    }
    message = logout_response(party, request.get("ID"), **changed)
    assert say(party, browser, message).status_code == 400
    assert set(states(browser, where).values()) == {"waiting"}


def test_sm_060_another_application_does_not_answer_for_it(
    provider: World, party: SamlParty, browser: Browser, where: str
) -> None:
    request = carried(party, browser, frames(browser)[0])
    other = party_with_slo(provider)
    assert say(other, browser, logout_response(other, request.get("ID"))).status_code == 400
    assert set(states(browser, where).values()) == {"waiting"}


def test_sm_060_a_posted_answer_is_believed_like_any_other(
    party: SamlParty, browser: Browser, where: str
) -> None:
    request = carried(party, browser, frames(browser)[0])
    message = logout_response(party, request.get("ID"))
    party.post(browser, message, path=SLO, kind="SAMLResponse")
    assert browser.last.status_code == 400
    cookie = browser.cookie("browser")
    party.post(browser, party.signed(message), path=SLO, kind="SAMLResponse")
    assert set(states(browser, where).values()) == {"reached"}
    assert browser.cookie("browser") == cookie
