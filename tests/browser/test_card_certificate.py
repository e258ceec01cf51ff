# SPDX-License-Identifier: Apache-2.0
"""A card whose certificate the browser itself shows: the whole way, and the pages on it."""

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from playwright.sync_api import Browser, expect

from idp.demo.pki import Pki
from idp.demo.pki_authority import Issued
from idp.opening import open_core
from idp.trust.authorities import NotAdded
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.standin import standing_in
from tests.browser.test_every_page import UNDRESS, examine
from tests.card_kit import host_paper
from tests.card_process import wait_for
from tests.cast import application
from tests.pki import card, key, new_pki, period
from tests.ports import free_port
from tests.servers import Site, running_site


@dataclass
class Door:
    """A provider with an address for cards, and cards to show there."""

    site: Site
    address: str
    folder: Path
    pki: Pki

    def shown(self, issued: Issued) -> dict[str, Any]:
        """A browser with this card in its reader."""
        serial = f"{issued.certificate.serial_number:x}"
        paths = {
            "certPath": self.folder / f"{serial}.crt",
            "keyPath": self.folder / f"{serial}.key",
        }
        paths["certPath"].write_bytes(issued.certificate.public_bytes(Encoding.PEM))
        paths["keyPath"].write_bytes(
            issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return {"client_certificates": [{"origin": self.address, **paths}]}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The provider, and the server of the card's address beside it."""
    folder = tmp_path_factory.mktemp("card")
    file = host_paper().file(folder, "host")
    port, pki = free_port(), new_pki(int(time.time()))
    address = f"https://localhost:{port}"
    policy = {"means": ["cps"], "level": 3, "card_accounts": "create", "card_presence": "off"}
    documents = [application("carded", site="{standin}/carded", policy=policy)]
    with running_site(
        folder,
        f"sqlite:///{folder / 'sceau.sqlite3'}",
        neighbours=["standin"],
        documents=documents,
        CARDS_ADDRESS=address,
        CARDS_PORT=str(port),
        CARDS_TLS_CERTIFICATE=str(file),
        CARDS_TLS_KEY=str(file),
        CARDS_AGENTS="",
        # Nobody serves lists here: what a revoked card is told is a test of its own.
        CARDS_REVOCATION="accept",
    ) as site:
        trust(site, pki)
        context = ssl.create_default_context(cafile=str(file))
        wait_for(site.processes[0], port, context, f"localhost:{port}")
        with standing_in(site.ports["standin"]):
            yield Door(site, address, folder, pki)


def trust(site: Site, pki: Pki) -> None:
    """Believe these authorities from now on."""
    with site.database() as database:
        core, _secrets = open_core(site.settings, database)
        with database.write() as tx:
            for one in (*pki.roots, *pki.people):
                der = one.certificate.public_bytes(Encoding.DER)
                added = core.trust.authorities.add(tx, der, "cps")
                assert not isinstance(added, NotAdded), added
        core.passwords.close()


@pytest.fixture
def browse(chromium: Browser, door: Door) -> Iterator[Callable[..., Visit]]:
    """Opens a fresh browser, maybe with a card."""
    with visiting(chromium, door.site) as open_browser:

        def opened(issued: Issued | None = None) -> Visit:
            more = door.shown(issued) if issued else {}
            return open_browser(ignore_https_errors=True, **more)

        yield opened
    door.site.show_news()


def ask(visit: Visit) -> None:
    """Go to an application, and on to the card's address."""
    there = f"{visit.site.url('standin')}/carded/cb"
    visit.ask("carded", redirect_uri=there)
    french = visit.page.get_by_role("button", name="certificat de ma carte")
    visit.follow(french.or_(visit.page.get_by_role("button", name="certificate of my card")))


def test_a_card_opens_the_application(door, browse):
    now = int(time.time())
    visit = browse(door.pki.issue(card(), period(now), key=key("card")))
    ask(visit)
    visit.page.wait_for_url("**/carded/cb?*")
    assert "code=" in visit.page.url
    # The card is of nobody known here: an account was made for its national identifier.
    visit.open("/account")
    expect(visit.page.get_by_text("Claire Durand").first).to_be_visible()


def test_without_a_card_a_page_says_so_and_leads_back(door, browse):
    visit = browse()
    ask(visit)
    visit.expect_problem("card-missing")
    assert visit.page.url.startswith(door.address)
    expect(visit.main.locator("a[href^='tel:']")).to_be_visible()
    visit.page.evaluate(UNDRESS)
    faults = examine(visit.page, "light")
    visit.page.emulate_media(color_scheme="dark")
    faults += examine(visit.page, "dark")
    visit.page.set_viewport_size({"width": 320, "height": 480})
    assert visit.sideways() == 0
    assert faults == [], "\n".join(faults)
    links = visit.main.locator(".actions a")
    expect(links).to_have_count(2)
    visit.follow(links.first)
    visit.expect_problem("card-missing")
    links.last.click()
    visit.page.wait_for_url(f"{door.site.issuer}/login/*")


def test_an_expired_card_is_told_on_the_page_of_the_journey(door, browse):
    now = int(time.time())
    visit = browse(door.pki.issue(card(), period(now, days=-1, since=400), key=key("card")))
    ask(visit)
    visit.page.wait_for_url(f"{door.site.issuer}/login/*/card/*")
    expect(visit.page.locator("#form-error")).to_be_visible()


def test_an_old_address_of_a_card_leads_back_to_the_login(door, browse):
    visit = browse()
    ask(visit)
    visit.expect_problem("card-missing")
    address = visit.page.url
    with door.site.database() as database, database.write() as tx:
        tx.exec_driver_sql("UPDATE card_handovers SET expires_at = 1")
    visit.page.goto(address)
    visit.expect_problem("card-step-over")
    visit.main.locator(".actions a").click()
    visit.page.wait_for_url(f"{door.site.issuer}/login/*")
