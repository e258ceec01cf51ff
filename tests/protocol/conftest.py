# SPDX-License-Identifier: Apache-2.0
"""Providers that several tests share."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.processes import ServerProcess, start_servers, stop_servers
from tests.world import World, open_world


@pytest.fixture(scope="session")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One provider on SQLite for tests that leave nothing behind that another would see.

    But for its clock: some let time pass.
    """
    yield from _opened(sqlite_template, tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def world_at_start(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The same for the tests of one file, where time stands still."""
    yield from _opened(sqlite_template, tmp_path_factory.mktemp("at-start"))


def _opened(template: Path, folder: Path) -> Iterator[World]:
    file = folder / "sceau.sqlite3"
    shutil.copyfile(template, file)
    file.chmod(0o600)
    opened = open_world(f"sqlite:///{file}")
    yield opened
    opened.provider.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[list[ServerProcess]]:
    """Two server processes, each with a provider of its own over a database named to them."""
    started = start_servers(2)
    yield started
    stop_servers(started)


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that anybody tries to reach: none, or the test fails."""
    tried: list[Any] = []
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, lambda _self, address: tried.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: tried.append(args) or [])
    return tried
