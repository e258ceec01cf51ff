# SPDX-License-Identifier: Apache-2.0
"""How often phones ring for applications, and who is first (OA-145, RL-02, RL-21)."""

import pytest
from sqlalchemy import text

from tests.cast import PEOPLE
from tests.outbox import waiting
from tests.phones import INFIRMIERE, MEDECIN, Phones, asks, number_on, standing
from tests.protocol.kit import at_once, settled
from tests.protocol.oidc.absent import caller, done, links
from tests.protocol.oidc.rung import NUMBER, POLICY, Rung
from tests.security.test_cr_passwords import together

LEASE = 46


def sessions(rung: Rung) -> int:
    with rung.phones.here.core.database.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM sessions")).scalar_one())


def typed(phones: Phones) -> tuple[object, str]:
    """A stranger, who types the number of somebody."""
    browser = phones.arrive()
    number = phones.ask(browser)
    phones.go_on()
    return browser, number


def test_oa_145_one_lies_on_a_phone_at_a_time(rung: Rung) -> None:
    others = [caller(rung.phones.here, policy=POLICY) for _ in range(2)]
    rung.asked()
    for one in others:
        one.asked(binding_message="17")
    rung.phones.go_on()
    assert rung.lies() == 1
    assert len(rung.phones.states()) == 1
    # Those of nobody else are fewer by it.
    rung.asked(login_hint=PEOPLE["infirmiere"].identifier)
    assert rung.lies(INFIRMIERE) == 1


def test_oa_145_rl_021_also_when_all_ask_at_once(rung: Rung) -> None:
    callers = [caller(rung.phones.here, policy=POLICY) for _ in range(4)]
    answers = at_once(8, lambda turn: callers[turn % 4].ask(binding_message=NUMBER).status)
    assert answers == [200] * 8
    rung.phones.go_on()
    assert rung.lies() == 1


def test_oa_145_no_phone_rings_more_often_than_somebody_is_written_to(rung: Rung) -> None:
    """Twelve in ten minutes, each answered: five may be put to somebody, and five ring."""
    callers = [caller(rung.phones.here, policy=POLICY) for _ in range(12)]
    for one in callers:
        one.asked(binding_message=NUMBER)
        rung.phones.go_on()
        if rung.phones.requests_of(MEDECIN):
            rung.answers("")
        rung.phones.go_on(40)
    rang = len(rung.phones.states())
    assert rang == len(waiting(rung.phones.here, "approval-asked")) == 5


def test_oa_145_nor_where_no_letter_may_be_sent_any_more(rung: Rung) -> None:
    quotas = rung.phones.here.core.quotas
    with rung.phones.here.core.database.write() as tx:
        address = rung.phones.here.cast["medecin"].person.email
        while quotas.take(tx, "email", address, "", "approval-asked"):
            pass
    handle = rung.asked()
    assert rung.phones.states() == []
    assert rung.decided_on_the_page(handle)


def test_oa_145_applications_and_strangers_ring_five_times_together(rung: Rung) -> None:
    for _ in range(3):
        typed(rung.phones)
        rung.phones.go_on(125)
    for _ in range(3):
        rung.asked()
        if rung.phones.requests_of(MEDECIN):
            rung.answers("")
        rung.phones.go_on(20)
    assert len(rung.phones.states()) == 5


def test_oa_145_whoever_has_proved_who_they_are_is_kept_out_by_none(rung: Rung) -> None:
    for _ in range(5):
        rung.asked()
        rung.answers("")
        rung.phones.go_on(20)
    mine = rung.phones.arrive("plain")
    mine.log_in("medecin")
    rung.phones.here.client("lifted").ask(mine)
    number = rung.phones.ask(mine)
    assert number
    rung.phones.go_on()
    rung.answers(number)
    answer = mine.submit("/ecps", go="1")
    assert "code" in rung.phones.here.client("lifted").answered(answer)


def test_a_login_under_way_is_not_disturbed(rung: Rung) -> None:
    browser, number = typed(rung.phones)
    handle = rung.asked()
    assert rung.lies() == 1
    rung.answers(str(number))
    assert "code" in rung.phones.here.client("phone").answered(browser.submit("/ecps", go="1"))
    assert rung.one.told(handle) == "authorization_pending"


def test_a_stranger_s_request_takes_no_place(rung: Rung) -> None:
    handle = rung.asked()
    rung.phones.go_on(1)
    typed(rung.phones)
    assert rung.lies() == 2
    assert rung.phones.states() == ["waiting", "waiting"]
    # The phone's owner answers that of the application, and not the stranger's.
    rung.phones.answer(MEDECIN, "")
    rung.phones.go_on(5)
    rung.answers()
    assert rung.one.come(handle).status == 200


def test_oa_145_the_third_that_may_lie_there_is_left_for_its_owner(rung: Rung) -> None:
    rung.asked()
    assert typed(rung.phones)[1]
    assert not typed(rung.phones)[1]
    mine = rung.phones.arrive("plain")
    mine.log_in("medecin")
    rung.phones.here.client("lifted").ask(mine)
    assert rung.phones.ask(mine)


