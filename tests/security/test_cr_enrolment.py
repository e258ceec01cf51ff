# SPDX-License-Identifier: Apache-2.0
"""CR-009: a new factor wants more than the password, whatever became of those before."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from connectors.base import Level
from idp.accounts.contact import Contact
from idp.credentials import cards, resets
from tests.codes import (
    PHONE,
    give_addresses,
    give_card,
    last_code,
    messages,
    open_post_office,
    other_than,
)
from tests.functional.conftest import make_quick
from tests.protocol.kit import ELSEWHERE
from tests.world import CONFIRM, Browser, World

SENSITIVE = (
    "/account/authenticator/new",
    "/account/passkeys/new",
    "/account/contact/email",
    "/account/contact/phone",
    "/account/contact/otp",
    "/account/password",
    "/account/data",
)


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    world = make_quick(open_post_office(database_url))
    yield world
    world.provider.close()


def thief(world: World, who: str = "medecin") -> Browser:
    """Whoever has somebody's password, and nothing else."""
    browser = world.browser("198.51.100.66")
    browser.reads_mail = False
    browser.get("/login?means=password")
    browser.log_in(who)
    return browser


def revoke(world: World) -> None:
    with world.core.database.read() as tx:
        held = cards.of_account(tx, world.cast["medecin"].id)
    with world.core.database.write() as tx:
        for one in held:
            assert world.core.cards.revoke(tx, one.serial)


def run_out(world: World) -> None:
    with world.core.database.write() as tx:
        tx.execute(text("UPDATE cards SET valid_until = :now"), {"now": world.clock.now()})


def lose_addresses(world: World) -> None:
    give_addresses(world, "medecin")


@pytest.mark.parametrize("lose", [revoke, run_out])
def test_cr_009_codes_that_cannot_be_used_now_still_protect_the_account(office: World, lose):
    lose(office)
    browser = thief(office)
    for page in SENSITIVE:
        browser.get(page)
        assert browser.problem == "means-blocked", page
        assert browser.last.status_code == 403
        # What is missing, and where to turn.
        assert browser.page.select_one("p.lead").get_text().count(".") > 1
    assert messages(office) == []


def test_cr_009_a_card_that_is_good_is_asked_for_where_codes_have_no_way(office: World):
    lose_addresses(office)
    browser = thief(office)
    for page in SENSITIVE:
        browser.get(page)
        assert browser.page.find("form", attrs={"data-card": True}), page
        assert not browser.page.find(id="password")


def test_cr_009_the_form_of_such_a_page_is_no_way_around(office: World):
    browser = thief(office)
    browser.get("/account/profile")
    csrf = str(browser.page.find("input", attrs={"name": "csrf"})["value"])
    revoke(office)
    for page in SENSITIVE:
        browser.post(page, {"csrf": csrf})
        assert browser.problem == "means-blocked", page


def test_cr_009_a_card_that_was_used_protects_where_cards_are_read(office: World, monkeypatch):
    """Whatever else is set up, and whatever the card is worth by now."""
    give_card(office, "infirmiere")
    attempts = office.provider.services.attempts
    asked = attempts.lacks
    monkeypatch.setattr(attempts, "levels", {**attempts.levels, "cps": Level.CARD})
    monkeypatch.setattr(
        attempts,
        "lacks",
        lambda kind, account: "card-revoked" if kind == "cps" else asked(kind, account),
    )
    browser = thief(office, "infirmiere")
    browser.get(SENSITIVE[0])
    assert browser.problem == "means-blocked"


def test_whoever_has_another_factor_left_uses_that(office: World):
    """A passkey or app beside the codes: the page asks for it as ever."""
    browser = thief(office)
    browser.get(SENSITIVE[0])
    browser.submit("/otp", channel="email")
    browser.submit("/otp", code=last_code(office))
    assert browser.last.request.path == SENSITIVE[0]
    revoke(office)
    # Proved a moment ago, at level 2: that counts, whatever happened to the card since.
    browser.get(SENSITIVE[0])
    assert browser.last.request.path == SENSITIVE[0]
    assert not browser.problem


# A password alone. Her address is verified, and she has nothing else.
WHO, MAILBOX = "infirmiere", "mf.villeneuve@clinique.example"
DECISIVE = (*SENSITIVE[:5], "/account/contact/phone/remove", "/account/data")


@pytest.fixture
def alone(office: World) -> World:
    give_addresses(office, WHO, email=MAILBOX)
    return office


