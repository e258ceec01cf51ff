# SPDX-License-Identifier: Apache-2.0
"""e-CPS on our own page: asked for, answered on a phone, waited for with and without a script."""

import json
from collections.abc import Iterator

import pytest

from idp.accounts.sources import told_of
from tests.functional.test_again import claims_of
from tests.phones import (
    INFIRMIERE,
    MEDECIN,
    MEDECIN_ID,
    Phones,
    number_on,
    open_phones,
    standing,
)
from tests.prosante import NEWCOMER
from tests.world import StandingClock


@pytest.fixture
def phones(database_url, monkeypatch) -> Iterator[Phones]:
    with open_phones(database_url, StandingClock(), monkeypatch) as opened:
        yield opened


def test_a_professional_logs_in_by_the_phone(phones):
    browser = phones.arrive()
    number = phones.ask(browser, "101 0123 4564")
    assert len(number) == 2
    assert browser.last.request.method == "GET"
    assert standing(browser)
    phones.go_on()
    [url] = phones.requests_of(MEDECIN)
    assert MEDECIN_ID in url
    phones.answer(MEDECIN, number)
    phones.go_on(5)
    assert phones.states() == ["accepted"]
    browser.get(browser.page.select_one("form[data-standing]")["action"])
    # Without the script the page shows a button; the script presses the same one.
    assert browser.page.select_one("#phone-accepted") is not None
    answer = browser.submit("/ecps", go="1")
    assert "code" in phones.here.client("phone").answered(answer)
    [proved] = phones.here.events("login.proved")
    assert (proved.means, proved.level) == ("ecps", 3)
    assert proved.account == phones.here.cast["medecin"].id


def test_what_it_tells_takes_the_place_of_what_pro_sante_connect_told_before(phones):
    browser = phones.arrive()
    phones.accepted(browser)
    browser.submit("/ecps", go="1")
    [proved] = phones.here.events("login.proved")
    with phones.here.core.database.read() as tx:
        assert list(told_of(tx, proved.account)) == ["psc"]


def test_applications_are_told_how_it_was_proved(phones):
    browser, client = phones.here.browser(), phones.here.client("phone")
    client.ask(browser)
    phones.accepted(browser)
    code = client.answered(browser.submit("/ecps", go="1"))["code"]
    claims = claims_of(client.redeem(code).json["id_token"])
    assert set(claims["amr"]) == {"swk", "pin", "mfa"}
    assert claims["acr"].endswith("3")


def test_the_page_goes_on_by_itself_without_a_script_too(phones):
    browser = phones.arrive()
    phones.ask(browser)
    again = browser.page.select_one("noscript meta[http-equiv=refresh]")
    assert again is not None
    url = str(again["content"]).partition("url=")[2]
    phones.go_on()
    phones.answer(MEDECIN, number_on(browser))
    phones.go_on(5)
    browser.get(url)
    assert browser.page.select_one("#phone-accepted") is not None
    assert browser.page.select_one("noscript meta[http-equiv=refresh]") is None


def test_the_button_of_a_page_that_still_waits_changes_nothing(phones):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    browser.submit("/ecps", go="1")
    assert number_on(browser) == number
    assert not phones.here.events("login.failed")


def test_somebody_new_gets_an_account_where_the_application_wishes_it(phones):
    browser = phones.arrive("phoned")
    phones.accepted(browser, NEWCOMER)
    answer = browser.submit("/ecps", go="1")
    assert "code" in phones.here.client("phoned").answered(answer)


def test_somebody_new_is_told_that_there_is_no_account(phones):
    browser = phones.arrive()
    phones.accepted(browser, NEWCOMER)
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error a")["href"] == "/registration"
    assert not phones.here.events("login.proved")


def test_a_refusal_is_told_here_and_to_whoever_reads_the_audit(phones):
    browser = phones.arrive()
    phones.ask(browser)
    phones.go_on()
    phones.answer(MEDECIN, "")
    phones.go_on(5)
    assert not standing(browser)
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    # And the login can be begun anew from there.
    assert browser.page.select_one("#phone-ask #identifier") is not None
    [failed] = phones.here.events("login.failed")
    assert json.loads(failed.detail)["why"] == "cancelled"
    assert failed.account == phones.here.cast["medecin"].id
    answer = phones.ask(browser)
    assert answer


def test_a_phone_that_does_not_answer_in_time(phones):
    browser = phones.arrive()
    phones.ask(browser)
    phones.go_on()
    for _ in range(24):
        phones.go_on(5)
    phones.go_on(1)
    assert phones.states() == ["expired"]
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    [failed] = phones.here.events("login.failed")
    assert json.loads(failed.detail)["why"] == "expired"


def test_whoever_does_not_wait_any_more_begins_anew(phones):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    browser.submit("/ecps", again="1")
    assert browser.page.select_one("#phone-ask") is not None
    # What the phone says to it afterwards opens nothing.
    phones.answer(MEDECIN, number)
    phones.go_on(5)
    assert phones.states() == ["dropped"]
    browser.submit("/ecps", go="1")
    assert not phones.here.events("login.proved")


@pytest.mark.parametrize("typed", ["", "12", "101 0123 4565", "8101O1234564", "x" * 500, "\x00"])
def test_what_is_no_identifier_is_told_at_once(phones, typed):
    browser = phones.arrive()
    browser.submit("/ecps", identifier=typed)
    assert browser.page.select_one("#identifier-error") is not None
    assert phones.states() == []


def test_whoever_is_known_is_not_asked_who_they_are(phones):
    browser = phones.arrive("plain")
    browser.log_in("medecin")
    client = phones.here.client("lifted")
    client.ask(browser)
    assert browser.page.select_one("#phone-ask") is not None
    assert browser.page.select_one("#identifier") is None
    # Nor does what a form says make it somebody else's phone.
    number = phones.ask(browser, INFIRMIERE.national_id)
    phones.go_on()
    assert not phones.requests_of(INFIRMIERE)
    phones.answer(MEDECIN, number)
    phones.go_on(5)
    answer = browser.submit("/ecps", go="1")
    claims = claims_of(client.redeem(client.answered(answer)["code"]).json["id_token"])
    # RFC 8176: all that was proved in this session, the password and the phone.
    assert {"swk", "pin", "mfa"} <= set(claims["amr"])
    assert claims["acr"].endswith("3")
    proved = phones.here.events("login.proved")[-1]
    assert (proved.means, proved.level) == ("ecps", 3)
