# SPDX-License-Identifier: Apache-2.0
"""Whom an application may ask for, how often, and how they are told (CIBA §7.1; OA-144, OA-145)."""

import pytest
from sqlalchemy import text

from idp.applications.registration import read_registration
from idp.grants import approvals
from idp.oidc.absent import OFTEN
from idp.oidc.client import check_client
from tests.cast import PEOPLE, application
from tests.outbox import waiting
from tests.protocol.kit import at_once, settled
from tests.protocol.oidc.absent import GRANTS, PAGE, agreed, caller, decide, links
from tests.world import World


def test_oa_144_unknown_people_look_as_known_ones_do(world: World) -> None:
    one = caller(world)
    known = one.ask()
    for hint in ("nobody", "nobody@nowhere.example", "899700999999", PEOPLE["patient"].email):
        answer = one.ask(login_hint=hint)
        assert (answer.status, set(answer.json)) == (200, set(known.json))
        assert one.told(answer.json["auth_req_id"]) == "authorization_pending"
    # They are counted alike, too.
    for hint in ("somebody", PEOPLE["infirmiere"].identifier):
        said = [one.ask(login_hint=hint).status for _ in range(6)]
        assert said == [200] * 5 + [403]


def wide(number: str) -> str:
    """The same in full-width digits."""
    return "".join(chr(ord(one) + 0xFEE0) for one in number)


@pytest.mark.parametrize("number", [PEOPLE["medecin"].national_id, "899700999999"])
def test_oa_144_by_no_form_of_a_number_is_an_account_told(world: World, number: str) -> None:
    one = caller(world)
    said = [one.ask(login_hint=form).status for form in (*[wide(number)] * 5, number)]
    assert said == [200] * 5 + [403]


def test_people_are_found_by_any_form_of_their_number(world: World) -> None:
    caller(world).asked(login_hint=f" {wide(PEOPLE['medecin'].national_id)} ")
    assert len(links(settled(world))) == 1


@pytest.mark.parametrize("other", [PEOPLE["medecin"].identifier, "nobody"])
def test_oa_144_by_no_two_names_is_one_person_told(world: World, other: str) -> None:
    one = caller(world)
    said = [one.ask(login_hint=PEOPLE["medecin"].email).status for _ in range(5)]
    assert said == [200] * 5
    answer = one.ask(login_hint=other)
    assert (answer.status, set(answer.json)) == (200, {"auth_req_id", "expires_in", "interval"})
    assert one.told(answer.json["auth_req_id"]) == "authorization_pending"
    world.clock.pass_by(301)
    assert one.told(answer.json["auth_req_id"]) == "expired_token"


@pytest.mark.parametrize("hint", ["identifier", "email", "national_id"])
def test_people_are_found_as_they_are_at_a_login(world: World, hint: str) -> None:
    one = caller(world)
    one.asked(login_hint=getattr(PEOPLE["medecin"], hint))
    assert len(links(settled(world))) == 1


def test_by_an_id_token_of_ours(world: World) -> None:
    one = caller(world)
    token = one.come(agreed(one)).json["id_token"]
    world.clock.pass_by(86_400)
    handle = one.asked(login_hint=None, id_token_hint=token)
    agreed(one, handle)
    assert one.come(handle).status == 200
    other = caller(world)
    answer = other.ask(login_hint=None, id_token_hint=token)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_oa_145_three_wait_at_a_time_and_five_in_ten_minutes(world: World) -> None:
    one, other = caller(world), caller(world)
    for _ in range(3):
        one.asked()
    phone = settled(world)
    # By another name of theirs, and whoever asks: none is told, and none is shown.
    one.asked(login_hint=PEOPLE["medecin"].email)
    other.asked()
    assert len(links(phone)) == len(waiting(world, "approval-asked")) == 3
    for _ in range(3):
        decide(phone, "refuse")
    # Of five, two came while three waited.
    other.asked()
    assert links(phone) == []
    outcomes = [event.outcome for event in world.events("approval.asked")]
    assert outcomes == ["ok"] * 3 + ["refused"] * 3
    one.asked(login_hint=PEOPLE["infirmiere"].identifier)
    world.clock.pass_by(601)
    one.asked()
    assert len(waiting(world, "approval-asked")) == 4


