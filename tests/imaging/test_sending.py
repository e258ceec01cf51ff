# SPDX-License-Identifier: Apache-2.0
"""Notices by mail: a real server, once each, later where it is away, given up in the end."""

import threading

import pytest

from imaging_app.clock import HOUR, MINUTE
from imaging_app.notices.outbox import LEASE, Count, Outbox, To, What
from imaging_app.notices.sending import (
    LONGEST_WAIT,
    MOST_TRIES,
    Reader,
    Sending,
    start_thread,
    wait_after,
)
from imaging_app.notices.smtp import SECONDS, Failed, Letter, Post
from imaging_app.notices.words import SAID, SUBJECT
from imaging_app.opening import open_sending
from imaging_app.settings import Mail
from tests.imaging.cast import GARANCE, TILLEULS
from tests.messages.mail_server import PASSWORD, USER, mail_server
from tests.ports import free_port
from tests.races import at_once
from tests.unit.ground.servers import Authority

LINK = "https://imagerie.example/"
TO = "garance@example.org"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority):
    with mail_server(authority) as running:
        yield running


def settings(port, authority, tmp_path, **changes):
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    given = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "ne-pas-repondre@imagerie.example",
        "link": LINK,
        "user": USER,
        "password_file": file,
        "ca_file": authority.path,
        "establishments": {TILLEULS: "dim@tilleuls.example"},
    }
    return Mail(**(given | changes))


@pytest.fixture
def sending(people, server, authority, tmp_path):
    """Over a patient who is written to, and a server."""
    mail = settings(server.port, authority, tmp_path)
    return open_sending(mail, "Imagerie", people.db, people.keys, people.time)


@pytest.fixture
def patient(people):
    found = people.owner(people.file(GARANCE, "D1"))
    with people.db.write() as tx:
        assert people.patients.set_email(tx, found, TO)
    return found


def put(people, whom, what=What.EMERGENCY, to=To.PATIENT):
    with people.db.write() as tx:
        content = {"who": "Sorbier", "profession": "Médecin", "tail": "MY19"}
        Outbox(people.keys, people.time).put(tx, to, whom, what, content)


def counts(people):
    with people.db.read() as tx:
        return Outbox(people.keys, people.time).counts(tx)


def test_a_mail_says_that_there_is_something_and_nothing_of_what(sending, people, patient, server):
    for what in What:
        put(people, patient, what)
    assert sending.send_due() == len(What)
    assert sending.send_due() == 0
    assert server.logins == [USER.encode()] * len(What)
    assert server.secured == [True] * len(What)
    for mail, envelope in zip(server.received, server.envelopes, strict=True):
        assert envelope.rcpt_tos == [TO]
        assert mail["Auto-Submitted"] == "auto-generated"
        text = mail.get_content()
        assert LINK in text
        whole = f"{mail['Subject']} {text}"
        for word in ("Sorbier", "Médecin", "MY19", "AUBÉPINE", "CHARME", "Garance", "1961"):
            assert word not in whole
    assert len({mail.get_content() for mail in server.received}) == len(What)


def test_a_patient_is_written_to_in_the_language_that_their_login_told(
    sending, people, patient, server
):
    def mail(language=None):
        if language:
            with people.db.write() as tx:
                people.patients.speak(tx, "sub-garance", language)
        server.received.clear()
        put(people, patient)
        assert sending.send_due() == 1
        [found] = server.received
        return found["Subject"], found.get_content()

    with people.db.write() as tx:
        assert people.patients.tie(tx, patient, "sub-garance")
    french = mail()
    english = mail("en")
    assert english[0] == SUBJECT
    assert SAID[To.PATIENT, What.EMERGENCY] in english[1]
    assert french[0] != english[0]
    # What is no language of ours changes nothing.
    assert mail("de") == english
    assert mail("fr") == french
    mail("en")
    with people.db.write() as tx:
        people.patients.untie(tx, patient)
        people.patients.set_email(tx, patient, TO)
    # Whose account it was, spoke it.
    assert mail() == french


def test_an_establishment_is_written_to_where_the_settings_say_so(sending, people, server):
    put(people, TILLEULS, to=To.ESTABLISHMENT)
    put(people, "690000009", to=To.ESTABLISHMENT)
    assert sending.send_due() == 1
    assert server.envelopes[0].rcpt_tos == ["dim@tilleuls.example"]
    assert Count("given_up", "emergency", "no-address", 1) in counts(people)


def test_who_has_no_address_reads_it_on_the_page(sending, people, patient, server):
    with people.db.write() as tx:
        people.patients.set_email(tx, patient, "")
    put(people, patient)
    assert sending.send_due() == 0
    assert server.received == []
    with people.db.read() as tx:
        assert len(sending.outbox.of(tx, To.PATIENT, patient)) == 1


