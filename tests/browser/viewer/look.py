# SPDX-License-Identifier: Apache-2.0
"""What is on the screen, read from a picture of it."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Locator, Page, expect

PATIENCE = 30_000
WHITE = 250
FRAME = 8
COVER = """(hidden) => {
  for (const one of document.querySelectorAll(".pane-edge, .pane-corner")) one.hidden = hidden;
  const above = hidden ? "none" : "";
  for (const one of document.querySelectorAll(".pane svg")) one.style.display = above;
}"""


@dataclass
class Viewer:
    """Somebody at the viewer."""

    page: Page
    # What the page has complained of.
    complaints: list[str]

    @property
    def root(self) -> Locator:
        return self.page.locator("#viewer")

    @property
    def picture(self) -> Locator:
        return self.page.locator("[data-picture]").first

    def open(self, url: str) -> "Viewer":
        self.page.goto(url + "/")
        expect(self.page.locator(".pane[data-at]").first).to_be_attached(timeout=PATIENCE)
        expect(self.page.locator("[data-first]")).to_have_count(0)
        return self

    def overlay(self, name: str, pane: int = 0) -> Locator:
        return self.page.locator(".pane").nth(pane).locator(f"[data-overlay={name}]")

    def edges(self, pane: int = 0) -> dict[str, str]:
        names = ("top", "right", "bottom", "left")
        return {name: self.overlay(name, pane).inner_text() for name in names}

    def key(self, *keys: str) -> None:
        self.picture.focus()
        for one in keys:
            self.page.keyboard.press(one)

    def seen(self, pane: int = 0) -> Image.Image:
        """The picture as it is drawn, in grey, without what stands above it."""
        self.page.evaluate(COVER, True)
        shot = self.page.locator("[data-picture]").nth(pane).screenshot(animations="disabled")
        self.page.evaluate(COVER, False)
        return Image.open(io.BytesIO(shot)).convert("L")

    def mark(self, bright: int = WHITE, pane: int = 0) -> tuple[int, int, int, int]:
        """Where the bright marker is: left, top, right, bottom; in pixels of the pane."""
        box = self.brighter(bright, pane)
        assert box, "no marker in sight"
        return box

    def brighter(self, than: int, pane: int = 0) -> tuple[int, int, int, int] | None:
        """What is as bright, if anything is."""
        grey = self.seen(pane)
        # Whichever is chosen has a frame.
        inner = grey.crop((FRAME, FRAME, grey.width - FRAME, grey.height - FRAME))
        found = inner.point(lambda value: 255 if value >= than else 0).getbbox()
        if found is None:
            return None
        left, top, right, bottom = (side + FRAME for side in found)
        return left, top, right, bottom


Open = Callable[..., Viewer]