def test_oa_145_what_was_put_to_nobody_keeps_nobody_out(world: World) -> None:
    """Three that were refused silently wait for no person."""
    one, other = caller(world), caller(world)
    for _ in range(5):
        one.asked()
    world.clock.pass_by(601)
    other.asked(requested_expiry="600")
    assert len(links(settled(world))) == 1


def test_oa_145_an_application_may_hint_at_nobody_more_often(world: World) -> None:
    one, other = caller(world), caller(world)
    said = [one.ask(login_hint="Nobody ").status for _ in range(5)]
    refused = one.ask(login_hint="nobody")
    assert said == [200] * 5
    assert (refused.status, refused.json["error"]) == (403, "access_denied")
    # Of one application alone.
    assert other.ask(login_hint="nobody").status == 200
    world.clock.pass_by(601)
    assert one.ask(login_hint="nobody").status == 200


def test_oa_145_so_many_of_an_application_wait_whomever_they_are_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals, "MOST", 3)
    one, other = caller(world), caller(world)
    for number in range(3):
        assert one.ask(login_hint=f"nobody-{number}", requested_expiry="60").status == 200
    refused = one.ask(login_hint="nobody-3")
    assert (refused.status, refused.json["error"]) == (429, "temporarily_unavailable")
    assert other.ask(login_hint="nobody-3").status == 200
    world.clock.pass_by(61)
    assert one.ask(login_hint="nobody-3").status == 200


def test_oa_145_an_application_that_may_ask_more_often(world: World) -> None:
    """By its registration, for itself alone: three wait at a time all the same."""
    one = caller(world, backchannel_requests_per_person=7)
    other, phone = caller(world), settled(world)
    for _ in range(6):
        one.asked()
        assert decide(phone, "refuse") == "refused"
    # What was put to somebody counts for everybody.
    other.asked()
    assert links(phone) == []
    one.asked()
    assert len(links(phone)) == 1
    assert one.ask().status == 403


@pytest.mark.parametrize("wrong", [0, 61, "7", True, 2.5, None])
def test_how_often_is_a_number_within_reason(wrong: object) -> None:
    settings = {"grant_types": GRANTS, OFTEN: wrong}
    read = read_registration(application("guest", oidc=settings), frozenset({"password"}))
    assert [one.place for one in check_client(read)] == [f"oidc.{OFTEN}"]


def test_oa_145_rl_021_also_when_all_come_at_once(world: World) -> None:
    callers = [caller(world) for _ in range(4)]
    answers = at_once(12, lambda turn: callers[turn % 4].ask().status)
    assert answers == [200] * 12
    assert len(links(settled(world))) == len(waiting(world, "approval-asked")) == 3


def test_oa_145_rl_021_of_one_hint_five_are_taken_at_once(world: World) -> None:
    one = caller(world)
    answers = at_once(12, lambda _: one.ask(login_hint="nobody").status)
    assert sorted(answers) == [200] * 5 + [403] * 7


def test_the_person_is_told_where_nothing_of_the_application_stands(world: World) -> None:
    one = caller(world)
    one.asked(binding_message="Call 0899 now")
    (message,) = waiting(world, "approval-asked")
    assert (message.channel, message.recipient) == ("email", PEOPLE["medecin"].email)
    assert "0899" not in str(message.values)
    assert str(message.values["link"]).startswith(f"{world.issuer}{PAGE}/")


def test_by_sms_where_no_mailbox_is_theirs(world: World) -> None:
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        tx.execute(
            text("UPDATE accounts SET email_verified = :no, phone_verified = :yes WHERE id = :id"),
            {"no": 0, "yes": 1, "id": account},
        )
    caller(world).asked()
    (message,) = waiting(world, "approval-asked")
    assert (message.channel, message.recipient) == ("sms", PEOPLE["medecin"].phone)


def test_whoever_cannot_be_told_finds_it_on_their_page(world: World) -> None:
    caller(world).asked(login_hint=PEOPLE["infirmiere"].identifier)
    assert waiting(world, "approval-asked") == []
    phone = settled(world, "infirmiere")
    phone.get("/account")
    assert phone.page.select_one(f"a.way[href='{PAGE}']")
    assert len(links(phone)) == 1
