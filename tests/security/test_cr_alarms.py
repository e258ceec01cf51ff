# SPDX-License-Identifier: Apache-2.0
"""Alarms: raised once for all nodes, told by every way there is, ended by themselves (CR-013)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from idp.clock import DRIFT
from idp.messages.alarms import Cause, Seen, standing
from tests.attack import blocks, enter, look
from tests.cast import PASSWORD
from tests.codes import messages, open_post_office
from tests.functional.conftest import make_quick
from tests.protocol.kit import at_once
from tests.security.test_cr_codes import JOURNEY, judge, send
from tests.world import World, open_world

OPERATOR = "exploitation@region.example"
LOGINS = Seen(Cause.LOGINS, 120, 130)
QUIET = 1800
HOUR = 3600


@pytest.fixture
def watched(database_url: str) -> Iterator[World]:
    world = make_quick(
        open_post_office(database_url, ALARMS_EMAIL=OPERATOR, ALARMS_FAILED="10", ALARMS_CODES="10")
    )
    yield world
    world.provider.close()


def sound(world: World, seen: Seen = LOGINS) -> bool:
    with world.core.database.write() as tx:
        return world.core.alarms.sound(tx, seen, world.clock.now() + QUIET)


def stand(world: World) -> list[str]:
    with world.core.database.read() as tx:
        return [one.seen.key for one in standing(tx, world.clock.now())]


def told(world: World, kind: str) -> list[dict[str, Any]]:
    return [json.loads(one.detail) for one in world.events(kind)]


def letters(world: World) -> list[dict[str, Any]]:
    return [one for one in messages(world) if one["purpose"] == "alarm"]


def fail(world: World, count: int, where: Iterator[str] | None = None) -> None:
    where = where or blocks("100")
    for number in range(count):
        assert enter(world, f"nobody{number}", "wrong", next(where)) == "refused"


def test_cr_013_an_alarm_is_told_once_an_episode(watched: World, capsys: Any):
    assert sound(watched)
    assert not sound(watched)
    facts = {"cause": "logins", "country": "", "count": 120, "total": 130}
    assert told(watched, "alarm.raised") == [facts]
    [letter] = letters(watched)
    assert letter["recipient"] == OPERATOR
    assert letter["values"] == facts | {"at": "21 septembre 2026, 16:13"}
    assert stand(watched) == ["logins|"]
    watched.clock.pass_by(QUIET - 1)
    look(watched)
    assert told(watched, "alarm.ended") == []
    watched.clock.pass_by(1)
    assert stand(watched) == []
    look(watched)
    look(watched)
    assert told(watched, "alarm.ended") == [facts]
    assert sound(watched)
    assert len(letters(watched)) == 2


def test_cr_013_of_several_nodes_one_raises_it(watched: World):
    assert sorted(at_once(8, lambda _number: sound(watched))) == [False] * 7 + [True]
    assert len(told(watched, "alarm.raised")) == len(letters(watched)) == 1
    watched.clock.pass_by(QUIET)
    at_once(8, lambda _number: look(watched))
    assert len(told(watched, "alarm.ended")) == 1


def test_cr_013_it_stands_while_its_cause_is_seen(watched: World):
    where = blocks("100")
    for _ in range(5):
        fail(watched, 10, where)
        look(watched)
        watched.clock.pass_by(QUIET - 1)
        assert stand(watched) == ["logins|"]
    assert len(told(watched, "alarm.raised")) == 1
    assert told(watched, "alarm.ended") == []


def test_cr_013_nobody_is_written_to_where_nobody_is_named(world: World):
    assert sound(world)
    assert [one for one in messages(world) if one["purpose"] == "alarm"] == []
    assert len(told(world, "alarm.raised")) == 1


def test_rl_009_an_alarm_from_the_future_is_over(watched: World):
    sound(watched)
    watched.clock.pass_by(-DRIFT)
    assert stand(watched) == ["logins|"]
    watched.clock.pass_by(-1)
    assert stand(watched) == []
    # Its cause is seen again: another episode, and it ends when that one is over.
    assert sound(watched)
    watched.clock.pass_by(QUIET)
    look(watched)
    assert stand(watched) == []
    assert len(told(watched, "alarm.raised")) == len(told(watched, "alarm.ended")) == 2


def test_rl_009_failures_from_the_future_or_long_ago_raise_nothing(watched: World):
    fail(watched, 10)
    for step in (-HOUR, HOUR + watched.core.settings.alarms.window + 1):
        watched.clock.pass_by(step)
        look(watched)
    assert told(watched, "alarm.raised") == []


@pytest.mark.parametrize(
    ("failed", "proved", "alarmed"), [(9, 0, False), (10, 11, False), (10, 10, True)]
)
def test_cr_013_many_must_fail_and_a_large_part(
    watched: World, failed: int, proved: int, *, alarmed: bool
):
    watched.clock.pass_by(HOUR)
    fail(watched, failed)
    for _ in range(proved):
        assert enter(watched, "cdurand", PASSWORD, "192.0.2.1") == "in"
    look(watched)
    assert bool(told(watched, "alarm.raised")) is alarmed


def test_cr_013_what_is_not_even_judged_raises_nothing(sqlite_url: str):
    """One address that goes on after it was told to wait is no danger to anybody."""
    world = make_quick(open_world(sqlite_url, ALARMS_FAILED="10", THROTTLE_ADDRESS_FREE="9"))
    for number in range(60):
        enter(world, f"nobody{number}", "wrong", "203.0.113.1")
    look(world)
    assert told(world, "alarm.raised") == []
    fail(world, 1)
    look(world)
    assert len(told(world, "alarm.raised")) == 1


def codes_to(world: World, country: str, *, sent: int, used: int) -> None:
    """Codes whose time is over, some of them used."""
    now = world.clock.now()
    one = (
        "INSERT INTO one_time_codes (id, account_id, purpose, transaction, channel, destination,"
        " hash, created_at, expires_at, country, tries, used, ended_at) VALUES (:id, :account,"
        " 'login', 'x', 'sms', '', :hash, :made, :over, :country, 0, :used, NULL)"
    ).replace("transaction,", '"transaction",')
    with world.core.database.write() as tx:
        for number in range(sent):
            known = {"id": f"{country}{number}", "account": world.cast["medecin"].id}
            known |= {"hash": b"", "made": now - 400, "over": now - 100, "country": country}
            tx.execute(text(one), known | {"used": int(number < used)})


def codes_and_causes(world: World) -> list[str]:
    look(world)
    return sorted(f"{one['cause']}{one['country']}" for one in told(world, "alarm.raised"))


@pytest.mark.parametrize(
    ("sent", "used", "causes"),
    [(10, 1, ["sms", "sms-country+262"]), (10, 2, []), (9, 0, [])],
)
def test_cr_020_codes_that_nobody_uses_raise_an_alarm(
    watched: World, sent: int, used: int, causes: list[str]
):
    codes_to(watched, "+262", sent=sent, used=used)
    assert codes_and_causes(watched) == causes


def test_cr_020_a_country_is_looked_at_on_its_own_and_all_together(watched: World):
    codes_to(watched, "+33", sent=40, used=30)
    codes_to(watched, "+262", sent=10, used=0)
    assert codes_and_causes(watched) == ["sms-country+262"]
    for country in ("+590", "+594", "+596"):
        codes_to(watched, country, sent=9, used=0)
    codes_to(watched, "+687", sent=100, used=19)
    assert codes_and_causes(watched) == ["sms-country+262", "sms-country+687"]
    codes_to(watched, "+508", sent=70, used=0)
    assert codes_and_causes(watched)[0] == "sms"


def test_cr_020_what_may_still_be_used_is_not_counted(watched: World):
    codes_to(watched, "+33", sent=10, used=0)
    watched.clock.pass_by(-200)
    assert codes_and_causes(watched) == []
    watched.clock.pass_by(HOUR + 300)
    assert codes_and_causes(watched) == []


@pytest.mark.parametrize("typed", [True, False])
def test_cr_020_a_right_code_counts_as_used(watched: World, *, typed: bool):
    code = send(watched)
    judge(watched, code if typed else "000000")
    judge(watched, code[::-1] if typed else "000001")
    with watched.core.database.read() as tx:
        rows = tx.execute(text("SELECT country, used FROM one_time_codes")).all()
    assert [tuple(row) for row in rows] == [("+33", int(typed))]


def test_cr_020_no_sms_to_a_country_while_its_alarm_stands(watched: World):
    sound(watched, Seen(Cause.COUNTRY, 1, 10, "+33"))
    connector = watched.provider.services.connectors["otp"]
    account = watched.cast["medecin"].id
    desk = connector._desk
    assert {way.channel: way.up for way in desk.ways(account)} == {"sms": False, "email": True}
    assert desk.send(account, JOURNEY, "sms", None, "192.0.2.1").value == "down"
    assert messages(watched) == letters(watched)
    assert send(watched, "email")
    watched.clock.pass_by(QUIET)
    assert [way.up for way in desk.ways(account)] == [True, True]
    assert desk.send(account, JOURNEY, "sms", None, "192.0.2.1").value == "sent"


def test_cr_020_an_alarm_of_another_country_or_of_all_stops_nothing(watched: World):
    sound(watched, Seen(Cause.COUNTRY, 1, 10, "+262"))
    sound(watched, Seen(Cause.SMS, 1, 10))
    assert send(watched, "sms")


def test_cr_020_a_patient_who_forgot_the_password_is_helped_by_mail(watched: World):
    sound(watched, Seen(Cause.COUNTRY, 1, 10, "+33"))
    patient = watched.cast["patient"].person.identifier
    at = {"address": "192.0.2.1", "agent": ""}
    watched.core.forgotten.answer(patient, "r", at)
    sent = [one for one in messages(watched) if one["purpose"] == "temporary-password"]
    assert [one["channel"] for one in sent] == ["email"]


def test_cr_020_the_day_s_sms_spent_raise_an_alarm_until_midnight(database_url: str):
    world = open_post_office(database_url, SMS_PER_DAY="2", ALARMS_EMAIL=OPERATOR)

    def take(number: int) -> Any:
        with world.core.database.write() as tx:
            to, address = f"+336{number:02}111222", f"198.51.100.{number}"
            return world.core.quotas.take(tx, "sms", to, address, "code")

    assert [bool(take(number)) for number in range(5)] == [True, True, False, False, False]
    facts = {"cause": "sms-budget", "country": "", "count": 2, "total": 2}
    assert told(world, "alarm.raised") == [facts]
    assert len(letters(world)) == 1
    left = 86_400 - world.clock.now() % 86_400
    world.clock.pass_by(left - 1)
    assert stand(world) == ["sms-budget|"]
    world.clock.pass_by(1)
    look(world)
    assert told(world, "alarm.ended") == [facts]
    assert take(9)
    world.provider.close()
