# SPDX-License-Identifier: Apache-2.0
"""The consent desk and imports in Chromium: a form, a letter, a file; axe on each page."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from werkzeug.serving import make_server

from connectors.base import Level
from idp.db import table_of
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, dump_proofs
from tests.administration.kit import Opened, open_office
from tests.browser.pages import follow
from tests.browser.test_every_page import RULES
from tests.cast import PASSWORD
from tests.ports import free_port
from tests.world import open_world

PEOPLE = """Nom;Prénom;Adresse e-mail;Profession
Lœuvre;Zoé;zoe@chu.example;Médecin
O'Hara;Kim;kim@chu.example;Infirmière
Roy;Ana;nowhere;
"""


@pytest.fixture
def served(sqlite_url: str) -> Iterator[Opened]:
    """An office behind a real address."""
    port = free_port()
    world = open_world(sqlite_url, SERVER_ISSUER=f"http://localhost:{port}")
    world.issuer = f"http://localhost:{port}"
    server = make_server("127.0.0.1", port, world.provider.web, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield open_office(world)
    server.shutdown()
    thread.join()
    server.server_close()
    world.provider.close()


@pytest.fixture
def desk(served: Opened, chromium: Browser) -> Iterator[Page]:
    """A page of somebody who collects consents."""
    world, core = served.world, served.world.core
    browser = world.browser()
    browser.get("/login")
    identifier = served.people["chu"].person.identifier
    browser.submit("/password", identifier=identifier, password=PASSWORD)
    cookie = browser.client.get_cookie("sceau_session", domain="localhost")
    assert cookie is not None
    with core.database.write() as tx:
        session = core.sessions.find(tx, cookie.value)
        assert session is not None
        proof = Proof("totp", Level.TWO_FACTORS, ("pwd", "otp"), core.clock.now(), "journey")
        proofs = dump_proofs((*session.proofs, proof))
        sessions = table_of(SessionRow)
        tx.execute(update(sessions).where(sessions.c.id == session.id).values(proofs=proofs))
    context = chromium.new_context(locale="en-GB", reduced_motion="reduce", accept_downloads=True)
    context.add_cookies([{"name": "sceau_session", "value": cookie.value, "url": world.issuer}])
    yield context.new_page()
    context.close()


def examine(page: Page, shots: Callable[[Page, str], None], name: str) -> None:
    """What axe refuses, in both themes, and whether it fits a telephone."""
    shots(page, name)
    faults = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found = Axe().run(page, options=RULES).response["violations"]
        faults += [f"{theme} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 780})
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        faults.append(f"sideways by {wide}")
    shots(page, f"{name}_phone")
    page.set_viewport_size({"width": 1280, "height": 860})
    assert not faults, name


def press(desk: Page, name: str) -> None:
    """The button of this name, and the page that answers it."""
    follow(desk, desk.get_by_role("button", name=name))


def test_a_patient_is_enrolled_and_gets_a_letter(
    served: Opened, desk: Page, shots: Callable[[Page, str], None], tmp_path: Path
) -> None:
    desk.goto(served.world.issuer + "/admin/patients/new")
    desk.locator("#last_name").fill("Lœuvre")
    press(desk, "Open the account")
    expect(desk.locator("#first_name-error")).to_be_visible()
    examine(desk, shots, "patients_new")
    desk.locator("#first_name").fill("Zoé")
    desk.locator("#birth_date").fill("29/02/1984")
    desk.locator("#email").fill("zoe@courriel.example")
    desk.locator("#email_again").fill("zoe@courriel.example")
    desk.locator("#consent").check()
    press(desk, "Open the account")
    with desk.expect_download() as waiting:
        desk.get_by_role("button", name="Print the letter").click()
    waiting.value.save_as(tmp_path / "letter.pdf")
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF")
    desk.reload()
    examine(desk, shots, "patient")
    press(desk, "Handed over")
    expect(desk.get_by_role("status")).to_be_visible()
    desk.goto(served.world.issuer + "/admin/patients")
    examine(desk, shots, "patients")
    desk.goto(served.world.issuer + "/admin/patients/known")
    examine(desk, shots, "patients_known")


def test_a_file_is_brought_and_carried_out(
    served: Opened, desk: Page, shots: Callable[[Page, str], None], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    desk.goto(served.world.issuer + "/admin/imports")
    desk.locator("#kind").select_option("accounts:professional")
    desk.locator("#file").set_input_files(file)
    examine(desk, shots, "imports")
    press(desk, "Read the file")
    examine(desk, shots, "import_columns")
    press(desk, "Try it out")
    examine(desk, shots, "import_planned")
    press(desk, "Carry it out")
    expect(desk.get_by_role("link", name="Take it back")).to_be_visible()
    examine(desk, shots, "import_done")
