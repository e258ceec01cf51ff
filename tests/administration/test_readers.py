# SPDX-License-Identifier: Apache-2.0
"""Calculettes and cards given at the console: by whom, to whom, and what is kept of it."""

from io import BytesIO
from typing import Any

import pytest

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.readers import FURTHEST, Brought, Faulty, ReaderFile
from idp.credentials.calculettes import Added, Batch, NewCalculette, Standing
from idp.credentials.cards import Card, Kind, find
from idp.web.admin import calculettes
from tests.administration.console_kit import csrf, send
from tests.administration.kit import Opened
from tests.outbox import waiting
from tests.pskc import CARD, SECRET, SUITE, container, package, plain

OTHER = "2600301753"
FRESH = 601
IMPORT = "/admin/cards/calculettes/import"


@pytest.fixture
def with_card(sqlite_office: Opened) -> Opened:
    """The doctor of the CHU has a card, the nurse of the clinic another."""
    return with_cards(sqlite_office)


def with_cards(office: Opened) -> Opened:
    """The same, on either database."""
    core = office.world.core
    with core.database.write() as tx:
        for serial, who in ((CARD, "medecin"), (OTHER, "infirmiere")):
            later = core.clock.now() + 86_400
            core.cards.add(tx, Card(serial, office[who].id, Kind.CPS, later))
    return office


def give(office: Opened, card: str = CARD) -> None:
    """The card has a reader."""
    core = office.world.core
    with core.database.write() as tx:
        new = NewCalculette(card, Batch("Delivered", "ocra", SUITE), SECRET)
        assert core.calculettes.add(tx, new) is Added.ADDED


def reader_of(office: Opened, card: str = CARD) -> Any:
    with office.world.core.database.read() as tx:
        return office.world.core.calculettes.find(tx, card)


def bring(office: Opened, who: str, *packages: str, only_look: bool = False) -> Any:
    readers = office.world.provider.services.office.readers
    file = ReaderFile(container(*packages), "Spring")
    return readers.bring_in(office.authority(who), file, only_look=only_look)


def test_a_file_is_looked_at_then_brought_in(office: Opened) -> None:
    with_card = with_cards(office)
    two = (package(plain()), package(plain(), serial=OTHER))
    assert bring(with_card, "regionale", *two, only_look=True) == Brought(2, 0)
    assert reader_of(with_card) is None
    assert bring(with_card, "regionale", *two) == Brought(2, 0)
    assert reader_of(with_card).batch.name == "Spring"
    assert bring(with_card, "regionale", *two) == Brought(0, 2)
    events = with_card.world.events("calculette.added")
    assert len(events) == 2
    assert all(with_card["regionale"].id in one.detail for one in events)
    told = [one for one in waiting(with_card.world) if one.purpose == "means-added"]
    assert len(told) == 2


def test_with_one_fault_nothing_is_written(with_card: Opened) -> None:
    found = bring(with_card, "regionale", package(plain()), package(plain(), serial="9999999999"))
    assert isinstance(found, Faulty)
    assert "9999999999" in found.faults[0]
    assert reader_of(with_card) is None


def test_wb_016_nobody_is_given_a_way_into_an_account_above(with_card: Opened) -> None:
    core = with_card.world.core
    with core.database.write() as tx:
        later = core.clock.now() + 86_400
        core.cards.add(tx, Card("2600301754", with_card["administrateur"].id, Kind.CPS, later))
    both = (package(plain()), package(plain(), serial="2600301754"))
    assert isinstance(bring(with_card, "regionale", *both), Faulty)
    assert reader_of(with_card) is None
    assert bring(with_card, "chu", package(plain())) is Denied.NOT_ALLOWED


def test_the_page_of_a_file(with_card: Opened, monkeypatch) -> None:
    browser = with_card.enter("regionale")
    browser.get(IMPORT)
    file = container(package(plain()))

    def post(act: str, data: bytes = file, **more: str) -> Any:
        fields = {"batch": "Spring", "act": act, **more}
        form = {"csrf": csrf(browser), **fields, "file": (BytesIO(data), "a.xml")}
        return browser.post(IMPORT, data=form, content_type="multipart/form-data")

    assert post("look").status_code == 200
    assert browser.page.select_one(".notice-success")
    assert reader_of(with_card) is None
    assert post("bring", b"<no/>").status_code == 422
    # In the words of the page's language, not of the program that reads such files.
    told = browser.page.select_one("#form-error li").text
    assert "PSKC, RFC 6030" in told
    assert "KeyContainer" not in told
    assert post("bring", key="zz").status_code == 422
    with monkeypatch.context() as patch:
        patch.setattr(calculettes, "MOST_BYTES", len(file) - 1)
        assert post("bring").status_code == 422
    browser.get(IMPORT)
    post("bring")
    assert browser.last.request.path == "/admin/cards"
    assert reader_of(with_card) is not None
    assert with_card.enter("chu").get(IMPORT).status_code == 403


