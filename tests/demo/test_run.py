# SPDX-License-Identifier: Apache-2.0
"""`sceau run`: looks before it serves, and ends whole."""

import os
import signal
import socket

import pytest
import requests

from tests.demo.conftest import variables
from tests.demo.processes import end_all, none_left, running, wait_until
from tests.ports import free_port


@pytest.fixture
def server(sceau):
    """A server that runs, with its installation."""
    port = free_port()
    sceau.environ = variables(sceau.folder, port)
    # In the arguments, so that its processes can be told from others.
    file = sceau.folder / "sceau.toml"
    file.write_text("[log]\nformat = 'console'\n")
    file.chmod(0o600)
    process = sceau.process("run", "--config", str(file))
    sceau.issuer = f"http://localhost:{port}"
    try:
        assert wait_until(lambda: is_ready(sceau.issuer)), told(process)
        yield sceau, process
    finally:
        process.kill()
        end_all(str(sceau.folder))
        process.communicate()


def told(process):
    """What it said, once it has been ended."""
    process.kill()
    return process.communicate()[1]


def is_ready(issuer):
    """Whether it answers; between two workers a connection is accepted, and nobody answers."""
    try:
        return requests.get(f"{issuer}/health/ready", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_it_refuses_before_anything_is_started(bare):
    assert "run `sceau init`" in bare.refused("run")
    bare.environ["SCEAU_SERVER_ISSUER"] = "http://elsewhere.example"
    assert "server.issuer" in bare.refused("run")
    assert not bare.file.exists()


def test_a_taken_port_is_told_with_how_to_find_who(sceau):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        sceau.environ = variables(sceau.folder, port)
        told = sceau.refused("run")
    assert f"port {port}" in told
    assert f"ss -ltnp 'sport = :{port}'" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_the_audit_sealed(server, number):
    sceau, process = server
    sceau.did("communities", "add", "one-more", "One more")
    assert len(running(str(sceau.folder))) >= 2
    process.send_signal(number)
    assert process.wait(60) == 0
    assert "Traceback" not in process.stderr.read()
    assert none_left(str(sceau.folder))
    assert "not sealed" not in sceau.did("audit", "verify")


def test_rl_workers_do_not_outlive_a_killed_server(server):
    sceau, process = server
    process.kill()
    process.wait()
    assert wait_until(lambda: not running(str(sceau.folder)))
    assert not is_ready(sceau.issuer)


def test_rl_a_killed_worker_is_replaced(server):
    sceau, process = server
    (worker,) = set(running(str(sceau.folder))) - {process.pid}
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: set(running(str(sceau.folder))) - {process.pid, worker})
    assert wait_until(lambda: is_ready(sceau.issuer))
    assert process.poll() is None
