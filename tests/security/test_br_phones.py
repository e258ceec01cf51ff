# SPDX-License-Identifier: Apache-2.0
"""BR rows of the e-CPS: whatever the provider says or does wrong, nobody is logged in by it."""

import pytest

from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.trouble import HARMLESS, NOTICES, Trouble
from tests.phones import MEDECIN, open_phones
from tests.security.phone_scene import failures, nobody_is_in
from tests.security.test_br_prosante import DESCRIBED, TROUBLES
from tests.world import StandingClock

# What concerns the way back of a browser: there is none here, and no nonce goes there.
NOT_HERE = {
    Trouble.WRONG_STATE,
    Trouble.OTHER_ANSWERER,
    Trouble.NAMELESS_ANSWER,
    Trouble.WRONG_NONCE,
    Trouble.NO_NONCE,
}
WHEN_ASKED = {Trouble.SLOW, Trouble.BROKEN, Trouble.HTML, Trouble.REDIRECTS, *DESCRIBED}
WHEN_TOLD = set(TROUBLES) - NOT_HERE - WHEN_ASKED | {Trouble.NOT_NOW}


def test_every_trouble_has_its_row():
    assert set(Trouble) == WHEN_TOLD | WHEN_ASKED | NOT_HERE | HARMLESS | NOTICES


@pytest.mark.parametrize("trouble", sorted(WHEN_TOLD, key=lambda one: one.value))
def test_br_006_nobody_is_logged_in_by_an_answer_that_does_not_hold(phones, trouble):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    phones.answer(MEDECIN, number)
    phones.there.choose(trouble)
    phones.go_on(5)
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    assert nobody_is_in(phones)
    [(why, detail)] = failures(phones)
    assert (why, detail) == TROUBLES.get(trouble, ("not-believed", "token: auth_time"))
    # And the login can be begun anew.
    phones.there.choose(Trouble.NONE)
    phones.accepted(browser)
    assert "code" in phones.here.client("phone").answered(browser.submit("/ecps", go="1"))


@pytest.mark.parametrize("trouble", sorted(WHEN_ASKED, key=lambda one: one.value))
def test_br_005_nobody_s_phone_is_reached_by_what_is_broken(phones, trouble):
    phones.there.choose(trouble)
    browser = phones.arrive()
    phones.ask(browser)
    phones.go_on()
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    assert nobody_is_in(phones)
    [(why, detail)] = failures(phones)
    assert why == (TROUBLES | DESCRIBED)[trouble][0]
    assert detail


def test_br_013_an_answer_by_card_is_none_of_a_phone(phones, monkeypatch):
    told = Professional.told
    monkeypatch.setattr(Professional, "told", lambda person, _way: told(person, "CARD"))
    browser = phones.arrive()
    phones.accepted(browser)
    browser.submit("/ecps", go="1")
    assert nobody_is_in(phones)
    assert failures(phones) == [("not-believed", "person: authMode")]


def test_br_013_what_a_card_is_worth_there_says_nothing_of_a_phone(sqlite_url, monkeypatch):
    low = {"PSC_MOBILE_LEVEL": "2", "PSC_CARD_LEVEL": "3"}
    with open_phones(sqlite_url, StandingClock(), monkeypatch, **low) as phones:
        connectors = phones.here.provider.services.connectors
        levels = [int(connectors[means].level) for means in ("ecps", "psc")]
        assert levels == [2, 3]
        # Where level 3 is asked for, nobody is put to their phone in vain.
        assert phones.arrive().page.select_one("#phone-ask") is None
