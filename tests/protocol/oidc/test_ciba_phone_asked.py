# SPDX-License-Identifier: Apache-2.0
"""For what, and of whom, a phone is asked at once; and what leaves a request to its page."""

import json

import pytest

from tests.phones import NO_PHONE
from tests.protocol.kit import ELSEWHERE, settled, store
from tests.protocol.oidc.absent import Caller, caller, done, links
from tests.protocol.oidc.rung import NUMBER, POLICY, Rung, open_rung

MESSAGES = ("", "K-42", "4", "421", " 42", "４２", "4 2", "٤٢")


@pytest.mark.parametrize("message", MESSAGES)
def test_oa_144_only_two_digits_of_the_application_ring(rung: Rung, message: str) -> None:
    answer = rung.one.ask(binding_message=message or None)
    rung.phones.go_on()
    assert rung.lies() == 0
    assert rung.phones.states() == []
    if answer.status == 200:
        assert rung.decided_on_the_page(answer.json["auth_req_id"])


NOT_ASKED = {
    "a means that it does not take": {"means": ["password"]},
    "what was not agreed to": {"consent": True},
    "an activity that was not chosen": {"activity": "chosen"},
}


@pytest.mark.parametrize("why", NOT_ASKED)
def test_what_the_phone_could_not_settle_alone_does_not_ring(rung: Rung, why: str) -> None:
    one = caller(rung.phones.here, policy=POLICY | NOT_ASKED[why])
    handle = one.asked(binding_message=NUMBER)
    rung.phones.go_on()
    assert rung.phones.states() == []
    assert one.told(handle) == "authorization_pending"
    assert len(links(settled(rung.phones.here))) == 1


def consenting(rung: Rung) -> Caller:
    one = caller(rung.phones.here, policy=POLICY | {"consent": True})
    core = rung.phones.here.core
    with core.database.write() as tx:
        who = rung.account()
        core.consents.give(tx, who, one.client.key, ("profile",), ELSEWHERE)
    return one


def test_what_was_agreed_to_before_is_asked_on_the_phone(rung: Rung) -> None:
    one = consenting(rung)
    handle = one.asked(binding_message=NUMBER)
    rung.phones.go_on()
    rung.answers()
    assert one.come(handle).status == 200


def test_more_than_was_agreed_to_is_not(rung: Rung) -> None:
    one = consenting(rung)
    document = one.client.document
    wider = document | {"oidc": document["oidc"] | {"scopes": ["openid", "profile", "email"]}}
    store(rung.phones.here, wider)
    one.asked(binding_message=NUMBER, scope="openid profile email")
    rung.phones.go_on()
    assert rung.phones.states() == []


def test_oa_175_consent_withdrawn_while_the_phone_rings(rung: Rung) -> None:
    one = consenting(rung)
    handle = one.asked(binding_message=NUMBER)
    rung.phones.go_on()
    core = rung.phones.here.core
    with core.database.write() as tx:
        assert core.consents.withdraw(tx, rung.account(), one.client.key, ELSEWHERE)
    rung.answers()
    assert rung.told_of("approval.given") == []
    assert one.told(handle) == "authorization_pending"


def test_what_is_asked_in_detail_is_agreed_to_by_whoever_sees_it(rung: Rung) -> None:
    one = caller(rung.phones.here, policy=POLICY, authorization_details_types=["exam"])
    detail = json.dumps([{"type": "exam", "actions": ["read"]}])
    for _ in range(2):
        one.asked(binding_message=NUMBER, authorization_details=detail)
        rung.phones.go_on()
        assert rung.phones.states() == []
        # The second time the very same has been agreed to before.
        mine = settled(rung.phones.here)
        mine.get(links(mine)[0])
        mine.submit("/agree")
        if mine.last.request.path.startswith("/login/"):
            mine.submit("/consent", answer="accept")
        assert done(mine) == "agreed"


def test_nobody_s_phone_rings_where_the_operator_did_not_turn_it_on(
    database_url, monkeypatch
) -> None:
    with open_rung(database_url, monkeypatch, PSC_CIBA_REQUESTS="false") as rung:
        handle = rung.asked()
        assert rung.phones.states() == []
        assert rung.decided_on_the_page(handle)


@pytest.mark.parametrize("national_id", [NO_PHONE.national_id, "899700000999"])
def test_oa_144_who_has_no_e_cps_looks_like_who_does_not_answer(
    rung: Rung, national_id: str
) -> None:
    with rung.phones.here.core.database.write() as tx:
        accounts = rung.phones.here.core.accounts
        assert accounts.renumber(tx, rung.account("infirmiere"), national_id, None) is None
    known = rung.asked()
    unknown = rung.asked(login_hint=national_id)
    for seconds in (6, *[10] * 31):
        said = {rung.one.told(known), rung.one.told(unknown)}
        assert len(said) == 1
        rung.phones.go_on(seconds)
    assert said == {"expired_token"}
    why = [json.loads(one.detail)["why"] for one in rung.told_of("approval.unanswered")]
    assert sorted(why) == ["expired", "unknown"]
