# SPDX-License-Identifier: Apache-2.0
"""Logs: one line an event, nothing unescaped, nothing secret, nothing endless."""

import io
import json
import logging
import threading
import time

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from idp.config import Secret
from idp.config.sections import LogSettings
from idp.logs import bind_request, configure, forget_request, get
from idp.logs.fields import FIELD_BYTES, clean_text, clean_traceback
from idp.logs.redaction import REDACTED, is_sensitive, redact_text

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def quiet_again():
    yield
    forget_request()


@pytest.fixture
def stream():
    stream = io.StringIO()
    configure(LogSettings(level="debug"), stream)
    return stream


def events(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def only_event(stream):
    found = events(stream)
    assert len(found) == 1
    return found[0]


def test_an_event_is_one_line_of_json(stream):
    get("idp.login").info("login refused", means="password", tries=3, seen=True)
    event = only_event(stream)
    assert list(event)[:4] == ["at", "level", "logger", "event"]
    assert event["at"].endswith("Z")
    del event["at"]
    assert event == {
        "level": "info",
        "logger": "idp.login",
        "event": "login refused",
        "means": "password",
        "tries": 3,
        "seen": True,
    }


def test_the_request_id_is_on_every_event_until_the_end_of_the_request(stream):
    bind_request("r-1")
    get("a").info("one")
    other = threading.Thread(target=get("a").info, args=("elsewhere",))
    other.start()
    other.join()
    bind_request("r-2")
    structlog.get_logger("b").info("two")
    forget_request()
    get("a").info("three")
    assert [event.get("request_id") for event in events(stream)] == ["r-1", None, "r-2", None]
    assert events(stream)[2]["logger"] == "b"


def test_the_level_is_respected_by_ours_and_by_libraries():
    stream = io.StringIO()
    configure(LogSettings(level="warning"), stream)
    get("a").info("no")
    logging.getLogger("lib").info("no")
    get("a").warning("yes")
    logging.getLogger("lib").warning("yes too")
    assert [event["event"] for event in events(stream)] == ["yes", "yes too"]


def test_configure_again_replaces(stream):
    log = get("a")
    second = io.StringIO()
    configure(LogSettings(), second)
    log.info("x")
    logging.getLogger("lib").warning("y")
    assert stream.getvalue() == ""
    assert [event["event"] for event in events(second)] == ["x", "y"]


def test_records_of_libraries_are_cleaned_too(stream):
    bind_request("r-1")
    logging.getLogger("lib").error("GET %s\n%s", "https://a/cb?code=SplxlOBe", "\x1b[2J")
    event = only_event(stream)
    assert event["request_id"] == "r-1"
    assert event["logger"] == "lib"
    assert event["event"] == f"GET https://a/cb?code={REDACTED}\\n\\x1b[2J"


def test_a_record_that_can_not_be_made_is_told_and_fails_nobody(stream, monkeypatch):
    # pytest's own handlers make an error of such a record.
    ours = [each for each in logging.root.handlers if type(each).__module__ == "idp.logs.setup"]
    monkeypatch.setattr(logging.root, "handlers", ours)
    logging.getLogger("lib").error("%d", "not a number")
    assert only_event(stream)["event"] == "a log record could not be written"


@pytest.mark.parametrize(
    "attack",
    [
        'a\r\n{"level":"info","event":"forged"}',
        "a\x0b\x0c\x1c\x1d\x1e\x85b",
        "\u2028\u2029",
        "\x1b]0;title\x07\x1b[31mred",
        "\u202egnp.exe",
        "zero\u200bwidth\ufeff",
        "\x9b31m",
        "\ud800",
        '"}\n{"a":"',
        "\x00\x7f",
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_wb_021_nothing_breaks_out_of_its_line(attack, form):
    stream = io.StringIO()
    configure(LogSettings(format=form), stream)
    get("a").info(attack, user_agent=attack, deep={attack: [attack]})
    written = stream.getvalue()
    assert written.endswith("\n")
    assert written[:-1].isprintable()
    assert written.encode()
    if form == "json":
        assert all(str(value).isprintable() for value in only_event(stream).values())


@given(st.text(max_size=50))
def test_wb_021_any_text_becomes_one_printable_enough_line(text):
    cleaned = clean_text(text)
    assert len(cleaned.splitlines()) <= 1
    assert "\x1b" not in cleaned
    assert bool(cleaned.encode()) == bool(text)


@pytest.mark.parametrize("value", ["A" * 1_000_000, "é" * 600, "€" * 1024, "\n" * 1024, "a=" * 999])
def test_wb_021_a_field_is_capped_at_one_kilobyte(stream, value):
    # This thread's own work: a busy machine may take its time.
    began = time.thread_time()
    get("a").info("x", user_agent=value, many=[value] * 3, mapping={"k": value})
    assert time.thread_time() - began < 1
    event = only_event(stream)
    assert len(event["user_agent"].encode()) <= FIELD_BYTES
    assert event["user_agent"].endswith("…")
    assert len(str(event["many"]).encode()) <= FIELD_BYTES
    assert len(str(event["mapping"]).encode()) <= FIELD_BYTES + 10
    assert len(stream.getvalue().encode()) < 8 * FIELD_BYTES


def test_wb_021_values_that_json_does_not_know(stream):
    class Odd:
        def __repr__(self):
            raise RuntimeError("no")

    loop: list[object] = []
    loop.append(loop)
    get("a").info(
        "x", a=10**5000, b=float("nan"), c=Odd(), d=loop, e={1, 2}, f=b"\n", g=Secret("s")
    )
    event = only_event(stream)
    assert event["a"] == "integer of 16610 bits"
    assert event["b"] == "nan"
    assert "can't be shown" in event["c"]
    assert event["f"] == "b'\\n'"
    assert event["g"] == "Secret(…)"


@pytest.mark.parametrize(
    "name",
    [
        *("password", "new_password", "Password", "passwordHash", "client_secret", "token"),
        *("access_token", "accessToken", "refresh-token", "id_token", "id_token_hint", "code"),
        *("user_code", "code_verifier", "codeVerifier", "Cookie", "Set-Cookie", "authorization"),
        *("Proxy-Authorization", "client_assertion", "assertion", "SAMLResponse", "otp", "pin"),
        *("totp_seed", "csrf_token", "private_key", "key_ring", "__Host-session", "recovery_codes"),
        *("logout_token", "device_code", "login_hint", "X-Csrf", "secrets"),
    ],
)
def test_wb_022_fields_with_telling_names_are_hidden(stream, name):
    assert is_sensitive(name)
    get("a").info(
        "x", **{name: "hunter2", "deep": {"list": [{name: "hunter2"}], "n": {name: 123456}}}
    )
    assert "hunter2" not in stream.getvalue()
    assert "123456" not in stream.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "status_code",
            "error_code",
            "token_type",
            "token_endpoint_auth_method",
            "means",
            "account",
        ),
        *(
            "application",
            "path",
            "encoding",
            "keys_published",
            "user_agent",
            "session",
            "postal_code",
        ),
    ],
)
def test_ordinary_fields_are_shown(stream, name):
    get("a").info("x", **{name: "shown"})
    assert only_event(stream)[name] == "shown"


