# SPDX-License-Identifier: Apache-2.0
"""What every test shares: databases, profiles of Hypothesis, no way out of the machine."""

import gc
import ipaddress
import logging
import os
import socket
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from idp.logs.setup import Door

# The fixtures that start throwaway servers.
pytest_plugins = [
    f"tests.{name}"
    for name in ("compiled_pages", "databases", "pki", "world")
    if Path(__file__).with_name(f"{name}.py").exists()
]

# Continuous integration repeats itself exactly; a workstation looks further each time.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "here", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_collection_finish() -> None:
    """What was imported stays: to look through it for garbage again and again costs a fifth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def is_local(address: object) -> bool:
    """Whether an address of a socket is this machine's own."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0]).partition("%")[0]
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_way_out():
    """No test reaches another machine: what needs the network brings its own server."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(original):
        def call(self, address):
            if not is_local(address):
                raise RuntimeError(f"a test tried to reach {address!r}")
            return original(self, address)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        yield


MASK = os.umask(0o022)
os.umask(MASK)


@pytest.fixture(autouse=True)
def same_umask():
    """Commands that make private files narrow the mask of their process: here, of all tests."""
    os.umask(MASK)
    yield
    os.umask(MASK)


@pytest.fixture(autouse=True)
def same_logs():
    """Commands set up the logging of their process: here, of all tests that come after."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers[:] = [one for one in root.handlers if not isinstance(one, Door)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(False)
