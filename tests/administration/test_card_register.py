# SPDX-License-Identifier: Apache-2.0
"""Cards by their number: within one's perimeter, and nowhere else."""

import pytest

from idp.administration.authority import Denied
from idp.administration.people.card_register import CardSheet
from idp.credentials.cards import Card, Kind, find
from tests.administration.kit import Opened
from tests.codes import give_addresses
from tests.outbox import waiting

CARD = "2600301752"
# Longer than a proof counts as fresh, shorter than a session idles away.
FRESH = 601


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


def ended(office: Opened, who: str) -> int:
    """The card is revoked by somebody, or by its authority; how many letters went out by now."""
    core = office.world.core
    register = office.world.provider.services.office.cards
    with core.database.write() as tx:
        if who:
            assert register.revoke(tx, office.authority(who), CARD) is True
        else:
            assert core.cards.revoke(tx, CARD) == office["medecin"].id
    return len(waiting(office.world, "means-added"))


@pytest.mark.parametrize(
    ("by", "who", "done"),
    [
        ("chu", "chu", True),
        ("chu", "regionale", True),
        ("regionale", "chu", Denied.NOT_ALLOWED),
        ("", "chu", Denied.NOT_ALLOWED),
        ("", "regionale", Denied.NOT_ALLOWED),
    ],
)
def test_wb_016_a_lost_card_does_not_come_back(
    with_card: Opened, by: str, who: str, done: bool | Denied
) -> None:
    give_addresses(with_card.world, "medecin", email="claire.durand@chu.example")
    before = ended(with_card, by)
    register, authority = with_card.world.provider.services.office.cards, with_card.authority(who)
    with with_card.world.core.database.write() as tx:
        sheet = register.find(tx, authority, CARD)
        assert isinstance(sheet, CardSheet)
        assert sheet.may_restore is (done is True)
        assert register.restore(tx, authority, CARD) is done
        again = find(tx, CARD)
        assert again is not None
        assert (again.revoked_at is None) is (done is True)
    # Its owner learns that it opens doors again.
    assert len(waiting(with_card.world, "means-added")) - before == (done is True)


def test_se_006_restoring_a_card_asks_for_a_fresh_proof(with_card: Opened) -> None:
    browser = with_card.enter("chu")
    browser.get(f"/admin/cards/{CARD}/state")
    browser.submit("/state")
    with_card.world.clock.pass_by(FRESH)
    page = browser.get(f"/admin/cards/{CARD}")
    assert page.status_code == 200
    csrf = browser.page.select_one("input[name=csrf]")
    assert csrf is not None
    browser.post(f"/admin/cards/{CARD}/state", {"csrf": csrf["value"], "state": "good"})
    assert not with_card.world.events("card.restored")
    browser.get(f"/admin/cards/{CARD}/state")
    assert "/admin/cards" not in browser.last.request.path
