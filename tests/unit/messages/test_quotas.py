# SPDX-License-Identifier: Apache-2.0
"""CR-020, CR-022: nobody is flooded, and nobody earns by our SMS."""

import threading

import pytest
from sqlalchemy import text

from idp.messages import quotas
from idp.messages.quotas import Quotas, Reason

NUMBER = "+33612345678"


def take(world, channel="sms", recipient=NUMBER, address="192.0.2.1", kind="code", given=None):
    with world.core.database.write() as tx:
        return (given or world.core.quotas).take(tx, channel, recipient, address, kind)


def addresses():
    return iter(f"198.51.{number >> 8}.{number & 255}" for number in range(65_000))


def with_budget(world, per_day):
    core = world.core
    return Quotas(
        core.clock,
        core.lookup,
        core.audit,
        core.alarms,
        sms_per_day=per_day,
        countries=("+33",),
        per_address={"sms": 10, "email": 20},
    )


def test_cr_020_a_number_takes_three_in_ten_minutes_in_any_spelling(world):
    where = addresses()
    for spelling in (NUMBER, "0033 6 12 34 56 78", "tel:06.12.34.56.78"):
        assert take(world, recipient=spelling, address=next(where))
    refused = take(world, recipient="06 12 34 56 78", address=next(where))
    assert not refused
    assert refused.reason is Reason.RECIPIENT
    world.clock.pass_by(599)
    assert not take(world, address=next(where))
    world.clock.pass_by(1)
    assert take(world, address=next(where))


def test_cr_020_a_number_takes_ten_a_day(world):
    where = addresses()
    for _ in range(10):
        assert take(world, address=next(where))
        world.clock.pass_by(601)
    assert take(world, address=next(where)).reason is Reason.RECIPIENT
    world.clock.pass_by(86_400 - 10 * 601)
    assert take(world, address=next(where))


def test_cr_020_ten_an_hour_on_the_wish_of_an_address(world):
    spread = [f"+336{number:02d}111222" for number in range(12)]
    for number in spread[:10]:
        assert take(world, recipient=number)
    assert take(world, recipient=spread[10]).reason is Reason.ADDRESS
    assert take(world, recipient=spread[10], address="192.0.2.2")
    world.clock.pass_by(3600)
    assert take(world, recipient=spread[11])


def test_cr_020_somebody_known_in_their_browser_is_not_counted_by_its_address(world):
    for number in range(10):
        assert take(world, recipient=f"+336{number:02d}111222")
    assert not take(world, recipient="+33699111222")
    for _ in range(3):
        assert take(world, recipient="+33699111222", address="")
    # Their own number is counted all the same.
    assert take(world, recipient="+33699111222", address="").reason is Reason.RECIPIENT
    assert not take(world, recipient="+33698111222")


def test_cr_020_an_ipv6_subscriber_is_one_address(world):
    for number in range(10):
        address = f"2001:db8:1:2::{number:x}"
        assert take(world, recipient=f"+336{number:02d}111222", address=address)
    refused = take(world, recipient="+33699111222", address="2001:db8:1:2:ffff::1")
    assert refused.reason is Reason.ADDRESS
    assert take(world, recipient="+33699111222", address="2001:db8:1:3::1")


def test_cr_020_nobody_walks_through_a_range_of_numbers(world):
    where = addresses()
    for number in range(30):
        assert take(world, recipient=f"+336123{number:05d}", address=next(where))
    refused = take(world, recipient="+33612399999", address=next(where))
    assert refused.reason is Reason.RANGE
    assert take(world, recipient="+33698765432", address=next(where))
    world.clock.pass_by(3600)
    assert take(world, recipient="+33612399999", address=next(where))


@pytest.mark.parametrize(
    "recipient", ["+881612345678", "+4915112345678", "+33899123456", "hello", ""]
)
def test_cr_020_what_is_not_served_is_refused_and_counts_nothing(world, recipient):
    for _ in range(12):
        assert take(world, recipient=recipient).reason is Reason.NUMBER
    assert take(world)


def test_cr_020_the_day_has_a_budget_and_its_end_is_told_once(world):
    given, where = with_budget(world, 2), addresses()
    assert take(world, recipient="+33611111111", address=next(where), given=given)
    assert take(world, recipient="+33622222222", address=next(where), given=given)
    for _ in range(3):
        refused = take(world, recipient="+33633333333", address=next(where), given=given)
        assert refused.reason is Reason.BUDGET
    assert len(world.events("messages.budget_spent")) == 1
    assert take(world, "email", "a@example.org", given=given)
    world.clock.pass_by(86_400)
    assert take(world, recipient="+33633333333", address=next(where), given=given)
    assert len(world.events("messages.budget_spent")) == 1


def test_cr_022_a_mailbox_takes_three_links_and_ten_codes_an_hour(world):
    where = addresses()
    for spelling in ("claire@example.org", "Claire@Example.org", " CLAIRE@example.org"):
        assert take(world, "email", spelling, next(where), "reset")
    refused = take(world, "email", "claire@example.org", next(where), "reset")
    assert refused.reason is Reason.RECIPIENT
    for _ in range(10):
        assert take(world, "email", "claire@example.org", next(where))
    assert not take(world, "email", "claire@example.org", next(where))
    world.clock.pass_by(3600)
    assert take(world, "email", "claire@example.org", next(where), "reset")


def test_cr_022_twenty_an_hour_on_the_wish_of_an_address(world):
    for number in range(20):
        assert take(world, "email", f"person{number}@example.org", kind="reset")
    refused = take(world, "email", "person20@example.org")
    assert refused.reason is Reason.ADDRESS


def test_a_refused_wish_takes_nothing_of_what_is_left(world):
    where = addresses()
    for _ in range(3):
        assert take(world, address=next(where))
    for _ in range(40):
        assert not take(world, address="192.0.2.1")
    assert take(world, recipient="+33698765432", address="192.0.2.1")


def test_cr_020_parallel_wishes_are_counted_one_by_one(world):
    together = 8
    results, start = [], threading.Barrier(together)

    def wish(number):
        start.wait()
        results.append(bool(take(world, address=f"192.0.2.{number}")))
        world.core.database.forget()

    threads = [threading.Thread(target=wish, args=(number,)) for number in range(together)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * (together - 3) + [True] * 3


def test_rl_009_a_clock_set_back_neither_frees_nor_locks_for_ever(world):
    where = addresses()
    for _ in range(3):
        assert take(world, address=next(where))
    world.clock.pass_by(-86_400)
    assert not take(world, address=next(where))
    world.clock.pass_by(600)
    assert take(world, address=next(where))


def test_cr_010_the_table_tells_nobody_whom_we_write_to(world):
    take(world)
    take(world, "email", "claire@example.org")
    with world.core.database.read() as tx:
        keys = [row.key for row in tx.execute(text("SELECT key FROM quotas")).all()]
    assert keys
    assert not [key for key in keys if "612345678" in key or "claire" in key or "192.0" in key]


def test_old_keys_are_forgotten(world):
    take(world)
    world.clock.pass_by(86_401)
    with world.core.database.write() as tx:
        quotas.forget_old(tx, world.clock.now())
        assert tx.execute(text("SELECT count(*) FROM quotas")).scalar_one() == 0
