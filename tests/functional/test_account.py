# SPDX-License-Identifier: Apache-2.0
"""« My account »: the overview, what is known about somebody, their language, their cards."""

import pytest
from sqlalchemy import select

from connectors.base import Level
from idp.accounts import particulars
from idp.accounts import service as accounts
from idp.accounts.models import ListingRow
from idp.accounts.particulars import Particulars, Visibility
from idp.credentials.models import CardRow
from idp.db import table_of
from idp.login.freshness import FRESH_FOR
from idp.web.account_menu import MENU
from tests.codes import give_card
from tests.functional.account_kit import enter, entries, token_of, told, words
from tests.functional.conftest import prove
from tests.outbox import waiting
from tests.world import Browser, World

DAY = 86_400
LISTINGS = table_of(ListingRow)


@pytest.fixture
def claire(quick_world: World) -> Browser:
    """Claire, logged in."""
    return enter(quick_world)


def facts(browser: Browser) -> dict[str, str]:
    return {words(one.dt): words(one.dd) for one in browser.page.select(".fact")}


def ways(browser: Browser) -> dict[str, str]:
    """The overview's links, with what is said of each."""
    return {one["href"]: words(one) for one in browser.page.select("main .way")}


def test_the_overview_says_who_one_is_and_leads_everywhere(quick_world: World, claire: Browser):
    claire.get("/account")
    text = words(claire.page.main)
    for part in ("Claire Durand", "cdurand", "Health professional"):
        assert part in text
    found = ways(claire)
    assert "1 session open" in found["/account/sessions"]
    assert "Changed on 21 September 2026" in found["/account/password"]
    for address in found:
        claire.get(address)
        assert claire.last.status_code == 200, address
        # Her identity is behind a login by card.
        path = claire.last.request.path
        assert path == address or (address == "/account/identity" and path.startswith("/login/"))
        assert not claire.problem


def test_a_page_that_is_not_there_is_not_offered(quick_world: World, claire: Browser):
    claire.get("/account")
    rules = {rule.rule for rule in quick_world.provider.web.url_map.iter_rules()}
    offered = {one.path for _title, entries in MENU for one in entries} & rules
    # Nobody has added a provider that could be linked.
    withheld = {"/account/withdraw", "/account/recovery-codes", "/account/providers"}
    assert set(ways(claire)) == offered - withheld


def test_only_patients_are_offered_a_withdrawal_and_only_professionals_cards(quick_world: World):
    patient, staff = enter(quick_world, "patient"), enter(quick_world, "administrateur")
    for browser, withdraws in ((patient, True), (staff, False)):
        browser.get("/account")
        found = ways(browser)
        assert ("/account/withdraw" in found) is withdraws
        assert "/account/cards" not in found
        browser.get("/account/cards")
        assert browser.last.request.path == "/account"
    staff.get("/account/withdraw")
    assert staff.last.request.path == "/account"


def test_a_visitor_arrives_at_the_page_they_wanted(quick_world: World):
    for page in ("/account", "/account/profile", "/account/history", "/account/data"):
        browser = quick_world.browser()
        browser.get(page)
        browser.log_in()
        assert browser.last.request.path == page


def test_the_profile_shows_what_is_known(claire: Browser):
    claire.get("/account/profile")
    assert facts(claire) == {
        "Name": "Claire Durand",
        "Title": "Mme",
        "Date of birth": "12 April 1975",
        "Identifier": "cdurand",
        "Kind of account": "Health professional",
        "National identifier": "810101234567",
        "Profession": "Médecin",
        "Speciality": "Oncologie médicale",
        "Town": "Tours",
        "E-mail": "claire.durand@chu.example",
        "Mobile": "+33612345678",
        "Communities": "Onco Centre",
        "In the directory": "Hidden",
    }
    assert claire.page.find("a", href="/account/identity")


def test_a_patient_learns_whom_to_tell(quick_world: World):
    patient = enter(quick_world, "patient")
    patient.get("/account/profile")
    assert "The establishment that opened your account" in patient.page.main.text
    assert not patient.page.find("a", href="/account/identity")
    patient.get("/account/identity")
    assert patient.last.request.path == "/account/profile"


