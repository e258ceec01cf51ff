# SPDX-License-Identifier: Apache-2.0
"""Workers at the same outbox, in threads and in processes: each message once."""

import subprocess
import sys
import threading
from collections import Counter

import pytest
from sqlalchemy import text

from idp.messages.messages_thread import MessagesThread
from idp.messages.outbox import Message
from idp.post_office import open_delivery
from tests.cast import PEOPLE
from tests.messages.kit import CODE, Recorder, delivery_of, put, row_of, state_of
from tests.messages.twilio_double import wait_for

MANY = 200


def put_many(world, count=MANY):
    with world.core.database.write() as tx:
        return [
            world.core.outbox.put(
                tx, Message("email", "login-code", f"p{number}@example.org", None, "fr", 3600, CODE)
            )
            for number in range(count)
        ]


def states(world):
    with world.core.database.read() as tx:
        rows = tx.execute(text("SELECT state, tries FROM messages")).all()
    return Counter((row.state, row.tries) for row in rows)


def test_four_workers_drain_the_outbox_without_a_duplicate(world):
    put_many(world)
    sender = Recorder()
    start = threading.Barrier(4)
    faults = []

    def drain():
        delivery = delivery_of(world, email=sender)
        start.wait()
        try:
            while taken := delivery.claim("email", 3):
                for one in taken:
                    delivery.deliver(one)
        except Exception as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)
        finally:
            world.core.database.forget()

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(sender.parcels) == MANY == len({one.id for one in sender.parcels})
    assert states(world) == {("sent", 1): MANY}


WORKER = """
import sys
from tests.messages.kit import Recorder, delivery_of
from tests.messages.test_workers import drain_here
from tests.world import open_world
drain_here(open_world(sys.argv[1]))
"""


def drain_here(world):
    """In a process of its own: deliver until there is nothing more, and tell which."""
    sender = Recorder()
    delivery = delivery_of(world, email=sender)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    while taken := delivery.claim("email", 3):
        for one in taken:
            delivery.deliver(one)
    sys.stdout.write("\n".join(one.id for one in sender.parcels) + "\n")
    world.provider.close()


@pytest.mark.slow
def test_processes_drain_the_outbox_without_a_duplicate(world):
    names = put_many(world)
    url = world.core.settings.database.url
    command = [sys.executable, "-c", WORKER, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    try:
        for one in workers:
            assert one.stdout.readline() == "ready\n"
        for one in workers:
            one.stdin.write("go\n")
            one.stdin.flush()
        sent = [name for one in workers for name in one.communicate(timeout=90)[0].split()]
    finally:
        for one in workers:
            one.kill()
            one.wait()
    assert sorted(sent) == sorted(names)
    assert states(world) == {("sent", 1): MANY}


@pytest.fixture
def thread_of(world):
    """A worker's thread over these senders, stopped at the end."""
    started = []

    def make(pause=1.0, **senders):
        core = world.core
        thread = MessagesThread(core.database, delivery_of(world, **senders), core.post, pause)
        thread.start()
        started.append(thread)
        return thread

    yield make
    for thread in started:
        thread.stop(30)


def test_writing_a_message_wakes_the_thread(world, thread_of):
    """It looks once an hour, and the code leaves all the same: nobody has to nudge it."""
    sender = Recorder()
    thread_of(3600, email=sender)
    message = put(world)
    wait_for(lambda: state_of(world, message) == "sent")
    assert len(sender.parcels) == 1


def test_a_slow_channel_holds_up_no_other(world, thread_of):
    stuck, released = threading.Event(), threading.Event()

    def meanwhile(_parcel):
        stuck.set()
        released.wait(60)

    slow, quick = Recorder(meanwhile=meanwhile), Recorder()
    thread_of(0.05, sms=slow, email=quick)
    for _ in range(6):
        put(world, "sms", "+33612345678")
    assert stuck.wait(30)
    message = put(world)
    wait_for(lambda: state_of(world, message) == "sent")
    # No more leases than hands: the others are free for another worker.
    assert states(world)["queued", 0] >= 2
    released.set()
    wait_for(lambda: len(slow.parcels) == 6)


def test_stopping_finishes_what_is_being_sent_and_begins_nothing(world, thread_of):
    sending, released = threading.Event(), threading.Event()

    def meanwhile(_parcel):
        sending.set()
        released.wait(60)

    sender = Recorder(meanwhile=meanwhile)
    thread = thread_of(0.05, email=sender)
    message = put(world)
    assert sending.wait(30)
    stopping = threading.Thread(target=thread.stop, args=(60,))
    stopping.start()
    wait_for(thread._stopping.is_set)
    late = put(world)
    released.set()
    stopping.join()
    assert state_of(world, message) == "sent"
    assert (state_of(world, late), row_of(world, late).tries) == ("queued", 0)


def test_a_thread_survives_a_database_that_fails(world, thread_of, monkeypatch):
    sender = Recorder()
    thread = thread_of(0.05, email=sender)
    delivery = thread._delivery
    failed = threading.Event()

    def broken():
        failed.set()
        raise OSError("down")

    with monkeypatch.context() as outage:
        outage.setattr(delivery, "is_due", broken)
        assert failed.wait(30)
    message = put(world)
    wait_for(lambda: state_of(world, message) == "sent")


def test_cr_031_a_task_is_done_by_the_worker(world):
    """A forgotten password, from the form to the message, with nothing said on the way."""
    sender = Recorder()
    delivery = open_delivery(world.core, {})
    delivery.senders["email"] = sender
    browser = world.browser()
    for _wish in range(5):
        browser.get("/password/forgotten")
        browser.submit("/password/forgotten", identifier=PEOPLE["medecin"].identifier)
        for channel in ("task", "email"):
            for taken in delivery.claim(channel, 10):
                assert row_of(world, taken.id).shown != PEOPLE["medecin"].identifier
                delivery.deliver(taken)
    # CR-022: three an hour, whoever asks.
    assert [parcel.purpose for parcel in sender.parcels] == ["reset-link"] * 3
    assert len(world.events("password.forgotten")) == 5
