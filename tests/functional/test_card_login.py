# SPDX-License-Identifier: Apache-2.0
"""A login by card, by the signature of its workstation, on both databases."""

import pytest

from idp.accounts import service as accounts
from idp.accounts.values import Population, State
from idp.credentials import cards as held
from idp.demo.pki_cards import Kind, Product, Use
from idp.web.card_words import CARD_REASONS, card_words
from tests import cast, pki
from tests.cards import (
    APPLICATIONS,
    Desk,
    log_in_by_card,
    said_on,
    send,
    show_card_page,
    sign,
    statement_on,
    why,
)
from tests.outbox import waiting


@pytest.fixture
def desk(world, monkeypatch):
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    return Desk.at(world)


@pytest.fixture
def lone_desk(sqlite_world, monkeypatch):
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    return Desk.at(sqlite_world)


def arrive(desk, key="card", **changes):
    """Somebody before the login page of an application."""
    browser = desk.world.browser()
    desk.world.client(key).ask(browser, **changes)
    return browser


def came_back(desk, response, key="card"):
    return "code" in desk.world.client(key).answered(response)


def cards_of(desk, who="medecin"):
    with desk.world.core.database.read() as tx:
        return held.of_account(tx, desk.world.cast[who].id)


def account_of(desk, national_id):
    with desk.world.core.database.read() as tx:
        found = accounts.by_national_id(tx, national_id)
        return accounts.load(tx, found) if found else None


def test_a_known_person_logs_in_at_level_three(desk):
    browser, card = arrive(desk), desk.card()
    assert came_back(desk, log_in_by_card(browser, card))
    [proved] = desk.world.events("login.proved")
    assert proved.account == desk.world.cast["medecin"].id
    assert (proved.means, proved.level) == ("cps", 3)
    [kept] = cards_of(desk)
    assert kept.serial == "2600301753"
    assert kept.family == "cps"
    assert kept.first_used_at == kept.last_used_at == desk.world.clock.now()
    assert kept.valid_until == int(card.certificate.not_valid_after_utc.timestamp())
    assert kept.certificate_serial == f"{card.certificate.serial_number:x}"


def test_the_second_login_notes_the_use_and_tells_nobody_again(desk):
    card = desk.card()
    log_in_by_card(arrive(desk), card)
    desk.world.clock.pass_by(86_400)
    assert came_back(desk, log_in_by_card(arrive(desk), card))
    [kept] = cards_of(desk)
    assert kept.last_used_at - kept.first_used_at == 86_400
    assert len(desk.world.events("card.added")) == 1


def test_the_owner_is_told_of_a_first_card_and_no_more(desk):
    card = desk.card()
    for _login in range(2):
        log_in_by_card(arrive(desk), card)
    [told] = waiting(desk.world, "means-added")
    assert told.recipient == "claire.durand@chu.example"
    assert (told.values["means"], told.values["label"]) == ("cps", "2600301753")


def test_codes_work_after_a_login_by_card_and_stop_with_the_card(desk):
    core, claire = desk.world.core, desk.world.cast["medecin"]
    with core.database.write() as tx:
        core.otp.enable(tx, claire.id)
    otp, card = desk.world.provider.services.connectors["otp"], desk.card()
    assert otp.lacks(claire.id) == "no-card"
    log_in_by_card(arrive(desk), card)
    assert otp.lacks(claire.id) is None
    # The moment somebody tries it after its authority has revoked it; or somebody does it here.
    desk.revoke(card)
    session = arrive(desk)
    log_in_by_card(session, card)
    assert otp.lacks(claire.id) == "card-revoked"
    assert [one.account for one in desk.world.events("session.ended")] == [claire.id]
    log_in_by_card(arrive(desk), desk.card())
    assert otp.lacks(claire.id) is None


def test_after_a_pause_the_next_application_asks_for_the_card_again(desk):
    browser, card = arrive(desk), desk.card()
    log_in_by_card(browser, card)
    either = desk.world.client("either")
    # Level 1 goes on without a page; level 3 asks again, and says why.
    desk.world.clock.pass_by(901)
    assert "code" in either.answered(either.ask(browser))
    desk.world.client("card").ask(browser)
    assert browser.page.find("form", attrs={"data-card": True})
    assert came_back(desk, log_in_by_card(browser, card))


def test_a_password_is_lifted_by_the_card_of_the_same_person(desk):
    browser = arrive(desk, "either")
    browser.log_in("medecin")
    desk.world.client("card").ask(browser)
    assert came_back(desk, log_in_by_card(browser, desk.card()))


def test_somebody_elses_card_lifts_nobody(desk):
    browser = arrive(desk, "either")
    browser.log_in("medecin")
    desk.world.client("card").ask(browser)
    log_in_by_card(browser, desk.card("infirmiere"))
    assert "belongs to somebody else" in said_on(browser) or "autre" in said_on(browser)
    assert why(desk.world) == "other-person"
    assert cards_of(desk, "infirmiere") == cards_of(desk) == []


def test_without_an_account_it_says_so_and_makes_none(desk):
    browser = arrive(desk)
    log_in_by_card(browser, desk.card(national_id="899900000011"))
    assert why(desk.world) == "no-account"
    assert said_on(browser)
    assert account_of(desk, "899900000011") is None


