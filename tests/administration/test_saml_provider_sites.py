# SPDX-License-Identifier: Apache-2.0
"""A provider that speaks SAML and sends browsers on to sites of its own: forms may lead there."""

from collections.abc import Iterator

import pytest

from tests import cast
from tests.administration.console_kit import form_to, send
from tests.administration.kit import Opened, open_office
from tests.brokered import to
from tests.prosante import leave_for
from tests.providers import APPLICATIONS, KIND, arrive, keep, register
from tests.saml_upstream import LOGIN, metadata
from tests.saml_values import saml_provider
from tests.world import Browser, StandingClock, open_world

SITES = ("https://login.chu.example", "https://mfa.chu.example:8443")
TYPED = {"alias": "chu", "name_fr": "le CHU", "name_en": "the hospital", "levels": ""}


@pytest.fixture
def here(database_url, monkeypatch) -> Iterator[Opened]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    world = open_world(database_url, StandingClock())
    yield open_office(world)
    world.close()


def leads_to(browser: Browser) -> set[str]:
    """Where the forms of the page that is open may lead, beside here."""
    policy = browser.last.headers["Content-Security-Policy"]
    [rule] = [one.split() for one in policy.split(";") if one.split()[0] == "form-action"]
    return set(rule) - {"form-action", "'self'"}


def kept(here: Opened) -> tuple[str, ...]:
    with here.world.core.database.read() as tx:
        return here.world.core.providers.load(tx, "chu").spoken.origins


def test_the_button_leads_to_all_of_them(here):
    keep(here.world, saml_provider(origins=SITES))
    register(here.world.core)
    browser = arrive(here.world)
    to(browser, KIND)
    assert {"https://idp.example", *SITES} <= leads_to(browser)
    assert leave_for(browser, KIND).startswith(LOGIN)


def test_they_are_typed_and_stay_when_its_metadata_is_read_again(here):
    browser = here.enter("administrateur")
    browser.get("/admin/providers/look")
    mark = browser.page.select_one("main input[name=protocol][value=saml]")
    hidden = mark.find_parent("form").select("input[type=hidden]")
    fields = {one["name"]: one.get("value", "") for one in hidden}
    browser.post("/admin/providers/look", fields | {"document": metadata().decode()})
    for wrong in ("https://login.chu.example/path", "nothing"):
        assert send(browser, "/new", **TYPED, origins=wrong) == 422
        assert browser.page.select_one("#origins-error") is not None
    assert send(browser, "/new", **TYPED, origins=SITES[0]) == 200
    assert kept(here) == SITES[:1]
    assert SITES[0] in browser.page.select_one("main").get_text()
    browser.get("/admin/providers/chu/edit")
    assert form_to(browser, "/edit").select_one("#origins").get_text().strip() == SITES[0]
    assert send(browser, "/edit", origins="\n".join(SITES)) == 200
    assert kept(here) == SITES
    # An empty field is none; its metadata, read again, does not speak of them.
    newer = metadata().replace(LOGIN.encode(), b"https://idp.example/other")
    browser.get("/admin/providers/chu/metadata")
    assert send(browser, "/metadata", document=newer.decode()) == 200
    assert send(browser, "/metadata") == 200
    assert kept(here) == SITES
    browser.get("/admin/providers/chu/edit")
    assert send(browser, "/edit", origins="") == 200
    assert kept(here) == ()
