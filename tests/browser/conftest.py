# SPDX-License-Identifier: Apache-2.0
"""Chromium, the provider and two applications; a `visit` is one person at one browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.browser.codes import CARRIERS
from tests.browser.pages import Visit
from tests.browser.standin import StandIn, documents, standing_in
from tests.demo.opened import Demo, demo
from tests.servers import Site, running_site

# Debian's Chromium, without a window of its own where that is installed: it draws the same pages
# for half of the work.
SHELL = Path("/usr/lib/chromium/chromium-headless-shell")
CHROMIUM = SHELL if SHELL.exists() else Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # Whatever a page might ask for, nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# For how long a page may keep us waiting: patience, not a promise of speed.
PATIENCE = 30_000
# What Chromium writes for any page whose status is not 2xx; these pages are meant.
EXPECTED = "Failed to load resource: the server responded with a status of"
# Nor does anybody have to run the program of a card reader: pages look for it and do without.
NOBODY = "Failed to load resource: net::ERR_CONNECTION_REFUSED"
STATE = "/v1/state"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives Chromium."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The provider and both example applications."""
    folder = tmp_path_factory.mktemp("site")
    with running_site(
        folder,
        f"sqlite:///{folder / 'sceau.sqlite3'}",
        neighbours=["nobody", "standin"],
        documents=documents(),
        REGION_WELCOME="Bienvenue sur le serveur Sceau, Région Exemple",
        # All browsers of a test session share one address.
        THROTTLE_ADDRESS_FREE="10000",
        THROTTLE_NETWORK_FREE="10000",
        # A lock outlives the session, so that its page can be looked at again.
        THROTTLE_FIRST_DELAY="3600",
        **CARRIERS,
    ) as site:
        site.start_example("dcc")
        site.start_example("rcp")
        yield site


@pytest.fixture(scope="session")
def standin(running: Site) -> Iterator[StandIn]:
    """The site that takes the answers to applications that do not exist."""
    with standing_in(running.ports["standin"]) as taking:
        yield taking


@pytest.fixture
def site(running: Site, standin: StandIn) -> Iterator[Site]:
    """The servers; what they wrote is shown where the test fails."""
    yield running
    running.show_news()


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, as one command starts it, for stories that need nobody's first time.

    Whoever changes a password, a card or the clock has a demo of their own.
    """
    with demo(tmp_path_factory.mktemp("demo") / "data") as made:
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Watch:
    """What the browser complained of."""

    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.on("console", self._console)
        context.on("weberror", lambda fault: self.complaints.append(str(fault.error)))

    def _console(self, line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"} and not self._is_meant(line):
            self.complaints.append(line.text)

    def _is_meant(self, line: ConsoleMessage) -> bool:
        nobody = line.text == NOBODY and line.location["url"].endswith(STATE)
        return nobody or line.text.startswith(EXPECTED)


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """Opens a fresh browser: `visit(locale="en", javascript=False, width=320, dark=True)`."""
    with visiting(chromium, site) as open_browser:
        yield open_browser


@contextmanager
def visiting(chromium: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """Browsers on a site; whatever they complained of fails the test."""
    contexts: list[BrowserContext] = []
    watch = Watch()

    def open_browser(
        *,
        locale: str = "fr",
        javascript: bool = True,
        width: int = 1280,
        height: int = 860,
        scale: float = 1,
        dark: bool = False,
        **more: Any,
    ) -> Visit:
        context = chromium.new_context(
            locale=locale,
            java_script_enabled=javascript,
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        contexts.append(context)
        return Visit(site, context, context.new_page())

    yield open_browser
    for context in contexts:
        context.close()
    assert watch.complaints == []


@pytest.fixture(scope="session")
def shots() -> Callable[[Page, str], None]:
    """Takes a picture into the folder named by SHOTS, where there is one."""
    folder = os.environ.get("SHOTS")

    def shoot(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return shoot