def test_an_application_may_have_accounts_made(desk):
    card = desk.card(
        national_id="899900000011",
        last_name="LE GOFF-MARTIN",
        first_name="ANNE-SOPHIE",
        title="Sage-Femme",
        profession=50,
    )
    assert came_back(desk, log_in_by_card(arrive(desk, "newcomers"), card), "newcomers")
    person = account_of(desk, "899900000011").person
    assert person.display_name == "Anne-Sophie Le Goff-Martin"
    assert person.identifier == "alegoffmartin"
    assert person.population is Population.PROFESSIONAL
    assert person.profession == "Sage-Femme"
    assert len(desk.world.events("account.created")) == len(cast.PEOPLE) + 1
    # The next login is the same person's, at any application.
    assert came_back(desk, log_in_by_card(arrive(desk), card))
    assert len(desk.world.events("account.created")) == len(cast.PEOPLE) + 1


def test_a_namesake_gets_a_name_of_their_own(desk):
    card = desk.card(national_id="899900000011", last_name="DURAND", first_name="CLAIRE")
    assert came_back(desk, log_in_by_card(arrive(desk, "newcomers"), card), "newcomers")
    assert account_of(desk, "899900000011").person.identifier == "cdurand2"


def test_the_portal_makes_no_account(lone_desk):
    browser = lone_desk.world.browser()
    browser.get("/login")
    log_in_by_card(browser, lone_desk.card(national_id="899900000011"))
    assert why(lone_desk.world) == "no-account"


def test_a_closed_account_is_told_to_who_holds_the_card(desk):
    core, account = desk.world.core, desk.world.cast["medecin"].id
    with core.database.write() as tx:
        core.accounts.set_state(tx, account, State.CLOSED)
    browser = arrive(desk)
    log_in_by_card(browser, desk.card())
    assert why(desk.world) == "account-closed"
    assert said_on(browser)
    assert cards_of(desk) == []


def test_a_new_card_of_the_same_person_joins_the_account(desk):
    for _card in range(2):
        assert came_back(desk, log_in_by_card(arrive(desk), desk.card()))
    assert [one.serial for one in cards_of(desk)] == ["2600301753", "2600301754"]


def test_a_card_revoked_here_opens_nothing(desk):
    card = desk.card()
    log_in_by_card(arrive(desk), card)
    with desk.world.core.database.write() as tx:
        desk.world.core.cards.revoke(tx, "2600301753")
    log_in_by_card(arrive(desk), card)
    assert why(desk.world) == "revoked"


def test_what_its_authority_revokes_is_revoked_here(desk):
    card = desk.card()
    log_in_by_card(arrive(desk), card)
    desk.revoke(card)
    log_in_by_card(arrive(desk), card)
    assert why(desk.world) == "revoked"
    [kept] = cards_of(desk)
    assert kept.revoked_at == desk.world.clock.now()


def test_a_new_number_keeps_the_account(desk):
    core, account = desk.world.core, desk.world.cast["medecin"].id
    old, new = desk.card(), desk.card(national_id="899900000011")
    assert came_back(desk, log_in_by_card(arrive(desk), old))
    with core.database.write() as tx:
        assert core.accounts.renumber(tx, account, "899900000011") is None
    for card in (new, old):
        assert came_back(desk, log_in_by_card(arrive(desk), card))
    assert {one.account for one in desk.world.events("login.proved")} == {account}


@pytest.mark.parametrize("reason", sorted(CARD_REASONS, key=lambda one: one.value))
def test_that_there_are_other_ways_is_said_by_the_page_alone(reason):
    """It knows whether there are any, and adds it once."""
    words = card_words(reason)
    assert words is not None
    assert "another way" not in words.sentence


REFUSED = {
    "signature": ("wrong-card", {"use": Use.SIGNATURE}),
    "test": ("test-card", {"product": Product.TEST_CARD}),
    "over": ("ran-out", {"days": -1}),
    "early": ("not-yet-valid", {"since": -1}),
    "service": ("not-personal", {"pseudonym": "SERVICE1", "kind": Kind.CPE}),
    "other": ("unknown-authority", {"family": "nobody"}),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_every_other_card_is_refused_with_a_sentence(lone_desk, kind):
    expected, changes = REFUSED[kind]
    desk, browser = lone_desk, arrive(lone_desk)
    if kind == "other":
        desk.families["nobody"] = pki.new_pki(desk.world.clock.now(), family="nobody")
        card = desk.card(**changes)
    elif kind == "service":
        facts = {"last_name": "", "first_name": "", "national_id": "3760021832/000000018"}
        card = desk.card(structure="1760021832", **facts, **changes)
    elif kind == "signature":
        shown = pki.card(national_id="810101234567", serial="2600301799")
        card = desk.pki.issue(
            shown, pki.period(desk.world.clock.now()), key=pki.key("card"), **changes
        )
    else:
        card = desk.card(**changes)
    show_card_page(browser)
    statement = statement_on(browser)
    send(browser, statement=statement, answer=sign(card, statement))
    assert why(desk.world) == expected
    assert said_on(browser)
    assert cards_of(desk) == []


def test_no_card_at_all_says_so(lone_desk):
    browser = arrive(lone_desk)
    show_card_page(browser)
    url, fields = browser.form("/cps")
    browser.post(url, {"csrf": fields["csrf"]})
    assert why(lone_desk.world) == "no-certificate"
    assert said_on(browser)


def test_the_account_first_and_the_application_after(desk):
    browser, client = desk.world.browser(), desk.world.client("card")
    client.ask(browser)
    log_in_by_card(browser, desk.card(), account="1")
    assert browser.last.request.path == "/account"
    assert desk.world.events("code.issued") == []
    browser.get("/account/cards")
    [link] = [one for one in browser.page.find_all("a") if "/login/" in one["href"]]
    response = browser.get(link["href"])
    assert client.redeem(client.answered(response)["code"]).status == 200
    # The way on was used: it is offered no more.
    browser.get("/account")
    assert not [one for one in browser.page.find_all("a") if "/login/" in one["href"]]
