# SPDX-License-Identifier: Apache-2.0
"""E-mails through a real server: STARTTLS, login, headers, and every way to be refused."""

import socket
import threading
from contextlib import contextmanager

import pytest

from idp.config.means import SmtpSettings
from idp.config.secret import Secret
from idp.messages.outcome import Later, Never, Parcel, Rendered, Sent
from idp.messages.smtp import From, SmtpSender
from tests.messages.mail_server import PASSWORD, USER, mail_server
from tests.ports import free_port
from tests.unit.ground.servers import Authority, Server, says

AT = 1_790_000_000
WORDS = Rendered("Votre code d’accès", "Bonjour,\n\n493817\n", "<p>Bonjour,</p><p>493817</p>")
REGION = From("Région Centre-Val de Loire, « Sceau »", "sceau.example")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority):
    with mail_server(authority) as running:
        yield running


def sender(port, authority=None, words=WORDS, known_as=REGION, **changes):
    given = {
        "host": "127.0.0.1",
        "port": port,
        "user": USER,
        "password": Secret(PASSWORD),
        "sender": "ne-pas-repondre@sceau.example",
        "ca_file": str(authority.path) if authority else "",
        "timeout": 5.0,
    }
    settings = SmtpSettings(**(given | changes))
    return SmtpSender(settings, lambda *_asked: words, known_as)


def parcel(recipient="claire@example.org"):
    return Parcel("id-of-message", "login-code", recipient, "fr", {}, AT, 300)


def test_an_email_arrives_by_tls_with_a_login(server, authority):
    assert sender(server.port, authority).send(parcel()) == Sent()
    (mail,), (envelope,) = server.received, server.envelopes
    assert server.logins == [USER.encode()]
    assert server.secured == [True]
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "ne-pas-repondre@sceau.example",
        ["claire@example.org"],
    )
    (origin,) = mail["From"].addresses
    assert (origin.display_name, origin.addr_spec) == (REGION.name, "ne-pas-repondre@sceau.example")
    assert mail["To"] == "claire@example.org"
    assert mail["Subject"] == "Votre code d’accès"
    assert mail["Message-ID"] == "<id-of-message@sceau.example>"
    assert int(mail["Date"].datetime.timestamp()) == AT
    # RFC 3834: nobody's absence answers a machine.
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == WORDS.text
    assert html.get_content().strip() == WORDS.html


def test_rl_010_every_try_is_the_same_email(server, authority):
    for _ in range(2):
        assert sender(server.port, authority).send(parcel()) == Sent()
    one, again = server.received
    assert one["Message-ID"] == again["Message-ID"]
    assert one["Date"] == again["Date"]
    assert [part.get_content() for part in one.iter_parts()] == [
        part.get_content() for part in again.iter_parts()
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 No such mailbox", Never("the mail server refuses the recipient: 550")),
        ("553 never", Never("the mail server refuses the recipient: 553")),
        (
            "450 4.2.0 Greylisted",
            Later("the mail server refuses the recipient: 450", outage=False),
        ),
    ],
)
def test_rl_010_a_recipient_refused(server, authority, answer, outcome):
    server.to_recipient = answer
    assert sender(server.port, authority).send(parcel()) == outcome
    assert server.received == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("554 spam", Never("the mail server refuses the message: 554")),
        ("452 disk full", Later("the mail server refuses the message: 452")),
    ],
)
def test_rl_010_a_message_refused(server, authority, answer, outcome):
    server.to_data = answer
    assert sender(server.port, authority).send(parcel()) == outcome


def test_a_login_refused_waits_for_the_operator(server, authority):
    outcome = sender(server.port, authority, password=Secret("wrong")).send(parcel())
    assert outcome == Later("the mail server refuses our login: 535")
    assert server.received == []


def test_rl_010_a_certificate_that_is_not_theirs(server):
    outcome = sender(server.port).send(parcel())
    assert isinstance(outcome, Later)
    assert "certificate" in outcome.why
    assert server.logins == []


def test_rl_010_a_certificate_of_another_name(authority):
    with mail_server(authority, name="other.example") as other:
        outcome = sender(other.port, authority).send(parcel())
        assert isinstance(outcome, Later)
        assert "certificate" in outcome.why
        assert other.received == []


def test_nothing_goes_in_clear_where_tls_was_asked_for(authority):
    """RFC 3207 §6: whoever strips the offer gets neither password nor message."""
    with mail_server(authority, tls=False, auth=False) as bare:
        outcome = sender(bare.port, authority).send(parcel())
        assert outcome == Later("the mail server offers no STARTTLS")
        assert bare.logins == bare.received == []


def test_without_tls_where_that_was_asked_for(authority):
    with mail_server(authority, tls=False, auth=False) as bare:
        assert sender(bare.port, security="none", user="").send(parcel()) == Sent()
        assert bare.secured == [False]


@contextmanager
def speaking(behave, tls=None):
    served = Server(behave, tls)
    try:
        yield served.port
    finally:
        served.close()


def test_rl_010_a_server_that_is_down():
    outcome = sender(free_port()).send(parcel())
    assert isinstance(outcome, Later)
    assert outcome.outage
    assert "not reached" in outcome.why


def test_rl_010_a_server_that_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = sender(silent.getsockname()[1], timeout=1.0).send(parcel())
    assert isinstance(outcome, Later)
    assert outcome.outage


@pytest.mark.parametrize(
    "greeting", [b"554 go away\r\n", b"421 busy\r\n", b"HTTP/1.1 400 Bad\r\n\r\n", b""]
)
def test_rl_010_a_server_that_is_not_in_the_mood(greeting):
    def greet():
        connection, _ = listener.accept()
        with connection:
            connection.sendall(greeting)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        outcome = sender(listener.getsockname()[1]).send(parcel())
        thread.join()
    assert isinstance(outcome, Later)
    assert outcome.outage


def test_rl_010_plain_text_where_tls_was_expected():
    with speaking(says(b"220 hello\r\n")) as port:
        outcome = sender(port, security="tls").send(parcel())
    assert isinstance(outcome, Later)


@pytest.mark.parametrize(
    "recipient",
    [
        "claire@example.org\r\nBcc: x@evil.example",
        "claire@example.org\nX: y",
        "Claire <claire@example.org>",
        "claire@example.org, x@evil.example",
        "claire",
        "@example.org",
        "",
        "a b@example.org",
    ],
)
def test_cr_023_what_is_no_address_is_never_sent(server, authority, recipient):
    outcome = sender(server.port, authority).send(parcel(recipient))
    assert outcome == Never("this is no e-mail address")
    assert server.envelopes == []


def test_cr_023_names_stay_in_their_header(server, authority):
    hostile = "Région\r\nBcc: x@evil.example\r\n\r\nbody"
    words = Rendered(hostile, WORDS.text, WORDS.html)
    given = sender(server.port, authority, words, From(hostile, "sceau.example"))
    assert given.send(parcel()) == Sent()
    (mail,), (envelope,) = server.received, server.envelopes
    assert envelope.rcpt_tos == ["claire@example.org"]
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Région Bcc: x@evil.example body"


def test_the_password_is_told_nobody(server, authority):
    given = sender(server.port, authority, password=Secret("very secret"))
    assert "very secret" not in repr(given.send(parcel())) + repr(given._settings)