def test_their_own_login_takes_its_place(rung: Rung) -> None:
    handle = rung.asked()
    mine = rung.phones.arrive("plain")
    mine.log_in("medecin")
    rung.phones.here.client("lifted").ask(mine)
    assert rung.phones.ask(mine)
    rung.phones.go_on()
    assert "overtaken" in rung.phones.states()
    assert standing(mine)
    assert number_on(mine)
    assert rung.one.told(handle) == "authorization_pending"


def test_oa_142_what_was_decided_on_a_page_is_asked_about_no_more(rung: Rung, sent) -> None:
    handle = rung.asked()
    mine = settled(rung.phones.here)
    mine.get(links(mine)[0])
    mine.submit("/refuse")
    assert done(mine) == "refused"
    before = len(sent)
    rung.answers()
    rung.phones.go_on(30)
    assert len(sent) == before
    assert rung.one.told(handle) == "access_denied"
    assert rung.told_of("login.proved") == rung.told_of("approval.given") == []


@pytest.mark.parametrize("word", ["agree", "refuse"])
def test_rl_002_a_page_that_is_first_by_a_moment_is_first(rung: Rung, word: str) -> None:
    """The phone's answer has left the provider when the page decides."""
    handle = rung.asked()
    mine = settled(rung.phones.here)
    (page,) = links(mine)
    mine.get(page)
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.here.clock.pass_by(5)
    [call] = rung.phones.calls._lease()
    heard = rung.phones.calls._ask(call)
    mine.submit(f"/{word}")
    rung.phones.calls._settle([(call, heard)])
    assert rung.phones.states() == ["dropped"]
    assert sessions(rung) == 1
    assert rung.told_of("login.proved") == []
    assert rung.one.told(handle) == {"agree": "200", "refuse": "access_denied"}[word]


def test_rl_002_rl_021_page_and_phone_at_the_same_time_agree_once(rung: Rung) -> None:
    handle = rung.asked()
    mine = settled(rung.phones.here)
    mine.get(links(mine)[0])
    url, fields = mine.form("/agree")
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.here.clock.pass_by(5)
    others = [asks(rung.phones.here) for _ in range(2)]
    works = [one.go_on for one in (rung.phones.calls, *others)]
    together([*works, lambda: mine.request("POST", url, data=fields)])
    for one in others:
        one.close()
    [given] = rung.told_of("approval.given")
    by_phone = given.means == "ecps"
    assert (rung.phones.states() == ["accepted"]) is by_phone
    assert sessions(rung) == 1 + by_phone
    assert rung.one.come(handle).status == 200


def test_rl_002_of_several_processes_one_asks_and_one_hears(rung: Rung, sent) -> None:
    handle = rung.one.asked(binding_message=NUMBER)
    others = [asks(rung.phones.here) for _ in range(3)]
    works = [one.go_on for one in (rung.phones.calls, *others)]
    together(works)
    assert [url for url, _ in sent].count("ext/ciba/auth") == 1
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.here.clock.pass_by(5)
    together(works)
    for one in others:
        one.close()
    assert len(rung.told_of("approval.given")) == 1
    assert rung.one.come(handle).status == 200


def test_rl_002_whoever_died_while_it_waited_is_followed(rung: Rung) -> None:
    handle = rung.asked()
    rung.phones.here.clock.pass_by(5)
    assert rung.phones.calls._lease()
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.go_on(LEASE)
    assert rung.one.come(handle).status == 200


def test_rl_002_what_was_heard_and_not_noted_leaves_it_to_the_page(rung: Rung) -> None:
    handle = rung.asked()
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.here.clock.pass_by(5)
    [call] = rung.phones.calls._lease()
    rung.phones.calls._ask(call)
    rung.phones.go_on(LEASE)
    assert rung.phones.states() == ["not-believed"]
    assert rung.decided_on_the_page(handle)


def test_rl_029_what_cannot_be_noted_is_noted_later(rung: Rung, monkeypatch) -> None:
    handle = rung.asked()
    rung.asked(login_hint=PEOPLE["infirmiere"].identifier, binding_message="17")
    agree = rung.phones.here.core.approving.agree
    away = True

    def broken(*told):
        done = agree(*told)
        if away and told[2].account == rung.account():
            raise RuntimeError("the disk is full")
        return done

    monkeypatch.setattr(rung.phones.here.core.approving, "agree", broken)
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.answer(INFIRMIERE, "17")
    rung.phones.go_on(5)
    # The other's is there; nothing of this one's is.
    assert [one.account for one in rung.told_of("approval.given")] == [rung.account("infirmiere")]
    assert sessions(rung) == 1
    away = False
    rung.phones.go_on()
    assert rung.one.come(handle).status == 200


def test_it_is_over_on_the_phone_no_later_than_here(rung: Rung) -> None:
    handle = rung.asked(requested_expiry="30")
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.go_on(31)
    assert rung.one.told(handle) == "expired_token"
    assert rung.told_of("approval.given") == rung.told_of("login.proved") == []
