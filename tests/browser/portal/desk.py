# SPDX-License-Identifier: Apache-2.0
"""The portal in this process, on a clock of ours; a provider's double logs people in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from imaging_app.__main__ import bring_up
from imaging_app.settings import Settings
from tests.imaging.standing import StandingTime
from tests.imaging.web.conftest import Scene, make_scene
from tests.ports import free_port
from tests.unit.relying_parties.double import Double, Quiet

COOKIE = "imaging_session"


@dataclass
class Desk:
    """The portal under way."""

    scene: Scene
    url: str

    @property
    def time(self) -> StandingTime:
        """The server's clock."""
        return self.scene.time

    def enter(self, context: BrowserContext, who: str) -> None:
        """Log somebody in, in that browser."""
        visitor = self.scene.inside(who)
        [value] = [one.value for one in visitor.client._cookies.values() if one.key == COOKIE]
        context.add_cookies([{"name": COOKIE, "value": value, "url": self.url}])

    def left(self, context: BrowserContext) -> int:
        """For how long the session of that browser lives yet."""
        [value] = [one["value"] for one in context.cookies(self.url) if one["name"] == COOKIE]
        login = self.scene.app.extensions["sceau-login"]
        living = login.store.look(value, self.time(), login.limits.idle)
        return living.until - self.time() if living else 0


@contextmanager
def portal(folder: Path) -> Iterator[Desk]:
    """Start it, and stop it."""
    bring_up(Settings(data=folder))
    time = StandingTime()
    double, port = Double(time), free_port()
    scene = make_scene(double, time, folder, f"http://localhost:{port}")
    server = make_server("127.0.0.1", port, scene.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Desk(scene, scene.home)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        scene.rooms.close()
        double.close()


Opener = Callable[..., BrowserContext]
MINUTES = 60
WHOLE = 15 * MINUTES
TIMER = "#session-timer"


def inside(desk: Desk, context: BrowserContext, who: str = "doctor") -> Page:
    """Somebody's first page."""
    desk.enter(context, who)
    return another_tab(desk, context)


def another_tab(desk: Desk, context: BrowserContext) -> Page:
    """The same in one more tab."""
    page = context.new_page()
    page.clock.install()
    page.goto(desk.url + "/", wait_until="load")
    expect(page.locator(TIMER)).to_be_visible()
    return page


def wait_a_while(desk: Desk, seconds: int, *pages: Page) -> None:
    """Time passes here and there."""
    desk.time.pass_by(seconds)
    for page in pages:
        page.clock.fast_forward(seconds * 1000)


def is_fine(page: Page) -> None:
    """No fault that a program finds, and nothing beside the screen."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
