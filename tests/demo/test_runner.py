# SPDX-License-Identifier: Apache-2.0
"""The demo's runner, with small programs that misbehave."""

import os
import signal
import subprocess
import sys
import threading
import time

from idp.demo import runner as module
from idp.demo.runner import Program, Runner
from tests.demo.processes import none_left, running, wait_until
from tests.ports import free_port

# Far longer than anything here takes, far shorter than what would be waited for without the rule.
PATIENCE = 60
FOREVER = 600
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
SERVER = (
    "import http.server as h, sys;"
    "h.HTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()"
)


def program(tmp_path, script, name="stub", port=1):
    words = (sys.executable, "-c", script, str(port), str(tmp_path))
    return Program(name, words, port, "/", tmp_path / f"{name}.log")


def test_ready_when_every_program_answers(tmp_path):
    ports = [free_port(), free_port()]
    programs = [program(tmp_path, SERVER, f"p{port}", port) for port in ports]
    with Runner(programs, os.environ) as runner:
        runner.start()
        assert runner.wait_until_ready(PATIENCE) is None
        assert len(running(str(tmp_path))) == 2
    assert none_left(str(tmp_path))


def test_one_that_dies_is_named_with_its_last_lines(tmp_path):
    script = "import sys; print('the reason\\x1b[2J'); sys.exit(7)"
    with Runner([program(tmp_path, script)], os.environ) as runner:
        runner.start()
        dead = runner.wait_until_ready(PATIENCE)
    assert "stub ended by itself (with code 7)" in dead.told()
    assert "the reason" in dead.told()
    assert "\x1b" not in dead.told()


def test_one_that_never_answers_is_named(tmp_path):
    port = free_port()
    with Runner(
        [program(tmp_path, "import time; time.sleep(60)", port=port)], os.environ
    ) as runner:
        runner.start()
        assert "did not answer" in runner.wait_until_ready(0.5).told()


def test_a_stubborn_one_is_killed_with_all_its_children(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "STOP_SECONDS", 0.5)
    script = STUBBORN + f"import os; os.fork(); print('up', flush=True); time.sleep({FOREVER})"
    one = program(tmp_path, script)
    with Runner([one], os.environ) as runner:
        runner.start()
        assert wait_until(lambda: one.log.exists() and one.log.read_text().count("up") == 2)
        began = time.monotonic()
    assert 0.4 < time.monotonic() - began < PATIENCE
    assert none_left(str(tmp_path))


def test_a_second_signal_cuts_the_wait_short(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "STOP_SECONDS", FOREVER)
    one = program(tmp_path, STUBBORN + f"print('up', flush=True); time.sleep({FOREVER})")
    with Runner([one], os.environ) as runner:
        runner.start()
        assert wait_until(lambda: one.log.exists() and "up" in one.log.read_text())
        os.kill(os.getpid(), signal.SIGINT)
        assert runner.watch() is None
        assert runner.interrupted
        began = time.monotonic()
        # Not by an alarm: that is how a test which hangs is stopped.
        again = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
        again.start()
        runner.stop()
        again.join()
    assert time.monotonic() - began < PATIENCE
    assert none_left(str(tmp_path))


def test_children_end_with_a_runner_that_was_killed(tmp_path):
    port = free_port()
    host = (
        "import os, sys, time; from pathlib import Path;"
        "from idp.demo.runner import Program, Runner;"
        f"p = Program('x', (sys.executable, '-c', {SERVER!r}, '{port}', {str(tmp_path)!r}),"
        f" {port}, '/', Path({str(tmp_path)!r}) / 'x.log');"
        "r = Runner([p], os.environ); r.start();"
        f"print(r.wait_until_ready({PATIENCE}), flush=True);"
        f"time.sleep({FOREVER})"
    )
    parent = subprocess.Popen([sys.executable, "-c", host], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline().strip() == "None"
    assert len(running(f"{port}\x00{tmp_path}")) == 1
    parent.kill()
    parent.communicate()
    assert wait_until(lambda: not running(f"{port}\x00{tmp_path}"))