def sent(world: World) -> list[tuple[str, str]]:
    return [
        (one["channel"], one["recipient"])
        for one in messages(world)
        if one["purpose"] == "account-code"
    ]


def test_cr_009_a_password_alone_sets_up_changes_and_takes_away_nothing(alone: World):
    browser = thief(alone, WHO)
    csrf = csrf_of(browser)
    for page in DECISIVE:
        browser.get(page)
        assert browser.last.request.path == CONFIRM, page
        browser.post(page, {"csrf": csrf})
        assert browser.last.request.path == CONFIRM, page
    # Nothing leaves before somebody asks for it.
    assert messages(alone) == []


def csrf_of(browser: Browser) -> str:
    browser.get("/account/profile")
    return str(browser.page.find("input", attrs={"name": "csrf"})["value"])


def test_the_code_from_the_mailbox_opens_the_page_for_five_minutes(alone: World):
    browser = thief(alone, WHO)
    browser.get(SENSITIVE[0])
    # Only so much of the address as its owner needs to know it again.
    assert MAILBOX not in browser.last.get_data(as_text=True)
    browser.submit(CONFIRM, channel="email")
    assert sent(alone) == [("email", MAILBOX)]
    code = last_code(alone, "account-code")
    field = browser.page.select_one("#code")
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")
    browser.submit(CONFIRM, code=other_than(code))
    assert browser.page.select_one("#code")["aria-invalid"] == "true"
    browser.submit(CONFIRM, code=code)
    assert browser.last.request.path == SENSITIVE[0]
    assert browser.page.select_one("#seed")
    for page in DECISIVE[:5]:
        browser.get(page)
        assert browser.last.request.path == page
    alone.clock.pass_by(301)
    browser.get(SENSITIVE[1])
    browser.log_in(WHO)
    assert browser.last.request.path == CONFIRM


def test_cr_009_the_code_counts_in_the_session_that_asked_and_once(alone: World):
    first, second = thief(alone, WHO), thief(alone, WHO)
    for browser in (first, second):
        browser.get(SENSITIVE[0])
    first.submit(CONFIRM, channel="email")
    code = last_code(alone, "account-code")
    url, fields = second.form(CONFIRM)
    second.post(url, fields | {"code": code})
    assert second.last.request.path == CONFIRM
    first.submit(CONFIRM, code=code)
    assert first.last.request.path == SENSITIVE[0]
    second.get(SENSITIVE[0])
    assert second.last.request.path == CONFIRM
    alone.clock.pass_by(290)
    first.post(url, csrf_only(first) | {"code": code})
    alone.clock.pass_by(11)
    first.get(SENSITIVE[0])
    first.log_in(WHO)
    assert first.last.request.path == CONFIRM


def csrf_only(browser: Browser) -> dict[str, str]:
    return {"csrf": csrf_of(browser)}


def test_cr_001_five_wrong_codes_and_few_messages(alone: World):
    browser = thief(alone, WHO)
    for wish in range(6):
        browser.get(SENSITIVE[0])
        browser.submit(CONFIRM, channel="email")
        alone.clock.pass_by(30)
        if wish == 5:
            break
        code = last_code(alone, "account-code")
        for _guess in range(5):
            url, fields = browser.form(CONFIRM)
            browser.post(url, fields | {"code": other_than(code)})
        browser.post(url, fields | {"code": code})
        assert browser.last.request.path == CONFIRM
    # An owner is not flooded, nor a code worn down: five an hour.
    assert len(alone.events("otp.sent")) == 5
    assert browser.page.select_one(".notice-warning")


def test_whoever_has_no_mail_gets_it_by_sms(alone: World):
    give_addresses(alone, WHO, phone=PHONE)
    browser = thief(alone, WHO)
    browser.get(SENSITIVE[0])
    browser.submit(CONFIRM, channel="email")
    assert sent(alone) == [("sms", PHONE)]


def test_cr_047_an_address_just_changed_confirms_nothing(alone: World):
    with alone.core.database.write() as tx:
        contact = Contact(alone.core.clock, alone.core.audit)
        assert contact.set_email(tx, alone.cast[WHO].id, "new@autre.example", ELSEWHERE)
    browser = thief(alone, WHO)
    browser.get(SENSITIVE[0])
    assert browser.problem == "address-too-new"
    # From when on it is possible.
    assert "22 septembre 2026" in browser.page.select_one("p.lead").get_text()
    alone.clock.pass_by(alone.core.settings.policies.reset_cooling)
    browser = thief(alone, WHO)
    browser.get(SENSITIVE[0])
    assert browser.form(CONFIRM)


