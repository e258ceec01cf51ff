# SPDX-License-Identifier: Apache-2.0
"""What an application asks of somebody elsewhere is asked on their e-CPS at once (CIBA §7)."""

import json
from collections.abc import Mapping

import pytest
from sqlalchemy import text

from connectors.openid.provider import Provider
from idp.accounts.values import State
from idp.demo.sandbox.trouble import Trouble
from tests.outbox import waiting
from tests.phones import MEDECIN
from tests.protocol.kit import settled, store
from tests.protocol.oidc.absent import caller, links, signer
from tests.protocol.oidc.rung import NUMBER, POLICY, Rung
from tests.protocol.oidc.strict import verify


def test_the_phone_agrees_without_any_page(rung: Rung) -> None:
    handle = rung.asked(acr_values="urn:sceau:level:3")
    assert rung.one.told(handle) == "authorization_pending"
    at = rung.phones.here.clock.now() + 5
    rung.answers()
    given = rung.one.come(handle)
    assert given.status == 200, given
    claims = verify(rung.phones.here, given.json["id_token"], "JWT").claims
    assert claims["amr"] == ["swk", "pin", "mfa"]
    assert (claims["acr"], claims["auth_time"]) == ("urn:sceau:level:3", at)
    assert claims["sub"] == rung.one.client.userinfo(given.json["access_token"]).json["sub"]
    assert rung.one.client.refresh(given.json["refresh_token"]).status == 200
    assert rung.phones.states() == ["accepted"]
    # What was heard is kept for nobody.
    with rung.phones.here.core.database.read() as tx:
        assert tx.execute(text("SELECT heard FROM phone_requests")).scalars().all() == [""]


def test_whoever_reads_the_audit_sees_by_which_means(rung: Rung) -> None:
    rung.asked()
    rung.answers()
    for kind in ("approval.asked", "login.proved", "approval.given"):
        [event] = rung.told_of(kind)
        assert (event.means, event.account) == ("ecps", rung.account())
    assert (event.level, event.application) == (3, rung.one.client.key)
    assert rung.told_of("approval.given")[0].session == rung.told_of("login.proved")[0].session


def test_a_refusal_on_the_phone_is_told_to_the_application(rung: Rung) -> None:
    handle = rung.asked()
    rung.answers("")
    assert rung.one.told(handle) == "access_denied"
    [event] = rung.told_of("approval.refused")
    assert (event.means, event.account) == ("ecps", rung.account())
    assert links(settled(rung.phones.here)) == []
    # Nobody tried to log in, and nobody is in.
    assert rung.told_of("login.failed") == rung.told_of("login.proved") == []


def test_an_application_that_is_told_hears_of_it(rung: Rung) -> None:
    one = caller(
        rung.phones.here,
        policy=POLICY,
        backchannel_token_delivery_mode="ping",
        backchannel_client_notification_endpoint="https://room.example/ping",
    )
    one.asked(binding_message=NUMBER, client_notification_token="a-bearer")
    rung.phones.go_on()
    rung.answers()
    assert [each.recipient for each in waiting(rung.phones.here, "approval")] == [one.client.key]


def test_a_signed_request_rings_as_well(rung: Rung) -> None:
    one = signer(rung.phones.here, policy=POLICY)
    handle = one.ask_signed(binding_message=NUMBER).json["auth_req_id"]
    rung.phones.go_on()
    rung.answers()
    assert one.come(handle).status == 200


def test_a_phone_that_does_not_answer_leaves_it_waiting(rung: Rung) -> None:
    handle = rung.asked()
    rung.expire()
    assert rung.phones.states() == ["expired"]
    [event] = rung.told_of("approval.unanswered")
    assert (event.means, json.loads(event.detail)["why"]) == ("ecps", "expired")
    assert rung.told_of("login.failed") == []
    assert rung.decided_on_the_page(handle)


@pytest.mark.parametrize("trouble", [Trouble.BROKEN, Trouble.HTML])
def test_rl_011_a_provider_that_is_away_leaves_it_waiting(rung: Rung, trouble: Trouble) -> None:
    rung.phones.there.choose(trouble)
    handle = rung.asked()
    rung.phones.there.choose(Trouble.NONE)
    rung.phones.go_on(5)
    assert rung.told_of("approval.given") == []
    assert rung.decided_on_the_page(handle)


