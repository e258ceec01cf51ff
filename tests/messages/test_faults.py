# SPDX-License-Identifier: Apache-2.0
"""RL-02, RL-29: the database fails at each statement of a delivery; the worker dies, or lives."""

import pytest
from sqlalchemy import text

from idp.errors import Unavailable
from idp.messages.delivery import MARGIN
from idp.post_office import hold
from tests.messages.kit import Recorder, delivery_of, put, row_of, state_of, work
from tests.reliability.faults import Blow, Fuse, put_in
from tests.reliability.oracle import verify_audit

# More statements than a delivery has.
MOST = 40


def fail_at(delivery, fuse: Fuse, point: int, how: Blow) -> bool:
    """One look of a worker with a fault at this statement; whether there was one."""
    with fuse.set_to(point, how):
        try:
            work(delivery)
        except Unavailable:
            assert fuse.blown
    return fuse.blown


@pytest.mark.parametrize("dies", [True, False])
def test_rl_002_every_statement_of_a_delivery_failing_in_turn(world, dies):
    fuse = put_in(world.core.database)
    how = Blow.OUTAGE if world.core.database.is_sqlite else Blow.UNTOLD
    for point in range(1, MOST):
        message, sender = put(world, worth=3600), Recorder()
        delivery = delivery_of(world, email=sender)
        blown = fail_at(delivery, fuse, point, how)
        # Who dies knows nothing any more; who lives remembers what was sent.
        after = delivery_of(world, email=sender) if dies else delivery
        work(after)
        world.clock.pass_by(sender.longest + MARGIN)
        work(after)
        assert state_of(world, message) == "sent", point
        assert row_of(world, message).content is None
        told = {(one.id, one.recipient, str(one.values), one.created_at) for one in sender.parcels}
        assert len(told) == 1
        assert len(sender.parcels) <= (2 if dies else 1), (point, fuse.passed[-1])
        if not blown:
            assert point > 5
            assert verify_audit(world).ok
            return
    pytest.fail("a delivery has more statements than that")


def test_rl_002_a_notice_survives_every_fault_of_a_logout(world):
    """Once the session has ended, its application will be told, whatever happens next."""
    fuse = put_in(world.core.database)
    how = Blow.OUTAGE if world.core.database.is_sqlite else Blow.LOST
    for point in range(1, MOST * 2):
        browser, teller = logged_in(world), Recorder(one_provider=False)
        session = session_of(world, browser)
        browser.get("/logout")
        with fuse.set_to(point, how):
            browser.submit("/logout")
        over = session_of(world, browser, secret=session[1]) is None
        world.clock.pass_by(hold(world.core.settings))
        work(delivery_of(world, logout=teller))
        told = [one.values["session"] for one in teller.parcels]
        # This application has no address to be told at: the page's own try settles the notice.
        assert told in ([session[0]], [])
        assert over or told == [], point
        assert notices_left(world) == 0
        if not fuse.blown:
            return
    pytest.fail("a logout has more statements than that")


def logged_in(world):
    browser = world.browser(f"10.1.{world.clock.now() % 200}.{world.clock.now() // 200 % 200}")
    client = world.client("plain")
    client.ask(browser)
    browser.log_in()
    return browser


def session_of(world, browser, secret=""):
    secret = secret or browser.cookie("session")
    with world.core.database.read() as tx:
        found = world.core.sessions.find(tx, secret)
    return (found.id, secret) if found else None


def notices_left(world):
    with world.core.database.read() as tx:
        query = "SELECT count(*) FROM messages WHERE channel = 'logout' AND state <> 'sent'"
        return tx.execute(text(query)).scalar_one()
