# SPDX-License-Identifier: Apache-2.0
"""The portal under way, and browsers on it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import PATIENCE, Watch
from tests.browser.portal.desk import Desk, Opener, portal

# What Chromium writes where there is no network.
MEANT = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser that goes while a file is on its way leaves it to the collector."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            unseen = "ignore::pytest.PytestUnraisableExceptionWarning"
            item.add_marker(pytest.mark.filterwarnings(unseen))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with portal(tmp_path) as made:
        yield made


@pytest.fixture
def browser_of(chromium: Browser) -> Iterator[Opener]:
    """`browser_of(**options)`: one person's browser; it complains of nothing."""
    watch, opened = Watch(), list[BrowserContext]()

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(locale="fr-FR", **options)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert [one for one in watch.complaints if not any(each in one for each in MEANT)] == []