def test_the_language_is_kept_for_pages_and_for_messages(quick_world: World, claire: Browser):
    account = quick_world.cast["medecin"].id
    # Her browser wishes English; her account is in French until she says so.
    claire.get("/account/profile")
    claire.submit("/account/profile", locale="fr")
    assert claire.page.html["lang"] == "fr"
    claire.submit("/account/profile", locale="en")
    assert claire.page.html["lang"] == "en"
    assert "Your language is kept" in told(claire)
    with quick_world.core.database.read() as tx:
        known = accounts.load(tx, account)
    assert known is not None
    assert known.person.locale == "en"
    [changed] = quick_world.events("account.changed")
    assert (changed.account, changed.detail) == (account, '{"what":"language"}')


@pytest.mark.parametrize("locale", ["", "de", "fr-FR", "é", "x" * 300, "\x00"])
def test_a_language_that_we_do_not_have_changes_nothing(
    quick_world: World, claire: Browser, locale: str
):
    claire.get("/account/profile")
    claire.post("/account/profile", {"csrf": token_of(claire), "locale": locale})
    assert claire.last.status_code == 200
    assert not told(claire)
    assert not quick_world.events("account.changed")


def test_a_password_does_not_open_a_professional_identity(quick_world: World, claire: Browser):
    """SPEC §3: « Modifiez votre compte » needs a card or a calculette, and she has neither."""
    claire.get("/account/identity")
    assert claire.last.request.path.startswith("/login/")
    assert claire.page.select_one(".notice-warning")
    assert not claire.page.find("input", attrs={"name": "speciality"})
    answer = claire.request(
        "POST", "/account/identity", data={"csrf": token_of(claire), "speciality": "Néphrologie"}
    )
    assert answer.headers["Location"].startswith("/login/")
    assert not quick_world.events("account.changed")


def test_a_card_opens_it_for_five_minutes(levels: World):
    claire = enter(levels)
    claire.get("/account/identity")
    assert not claire.page.find("input", attrs={"name": "speciality"})
    prove(claire, levels, kind="badge")
    assert claire.page.find("input", attrs={"name": "speciality"})["value"] == "Oncologie médicale"
    url, fields = claire.form("/account/identity")
    levels.clock.pass_by(FRESH_FOR + 1)
    claire.post(url, fields | {"civility": "", "speciality": "Néphrologie"})
    assert not levels.events("account.changed")
    prove(claire, levels, kind="badge")
    claire.submit(
        "/account/identity", civility="M.", birth_name=" Martin ", speciality="Néphrologie"
    )
    assert "Your details are changed" in told(claire)
    shown = facts(claire)
    said = (shown["Speciality"], shown["Birth name"], shown["Title"])
    assert said == ("Néphrologie", "Martin", "M.")
    assert shown["Town"] == "Tours"
    assert shown["Name"] == "Claire Durand"
    [changed] = levels.events("account.changed")
    assert changed.detail == '{"what":"identity"}'
    [letter] = waiting(levels, "account-changed")
    assert letter.values["what"] == "identity"


def test_who_finds_somebody_is_theirs_to_say_without_a_card(quick_world: World, claire: Browser):
    account = quick_world.cast["medecin"].id
    with quick_world.core.database.write() as tx:
        particulars.put(tx, account, Particulars(profession_code="10", title="DR"))
    claire.get("/account/directory")
    claire.submit(
        "/account/directory", visibility="public", street=" 3 rue Haute ", fax="0238", town="Blois"
    )
    assert "Your details are changed" in told(claire)
    with quick_world.core.database.read() as tx:
        kept = particulars.load(tx, account)
        listed = tx.execute(select(LISTINGS).where(LISTINGS.c.account_id == account)).all()
    assert kept.visibility is Visibility.PUBLIC
    assert {bytes(one.town) for one in listed} == {b"blois"}
    # What the form does not hold stays.
    assert (kept.street, kept.fax, kept.profession_code) == ("3 rue Haute", "0238", "10")
    shown = facts(claire)
    assert (shown["In the directory"], shown["Street"]) == ("Public", "3 rue Haute")
    assert (shown["Town"], shown["Speciality"]) == ("Blois", "Oncologie médicale")
    assert shown["Title of practice"] == "Dr"
    [changed] = quick_world.events("account.changed")
    assert changed.account == account
    [letter] = waiting(quick_world, "account-changed")
    assert letter.values["what"] == "identity"


