# SPDX-License-Identifier: Apache-2.0
"""`sceau check` of the card's own address, and `sceau run` that serves it beside the main one."""

import os
import signal
import ssl
from contextlib import suppress

import pytest

from tests.card_kit import PROXY_SECRET, card_of, host_paper
from tests.card_process import answers
from tests.demo.conftest import variables
from tests.demo.processes import end_all, none_left, parent_of, running, wait_until
from tests.demo.test_run import is_ready, told
from tests.ports import free_port


def with_address(sceau, paper=None, port=8443, **changes):
    """The installation, with an address for cards and this certificate."""
    file = (paper or host_paper()).file(sceau.folder, "host")
    sceau.environ |= {
        "SCEAU_CARDS_ADDRESS": f"https://localhost:{port}",
        "SCEAU_CARDS_PORT": str(port),
        "SCEAU_CARDS_TLS_CERTIFICATE": str(file),
        "SCEAU_CARDS_TLS_KEY": str(file),
    } | changes
    return file


def fault_of(sceau):
    """What a check refuses."""
    result = sceau("check")
    assert result.exit_code == 1
    return result.output


def test_checking_tells_how_long_the_certificate_lasts(sceau):
    assert "card address" not in sceau.did("check")
    with_address(sceau)
    said = sceau.did("check")
    assert "ok     card address   https://localhost:8443, 127.0.0.1 port 8443, certificate" in said


def test_checking_tells_of_a_certificate_that_ends_soon(sceau):
    with_address(sceau, host_paper(until=20))
    assert "renew it" in sceau.did("check")


@pytest.mark.parametrize(
    ("host", "until", "why"),
    [
        ("elsewhere.example", 300, "is not a certificate for localhost"),
        ("localhost", -1, "is valid from"),
    ],
)
def test_checking_refuses_a_certificate_that_browsers_refuse(sceau, host, until, why):
    with_address(sceau, host_paper(host, until))
    assert why in fault_of(sceau)


def test_checking_refuses_files_that_do_not_belong_together(sceau):
    other = card_of().file(sceau.folder, "other")
    with_address(sceau, SCEAU_CARDS_TLS_KEY=str(other))
    assert "are no certificate and its key" in fault_of(sceau)


def test_checking_refuses_a_key_that_everybody_reads(sceau):
    with_address(sceau).chmod(0o644)
    assert "is open to every user" in fault_of(sceau)


def test_checking_tells_of_the_proxy_that_asks(sceau):
    sceau.environ |= {
        "SCEAU_CARDS_ADDRESS": "https://cps.sceau.example",
        "SCEAU_CARDS_PORT": "8443",
        "SCEAU_CARDS_PROXY_HEADER": "client-cert",
        "SCEAU_CARDS_PROXY_SECRET": PROXY_SECRET,
        "SCEAU_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    said = sceau.did("check")
    assert "by a proxy's header client-cert" in said
    assert PROXY_SECRET not in said
    sceau.environ["SCEAU_CARDS_BIND"] = "0.0.0.0"
    assert "crosses a network in clear" in sceau.did("check")
    sceau.environ["SCEAU_CARDS_PORT"] = "0"
    assert "served by another program" in sceau.did("check")


@pytest.mark.parametrize(
    "change",
    [
        {"SCEAU_CARDS_TLS_KEY": ""},
        {"SCEAU_CARDS_ADDRESS": ""},
        {"SCEAU_CARDS_ADDRESS": "http://localhost:8443"},
        {"SCEAU_CARDS_PROXY_HEADER": "client-cert", "SCEAU_CARDS_PROXY_SECRET": PROXY_SECRET},
    ],
    ids=["no-key", "no-address", "no-tls", "both-ways"],
)
def test_half_an_address_is_a_fault_of_the_configuration(sceau, change):
    with_address(sceau)
    sceau.environ |= change
    assert "cards." in sceau.refused("check")


def test_it_is_not_served_where_it_is_not_configured(sceau):
    assert "cards.port is not set" in sceau.refused("card-door")


@pytest.fixture
def served(sceau):
    """A server that runs, with the card's address beside it; and a look at that one."""
    main, port = free_port(), free_port()
    sceau.environ = variables(sceau.folder, main)
    file = with_address(sceau, port=port)
    config = sceau.folder / "sceau.toml"
    config.write_text("[log]\nformat = 'console'\n")
    config.chmod(0o600)
    context = ssl.create_default_context(cafile=str(file))
    process = sceau.process("run", "--config", str(config))

    def is_open():
        return answers(port, context, f"localhost:{port}")

    try:
        both = f"http://localhost:{main}"
        assert wait_until(lambda: is_ready(both) and is_open()), told(process)
        yield sceau, process, is_open
    finally:
        process.kill()
        end_all(str(sceau.folder))
        process.communicate()


def test_rl_neither_outlives_a_killed_server(served):
    sceau, process, _is_open = served
    process.kill()
    process.wait()
    assert none_left(str(sceau.folder))


def test_rl_a_killed_card_address_is_served_again_and_a_signal_ends_both(served):
    sceau, process, is_open = served

    def served_by():
        return set(running("card-door")) & set(running(str(sceau.folder)))

    def workers():
        """Of the program that the server keeps; one whose program was killed is on its way out."""
        parents = {}
        for one in served_by():
            with suppress(OSError):
                parents[one] = parent_of(one)
        kept = {one for one, parent in parents.items() if parent == process.pid}
        return [one for one, parent in parents.items() if parent in kept]

    def stands_without(killed):
        return killed not in served_by() and len(workers()) == 1 and is_open()

    (first,) = (one for one in served_by() if parent_of(one) == process.pid)
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: stands_without(first)), told(process)
    assert process.poll() is None
    # Its worker, too, is replaced by itself.
    (worker,) = workers()
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: stands_without(worker)), told(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert "Traceback" not in process.stderr.read()
    assert none_left(str(sceau.folder))
    assert not is_open()
