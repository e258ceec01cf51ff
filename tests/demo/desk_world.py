# SPDX-License-Identifier: Apache-2.0
"""A demo in this process: its folder, its clock, its desk."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.clock import MovedClock
from idp.demo.desk import mount_desk
from idp.demo.folder import Folder
from tests.world import START, Browser, World, open_world

LOCAL = {"SERVER_ISSUER": "http://localhost:8000"}


class StandingMoved(MovedClock):
    """The demo's clock over a machine whose time stands still."""

    def now(self) -> int:
        return START + self.ahead

    def micros(self) -> int:
        return self.now() * 1_000_000

    def monotonic(self) -> float:
        return float(self.now())


@pytest.fixture
def demo_folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "demo")
    made.desk.mkdir(parents=True)
    return made


@pytest.fixture
def ended() -> list[str]:
    """How often the server was asked to end."""
    return []


@pytest.fixture
def demo_world(sqlite_url: str, demo_folder: Folder, ended: list[str]) -> Iterator[World]:
    """A demo with its desk, over the cast of the tests."""
    shutil.move(sqlite_url.removeprefix("sqlite:///"), demo_folder.database)
    demo = {"DEMO_ENABLED": "true", "DEMO_CLOCK_FILE": str(demo_folder.clock)}
    clock = StandingMoved(demo_folder.clock)
    url = f"sqlite:///{demo_folder.database}"
    made = open_world(url, clock, DEMO_DESK=str(demo_folder.desk), **demo, **LOCAL)
    made.issuer = LOCAL["SERVER_ISSUER"]
    mount_desk(made.provider, lambda: ended.append("ended"))
    yield made
    made.provider.close()


def put(folder: Folder, name: str, **changes: object) -> None:
    document = {"id": name, "channel": "email", "to": "a@chu.example", "subject": "Sujet"}
    document |= {"text": "Bonjour", "html": "<p>Bonjour</p>", "at": START}
    (folder.desk / f"{name}.json").write_text(json.dumps(document | changes), "utf-8")


def state(browser: Browser) -> dict:
    return browser.get("/desk/messages").get_json()


def paste(browser: Browser, text: str) -> None:
    browser.get("/desk")
    _url, fields = browser.form("/desk/authenticator")
    browser.post("/desk/authenticator", fields | {"pasted": text})