def test_se_006_an_old_login_changes_nobodys_address(quick_world: World, claire: Browser):
    claire.get("/account/directory")
    url, fields = claire.form("/account/directory")
    quick_world.clock.pass_by(FRESH_FOR + 1)
    claire.post(url, fields | {"visibility": "public"})
    assert claire.form("/password")
    assert not quick_world.events("account.changed")


@pytest.mark.parametrize("who", ["patient", "administrateur"])
def test_who_is_in_no_directory_is_asked_nothing_about_it(quick_world: World, who: str):
    browser = enter(quick_world, who)
    browser.get("/account/directory")
    assert browser.last.request.path == "/account/profile"
    answer = browser.request(
        "POST", "/account/directory", data={"csrf": token_of(browser), "visibility": "public"}
    )
    assert answer.headers["Location"].endswith("/account/profile")
    assert not quick_world.events("account.changed")


@pytest.mark.parametrize(
    "wrong", [{"town": "x" * 129}, {"town": "a\nb"}, {"street": "x" * 257}, {"fax": "\x00"}]
)
def test_an_address_that_can_not_be_kept_is_said_beside_it(
    quick_world: World, claire: Browser, wrong: dict[str, str]
):
    claire.get("/account/directory")
    claire.submit("/account/directory", **({"po_box": "BP 3", "visibility": "public"} | wrong))
    assert claire.last.status_code == 422
    assert claire.page.find("input", attrs={"name": "po_box"})["value"] == "BP 3"
    assert not quick_world.events("account.changed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"civility": "Dr"},
        {"speciality": "x" * 129},
        {"speciality": "a\x00b"},
    ],
)
def test_what_can_not_be_kept_is_said_and_nothing_typed_is_lost(levels: World, wrong):
    claire = enter(levels)
    claire.get("/account/identity")
    prove(claire, levels, kind="badge")
    claire.submit("/account/identity", **({"civility": "", "birth_name": "Martin"} | wrong))
    assert claire.last.status_code == 422
    assert claire.page.find("input", attrs={"name": "birth_name"})["value"] == "Martin"
    assert not levels.events("account.changed")


def test_cards_are_shown_with_their_standing(quick_world: World, claire: Browser):
    claire.get("/account/cards")
    assert "No card is known here" in claire.page.main.text
    now, owner = quick_world.clock.now(), quick_world.cast["medecin"].id
    with quick_world.core.database.write() as tx:
        for number, (until, revoked) in enumerate([(365, None), (-1, None), (200, now - DAY)]):
            row = {
                "serial": f"80250000{number}",
                "account_id": owner,
                "kind": "cps",
                "valid_until": now + until * DAY,
                "revoked_at": revoked,
                "first_used_at": None if number else now - DAY,
                "created_at": now - DAY,
            }
            tx.execute(table_of(CardRow).insert(), row)
    claire.get("/account/cards")
    shown = [(one["Number"], one["badge"], one["First login"]) for one in entries(claire)]
    assert shown == [
        ("802500000", "Valid", "20 September 2026"),
        ("802500002", "Revoked", "Not used here yet"),
        ("802500001", "Expired", "Not used here yet"),
    ]
    assert entries(claire)[1]["Revoked on"] == "20 September 2026"
    claire.get("/account")
    assert "3 cards" in ways(claire)["/account/cards"]


@pytest.mark.parametrize(
    ("days", "used", "badge", "advice"),
    [
        (400, True, "Valid", ""),
        (30, True, "Runs out soon", "next one"),
        (400, False, "Not used yet", "Log in once"),
        (-1, True, "Expired", "new card"),
    ],
)
def test_a_card_says_what_to_do(
    quick_world: World, claire: Browser, days: int, badge: str, advice: str, *, used: bool
):
    give_card(quick_world, "medecin", days=days, used=used)
    claire.get("/account/cards")
    assert [one["badge"] for one in entries(claire)] == [badge]
    told = " ".join(one.text for one in claire.page.main.select(".entry .aside-note"))
    assert advice in told
    assert bool(told) is bool(advice)


def test_levels_have_words(levels: World):
    claire = enter(levels)
    claire.get("/account/identity")
    prove(claire, levels, kind="badge")
    claire.get("/account/sessions")
    [one] = entries(claire)
    assert one["Strength"] == "Login by card"
    assert max(Level) == Level.CARD
