# SPDX-License-Identifier: Apache-2.0
"""The demo's Messagerie asks in which activity somebody comes, and shows what it is told of it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.cards_desk import CardDesk, Opener, ask_card
from tests.browser.conftest import visiting
from tests.browser.mail_room import choose_if_asked, is_fine, with_calculette
from tests.browser.pages import Visit
from tests.browser.test_card_story import pin_of
from tests.demo.opened import Demo, demo

CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
SUBJECT = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
PROFESSIONS = "(TRE_G15-ProfessionSante, 1.2.250.1.71.1.2.7)"
KNOWLEDGE = "(TRE_R01-EnsembleSavoirFaire-CISIS, 1.2.250.1.71.4.2.5)"
# What the demo's doctor is told of in her practice, name by name, as the CI-SIS spells it.
IN_HER_PRACTICE = {
    "NameID": ["899700000013"],
    "AuthnContextClassRef": [f"{CLASS}SmartcardPKI"],
    "VIHF_Version": ["3.0"],
    "Identifiant_Structure": ["499700000013008"],
    "Secteur_Activite": ["SA07^1.2.250.1.71.4.2.4"],
    SUBJECT: ["DURAND Claire CABINET DU DOCTEUR DURAND"],
    ROLE: [f"10 · Médecin {PROFESSIONS}", f"SM36 · Oncologie option médicale (SM) {KNOWLEDGE}"],
    "Authentification_Mode": ["INDIRECTE"],
    "Ressource_URN": ["urn:dmp"],
    PURPOSE: ["normal · Accès normal (mode acces VIHF 2.0, 1.2.250.1.213.1.1.4.248)"],
    "LPS_Nom": ["Messagerie"],
    "LPS_Version": ["1.0"],
    "LPS_ID_HOMOLOGATION_DMP": ["DEMONSTRATION"],
}
AT_THE_HOSPITAL = {
    "Identifiant_Structure": ["10B0057881"],
    "Secteur_Activite": ["SA01^1.2.250.1.71.4.2.4"],
    SUBJECT: ["DURAND Claire CHU de démonstration"],
}
DETAILS = "/connection"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, as one command starts it."""
    with demo(tmp_path_factory.mktemp("vihf") / "data") as made:
        yield made


@pytest.fixture
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on it."""
    with visiting(chromium, opened.site) as open_browser:
        yield open_browser


@pytest.fixture
def desk(visit: Opener) -> CardDesk:
    """The desk, and no card in its reader."""
    made = CardDesk(visit())
    if not made.page.locator("[data-reader='']").count():
        made.take_out()
    return made


def with_card(somebody: Visit, desk: CardDesk, opened: Demo, who: str) -> None:
    """To the details of the connection, by the card."""
    desk.insert(who)
    somebody.open_example("messagerie", DETAILS)
    ask_card(somebody)
    desk.type_pin(pin_of(opened, who))


def anew(somebody: Visit) -> None:
    """The application asks who is there once more."""
    somebody.open_example("messagerie", f"/login?next={DETAILS}")


def told(somebody: Visit) -> dict[str, list[str]]:
    """What the page shows, name by name; but for what is another each time."""
    somebody.expect_application("messagerie")
    assert somebody.path == DETAILS
    rows = somebody.page.locator("[data-vihf]")
    expect(rows.first).to_be_visible()
    shown: dict[str, list[str]] = rows.evaluate_all(
        "rows => Object.fromEntries(rows.map(row => [row.dataset.vihf,"
        " [...row.querySelectorAll('.claim-value')].map(value => value.textContent)]))"
    )
    assert shown.pop("Issuer")[0].startswith("CN=")
    assert shown.pop("NotOnOrAfter")
    return shown


def test_a_doctor_chooses_once_and_the_vihf_follows(
    visit: Opener, desk: CardDesk, opened: Demo, shots: Callable[[Page, str], None]
) -> None:
    somebody = visit()
    with_card(somebody, desk, opened, "medecin")
    ways = somebody.page.locator("#activities button")
    expect(ways).to_have_count(2)
    expect(ways.last).to_contain_text("CABINET DU DOCTEUR DURAND")
    is_fine(somebody.page)
    shots(somebody.page, "messagerie-activity")
    ways.last.click()
    assert told(somebody) == IN_HER_PRACTICE
    is_fine(somebody.page)
    shots(somebody.page, "messagerie-vihf")
    # Logged out, and in by another means: nobody asks anew, and the VIHF says by what.
    somebody.log_out_of("messagerie")
    desk.take_out()
    somebody.open_example("messagerie", DETAILS)
    with_calculette(somebody, desk, opened)
    assert told(somebody) == IN_HER_PRACTICE | {"AuthnContextClassRef": [f"{CLASS}Smartcard"]}
    somebody.open("/account/applications")
    somebody.follow(somebody.main.locator("#used form[action$='/activity'] button"))
    anew(somebody)
    expect(ways).to_have_count(2)
    ways.first.click()
    by_calculette = {"AuthnContextClassRef": [f"{CLASS}Smartcard"]}
    assert told(somebody) == IN_HER_PRACTICE | AT_THE_HOSPITAL | by_calculette


def test_a_nurse_with_one_activity_is_asked_nothing(
    visit: Opener, desk: CardDesk, opened: Demo, shots: Callable[[Page, str], None]
) -> None:
    somebody = visit(width=390, dark=True)
    with_card(somebody, desk, opened, "infirmiere")
    assert told(somebody) == IN_HER_PRACTICE | {
        "NameID": ["899700000021"],
        "Identifiant_Structure": ["10B0062154"],
        "Secteur_Activite": ["SA04^1.2.250.1.71.4.2.4"],
        SUBJECT: [
            "DE LA ROCHEFOUCAULD-VILLENEUVE Marie-Françoise Clinique de démonstration",
        ],
        ROLE: [f"60 · Infirmier {PROFESSIONS}"],
    }
    is_fine(somebody.page)
    shots(somebody.page, "messagerie-vihf-small")


def test_other_applications_are_told_of_no_activity(
    visit: Opener, desk: CardDesk, opened: Demo
) -> None:
    somebody = visit()
    with_card(somebody, desk, opened, "medecin")
    choose_if_asked(somebody)
    somebody.expect_application("messagerie")
    somebody.open_example("dcc", DETAILS)
    somebody.expect_application("dcc")
    expect(somebody.page.locator("#vihf")).to_have_count(0)