def test_cr_044_what_gave_the_password_back_confirms_nothing(alone: World):
    with alone.core.database.write() as tx:
        resets.note(tx, alone.cast[WHO].id, "email", alone.clock.now())
    browser = thief(alone, WHO)
    browser.get(SENSITIVE[0])
    assert browser.problem == "address-too-new"
    give_addresses(alone, WHO, phone=PHONE, email=MAILBOX)
    browser.get(SENSITIVE[0])
    browser.submit(CONFIRM, channel="sms")
    assert sent(alone) == [("sms", PHONE)]
    give_addresses(alone, WHO, email=MAILBOX)
    alone.clock.pass_by(resets.HOLDS)
    browser = thief(alone, WHO)
    browser.get(SENSITIVE[0])
    assert browser.form(CONFIRM)


def test_cr_005_a_code_ends_when_its_address_may_no_longer_be_asked(alone: World):
    browser = thief(alone, WHO)
    browser.get(SENSITIVE[0])
    browser.submit(CONFIRM, channel="email")
    code = last_code(alone, "account-code")
    url, fields = browser.form(CONFIRM)
    give_addresses(alone, WHO, email="other@clinique.example")
    browser.post(url, fields | {"code": code})
    browser.get(SENSITIVE[0])
    assert browser.last.request.path == CONFIRM


def test_nothing_verified_says_so_and_offers_to_verify_what_is_on_file(office: World):
    """A code to the address that was there all along gives nobody else a way in."""
    browser = thief(office, WHO)
    for page in DECISIVE:
        browser.get(page)
        assert browser.problem == "no-verified-address", page
    browser.get(str(browser.page.select_one("a[href*='verify']")["href"]))
    csrf = csrf_of(browser)
    # Not any other address, and none that only looks the same.
    for typed in ("thief@elsewhere.example", MAILBOX.upper(), f"<{MAILBOX}>"):
        browser.post("/account/contact/email?verify=yes", {"csrf": csrf, "address": typed})
        assert browser.problem == "no-verified-address"
    browser.get("/account/contact/email?verify=yes")
    browser.submit("/contact/email", address=MAILBOX)
    assert [one["recipient"] for one in messages(office)] == [MAILBOX]
    browser.submit("/code", code=last_code(office, "address-code"))
    assert browser.page.select_one(".notice-success")
    browser.get(SENSITIVE[0])
    assert browser.form(CONFIRM)


def test_a_number_on_file_is_verified_likewise_and_no_other(office: World):
    with office.core.database.write() as tx:
        tx.execute(text("UPDATE accounts SET phone = '+33611112222' WHERE phone = ''"))
    browser = thief(office, WHO)
    csrf = csrf_of(browser)
    there = "/account/contact/phone?verify=yes"
    browser.post(there, {"csrf": csrf, "address": "06 12 34 56 79"})
    assert browser.problem == "no-verified-address"
    browser.post(there, {"csrf": csrf, "address": "06 11 11 22 22"})
    assert [one["recipient"] for one in messages(office)] == ["+33611112222"]
    assert browser.form("/account/contact/phone/code")


def test_cr_009_a_new_address_is_not_proved_after_the_five_minutes(alone: World):
    browser = thief(alone, WHO)
    browser.get("/account/contact/email")
    browser.submit(CONFIRM, channel="email")
    browser.submit(CONFIRM, code=last_code(alone, "account-code"))
    browser.submit("/contact/email", address="new@autre.example")
    code = last_code(alone, "address-code")
    url, fields = browser.form("/email/code")
    alone.clock.pass_by(301)
    browser.post(url, fields | {"code": code})
    browser.log_in(WHO)
    assert browser.last.request.path == CONFIRM
    assert alone.events("account.email_changed") == []


@pytest.mark.parametrize("page", ["//evil.example", "https://evil.example", "..%2Flogout", "a//b"])
def test_oa_062_the_way_back_is_a_page_of_the_account(alone: World, page: str):
    browser = thief(alone, WHO)
    browser.get(f"{CONFIRM}?for={page}")
    browser.submit(CONFIRM, channel="email")
    browser.submit(CONFIRM, code=last_code(alone, "account-code"))
    assert browser.last.request.path == "/account"
