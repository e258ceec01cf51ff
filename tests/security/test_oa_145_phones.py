# SPDX-License-Identifier: Apache-2.0
"""OA-144 and OA-145 as a client: whom a request names, and how many may lie on a phone."""

import re

import pytest
import requests

from idp.demo.sandbox.memory import PIN
from tests.phones import (
    INFIRMIERE_ID,
    MEDECIN,
    MEDECIN_ID,
    NO_PHONE,
    NOBODY_ID,
    number_on,
    open_phones,
    standing,
)
from tests.security.phone_scene import failures, nobody_is_in
from tests.world import StandingClock


def test_oa_144_the_request_says_one_person_and_two_digits(phones, sent):
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    [(_url, body)] = [one for one in sent if one[0] == "ext/ciba/auth"]
    fields = [part.partition("=")[::2] for part in body.split("&")]
    assert dict(fields) == {
        "scope": "openid+scope_all",
        "acr_values": "eidas1",
        "login_hint": MEDECIN_ID,
        "binding_message": number,
        "channel": "MOBILE",
    }
    assert len(fields) == 5
    assert re.fullmatch("[0-9]{2}", number)


@pytest.mark.parametrize("who", [NOBODY_ID, NO_PHONE.national_id])
def test_oa_144_whoever_has_no_phone_looks_like_whoever_does_not_answer(phones, who):
    known, unknown = phones.arrive(), phones.arrive()
    phones.ask(known)
    phones.ask(unknown, who)
    for seconds in (0, 1, *[5] * 23, 3):
        phones.go_on(seconds)
        pages = [shown(one) for one in (known, unknown)]
        assert pages[0] == pages[1]
        assert standing(known)
        assert standing(unknown)
    phones.go_on(2)
    assert not standing(known)
    assert not standing(unknown)
    for one in (known, unknown):
        one.submit("/ecps", go="1")
    assert shown(known) == shown(unknown)
    # Whoever runs the installation knows.
    assert sorted(failures(phones)) == [("expired", ""), ("unknown", "")]


def shown(browser) -> str:
    """The page, without what differs between any two visits."""
    url = browser.form("/ecps")[0]
    journey = url.split("/")[2]
    browser.get(f"/login/{journey}?means=ecps")
    page = browser.last.get_data(as_text=True).replace(journey, "J")
    page = re.sub(r'name="csrf" value="[^"]*"', "", page)
    page = re.sub(r'nonce[^"]*"[^"]*"', "", page)
    return re.sub(r'id="phone-number">[0-9]{2}<', "", page)


def test_oa_145_a_phone_cannot_be_filled_with_requests(both):
    browsers = [both.here.browser(f"203.0.113.{number}") for number in range(20)]
    shown_numbers = []
    for browser in browsers:
        both.here.client("phone").ask(browser)
        shown_numbers.append(both.ask(browser))
        both.go_on()
    # The third that may lie there is left for its owner.
    assert sum(bool(one) for one in shown_numbers) == 2
    assert len(both.requests_of(MEDECIN)) == 2
    refused = browsers[-1]
    assert refused.page.select_one("#form-error") is not None
    assert failures(both).count(("too_many", "")) == 18
    # Somebody else's phone is none of it.
    assert both.ask(refused, INFIRMIERE_ID)


def test_oa_145_nor_in_the_long_run(both):
    for _ in range(12):
        browser = both.arrive()
        both.ask(browser)
        both.go_on()
        browser.submit("/ecps", again="1") if number_on(browser) else None
        both.here.clock.pass_by(50)
    # Ten minutes have passed: five, and not more.
    assert len(both.states()) == 5
    both.here.clock.pass_by(600)
    assert both.ask(both.arrive())


def arrive_known(both):
    browser = both.arrive("plain")
    browser.log_in("medecin")
    both.here.client("lifted").ask(browser)
    return browser


def ask_typed(both) -> str:
    found = both.ask(both.arrive())
    both.go_on()
    return found


def test_oa_145_strangers_do_not_keep_out_whoever_has_proved_who_they_are(both):
    mine = arrive_known(both)
    for _ in range(12):
        ask_typed(both)
        both.here.clock.pass_by(40)
    assert [bool(ask_typed(both)) for _ in range(2)] == [False, False]
    number = both.ask(mine)
    assert number
    both.go_on()
    # Nor does the next one end theirs.
    for _ in range(3):
        ask_typed(both)
    assert standing(mine)
    both.answer(MEDECIN, number)
    both.go_on(5)
    answer = mine.submit("/ecps", go="1")
    assert "code" in both.here.client("lifted").answered(answer)


def test_oa_145_of_both_together_three_lie_on_a_phone(both):
    mine = arrive_known(both)
    theirs = both.arrive()
    assert both.ask(theirs)
    both.go_on()
    assert ask_typed(both)
    both.here.clock.pass_by(1)
    assert both.ask(mine)
    both.go_on()
    # Whoever is known takes the place of whoever typed the number.
    assert not standing(theirs)
    assert not both.ask(arrive_known(both))
    assert len(both.requests_of(MEDECIN)) == 3


def test_oa_145_requests_for_people_who_do_not_exist_are_counted_alike(phones):
    found = []
    for _ in range(4):
        browser = phones.arrive()
        found.append(bool(phones.ask(browser, NOBODY_ID)))
        phones.go_on()
    assert found == [True, True, False, False]


def test_oa_145_nor_can_one_address_reach_everybody(sqlite_url, monkeypatch):
    few = {"PSC_CIBA_PER_ADDRESS": "1"}
    with open_phones(sqlite_url, StandingClock(), monkeypatch, **few) as phones:
        assert phones.ask(phones.arrive())
        assert not phones.ask(phones.arrive(), INFIRMIERE_ID)
        elsewhere = phones.here.browser("203.0.113.77")
        phones.here.client("phone").ask(elsewhere)
        assert phones.ask(elsewhere, INFIRMIERE_ID)


def test_one_request_a_person_is_waited_for_and_it_is_the_newest(both):
    first, second = both.arrive(), both.arrive()
    earlier = both.ask(first)
    both.go_on()
    both.go_on(1)
    later = both.ask(second)
    both.go_on()
    assert not standing(first)
    first.submit("/ecps", go="1")
    assert first.page.select_one("#form-error") is not None
    # What the phone says to the earlier one is heard by nobody.
    old = both.requests_of(MEDECIN)[-1]
    requests.post(old, {"number": earlier, "pin": PIN}, timeout=30)
    both.go_on(5)
    assert nobody_is_in(both)
    both.answer(MEDECIN, later)
    both.go_on(5)
    assert "code" in both.here.client("phone").answered(second.submit("/ecps", go="1"))