def test_of_many_senders_one_sends_it(sending, people, patient, server):
    for _ in range(4):
        put(people, patient)

    def one(_number):
        try:
            return sending.send_due()
        finally:
            people.db.forget()

    assert sum(at_once(one, range(4))) == 4
    assert len({mail["Message-ID"] for mail in server.received}) == len(server.received) == 4


def test_a_server_that_is_away_is_asked_again_later_and_later(
    sending, people, patient, authority, tmp_path
):
    mail = settings(free_port(), authority, tmp_path)
    away = open_sending(mail, "Imagerie", people.db, people.keys, people.time)
    put(people, patient)
    assert away.send_due() == 0
    assert sending.send_due() == 0
    people.time.pass_by(MINUTE)
    assert away.send_due() == 0
    people.time.pass_by(MINUTE)
    assert sending.send_due() == 0
    people.time.pass_by(MINUTE)
    assert sending.send_due() == 1
    assert counts(people) == [Count("sent", "emergency", "", 1)]


def test_it_is_given_up_after_two_days_and_tried_again_when_told_to(
    sending, people, patient, server
):
    server.to_data = "452 full"
    put(people, patient)
    for _ in range(MOST_TRIES):
        assert sending.send_due() == 0
        people.time.pass_by(LONGEST_WAIT)
    server.to_data = ""
    assert sending.send_due() == 0
    assert counts(people) == [Count("given_up", "emergency", "message: 452", 1)]
    with people.db.write() as tx:
        sending.outbox.again(tx)
    assert sending.send_due() == 1


@pytest.mark.parametrize(
    ("step", "says", "fault"),
    [
        ("to_recipient", "550 no such mailbox", Failed("recipient: 550", final=True)),
        ("to_recipient", "450 greylisted", Failed("recipient: 450")),
        ("to_data", "554 spam", Failed("message: 554", final=True)),
    ],
)
def test_what_a_server_says_counts(authority, server, tmp_path, step, says, fault):
    setattr(server, step, says)
    post = Post(settings(server.port, authority, tmp_path), "Imagerie")
    assert post.send(Letter("n1", TO, "S", "T", 1)) == fault


def test_a_refusal_for_good_is_given_up_at_once(sending, people, patient, server):
    server.to_recipient = "550 no such mailbox"
    put(people, patient)
    sending.send_due()
    assert counts(people) == [Count("given_up", "emergency", "recipient: 550", 1)]


def test_nothing_goes_in_clear_nor_to_whom_nobody_vouches_for(authority, server, tmp_path):
    with mail_server(authority, tls=False, auth=False) as clear:
        post = Post(settings(clear.port, authority, tmp_path, user=""), "Imagerie")
        assert isinstance(post.send(Letter("n1", TO, "S", "T", 1)), Failed)
        assert clear.received == []
    post = Post(settings(server.port, authority, tmp_path, ca_file=None), "Imagerie")
    assert post.send(Letter("n1", TO, "S", "T", 1)) == Failed("certificate refused")
    (tmp_path / "wrong").write_text("no")
    wrong = settings(server.port, authority, tmp_path, password_file=tmp_path / "wrong")
    assert Post(wrong, "Imagerie").send(Letter("n1", TO, "S", "T", 1)) == Failed("answered 535")
    assert server.received == []


def test_a_password_that_can_not_be_read_is_a_failure_like_another(authority, server, tmp_path):
    gone = settings(server.port, authority, tmp_path, password_file=tmp_path / "gone")
    failed = Post(gone, "Imagerie").send(Letter("n1", TO, "S", "T", 1))
    assert isinstance(failed, Failed)
    assert str(tmp_path) not in failed.why


def test_the_steps_of_a_mail_stay_within_its_lease():
    assert SECONDS * 8 < LEASE


def test_waits_double_up_to_six_hours_and_last_for_two_days():
    assert [wait_after(one) for one in (1, 2, 3)] == [MINUTE, 2 * MINUTE, 4 * MINUTE]
    assert wait_after(1000) == LONGEST_WAIT
    assert 40 * HOUR < sum(wait_after(one) for one in range(1, MOST_TRIES)) < 60 * HOUR


class Breaks:
    """Breaks at the first mail, and carries the next."""

    def __init__(self):
        self.carried, self.done = [], threading.Event()

    def send(self, letter):
        self.carried.append(letter.id)
        if len(self.carried) == 1:
            raise RuntimeError("broken")
        self.done.set()


def test_the_thread_goes_on_after_a_fault_and_stops_when_told(people, patient, sending):
    put(people, patient)
    put(people, patient)
    post, stop = Breaks(), threading.Event()
    broken = Sending(people.db, sending.outbox, lambda *_asked: Reader(TO, "fr"), post, LINK)
    thread = start_thread(broken, stop, pause=0)
    assert post.done.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    # The one that broke comes back when its lease ends.
    people.time.pass_by(LEASE)
    assert sending.send_due() == 1
