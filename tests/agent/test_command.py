# SPDX-License-Identifier: Apache-2.0
"""The program as it is started: its options, its file, the virtual reader of the demo, its end."""

import http.client
import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from connectors.cps_card.agent.command import options
from connectors.cps_card.agent.settings import Fault, settle
from connectors.cps_card.statement import (
    read_answer,
    read_heartbeat,
    read_statement,
    verify,
    verify_heartbeat,
)
from tests.agent.kit import asked, insert, issued, put_card, remove, wait_until

WORDS = [sys.executable, "-m", "connectors.cps_card.agent"]


class Provider:
    """A server that hears of cards."""

    def __init__(self):
        provider, self.beats = self, []

        class Page(BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                assert self.path == "/card/presence"
                assert self.headers["Content-Type"] == "application/json"
                provider.beats.append(read_heartbeat(text))
                body = b'{"next": 10}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


@contextmanager
def running(*words):
    """The program, once it is ready; its port, and its log as far as it has gone."""
    started = subprocess.Popen(
        [*WORDS, "--port", "0", *words], stderr=subprocess.PIPE, text=True, bufsize=1
    )
    lines = []
    try:
        for line in started.stderr:
            lines.append(line)
            if found := re.search(r"ready port=(\d+)", line):
                break
        assert found, lines
        yield int(found[1]), lines, started
        started.send_signal(signal.SIGTERM)
        lines += started.stderr
        assert started.wait(30) == 0
    finally:
        if started.poll() is None:
            started.kill()
        started.wait(30)
        started.stderr.close()


def call(port, origin, path, members):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {
            "Host": f"localhost:{port}",
            "Origin": origin,
            "Content-Type": "application/json",
        }
        connection.request("POST", path, json.dumps(members), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def play(reader, *answers):
    """Plays the person at the window; what they saw each time."""
    seen = []
    for members in answers:
        asking = reader / "asking.json"
        last = seen[-1]["id"] if seen else None

        def shown(last=last, asking=asking):
            try:
                found = json.loads(asking.read_text("utf-8"))
            except OSError:
                return None
            return found if found["id"] != last else None

        assert wait_until(shown)
        seen.append(shown())
        (reader / "answer.json").write_text(json.dumps({"id": seen[-1]["id"], **members}), "utf-8")
    return seen


def start_sign(port, origin, told, nonce):
    statement = asked(issuer=origin, origin=origin, nonce=nonce * 22)
    thread = Thread(
        target=lambda: told.append(call(port, origin, "/v1/sign", {"statement": statement}))
    )
    thread.start()
    return thread, statement


def test_the_demo_virtual_reader_from_insertion_to_removal(reader, provider):
    words = ["--origin", provider.origin, "--software-cards", "--reader-folder", str(reader)]
    with running(*words) as (port, log, _):
        _, state = call(port, provider.origin, "/v1/state", {})
        assert state["readers"][0]["card"] == "absent"
        insert(reader, "claire")
        told = []
        thread, statement = start_sign(port, provider.origin, told, "a")
        seen = play(reader, {"pin": "0000"}, {"pin": "1234"})
        thread.join()
        assert [(one["tries"], one["wrong"]) for one in seen] == [(3, False), (2, True)]
        assert seen[0]["card"] == "CLAIRE DURAND 2600301752"
        assert seen[0]["site"] == "Sceau, Région Centre"
        assert seen[0]["origin"] == provider.origin
        assert not (reader / "asking.json").exists()
        assert not (reader / "answer.json").exists()
        ((status, answer),) = told
        assert status == 200
        signed = read_answer(answer["answer"])
        assert verify(issued().key.public_key(), read_statement(statement), signed)
        assert wait_until(lambda: provider.beats)
        remove(reader)
        assert wait_until(lambda: provider.beats[-1].state == "removed")
        assert all(verify_heartbeat(provider.origin, beat) for beat in provider.beats)
        assert {beat.key for beat in provider.beats} == {signed.presence_key}
    text = "".join(log)
    assert "signed origin=" in text
    assert "1234" not in text
    assert "Traceback" not in text


def test_the_window_played_by_files_can_be_cancelled_and_ignores_strangers(reader, provider):
    insert(reader, "claire")
    words = ["--origin", provider.origin, "--software-cards", "--reader-folder", str(reader)]
    # Left over from before: it answers no question of now.
    (reader / "answer.json").write_text('{"id": "old", "pin": "1234"}', "utf-8")
    with running(*words) as (port, _, _):
        told = []
        thread, _ = start_sign(port, provider.origin, told, "a")
        play(reader, {"cancel": True})
        thread.join()
        assert told == [(409, {"error": "cancelled", "tries": 3})]
        thread, _ = start_sign(port, provider.origin, told, "b")
        assert wait_until((reader / "asking.json").exists)
        (reader / "answer.json").write_text('{"id": "another", "pin": "1234"}', "utf-8")
        remove(reader)
        thread.join()
        assert told[-1] == (409, {"error": "no-card"})


def test_a_plain_software_card_is_always_there(tmp_path, provider):
    file = put_card(tmp_path, "claire")
    with running("--origin", provider.origin, "--software-card", str(file)) as (port, _, _):
        _, state = call(port, provider.origin, "/v1/state", {})
        assert [(one["name"], one["card"]) for one in state["readers"]] == [("claire", "present")]


def told_of(*words):
    """What the program says before it ends, and how it ends."""
    done = subprocess.run([*WORDS, *words], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def fault_of(*words):
    """The sentence that it would end with."""
    with pytest.raises(Fault) as fault:
        settle(options().parse_args(words))
    return str(fault.value)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "No server is named"),
        (["--origin", "sceau.example"], "is no origin"),
        (["--origin", "https://sceau.example/"], "is no origin"),
        (["--origin", "http://sceau.example"], "must be https"),
        (["--origin", "https://a.example", "--reader-folder", "r"], "needs --software-cards"),
        (["--origin", "https://a.example", "--software-card"], "needs a file"),
        (["--origin", "https://a.example", "--software-card", "none.p12"], "no software card"),
        (["--origin", "https://a.example", "--port", "70000"], "from 0 to 65535"),
        (["--config", "none.toml"], "cannot be read"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_in_a_sentence(words, sentence, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sentence in fault_of(*words)


def test_the_program_ends_with_the_sentence(tmp_path):
    code, told = told_of("--config", str(tmp_path / "none.toml"))
    assert (code, told.count("\n")) == (2, 1)
    assert told.startswith("sceau-agent: ")


def test_a_shared_folder_is_no_virtual_reader(reader):
    reader.chmod(0o755)
    words = ["--origin", "https://a.example", "--software-cards", "--reader-folder", str(reader)]
    assert "must be yours alone" in fault_of(*words)


def test_a_port_that_is_taken_is_told(reader, provider):
    port = provider.origin.rpartition(":")[2]
    words = ["--origin", "https://a.example", "--software-cards", "--reader-folder", str(reader)]
    code, told = told_of(*words, "--port", port)
    assert (code, f"port {port} is not free" in told) == (2, True)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the limits of a process in /proc")
def test_a_crash_would_leave_no_copy_of_its_memory(reader, provider):
    words = ["--origin", provider.origin, "--software-cards", "--reader-folder", str(reader)]
    with running(*words) as (_, _, started):
        limits = Path(f"/proc/{started.pid}/limits").read_text("ascii")
    assert re.search(r"Max core file size +0 +0 ", limits)


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit):
        options().parse_args(["--help"])
    told = capsys.readouterr().out
    for option in ("--origin", "--port", "--module", "--software-card", "--reader-folder"):
        assert option in told


def test_a_file_says_what_the_options_do_not(tmp_path, reader, provider):
    place = tmp_path / ".config"
    place.mkdir()
    (place / "sceau-agent.toml").write_text(f'origins = ["{provider.origin}"]\n', "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path))
        words = ["--software-cards", "--reader-folder", str(reader)]
        with running(*words) as (port, _, _):
            assert call(port, provider.origin, "/v1/state", {})[0] == 200


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('origin = ["https://a.example"]', "origin is no setting"),
        ('origins = "https://a.example"', "origins is of the wrong kind"),
        ('origins = ["https://a.example"]\nport = true', "port is of the wrong kind"),
        ('origins = ["https://a.example"]\nsoftware_cards = "x.p12"', "is no setting"),
        ("origins = [", "is no TOML file"),
    ],
    ids=["unknown", "kind", "boolean", "software", "broken"],
)
def test_a_file_that_cannot_be_is_told(tmp_path, text, sentence):
    path = tmp_path / "agent.toml"
    path.write_text(text, "utf-8")
    assert sentence in fault_of("--config", str(path))


def test_port_0_is_a_port_too():
    given = options().parse_args(["--origin", "https://a.example", "--port", "0"])
    assert settle(given).port == 0


def test_a_demo_needs_neither_pkcs11_nor_pcsc_nor_a_screen(reader):
    program = (
        "import sys; from pathlib import Path; from connectors.cps_card.agent import command;"
        "from connectors.cps_card.agent.settings import Settings;"
        f"chosen = Settings(frozenset(), reader=Path({str(reader)!r}));"
        "command.window_for(chosen); command.cards_for(chosen).close();"
        "print(sorted({'pkcs11', 'smartcard', 'tkinter', 'flask'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
