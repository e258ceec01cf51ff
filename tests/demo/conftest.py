# SPDX-License-Identifier: Apache-2.0
"""An installation on SQLite, and the command line in it."""

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.__main__ import program
from idp.config import Settings, load
from idp.http.services import Core
from idp.opening import open_core, open_database
from tests.demo.card_world import hand, made_cards, wallet
from tests.demo.desk_world import demo_folder, demo_world, ended

__all__ = ("demo_folder", "demo_world", "ended", "hand", "made_cards", "wallet")

RING = "first:" + base64.b64encode(bytes(range(32))).decode()
SECOND = "second:" + base64.b64encode(bytes(range(1, 33))).decode()
PASSWORD = "tilleul moulin jardin"


@dataclass
class Sceau:
    """One installation, and `sceau` typed in it."""

    folder: Path
    environ: dict[str, str]

    @property
    def file(self) -> Path:
        return self.folder / "sceau.sqlite3"

    def __call__(self, *words: str, typed: str = "") -> Result:
        """Run a command in this process; a traceback is never an answer."""
        result = CliRunner(env=self.environ).invoke(
            program(), words, input=typed, prog_name="sceau"
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result

    def did(self, *words: str, typed: str = "") -> str:
        """What a command that must succeed printed."""
        result = self(*words, typed=typed)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *words: str, typed: str = "", code: int = 1) -> str:
        """What a command that must not succeed told."""
        result = self(*words, typed=typed)
        assert result.exit_code == code, result.output
        return result.stderr

    def settings(self) -> Settings:
        return load(None, self.environ)

    @contextmanager
    def core(self) -> Iterator[Core]:
        """The nouns, to look or to arrange."""
        settings = self.settings()
        database = open_database(settings)
        try:
            core, _secrets = open_core(settings, database)
            yield core
            core.passwords.close()
        finally:
            database.close()

    @contextmanager
    def sql(self) -> Iterator[sqlite3.Connection]:
        """The file itself, as somebody who owns it."""
        connection = sqlite3.connect(self.file)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def events(self, kind: str) -> list[tuple[str, ...]]:
        """Address, user agent and request id of the events of a kind."""
        query = "SELECT address, user_agent, request_id FROM audit_events WHERE kind = ?"
        with self.sql() as connection:
            return connection.execute(query, (kind,)).fetchall()

    def process(self, *words: str, **options: object) -> subprocess.Popen[str]:
        """The command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "idp", *words],
            env=os.environ | self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )


def variables(folder: Path, port: int = 8000) -> dict[str, str]:
    return {
        "SCEAU_SERVER_ISSUER": f"http://localhost:{port}",
        "SCEAU_SERVER_PORT": str(port),
        "SCEAU_DATABASE_URL": f"sqlite:///{folder / 'sceau.sqlite3'}",
        "SCEAU_SECRETS_KEYS": RING,
        "SCEAU_LOG_LEVEL": "error",
    }


@pytest.fixture
def bare(tmp_path: Path) -> Sceau:
    """Configured, and nothing made yet."""
    return Sceau(tmp_path, variables(tmp_path))


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installation")
    made = Sceau(folder, variables(folder))
    made.did("init")
    made.did("communities", "add", "onco-centre", "Onco Centre")
    return folder


@pytest.fixture
def sceau(made_once: Path, tmp_path: Path) -> Sceau:
    """An installation after `sceau init`, with one community."""
    for file in made_once.glob("sceau.sqlite3*"):
        shutil.copy2(file, tmp_path)
    return Sceau(tmp_path, variables(tmp_path))


@pytest.fixture
def claire(sceau: Sceau) -> Sceau:
    """The same, with one account."""
    add_claire(sceau)
    return sceau


def add_claire(sceau: Sceau, *more: str) -> str:
    words = ["--population", "professional", "--identifier", "cdurand", "--first-name", "Claire"]
    words += ["--last-name", "Dürand-Œil", "--email", "claire@chu.example", *more]
    return sceau.did("accounts", "add", *words, typed=PASSWORD + "\n")