def test_oa_144_a_provider_that_asks_nobody_says_no_for_nobody(
    rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether somebody has an e-CPS, or may not use it, is no answer of theirs."""
    post = Provider.post

    def denied(provider: Provider, url: str, form: Mapping[str, str]) -> object:
        if "binding_message" in form:
            return 403, {"error": "access_denied"}
        return post(provider, url, form)

    monkeypatch.setattr(Provider, "post", denied)
    handle = rung.asked()
    assert rung.phones.states() == ["not-reached"]
    assert rung.told_of("approval.refused") == []
    assert len(rung.told_of("approval.unanswered")) == 1
    assert rung.decided_on_the_page(handle)


def test_rl_011_one_that_is_away_for_a_moment_costs_nothing(rung: Rung) -> None:
    handle = rung.asked()
    rung.phones.there.choose(Trouble.BROKEN)
    rung.phones.answer(MEDECIN, NUMBER)
    rung.phones.go_on(5)
    rung.phones.there.choose(Trouble.NONE)
    rung.phones.go_on(10)
    assert rung.one.come(handle).status == 200


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.OTHER_PERSON,
        Trouble.NO_IDENTIFIER,
        Trouble.OTHER_ISSUER,
        Trouble.OTHER_AUDIENCE,
        Trouble.UNSIGNED,
        Trouble.OTHER_KEY,
        Trouble.EXPIRED,
        Trouble.NOT_NOW,
    ],
)
def test_br_010_what_cannot_be_believed_agrees_to_nothing(rung: Rung, trouble: Trouble) -> None:
    handle = rung.asked()
    rung.phones.there.choose(trouble)
    rung.answers()
    assert rung.phones.states() == ["not-believed"]
    assert rung.told_of("approval.given") == rung.told_of("login.proved") == []
    assert len(rung.told_of("login.failed")) == 1
    assert rung.decided_on_the_page(handle)


def test_br_013_what_is_worth_less_than_asked_agrees_to_nothing(rung: Rung) -> None:
    handle = rung.asked(acr_values="urn:sceau:level:2")
    rung.phones.there.choose(Trouble.LITTLE_WORTH)
    rung.answers()
    assert rung.one.told(handle) == "authorization_pending"
    [event] = rung.told_of("login.refused")
    assert (event.account, event.means) == (rung.account(), "ecps")
    # And no session is left of it.
    assert rung.told_of("login.proved") == []
    with rung.phones.here.core.database.read() as tx:
        assert tx.execute(text("SELECT count(*) FROM sessions")).scalar() == 0


def test_what_is_worth_less_and_suffices_is_told_as_it_is(rung: Rung) -> None:
    handle = rung.asked()
    rung.phones.there.choose(Trouble.LITTLE_WORTH)
    rung.answers()
    claims = verify(rung.phones.here, rung.one.come(handle).json["id_token"], "JWT").claims
    assert (claims["acr"], claims["amr"]) == ("urn:sceau:level:1", ["user"])


@pytest.mark.parametrize("state", [State.DISABLED, State.CLOSED], ids=lambda one: one.value)
def test_oa_143_whoever_is_shut_out_before_the_answer_stays_out(rung: Rung, state: State) -> None:
    handle = rung.asked()
    with rung.phones.here.core.database.write() as tx:
        tx.execute(
            text("UPDATE accounts SET state = :state WHERE id = :id"),
            {"state": state.value, "id": rung.account()},
        )
    rung.answers()
    assert rung.one.told(handle) == "authorization_pending"
    assert rung.told_of("approval.given") == rung.told_of("login.proved") == []
    assert len(rung.told_of("login.failed")) == 1


def test_oa_143_or_between_the_answer_and_the_application(rung: Rung) -> None:
    handle = rung.asked()
    rung.answers()
    with rung.phones.here.core.database.write() as tx:
        tx.execute(
            text("UPDATE accounts SET state = 'disabled' WHERE id = :id"), {"id": rung.account()}
        )
    assert rung.one.told(handle) == "invalid_grant"


def test_an_application_that_is_closed_meanwhile_gets_nothing(rung: Rung) -> None:
    rung.asked()
    core = rung.phones.here.core
    with core.database.write() as tx:
        core.applications.set_enabled(tx, rung.one.client.key, enabled=False)
    rung.answers()
    assert rung.told_of("approval.given") == rung.told_of("login.proved") == []


def test_one_whose_policy_changed_meanwhile_gets_nothing(rung: Rung) -> None:
    handle = rung.asked()
    document = rung.one.client.document
    store(rung.phones.here, document | {"policy": document["policy"] | {"means": ["password"]}})
    rung.answers()
    assert rung.one.told(handle) == "authorization_pending"
    assert rung.told_of("approval.given") == []


def test_oa_180_a_number_that_became_somebody_else_s_agrees_for_nobody(rung: Rung) -> None:
    handle = rung.asked()
    swap = "UPDATE accounts SET national_id = :number WHERE id = :id"
    with rung.phones.here.core.database.write() as tx:
        for who, number in (("medecin", "899700000999"), ("infirmiere", MEDECIN.national_id)):
            tx.execute(text(swap), {"number": number, "id": rung.account(who)})
    rung.answers()
    assert rung.one.told(handle) == "authorization_pending"
    assert rung.told_of("approval.given") == rung.told_of("login.proved") == []
    [failed] = rung.told_of("login.failed")
    assert json.loads(failed.detail)["why"] == "other-person"
