# SPDX-License-Identifier: Apache-2.0
"""A card shown by TLS: off to its own address, and back to the journey."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from connectors.base import Reason
from tests.card_kit import (
    CARD_ADDRESS,
    CardDouble,
    CardWorld,
    card_of,
    leave,
    offer_card,
    open_cards,
)


@pytest.fixture
def cards(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CardWorld]:
    """Both addresses, on each database."""
    offer_card(monkeypatch)
    opened = open_cards(database_url)
    yield opened
    opened.door.close()
    opened.world.provider.close()


@pytest.fixture
def one(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CardWorld]:
    """The same, for what no database can change."""
    offer_card(monkeypatch)
    opened = open_cards(sqlite_url)
    yield opened
    opened.door.close()
    opened.world.provider.close()


def test_a_card_opens_the_application(cards):
    paper, browser = cards.believe(card_of()), cards.world.browser()
    client = cards.world.client("carded")
    client.ask(browser)
    address = leave(browser)
    assert address.startswith(f"{CARD_ADDRESS}/card/")
    answer = browser.get(cards.show(address, paper))
    tokens = client.redeem(client.answered(answer)["code"]).json
    claims = client.userinfo(tokens["access_token"]).json
    assert claims["family_name"] == "Durand"
    assert CardDouble.seen == [paper.der]
    (event,) = cards.world.events("login.proved")
    assert (event.means, event.level) == ("cps", 3)


def test_the_page_lets_its_form_lead_to_the_card_and_to_no_other_site(one):
    browser = one.world.browser()
    one.world.client("carded").ask(browser)
    policy = browser.last.headers["Content-Security-Policy"]
    assert policy.endswith(f"form-action 'self' https://carded.example {CARD_ADDRESS}")
    one.world.client("plain").ask(browser)
    assert CARD_ADDRESS not in browser.last.headers["Content-Security-Policy"]


def test_a_refused_card_is_told_on_the_page_of_the_journey(one):
    browser = one.world.browser()
    back = one.show(one.leave(browser), card_of("somebody"))
    browser.get(back)
    assert browser.last.status_code == 200
    assert browser.page.find(id="form-error").get_text() == "wrong"
    (event,) = one.world.events("login.failed")
    assert (event.means, event.outcome) == ("cps", "refused")
    # And another one does, from there.
    paper = one.believe(card_of())
    answer = browser.get(one.show(leave(browser), paper))
    assert "code" in one.world.client("carded").answered(answer)


def test_what_a_card_lacks_is_told_by_its_own_reason(one):
    paper, browser = card_of(), one.world.browser()
    CardDouble.believe(paper, Reason.EXPIRED)
    browser.get(one.show(one.leave(browser), paper))
    assert browser.page.find(id="form-error").get_text() == "expired"


def test_no_card_leaves_the_way_open(one):
    browser = one.world.browser()
    address = one.leave(browser)
    answer = one.request(address)
    assert (answer.status_code, one.problem) == (400, "card-missing")
    text = answer.get_data(as_text=True)
    assert urlsplit(address).path in text
    assert f"{one.world.issuer}/login/" in text
    # The card is in its reader now.
    answer = browser.get(one.show(address, one.believe(card_of())))
    assert "code" in one.world.client("carded").answered(answer)


def test_a_handle_is_good_once(cards):
    browser, paper = cards.world.browser(), cards.believe(card_of())
    address = cards.leave(browser)
    cards.show(address, paper)
    answer = cards.request(address, paper)
    assert (answer.status_code, cards.problem) == (410, "card-step-over")
    assert f"{cards.world.issuer}/login/" in answer.get_data(as_text=True)


def test_a_handle_is_good_for_five_minutes(cards):
    address = cards.leave(cards.world.browser())
    cards.world.clock.pass_by(300)
    assert cards.request(address, card_of()).status_code == 410
    assert cards.problem == "card-step-over"


def test_a_handle_that_was_never_made_leads_home(one):
    answer = one.request(f"{CARD_ADDRESS}/card/{'x' * 43}", card_of())
    assert (answer.status_code, one.problem) == (410, "journey-unknown")
    assert f'href="{one.world.issuer}/"' in answer.get_data(as_text=True)


def test_the_way_back_is_good_once(cards):
    browser, paper = cards.world.browser(), cards.believe(card_of())
    back = cards.show(cards.leave(browser), paper)
    assert "code" in cards.world.client("carded").answered(browser.get(back))
    seen = len(CardDouble.seen)
    browser.get(back)
    assert len(CardDouble.seen) == seen


def test_a_page_that_is_reloaded_is_the_page_of_the_journey(one):
    browser = one.world.browser()
    back = one.show(one.leave(browser), card_of("somebody"))
    browser.get(back)
    browser.get(back)
    assert len(CardDouble.seen) == 1
    assert browser.last.request.path == urlsplit(back).path.rpartition("/card/")[0]
    assert browser.page.find(id="form-error").get_text() == ""


def test_whoever_waits_on_the_way_back_begins_again(cards):
    browser, paper = cards.world.browser(), cards.believe(card_of())
    back = cards.show(cards.leave(browser), paper)
    cards.world.clock.pass_by(30)
    browser.get(back)
    assert browser.page.find(id="form-error").get_text() == "expired"
    assert CardDouble.seen == []


def test_what_was_ticked_beside_the_button_comes_back_with_the_card(one):
    browser = one.world.browser()
    for box, kept in (({"account": "1", "level": "9"}, {"account": "1"}), ({}, {})):
        one.world.client("carded").ask(browser)
        url, fields = browser.form("/card")
        answer = browser.request("POST", url, data=fields | box)
        browser.get(one.show(answer.headers["Location"], card_of("somebody")))
        assert CardDouble.ticked[-1] == kept


def test_a_means_that_is_not_offered_leads_nowhere(one):
    browser = one.world.browser()
    one.world.client("plain").ask(browser)
    url, fields = browser.form("/password")
    answer = browser.request("POST", url.rpartition("/")[0] + "/card", data=fields)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login/")


def test_an_opened_address_of_the_form_shows_the_journey(one):
    browser = one.world.browser()
    one.world.client("carded").ask(browser)
    browser.get(browser.form("/card")[0])
    assert browser.form("/card")


def test_the_page_at_the_card_speaks_the_language_of_the_journey(one):
    browser = one.world.browser(**{"Accept-Language": "fr"})
    address = one.leave(browser)
    assert address.endswith("?lang=fr")
    one.request(address)
    assert 'lang="fr"' in one.last.get_data(as_text=True)
