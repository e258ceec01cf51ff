# SPDX-License-Identifier: Apache-2.0
"""BR rows of the e-CPS: whatever the provider says or does wrong, nobody is logged in by it."""

import pytest

from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.trouble import Trouble
from tests.phones import MEDECIN, open_phones
from tests.security.phone_scene import failures, nobody_is_in
from tests.security.troubles import UNTOLD, WHEN_ASKED, WHEN_TOLD, is_clear
from tests.world import StandingClock


@pytest.mark.parametrize("trouble", WHEN_TOLD, ids=lambda one: one.value)
def test_br_006_nobody_is_logged_in_by_an_answer_that_does_not_hold(phones, trouble):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    phones.answer(MEDECIN, number)
    phones.there.choose(trouble)
    phones.go_on(5)
    browser.submit("/ecps", go="1")
    is_clear(browser)
    assert nobody_is_in(phones)
    assert failures(phones) == [WHEN_TOLD[trouble]]
    # And the login can be begun anew.
    phones.there.choose(Trouble.NONE)
    phones.accepted(browser)
    assert "code" in phones.here.client("phone").answered(browser.submit("/ecps", go="1"))


@pytest.mark.parametrize("trouble", UNTOLD, ids=lambda one: one.value)
def test_br_006_what_is_no_trouble_of_a_phone_keeps_nobody_out(phones, trouble):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    phones.answer(MEDECIN, number)
    phones.there.choose(trouble)
    phones.go_on(5)
    browser.submit("/ecps", go="1")
    assert failures(phones) == []
    assert not nobody_is_in(phones)


@pytest.mark.parametrize("trouble", WHEN_ASKED, ids=lambda one: one.value)
def test_br_005_nobody_s_phone_is_reached_by_what_is_broken(phones, trouble):
    phones.there.choose(trouble)
    browser = phones.arrive()
    phones.ask(browser)
    phones.go_on()
    browser.submit("/ecps", go="1")
    is_clear(browser)
    assert nobody_is_in(phones)
    assert failures(phones) == [WHEN_ASKED[trouble]]


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
