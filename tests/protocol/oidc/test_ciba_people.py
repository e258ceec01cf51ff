# SPDX-License-Identifier: Apache-2.0
"""Whom an application may ask for, how often, and how they are told (CIBA §7.1; OA-144, OA-145)."""

import pytest
from sqlalchemy import text

from tests.cast import PEOPLE
from tests.outbox import waiting
from tests.protocol.kit import at_once, settled
from tests.protocol.oidc.absent import PAGE, agreed, caller, decide, links
from tests.world import World


def test_oa_144_unknown_people_look_as_known_ones_do(world: World) -> None:
    one = caller(world)
    known = one.ask()
    for hint in ("nobody", "nobody@nowhere.example", "899700999999", PEOPLE["patient"].email):
        answer = one.ask(login_hint=hint)
        assert (answer.status, set(answer.json)) == (200, set(known.json))
        assert one.told(answer.json["auth_req_id"]) == "authorization_pending"
    # They are counted alike, too.
    said = [one.ask(login_hint="somebody").status for _ in range(4)]
    assert said == [200, 200, 200, 403]


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
    refused = one.ask(login_hint=PEOPLE["medecin"].email)
    assert (refused.status, refused.json["error"]) == (403, "access_denied")
    # Whoever asks.
    assert other.ask().status == 403
    phone = settled(world)
    for _ in range(3):
        decide(phone, "refuse")
    # Of five, two were refused by the three that waited.
    assert other.ask().status == 403
    assert one.ask(login_hint=PEOPLE["infirmiere"].identifier).status == 200
    world.clock.pass_by(601)
    assert one.ask().status == 200
    assert len(waiting(world, "approval-asked")) == 4


def test_oa_145_rl_021_also_when_all_come_at_once(world: World) -> None:
    one = caller(world)
    answers = at_once(12, lambda _: one.ask().status)
    assert sorted(answers) == [200] * 3 + [403] * 9


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
