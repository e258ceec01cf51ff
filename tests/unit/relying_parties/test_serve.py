# SPDX-License-Identifier: Apache-2.0
"""The command line: it starts, answers, and stops cleanly on either signal."""

import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from tests.ports import free_port

# For whatever may take a while on a busy machine.
PATIENCE = 60


def start(key, port, folder):
    command = [sys.executable, "-m", f"relying_parties.{key}", "--port", str(port)]
    return subprocess.Popen([*command, "--data", str(folder)], stderr=subprocess.PIPE, text=True)


def wait_for(port):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return requests.get(f"http://localhost:{port}/", timeout=PATIENCE)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the application did not start")


@pytest.mark.parametrize(("key", "sign"), [("dcc", signal.SIGTERM), ("rcp", signal.SIGINT)])
def test_an_application_starts_and_stops_cleanly(tmp_path, key, sign):
    port = free_port()
    process = start(key, port, tmp_path)
    try:
        answer = wait_for(port)
        assert answer.status_code == 200
        assert "Se connecter" in answer.text
        process.send_signal(sign)
        assert process.wait(PATIENCE) == 0
        assert "Traceback" not in process.stderr.read()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://localhost:{port}/", timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()


def test_a_wrong_setting_is_told_in_a_sentence(tmp_path):
    command = [sys.executable, "-m", "relying_parties.dcc", "--data", str(tmp_path)]
    done = subprocess.run(
        [*command, "--issuer", "http://sceau.example"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "issuer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told_in_a_sentence(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        process = start("dcc", listener.getsockname()[1], tmp_path)
        _out, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "port" in told
    assert "Traceback" not in told
