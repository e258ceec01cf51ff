# SPDX-License-Identifier: Apache-2.0
"""OA-140 to OA-143 as a client: whose an answer is, when it is asked for, how often it counts."""

import re
from collections import Counter

import pytest
from sqlalchemy import text

from idp.accounts.values import State
from tests.phones import MEDECIN, MEDECIN_ID, asks, number_on
from tests.prosante import NEWCOMER
from tests.security.phone_scene import failures, nobody_is_in
from tests.security.test_cr_passwords import together


def test_oa_140_the_request_s_name_is_sealed_and_on_no_page(both, sent):
    browser = both.arrive()
    number = both.ask(browser)
    both.go_on()
    both.go_on(5)
    [(_url, body)] = [one for one in sent if one[0] == "token"]
    handle = re.search(r"auth_req_id=([^&]+)", body)[1]
    assert len(handle) >= 22
    with both.here.core.database.read() as tx:
        [row] = tx.execute(text("SELECT * FROM phone_requests")).all()
        journeys = tx.execute(text("SELECT state FROM journeys")).scalars().all()
    for kept in (*row, *journeys):
        assert handle not in str(kept)
        assert MEDECIN_ID not in str(kept)
    browser.get(browser.page.select_one("form[data-standing]")["action"])
    assert number_on(browser) == number
    assert handle not in browser.last.get_data(as_text=True)
    assert MEDECIN_ID not in browser.last.get_data(as_text=True)


def test_oa_140_an_answer_is_for_the_browser_that_asked_alone(both):
    mine, theirs = both.arrive(), both.arrive()
    url = str(mine.form("/ecps")[0])
    both.accepted(mine)
    asked = str(mine.page.select_one("form[data-standing]")["data-standing"])
    fields = theirs.form("/ecps")[1] | {"go": "1"}
    # OA-172: neither told how it stands, nor let in.
    assert theirs.request("GET", asked).status_code == 404
    theirs.post(url, fields)
    assert theirs.problem == "journey-other-browser"
    assert nobody_is_in(both)
    assert "code" in both.here.client("phone").answered(mine.submit("/ecps", go="1"))


def test_oa_140_another_journey_of_the_same_browser_takes_nothing(both):
    browser = both.arrive()
    both.accepted(browser)
    both.here.client("plain").ask(browser)
    browser.get(f"{browser.form('/login/')[0].rpartition('/')[0]}?means=ecps")
    browser.submit("/ecps", go="1", identifier="")
    assert nobody_is_in(both)


def test_oa_141_we_ask_no_more_often_than_we_were_told(both, sent):
    browser = both.arrive()
    both.ask(browser)
    polls = Counter()
    for second in range(31):
        both.go_on(1)
        polls[second] = sum(url == "token" for url, _ in sent)
    # Asked for at 1; then each five seconds.
    assert polls[30] == 6
    assert nobody_is_in(both)


def test_oa_141_whoever_is_told_to_slow_down_waits_five_seconds_more(both, sent):
    browser = both.arrive()
    number = both.ask(browser)
    both.go_on()
    both.go_on(5)
    with both.here.core.database.write() as tx:
        # As after a clock that jumped: too early for them.
        tx.execute(text("UPDATE phone_requests SET due_at = due_at - 2"))
    both.go_on(3)
    with both.here.core.database.read() as tx:
        assert tx.execute(text("SELECT pause FROM phone_requests")).scalar() == 10
    before = len(sent)
    both.answer(MEDECIN, number)
    both.go_on(9)
    assert len(sent) == before
    # And from then on, each time.
    both.go_on(1)
    assert both.states() == ["accepted"]


def test_oa_142_an_answer_counts_once(both):
    browser = both.arrive()
    both.accepted(browser)
    desk = both.here.provider.services.connectors["ecps"]._desk
    journey = browser.form("/ecps")[0].split("/")[2]
    taken = together([lambda: desk.take(journey)] * 8)
    assert sum(one is not None for one in taken) == 1
    browser.submit("/ecps", go="1")
    assert nobody_is_in(both)


def test_oa_142_of_two_that_ask_one_asks(both, sent):
    browser = both.arrive()
    number = both.ask(browser)
    others = [asks(both.here) for _ in range(3)]
    together([one.go_on for one in (both.calls, *others)])
    assert [url for url, _ in sent].count("ext/ciba/auth") == 1
    assert len(both.requests_of(MEDECIN)) == 1
    both.answer(MEDECIN, number)
    both.here.clock.pass_by(5)
    together([one.go_on for one in (both.calls, *others)])
    for one in others:
        one.close()
    # A second redemption would have been refused, and the login with it.
    assert both.states() == ["accepted"]
    assert "code" in both.here.client("phone").answered(browser.submit("/ecps", go="1"))


def test_oa_142_an_answer_is_not_kept_for_another_day(both):
    browser = both.arrive()
    both.accepted(browser)
    both.here.clock.pass_by(121)
    browser.submit("/ecps", go="1")
    assert browser.page.select_one("#form-error") is not None
    assert nobody_is_in(both)


@pytest.mark.parametrize("state", [State.DISABLED, State.CLOSED], ids=lambda one: one.value)
def test_oa_143_whoever_was_shut_out_after_the_answer_stays_out(both, state):
    browser = both.arrive()
    both.accepted(browser)
    with both.here.core.database.write() as tx:
        account = both.here.cast["medecin"].id
        tx.execute(
            text("UPDATE accounts SET state = :state WHERE id = :id"),
            {"state": state.value, "id": account},
        )
    browser.submit("/ecps", go="1")
    assert nobody_is_in(both)
    assert failures(both) == [("account-closed", "")]


def test_oa_143_a_lock_between_asking_and_the_answer_counts_too(both):
    browser = both.arrive()
    number = both.ask(browser)
    both.go_on()
    with both.here.core.database.write() as tx:
        tx.execute(
            text("UPDATE accounts SET state = 'disabled' WHERE id = :id"),
            {"id": both.here.cast["medecin"].id},
        )
    both.answer(MEDECIN, number)
    both.go_on(5)
    browser.submit("/ecps", go="1")
    assert nobody_is_in(both)


def test_oa_180_a_step_up_takes_nobody_else(both):
    browser = both.arrive("plain")
    browser.get(browser.page.select_one("a[href*='means=ecps']")["href"])
    both.accepted(browser, NEWCOMER)
    url = browser.form("/ecps")[0]
    # Meanwhile somebody else logs in, in another tab of the same browser.
    both.here.client("plain").ask(browser)
    browser.log_in("infirmiere")
    both.here.client("lifted").ask(browser)
    fields = browser.form("/ecps")[1]
    # The answer of somebody who is new here, to a journey on which somebody else stands by now.
    browser.post(url, fields | {"go": "1"})
    proved = both.here.events("login.proved")
    assert [one.means for one in proved] == ["password"]
    assert failures(both)[-1][0] in {"no-account", "other-person"}


def test_what_was_asked_of_an_ended_journey_is_asked_about_no_more(both, sent):
    browser = both.arrive("plain")
    url = browser.page.select_one("a[href*='means=ecps']")["href"]
    browser.get(url)
    both.ask(browser)
    both.go_on()
    browser.get(url.replace("ecps", "password"))
    browser.log_in()
    before = len(sent)
    for _ in range(30):
        both.go_on(5)
    assert len(sent) == before
