# SPDX-License-Identifier: Apache-2.0
"""The viewer over an exam of a thorax, and who looks at it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.viewer.exams import radiograph, scan
from tests.browser.viewer.look import PATIENCE, Open, Viewer
from tests.browser.viewer.site import Site, serving

# Chromium's own word for an answer that is no 2xx; these are meant.
REFUSED = "Failed to load resource: the server responded with a status of"


@pytest.fixture
def thorax() -> Iterator[Site]:
    with serving(scan(), radiograph(), radiograph(3, letters=None)) as site:
        yield site


@pytest.fixture
def visit(chromium: Browser, thorax: Site) -> Iterator[Open]:
    """Opens the viewer on a site; whatever the page complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_viewer(
        site: Site, width: int = 1280, height: int = 800, script: str = "", **more
    ) -> Viewer:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(script)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        return Viewer(page, complaints).open(site.url)

    yield open_viewer
    for context in contexts:
        context.close()
    assert [one for one in complaints if not one.startswith(REFUSED)] == []