@pytest.mark.parametrize(
    "text",
    [
        "https://rp/cb?code=hunter2&state=hunter2#id_token=hunter2",
        "/token?client_secret=hunter2",
        "grant_type=password&username=a&password=hunter2",
        "/login?next=https%3A%2F%2Frp%2Fcb%3Fcode%3Dhunter2%26x%3D1",
        "/login?next=https%253A%252F%252Frp%253Fcode%253Dhunter2",
        "/cb?%63ode=hunter2",
        "/cb?CODE=hunter2",
        "/cb?a[password]=hunter2",
        "https://user:hunter2@rp/",
        "postgresql+psycopg://sceau:hunter2@db/sceau",
        '{"password": "hunter2", "a": 1}',
        '{"password": "with \\" hunter2"}',
        '"{\\"password\\": \\"hunter2\\"}"',
        "{'client_secret': 'hunter2'}",
        "{'otp': 1234567}",
        "Form(user='a', password='hunter2')",
        'Form(user="a", password="one hunter2")',
        "Login(password=b'hunter2')",
        "Authorization: Bearer hunter2",
        "Cookie: a=b; __Host-session=hunter2; c=hunter2",
        "Set-Cookie: __Host-s=hunter2; Path=/",
        "__Host-session=hunter2",
        "sent Bearer hunter2hunter2",
        "Basic aHVudGVyMg==hunter2",
        "DPoP hunter2.hunter2",
        f"got {JWT}hunter2",
        f"/x/{JWT}hunter2/y",
        "password: hunter2",
        "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----",
        "SAMLResponse=hunter2%3D%3D&RelayState=x",
        "/logout?id_token_hint=hunter2",
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_wb_022_secrets_inside_texts_are_hidden(text, form):
    stream = io.StringIO()
    configure(LogSettings(format=form), stream)
    try:
        raise ValueError(text)  # noqa: TRY301
    except ValueError as fault:
        get("a").exception(text, value=text, deep=[{"x": text}], fault=fault)
    assert "hunter2" not in stream.getvalue()
    assert "1234567" not in stream.getvalue()
    assert REDACTED in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "https://sceau.example.fr/authorize?client_id=dcc&scope=openid+profile",
        "3 tries = locked; means=password level=2",
        "token_type=Bearer",
        "the code was used twice",
        "Basic authentication is not registered",
        "connexion refusée à 12:03 : mot de passe",
    ],
)
def test_ordinary_texts_are_left_alone(text):
    assert redact_text(text) == text


