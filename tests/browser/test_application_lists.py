# SPDX-License-Identifier: Apache-2.0
"""Lists of an application's form: rows added and taken out, by hand, by keyboard, on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from idp.cli.place import installation
from tests.browser.clerks import enter
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine
from tests.saml_kit import pem, saml_application

EDIT = "/admin/applications/lists/edit"
SHEET = "/admin/applications/lists"
Shots = Callable[[Page, str], None]


def opened(somebody: Visit, page: str = EDIT) -> Page:
    """The form of an application that has something in each list."""
    saml = {
        "slo": [{"url": "https://lists.example/slo", "binding": "redirect"}],
        "attributes": [{"source": "email"}, {"source": "national_id", "name": "rpps"}],
        "signing_certificates": [pem("saml application")],
    }
    document = saml_application("lists", saml=saml)
    with installation(somebody.site.settings) as place, place.core.database.write() as tx:
        place.core.applications.register(tx, document)
    enter(somebody, page)
    return somebody.page


def field(page: Page, name: str) -> Locator:
    """One by the place that it has in the registration."""
    return page.locator(f"[id='{name}']")


def rows(page: Page, name: str) -> Locator:
    return field(page, name).locator("[data-row]:visible")


def add(page: Page, name: str) -> Locator:
    return field(page, name).locator("[data-row-add]")


def test_rows_come_and_go_at_once_and_the_hand_follows(visit: Callable[..., Visit]) -> None:
    somebody = visit(locale="en")
    page = opened(somebody)
    expect(rows(page, "saml.acs")).to_have_count(2)
    add(page, "saml.acs").press("Enter")
    third = rows(page, "saml.acs").nth(2)
    expect(third.get_by_label("Address", exact=True)).to_be_focused()
    page.keyboard.type("https://lists.example/third")
    third.get_by_role("radio").check()
    rows(page, "saml.acs").nth(0).get_by_role("button").press("Enter")
    expect(rows(page, "saml.acs")).to_have_count(2)
    # The next one is called by its new place, and the hand is on its button.
    button = page.get_by_role("button", name="Remove Address 1", exact=True)
    expect(button).to_be_focused()
    expect(field(page, "saml.acs").get_by_role("status")).to_contain_text("Address 1")
    # Nobody was asked: what is stored changes by Save alone, here by Enter in a field.
    assert page.url.endswith("/edit")
    field(page, "name").press("Enter")
    page.wait_for_url("**/applications/lists?done=saved")
    main = page.locator("main")
    expect(main).to_contain_text("https://lists.example/third")
    expect(main.get_by_text("https://lists.example/acs", exact=True)).to_have_count(0)
    page.goto(f"{page.url.partition('?')[0]}/edit")
    expect(rows(page, "saml.acs").nth(1).get_by_role("radio")).to_be_checked()


def test_a_detail_says_its_usual_name(visit: Callable[..., Visit]) -> None:
    page = opened(visit(locale="en"))
    add(page, "saml.attributes").click()
    row = rows(page, "saml.attributes").nth(2)
    row.get_by_label("What of the person").select_option("last_name")
    expect(row.get_by_label("Name that the application reads")).to_have_attribute(
        "placeholder", "urn:oid:2.5.4.4"
    )


def test_a_certificate_is_taken_out_and_another_pasted_in(visit: Callable[..., Visit]) -> None:
    page = opened(visit(locale="en"))
    name = "saml.signing_certificates"
    expect(rows(page, name)).to_contain_text("saml application")
    rows(page, name).get_by_role("button").click()
    expect(rows(page, name)).to_have_count(0)
    expect(add(page, name)).to_be_focused()
    add(page, name).click()
    rows(page, name).get_by_role("textbox").fill("no certificate")
    field(page, "name").fill("Typed")
    page.get_by_role("button", name="Save").click()
    expect(rows(page, name).get_by_role("textbox")).to_have_value("no certificate")
    expect(rows(page, name).locator(".field-error")).to_be_visible()
    expect(field(page, "name")).to_have_value("Typed")
    rows(page, name).get_by_role("textbox").fill(pem("sp encryption"))
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/applications/lists?done=saved")
    expect(page.locator("main")).to_contain_text("sp encryption")


def test_without_a_script_a_button_brings_a_row(visit: Callable[..., Visit]) -> None:
    page = opened(visit(locale="en", javascript=False))
    # Two more stand there for whoever needs no button.
    expect(rows(page, "saml.acs")).to_have_count(4)
    field(page, "name").fill("Typed")
    add(page, "saml.acs").click()
    expect(field(page, "saml.acs.2.url")).to_be_focused()
    expect(field(page, "name")).to_have_value("Typed")
    rows(page, "saml.acs").nth(0).get_by_role("button").click()
    expect(field(page, "saml.acs")).to_be_focused()
    expect(field(page, "saml.acs.0.url")).to_have_value("https://lists.example/acs2?of=two")


LOOKS: dict[str, dict[str, Any]] = {
    "desk": {"width": 1280},
    "dark": {"width": 1280, "dark": True},
    "narrow": {"width": 900},
    "phone": {"width": 320, "height": 640},
    "phone-dark": {"width": 390, "height": 800, "dark": True},
    "phone-plain": {"width": 320, "height": 640, "javascript": False},
}


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_accessible_and_fits(visit: Callable[..., Visit], look: str, shots: Shots) -> None:
    somebody = visit(**LOOKS[look])
    page = opened(somebody)
    faults = looked_at(somebody, shots, f"lists-{look}")
    if LOOKS[look].get("javascript", True):
        add(page, "saml.acs").click()
        add(page, "saml.encryption_certificates").click()
    field(page, "saml.acs.1.url").fill("http://lists.example/acs")
    field(page, "saml.attributes.0.name").fill("roles")
    field(page, "saml.acs.0.index").fill("x")
    page.locator(".form-actions button").click()
    expect(page.locator(".field-error").first).to_be_visible()
    faults += looked_at(somebody, shots, f"lists-{look}-wrong")
    somebody.open(SHEET)
    faults += looked_at(somebody, shots, f"lists-{look}-sheet")
    assert not faults, "\n".join(faults)


def looked_at(somebody: Visit, shots: Shots, name: str) -> list[str]:
    """What axe finds, and whether it is wider than its window."""
    page = somebody.page
    shots(page, name)
    found = [f"{name}: wider by {beyond} px"] if (beyond := somebody.sideways()) else []
    if "plain" in name:
        # Where no script runs nothing examines: what it shows is the same.
        return found
    page.evaluate(UNDRESS)
    return found + examine(page, name)
