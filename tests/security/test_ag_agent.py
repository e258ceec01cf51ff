# SPDX-License-Identifier: Apache-2.0
"""AG rows of the workstation program: what it refuses, whoever asks."""

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest

from connectors.cps_card.agent import command
from connectors.cps_card.agent.cards import Pin
from connectors.cps_card.agent.peers import is_mine, owner_of
from connectors.cps_card.agent.window import Unanswered
from connectors.cps_card.statement import LOGIN_TAG
from tests.agent.kit import ORIGIN, Script, asked, new_reader, wait_until, workstations

STATEMENT = json.loads(asked())


def body(text):
    return json.dumps({"statement": text}).encode()


@pytest.fixture
def workstation(tmp_path):
    with workstations(new_reader(tmp_path / "reader")) as make:
        yield make


# ---- AG-003 ----


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        LOGIN_TAG.decode() + asked(),
        asked() + " ",
        json.dumps({"hash": "00" * 32}),
        json.dumps([STATEMENT]),
        json.dumps({**STATEMENT, "algorithm": "RS256"}),
        json.dumps({**STATEMENT, "purpose": "payment"}),
        json.dumps({**STATEMENT, "purpose": ["login"]}),
        json.dumps({**STATEMENT, "at": "now"}),
        json.dumps({**STATEMENT, "v": 2}),
    ],
    ids=str,
)
def test_ag_003_only_the_structured_statement_is_signed(workstation, text):
    desk = workstation(window=Script("1234"))
    status, told = desk.call("/v1/sign", {"statement": text})
    if text == asked() + " ":
        # Read, and written anew by the program itself: the spaces are not what is signed.
        assert status == 200
        return
    assert (status, told["error"] in {"refused", "version"}) == (400, True)
    assert desk.window.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://localhost:8000"},
        {"origin": "https://evil.example"},
        {"issuer": "https://evil.example"},
        {"issuer": "https://sceau.example:8443"},
    ],
    ids=str,
)
def test_ag_003_a_page_speaks_for_itself_and_for_a_known_server(workstation, changes):
    desk = workstation(window=Script("1234"))
    assert desk.sign(**changes) == (403, {"error": "not-yours"})
    assert desk.window.asked == []


@pytest.mark.parametrize(
    "members",
    [{}, {"statement": 1}, {"statement": asked(), "more": 1}, {"data": "AAAA"}],
    ids=["nothing", "a number", "a member more", "bytes"],
)
def test_ag_003_nothing_else_is_asked_for(workstation, members):
    desk = workstation()
    assert desk.call("/v1/sign", members)[0] == 400


# ---- AG-004 ----


@pytest.mark.parametrize("path", ["/v1/state", "/v1/sign"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        None,
        "",
        "https://sceau.example.evil.example",
        "https://sceau.example:443",
        "http://sceau.example",
        "https://SCEAU.example",
        "https://sceau.example, https://evil.example",
    ],
)
def test_ag_004_other_origins_are_refused(workstation, path, origin):
    desk = workstation(window=Script("1234"))
    for method in ("POST", "OPTIONS"):
        status, headers, answer = desk.raw(method, path, body(asked()), {"Origin": origin})
        assert (status, answer) == (403, b"")
        assert not [name for name in headers if name.lower().startswith("access-control")]
    assert desk.window.asked == []


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-8",
        None,
    ],
)
def test_ag_004_what_a_form_can_send_is_refused(workstation, kind):
    desk = workstation(window=Script("1234"))
    status, _, _ = desk.raw("POST", "/v1/sign", body(asked()), {"Content-Type": kind})
    assert status == 415
    assert desk.window.asked == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "TRACE", "CONNECT", "PATCH"])
def test_ag_004_no_other_method_changes_anything(workstation, method):
    desk = workstation(window=Script("1234"))
    status, _, answer = desk.raw(method, "/v1/sign", body(asked()))
    assert status == 501
    assert answer == b""
    assert desk.window.asked == []


def test_ag_004_a_web_socket_is_not_opened(workstation):
    desk = workstation()
    changes = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    assert desk.raw("GET", "/v1/sign", b"", changes)[0] == 501