def test_a_reader_is_handed_over_switched_off_and_on(with_card: Opened) -> None:
    browser = with_card.enter("regionale")
    browser.get(f"/admin/cards/{CARD}/reader")
    wrong = {"batch": "Alone", "suite": SUITE, "secret": "not hexadecimal"}
    assert send(browser, "/reader", **wrong) == 422
    assert "not hexadecimal" not in browser.last.get_data(as_text=True)
    send(browser, "/reader", **wrong | {"secret": SECRET.hex(), "counter": "3"})
    assert reader_of(with_card).counter == 3
    assert SECRET.hex() not in browser.last.get_data(as_text=True)
    own = with_card.enter("chu")
    own.get(f"/admin/cards/{CARD}/reader/state")
    own.submit("/state")
    assert reader_of(with_card).standing is Standing.DISABLED
    # What was switched off is switched on by the region.
    assert own.get(f"/admin/cards/{CARD}/reader/state").status_code == 403
    with_card.world.clock.pass_by(FRESH)
    browser.get(f"/admin/cards/{CARD}/reader/state")
    assert "/login" in browser.last.request.path
    browser = with_card.enter("regionale")
    browser.get(f"/admin/cards/{CARD}/reader/state")
    browser.submit("/state")
    assert reader_of(with_card).standing is Standing.USABLE
    kinds = [one.kind for one in with_card.world.events() if one.kind.startswith("calculette.")]
    assert kinds == ["calculette.added", "calculette.disabled", "calculette.enabled"]


def test_a_reader_is_put_right_and_never_far(with_card: Opened) -> None:
    give(with_card)
    browser = with_card.enter("chu")
    browser.get(f"/admin/cards/{CARD}/reader")
    send(browser, "/resync", counter="40")
    assert reader_of(with_card).counter == 40
    browser.get(f"/admin/cards/{CARD}/reader")
    assert send(browser, "/resync", counter="39") == 422
    readers = with_card.world.provider.services.office.readers
    with with_card.world.core.database.write() as tx:
        desk = with_card.authority("assistance")
        far = readers.resync(tx, desk, CARD, 41 + FURTHEST, None)
        assert far == Unfit("out-of-bounds", ("counter",))
        assert readers.resync(tx, desk, CARD, None, FURTHEST + 1) == Unfit(
            "out-of-bounds", ("drift",)
        )
        assert readers.resync(tx, desk, CARD, None, None) is False
        assert readers.resync(tx, with_card.authority("clinique"), CARD, 41, 0) is Denied.NOT_FOUND
    assert reader_of(with_card).counter == 40


def test_a_card_is_bound_after_a_look(with_card: Opened) -> None:
    browser = with_card.enter("regionale")
    page = f"/admin/accounts/{with_card['medecin'].id}/card"
    browser.get(page)
    taken = {"serial": OTHER, "valid_until": "2030-01-31"}
    assert send(browser, "/card", **taken) == 422
    assert send(browser, "/card", serial="8025 0999", valid_until="2020-01-31") == 422
    send(browser, "/card", serial="8025 0999", valid_until="2030-01-31")
    with with_card.world.core.database.read() as tx:
        assert find(tx, "80250999") is None
    send(browser, "/card")
    with with_card.world.core.database.read() as tx:
        card = find(tx, "80250999")
    assert card is not None
    assert card.account == with_card["medecin"].id
    # Until the end of its last day (UTC), as the command has it.
    assert card.valid_until == 1_896_134_400
    [event] = with_card.world.events("card.added")[2:]
    assert with_card["regionale"].id in event.detail
    told = [one.purpose for one in waiting(with_card.world)]
    assert told.count("means-added") == 1


def test_wb_016_who_may_bind_a_card_and_to_whom(with_card: Opened) -> None:
    for who in ("chu", "assistance", "auditrice"):
        page = f"/admin/accounts/{with_card['medecin'].id}/card"
        assert with_card.enter(who).get(page).status_code == 403
    browser = with_card.enter("regionale")
    above = f"/admin/accounts/{with_card['administrateur'].id}/card"
    assert browser.get(above).status_code == 403
    patient = f"/admin/accounts/{with_card['patient'].id}"
    assert browser.get(patient).status_code == 200
    assert not browser.page.select(f"a[href='{patient}/card']")
    browser.get(f"{patient}/card")
    assert send(browser, "/card", serial="80250999", valid_until="2030-01-31") == 422