def test_wb_022_a_secret_cut_by_the_cap_stays_hidden(stream):
    get("a").info("x", url="/" + "a" * 4080 + "?code=hunter2hunter2")
    get("a").info("x", url="/" + "a" * 1000 + "?code=hunter2hunter2")
    assert "hunter" not in stream.getvalue()


def test_wb_037_redaction_is_linear_enough():
    for attack in ("a" * 4096, "%25" * 1365, "=" * 4096, "a=" * 2048, '"a":"\\' * 600, "://" * 1365,
                   "eyJ" * 1365, "secret" * 680, "code%3D" * 585, "cookie:" * 585,
                   "-----BEGIN PRIVATE KEY-----" * 150, "?" * 4096, "'a':'" * 800):  # fmt: skip
        began = time.thread_time()
        redact_text(attack)
        assert time.thread_time() - began < 0.25, attack[:20]


def test_a_traceback_is_lines_without_local_variables(stream):
    seed_of_the_day = "hunter2"
    try:
        raise RuntimeError(f"broken\n{len(seed_of_the_day)}")  # noqa: TRY301
    except RuntimeError:
        get("a").exception("failed")
    event = only_event(stream)
    assert event["level"] == "error"
    assert event["exception"][0] == "Traceback (most recent call last):"
    assert event["exception"][-2:] == ["RuntimeError: broken", "7"]
    assert "hunter2" not in stream.getvalue()


def test_a_long_traceback_keeps_its_end():
    lines = clean_traceback("\n".join(f"line {number}" for number in range(1000)))
    assert lines[0] == "…"
    assert lines[-1] == "line 999"
    assert sum(map(len, lines)) <= FIELD_BYTES


def test_the_console_is_for_people(capsys):
    configure(LogSettings(format="console"))
    bind_request("r-1")
    try:
        raise RuntimeError("broken")  # noqa: TRY301
    except RuntimeError:
        get("idp.a").exception("failed", account="élodie d'Arc")
    written = capsys.readouterr().err.splitlines()
    assert 'error    failed  request_id="r-1" account="élodie d\'Arc"  (idp.a)' in written[0]
    assert written[-1] == "    | RuntimeError: broken"
    assert all(line.startswith("    | ") for line in written[1:])


def test_a_closed_stream_fails_nobody(stream):
    stream.close()
    get("a").info("x")
    logging.getLogger("lib").error("x")


def test_lines_of_many_threads_are_whole(stream):
    def write():
        for _ in range(50):
            get("a").info("x" * 300)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(events(stream)) == 400