def test_ag_004_a_preflight_names_the_one_origin(workstation):
    desk = workstation()
    changes = {
        "Content-Type": None,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    status, headers, answer = desk.raw("OPTIONS", "/v1/sign", b"", changes)
    assert (status, answer) == (204, b"")
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert headers["Access-Control-Allow-Headers"] == "content-type"
    assert headers["Access-Control-Allow-Private-Network"] == "true"
    assert headers["Vary"] == "Origin"
    assert int(headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in headers


# ---- AG-005 ----


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", None],
)
def test_ag_005_a_name_bent_to_this_address_is_refused(workstation, host):
    desk = workstation(window=Script("1234"))
    status, _, answer = desk.raw("POST", "/v1/state", b"{}", {"Host": host})
    assert (status, answer) == (403, b"")


def test_ag_005_its_own_names_are_answered(workstation):
    desk = workstation()
    for name in ("127.0.0.1", "localhost", "[::1]"):
        changes = {"Host": f"{name}:{desk.port}"}
        assert desk.raw("POST", "/v1/state", b"{}", changes)[0] == 200


# ---- AG-007, AG-008 ----


def test_ag_007_the_page_has_no_way_to_hand_over_a_pin(workstation):
    desk = workstation()
    for members in ({"statement": asked(), "pin": "1234"}, {"pin": "1234"}):
        assert desk.call("/v1/sign", members)[0] == 400
    assert desk.call("/v1/state", {"pin": "1234"})[0] == 400


def test_ag_008_the_pin_is_in_no_log_and_no_answer(workstation, caplog, capfd):
    command.LOG.propagate = True
    caplog.set_level(0)
    desk = workstation(window=Script("7391", "7392", "x"))
    told = [desk.sign(), desk.sign(nonce="m" * 22), desk.call("/v1/state")]
    printed = capfd.readouterr()
    seen = caplog.text + printed.out + printed.err + repr(told)
    assert "not-signed" in seen
    assert "739" not in seen


def test_ag_008_a_fault_shows_its_kind_alone(workstation, caplog, monkeypatch):
    command.LOG.propagate = True
    desk = workstation(window=Script("7391"))

    def broken(*_):
        raise RuntimeError("7391")

    monkeypatch.setattr("connectors.cps_card.agent.software.pkcs12.load_pkcs12", broken)
    with pytest.raises(ConnectionError):
        desk.sign()
    assert "RuntimeError" in caplog.text
    assert "7391" not in caplog.text


def test_ag_008_a_pin_shows_itself_to_nobody_and_is_wiped():
    pin = Pin("7391")
    assert "7391" not in repr(pin) + str(pin) + f"{[pin]}"
    assert pin.reveal() == b"7391"
    pin.wipe()
    assert pin.reveal() == bytes(4)


def test_ag_008_a_pin_is_wiped_once_the_card_has_seen_it(workstation):
    wrong, right = Pin("7391"), Pin("1234")
    desk = workstation(window=Script(wrong, right))
    assert desk.sign()[0] == 200
    assert wrong.reveal() == right.reveal() == bytes(4)


# ---- AG-009 ----


def test_ag_009_one_gesture_a_signature_and_three_a_minute(workstation):
    desk = workstation(window=Script(*["1234"] * 9), a_minute=3)
    nonces = [letter * 22 for letter in "abcd"]
    assert [desk.sign(nonce=one)[0] for one in nonces] == [200, 200, 200, 429]
    assert desk.sign(nonce="e" * 22) == (429, {"error": "too-often"})
    assert len(desk.window.asked) == 3
    desk.clock.now += 60
    assert desk.sign(nonce="e" * 22)[0] == 200


def test_ag_009_a_page_that_loops_wears_out_nobody(workstation):
    desk = workstation(a_minute=3)
    told = [desk.sign(nonce=letter * 22)[1]["error"] for letter in "abcdef"]
    assert told == ["cancelled"] * 3 + ["too-often"] * 3
    assert len(desk.window.asked) == 3


def test_ag_009_one_at_a_time(workstation):
    shown, go = Event(), Event()

    def hold(question, pointless):
        shown.set()
        assert go.wait(30)
        return Unanswered.CANCELLED

    desk = workstation(window=Script(hold))
    first = Thread(target=desk.sign)
    first.start()
    assert shown.wait(30)
    assert desk.sign(nonce="m" * 22) == (409, {"error": "busy"})
    # The state is told all the while.
    assert desk.call("/v1/state")[0] == 200
    go.set()
    first.join()
    assert len(desk.window.asked) == 1


def test_ag_009_the_window_goes_with_its_page(workstation, monkeypatch):
    shown, gone = Event(), []

    def wait(question, pointless):
        shown.set()
        gone.append(wait_until(pointless))
        return Unanswered.POINTLESS

    class Closing(http.client.HTTPConnection):
        """Of a page that is closed while the window is open."""

        def getresponse(self):
            assert shown.wait(30)
            raise TimeoutError

    desk = workstation(window=Script(wait))
    monkeypatch.setattr(http.client, "HTTPConnection", Closing)
    with pytest.raises(TimeoutError):
        desk.sign()
    assert wait_until(lambda: gone == [True])


# ---- AG-011 ----


def test_ag_011_it_listens_on_loopback_alone_and_ships_no_key(workstation):
    desk = workstation()
    addresses = {each.server_address[0] for each in desk.door._servers}
    assert addresses <= {"127.0.0.1", "::1"}
    folder = Path(command.__file__).parent
    kinds = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert kinds <= {".py", ".pyc"}


# ---- AG-012 ----

# A shell, since a developer's own Python is often out of another user's reach.
CALL = r"""
exec 3<>"/dev/tcp/$0/$1"
printf 'POST /v1/state HTTP/1.1\r\nHost: localhost:%s\r\nOrigin: %s\r\n' "$1" "$2" >&3
printf 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}' >&3
read -r _ status _ <&3
echo "$status"
"""


def call_as(user, desk, host):
    words = ["/bin/bash", "-c", CALL, host, str(desk.port), ORIGIN]
    done = subprocess.run(words, user=user, capture_output=True, text=True, check=True, cwd="/")
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is at the other end")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_ag_012_another_user_of_the_machine_is_refused(workstation, host):
    desk = workstation(is_mine=is_mine)
    if host == "::1" and len(desk.door._servers) == 1:
        pytest.skip("this machine has no ::1")
    assert call_as(None, desk, host) == "200"
    if os.getuid() != 0:
        pytest.skip("only root may play another user")
    assert call_as(65534, desk, host) == "403"


def test_ag_012_a_connection_that_nobody_owns_is_not_ours():
    assert owner_of(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


def test_ag_012_whom_the_system_does_not_know_is_refused(workstation):
    desk = workstation(is_mine=lambda client, server: False, window=Script("1234"))
    assert desk.raw("POST", "/v1/sign", body(asked()))[0] == 403
    assert desk.window.asked == []
