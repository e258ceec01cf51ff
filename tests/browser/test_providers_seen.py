# SPDX-License-Identifier: Apache-2.0
"""Providers in Chromium: offered while an address is typed, with a picture, tried; axe on each."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from connectors.base import Level, Redirect, Verified, VerifiedIdentity
from connectors.capabilities import Introduction, Peer
from connectors.recounted import recounted
from connectors.upstream_oidc.connector import OidcConnector
from idp.db import table_of
from idp.providers import logos
from idp.providers.links import Link
from idp.sessions.models import SessionRow
from idp.sessions.values import dump_proofs
from tests.administration.kit import Opened
from tests.administration.scene_parts import PROVIDER
from tests.browser.pages import follow
from tests.browser.test_patient_desk import examine, served  # noqa: F401
from tests.cast import APPLICATIONS, PASSWORD, application
from tests.provider_values import changed
from tests.world import World

CHU = replace(
    PROVIDER,
    name_fr="le CHU de Nancy",
    name_en="CHU Nancy",
    domains=("chu-nancy.example",),
    levels={"eidas2": 3},
)
CLINIC = changed(
    CHU,
    alias="clinique",
    name_fr="Clinique Saint-Vincent-de-Paul-et-des-Deux-Rives",
    name_en="Saint Vincent",
    issuer="https://login.clinique.example",
    description="https://login.clinique.example/d",
    domains=("clinique.example",),
)
IMAGING = application(
    "imagerie", policy={"means": ["password", CHU.kind, CLINIC.kind, "passkey"], "level": 1}
)
TOLD = {
    "sub": "a1b2c3",
    "given_name": "Camille",
    "family_name": "Durand",
    "preferred_username": "c.durand@chu-nancy.example",
    "SubjectNameID": "810001234567",
    "groups": ["service:cardiologie", "role:praticien"],
    "address": {"locality": "Nancy", "postal_code": "54000"},
    "acr": "eidas2",
}


def picture() -> bytes:
    """A logo as a hospital would send it: dark on nothing."""
    made = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    pen = ImageDraw.Draw(made)
    pen.rounded_rectangle((16, 16, 144, 144), 30, fill=(12, 60, 120, 255))
    pen.rectangle((70, 42, 90, 118), fill=(255, 255, 255, 255))
    pen.rectangle((42, 70, 118, 90), fill=(255, 255, 255, 255))
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def here(served: Opened, monkeypatch: pytest.MonkeyPatch) -> Opened:  # noqa: F811
    core = served.world.core
    monkeypatch.setitem(APPLICATIONS, "imagerie", IMAGING)
    with core.database.write() as tx:
        for one in (CHU, CLINIC):
            assert core.providers.add(tx, one)
        logos.put(tx, CHU.alias, picture())
        core.applications.register(tx, IMAGING)
        doctor = served["medecin"].id
        made = Link(CHU.alias, CHU.issuer, "a1b2c3", doctor, 2, "c.durand@chu", 0, None)
        assert core.provider_links.make(tx, made)
    served.world.provider.services.added.look_again()
    return served


def come(here: Opened, chromium: Browser, **changes: str) -> Page:
    """The login page of an application that takes both, in a new browser."""
    page = chromium.new_context(locale="fr-FR", reduced_motion="reduce").new_page()
    page.goto(here.world.issuer + here.world.client("imagerie").authorize_url(**changes))
    return page


def test_it_is_offered_as_soon_as_the_address_is_typed(
    here: Opened, chromium: Browser, shots: Callable[[Page, str], None]
) -> None:
    page = come(here, chromium)
    hidden = page.locator("[data-domains='chu-nancy.example']")
    expect(hidden).to_be_hidden()
    page.locator("#identifier").fill("c.durand@chu-nancy.exampl")
    expect(hidden).to_be_hidden()
    page.locator("#identifier").press_sequentially("e")
    expect(hidden).to_be_visible()
    expect(page.locator("[data-domains='clinique.example']")).to_be_hidden()
    examine(page, shots, "offer_typed")
    page.locator("#identifier").fill("x@clinique.example")
    expect(hidden).to_be_hidden()
    examine(page, shots, "offer_typed_long")
    page.locator("#identifier").fill("cdurand")
    expect(page.locator("[data-domains='clinique.example']")).to_be_hidden()
    page.context.close()


def test_without_a_script_it_comes_with_the_answer(
    here: Opened, chromium: Browser, shots: Callable[[Page, str], None]
) -> None:
    page = come(here, chromium)
    page.locator("#identifier").fill("nobody@chu-nancy.example")
    page.locator("#password").fill("tout autre chose")
    follow(page, page.locator("form[action$='/password'] button[type=submit]").last)
    expect(page.locator("form[data-offer]")).to_be_visible()
    assert (
        page.locator("form[data-offer]").bounding_box()["y"]
        < page.locator("#identifier").bounding_box()["y"]
    )
    examine(page, shots, "offer_answered")
    page.context.close()


def test_a_hint_offers_it_first(
    here: Opened, chromium: Browser, shots: Callable[[Page, str], None]
) -> None:
    page = come(here, chromium, login_hint="c.durand@clinique.example")
    expect(page.locator(f"form[data-offer='{CLINIC.kind}']")).to_be_visible()
    examine(page, shots, "offer_hinted")
    page.context.close()


def administrator(here: Opened, chromium: Browser) -> Page:
    """A super-administrator, freshly proved."""
    world: World = here.world
    browser = world.browser()
    browser.get("/login")
    identifier = here.people["administrateur"].person.identifier
    browser.submit("/password", identifier=identifier, password=PASSWORD)
    cookie = browser.client.get_cookie("sceau_session", domain="localhost")
    assert cookie is not None
    core = world.core
    with core.database.write() as tx:
        session = core.sessions.find(tx, cookie.value)
        assert session is not None
        proof = replace(
            session.proofs[0], means="totp", level=Level.TWO_FACTORS, methods=("pwd", "otp")
        )
        sessions = table_of(SessionRow)
        proofs = dump_proofs((*session.proofs, proof))
        tx.execute(update(sessions).where(sessions.c.id == session.id).values(proofs=proofs))
    context = chromium.new_context(locale="fr-FR", reduced_motion="reduce")
    context.add_cookies([{"name": "sceau_session", "value": cookie.value, "url": world.issuer}])
    return context.new_page()


def test_an_administrator_tries_it(
    here: Opened,
    chromium: Browser,
    shots: Callable[[Page, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = f"{here.world.issuer}/admin/providers/{CHU.alias}"

    def answered(_self: Any, attempt: Any, evidence: Any) -> Any:
        state = f"{attempt.id}.x"
        if not evidence.query:
            back = f"{here.world.issuer}/upstream/idp/{CHU.alias}"
            return Redirect(f"{back}?state={state}&code=x", {"state": state})
        peer = Peer(CHU.alias, 1, CHU.issuer, "a1b2c3", "c.durand@chu-nancy.example")
        who = Introduction("810001234567", "provider", "Camille", "Durand", peer=peer)
        claims = {"introduction": who, **recounted(TOLD, "eidas2")}
        return Verified(VerifiedIdentity("a1b2c3", claims), level=Level.CARD)

    monkeypatch.setattr(OidcConnector, "resume", answered)
    page = administrator(here, chromium)
    page.goto(base)
    examine(page, shots, "provider")
    page.goto(f"{base}/edit")
    examine(page, shots, "provider_form")
    page.goto(f"{base}/try")
    examine(page, shots, "provider_try")
    follow(page, page.locator("main form button[type=submit]").last)
    expect(page.locator("#trial[data-came=yes]")).to_be_visible()
    assert page.url.partition("?")[0] == f"{base}/tried"
    examine(page, shots, "provider_tried")
    page.goto(f"{here.world.issuer}/admin/accounts/{here['medecin'].id}")
    expect(page.locator(f"a[href$='/unlink?of={CHU.alias}']")).to_be_visible()
    shots(page, "account_linked")
    follow(page, page.locator("a[href*='/unlink']"))
    examine(page, shots, "account_unlink")
    page.context.close()
