# SPDX-License-Identifier: Apache-2.0
"""Cards by their number: within one's perimeter, and nowhere else."""

import pytest

from idp.administration.authority import Denied
from idp.credentials.cards import Card, Kind
from tests.administration.kit import Opened

CARD = "2600301752"


@pytest.fixture
def with_card(office: Opened) -> Opened:
    """The doctor of the CHU has a card."""
    core = office.world.core
    card = Card(CARD, office["medecin"].id, Kind.CPS, core.clock.now() + 86_400)
    with core.database.write() as tx:
        core.cards.add(tx, card)
    return office


def test_a_card_is_found_revoked_and_restored(with_card: Opened) -> None:
    browser = with_card.enter("chu")
    browser.get(f"/admin/cards?serial={CARD}")
    assert browser.last.request.path == f"/admin/cards/{CARD}"
    assert with_card["medecin"].person.last_name in browser.page.get_text()
    browser.get(f"/admin/cards/{CARD}/state")
    browser.submit("/state")
    assert browser.page.select_one(".pill-bad")
    [event] = with_card.world.events("card.revoked")
    assert with_card["chu"].id in event.detail
    browser.get(f"/admin/cards/{CARD}/state")
    browser.submit("/state")
    assert browser.page.select_one(".pill-good")


def test_wb_015_a_card_of_others_is_as_unknown_as_none(with_card: Opened) -> None:
    browser = with_card.enter("clinique")
    missing = browser.get("/admin/cards/0000000000")
    assert missing.status_code == 404
    for page in (f"/admin/cards/{CARD}", f"/admin/cards/{CARD}/state"):
        there = browser.get(page)
        assert there.status_code == 404
        assert len(there.get_data()) == len(browser.get(page.replace(CARD, "0" * 10)).get_data())
    browser.get(f"/admin/cards?serial={CARD}")
    assert browser.page.select(".notice-warning")
    register = with_card.world.provider.services.office.cards
    with with_card.world.core.database.write() as tx:
        for verb in (register.find, register.revoke, register.restore):
            assert verb(tx, with_card.authority("clinique"), CARD) is Denied.NOT_FOUND
            if verb != register.find:
                assert verb(tx, with_card.authority("assistance"), CARD) is Denied.NOT_ALLOWED
        assert register.deliveries(tx, with_card.authority("chu")) is Denied.NOT_ALLOWED
        assert register.deliveries(tx, with_card.authority("assistance")) == ()
    assert not with_card.world.events("card.revoked")
