# SPDX-License-Identifier: Apache-2.0
"""Cards under authorities of their own, on the desk of a demo in this process."""

import shutil

import pytest

from idp.demo.folder import Folder
from idp.demo.wallet import Wallet
from tests.world import START, Browser, World

ADDRESS = "http://localhost:8008"


@pytest.fixture(scope="session")
def made_cards(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Authorities and cards; never changed."""
    folder = Folder(tmp_path_factory.mktemp("cards"))
    wallet = Wallet(folder, ADDRESS)
    wallet.reader.furnish()
    wallet.make(START)
    return folder


@pytest.fixture
def wallet(made_cards: Folder, demo_folder: Folder) -> Wallet:
    """The same, in the demo of this test."""
    shutil.copytree(made_cards.reader, demo_folder.reader)
    shutil.copytree(made_cards.pki, demo_folder.pki)
    return Wallet(demo_folder, ADDRESS)


@pytest.fixture
def hand(wallet: Wallet, demo_world: World) -> Browser:
    """Somebody at the desk."""
    browser = demo_world.browser()
    browser.get("/desk")
    return browser


def press(browser: Browser, action: str, **fields: str) -> None:
    """A button of the desk."""
    browser.get("/desk")
    url, kept = browser.form(action)
    browser.post(url, kept | fields)
