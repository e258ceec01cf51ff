# SPDX-License-Identifier: Apache-2.0
"""« E-mail and mobile », and one-time codes: nothing counts before its code is back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import Person
from idp.login.freshness import FRESH_FOR
from tests.codes import (
    EMAIL,
    PHONE,
    coded,
    give_addresses,
    give_card,
    last_code,
    messages,
    open_post_office,
    other_than,
)
from tests.functional.conftest import make_quick
from tests.functional.test_forgotten import follow, helped
from tests.protocol.kit import add_proof
from tests.world import Browser, World

NEW_EMAIL, NEW_PHONE = "c.durand@autre.example", "+33687654321"


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    world = make_quick(open_post_office(database_url))
    yield world
    world.provider.close()


@pytest.fixture
def quick_office(sqlite_url: str) -> Iterator[World]:
    world = make_quick(open_post_office(sqlite_url))
    yield world
    world.provider.close()


def inside(world: World, page: str, who: str = "infirmiere") -> Browser:
    """Somebody who has only a password, at a page that asks for a fresh proof."""
    browser = world.browser()
    browser.get(page)
    browser.log_in(who)
    assert browser.last.request.path == page
    return browser


def person(world: World, who: str = "infirmiere") -> Person:
    with world.core.database.read() as tx:
        found = accounts.load(tx, world.cast[who].id)
    assert found is not None
    return found.person


def change(browser: Browser, world: World, kind: str, typed: str) -> str:
    """Type a new address; the code that was sent to it."""
    browser.get(f"/account/contact/{kind}")
    browser.submit(f"/contact/{kind}", address=typed)
    return last_code(world, "address-code")


def test_a_new_email_address_counts_once_its_code_is_back(office: World):
    world = office
    browser = inside(world, "/account/contact/email")
    before = person(world)
    code = change(browser, world, "email", f"  {NEW_EMAIL} ")
    assert [one["recipient"] for one in messages(world)] == [NEW_EMAIL]
    assert person(world) == before
    browser.submit("/code", code=other_than(code))
    assert browser.page.select_one("#code")["aria-invalid"] == "true"
    assert person(world) == before
    browser.submit("/code", code=code)
    assert browser.page.select_one(".notice-success")
    after = person(world)
    assert (after.email, after.email_verified) == (NEW_EMAIL, True)
    # CR-047: the old address and the new one are told.
    told = [one for one in messages(world) if one["purpose"] == "address-changed"]
    assert {one["recipient"] for one in told} == {before.email, NEW_EMAIL}
    assert all(NEW_EMAIL not in str(one["values"]) for one in told)
    # One logs in with the new one, and with the old one no more.
    with world.core.database.read() as tx:
        account = world.cast["infirmiere"].id
        assert accounts.find(tx, NEW_EMAIL.upper()) == account
        assert accounts.find(tx, before.email) is None
        assert accounts.find(tx, before.identifier) == account
        changed = tx.execute(
            text("SELECT email_changed_at FROM accounts WHERE id = :id"), {"id": account}
        ).scalar()
    assert changed == world.clock.now()
    (event,) = world.events("account.email_changed")
    assert event.address == browser.address


def test_verifying_the_address_one_has_is_no_change(quick_office: World):
    world = quick_office
    browser = inside(world, "/account/contact")
    browser.get(str(browser.page.select_one("a[href*='verify']")["href"]))
    browser.submit("/contact/email", address=browser.form("/contact/email")[1]["address"])
    browser.submit("/code", code=last_code(world, "address-code"))
    assert person(world).email_verified
    assert [one["purpose"] for one in messages(world)] == ["address-code"]
    assert world.events("account.email_verified")
    browser.get("/account/contact/email")
    browser.submit("/contact/email", address=person(world).email)
    assert browser.page.select_one("#address-error")


def test_cr_030_an_address_of_somebody_else_looks_like_any_other(office: World):
    """The page says the same; the mail says what is true, to the owner."""
    world = office
    pages = []
    for typed in ("free@elsewhere.example", EMAIL.upper()):
        browser = inside(world, "/account/contact/email")
        browser.submit("/contact/email", address=typed)
        shown = browser.page.select_one("main").get_text(" ")
        pages.append(shown.replace("f•••@elsewhere.example", "·").replace("C•••@CHU.EXAMPLE", "·"))
        browser.submit("/code", code="000000")
        assert browser.page.select_one("#code")["aria-invalid"] == "true"
        world.clock.pass_by(60)
    assert pages[0] == pages[1]
    purposes = [(one["recipient"], one["purpose"]) for one in messages(world)]
    assert (EMAIL.upper(), "address-taken") in purposes
    assert "code" not in str(
        [one["values"] for one in messages(world) if "taken" in one["purpose"]]
    )
    assert person(world).email == "mf.villeneuve@clinique.example"


def test_an_address_taken_meanwhile_is_not_taken_away(office: World):
    """Two people prove one address: the first has it."""
    world = office
    first = inside(world, "/account/contact/email")
    code = change(first, world, "email", NEW_EMAIL)
    second = inside(world, "/account/contact/email", "administrateur")
    other = change(second, world, "email", NEW_EMAIL)
    first.submit("/code", code=code)
    assert person(world).email == NEW_EMAIL
    second.submit("/code", code=other)
    assert person(world, "administrateur").email == "odile@region.example"
    with world.core.database.read() as tx:
        assert accounts.find(tx, NEW_EMAIL) == world.cast["infirmiere"].id
        assert accounts.find(tx, "odile@region.example") == world.cast["administrateur"].id


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "nobody",
        "a@b",
        "a b@c.example",
        "a@b.example\nBcc: x@y.example",
        "a@b.example,c@d.example",
        "a,b@c.example",
        "x" * 250 + "@y.example",
        "\x00@y.example",
    ],
)
def test_what_is_no_address_is_refused(quick_office: World, typed: str):
    browser = inside(quick_office, "/account/contact/email")
    browser.submit("/contact/email", address=typed)
    assert browser.page.select_one("#address-error")
    assert messages(quick_office) == []


def test_a_number_counts_once_its_code_is_back(office: World):
    world = office
    browser = inside(world, "/account/contact/phone")
    code = change(browser, world, "phone", "06 87 65 43 21")
    (sent,) = messages(world)
    assert (sent["channel"], sent["recipient"]) == ("sms", NEW_PHONE)
    assert person(world).phone == ""
    browser.submit("/code", code=code)
    assert (person(world).phone, person(world).phone_verified) == (NEW_PHONE, True)
    told = [one["recipient"] for one in messages(world) if one["purpose"] == "address-changed"]
    assert told == [person(world).email]
    browser.get("/account/contact/phone/remove")
    browser.submit("/phone/remove")
    assert (person(world).phone, person(world).phone_verified) == ("", False)
    assert world.events("account.phone_removed")


@pytest.mark.parametrize(
    "typed", ["", "12", "+1 212 555 0100", "+33 8 99 12 34 56", "06１２３４５６７８"]
)
def test_what_is_no_number_of_ours_is_refused(quick_office: World, typed: str):
    browser = inside(quick_office, "/account/contact/phone")
    browser.submit("/contact/phone", address=typed)
    assert browser.page.select_one("#address-error")
    assert messages(quick_office) == []


def test_cr_046_no_form_says_what_is_verified(quick_office: World):
    """What is verified is what the code was sent to."""
    world = quick_office
    browser = inside(world, "/account/contact/phone")
    code = change(browser, world, "phone", NEW_PHONE)
    more = {"address": "+33600000000", "phone": "+33600000000", "phone_verified": "1"}
    browser.submit("/code", code=code, email_verified="true", verified="true", **more)
    assert person(world).phone == NEW_PHONE
    assert not person(world).email_verified


def test_cr_005_a_code_of_one_session_or_purpose_is_none_of_another(quick_office: World):
    world = quick_office
    browser = inside(world, "/account/contact/phone")
    code = change(browser, world, "phone", NEW_PHONE)
    change(browser, world, "email", NEW_EMAIL)
    browser.get("/account/contact/email/code")
    browser.submit("/email/code", code=code) if code != last_code(world, "address-code") else None
    assert person(world).email != NEW_EMAIL
    elsewhere = inside(world, "/account/contact/phone")
    elsewhere.get("/account/contact/phone/code")
    # There is no code to type in that session.
    assert elsewhere.last.request.path == "/account/contact/phone"
    browser.get("/account/contact/phone/code")
    browser.submit("/phone/code", code=code)
    assert person(world).phone == NEW_PHONE


def test_a_code_is_sent_again_and_to_another_address_at_once(quick_office: World):
    world = quick_office
    browser = inside(world, "/account/contact/email")
    change(browser, world, "email", "mistyped@autre.example")
    browser.submit("/code", channel="email")
    assert browser.page.select_one(".notice-info")
    # Mistyped: no need to wait for the right one.
    code = change(browser, world, "email", NEW_EMAIL)
    assert [one["recipient"] for one in messages(world)] == [NEW_EMAIL]
    world.clock.pass_by(31)
    browser.submit("/code", channel="email")
    newer = last_code(world, "address-code")
    if newer != code:
        browser.submit("/code", code=code)
        assert person(world).email != NEW_EMAIL
    browser.submit("/code", code=newer)
    assert person(world).email == NEW_EMAIL


def test_cr_047_a_stale_login_proves_itself_again_first(quick_office: World):
    world = quick_office
    browser = inside(world, "/account/contact/email")
    code = change(browser, world, "email", NEW_EMAIL)
    world.clock.pass_by(299)
    url, fields = browser.form("/code")
    world.clock.pass_by(2)
    browser.post(url, fields | {"code": code})
    assert person(world).email != NEW_EMAIL
    assert browser.form("/password")
    browser.log_in("infirmiere")
    assert browser.last.request.path == "/account/contact/email/code"


def test_cr_047_an_account_with_codes_changes_its_address_by_code_only(quick_office: World):
    """A password alone, or a session that somebody left open, is not enough."""
    world = quick_office
    browser = world.browser()
    browser.get("/account/contact/email")
    browser.log_in("medecin")
    assert browser.page.select("button[name=channel]")
    browser.get("/account/contact/email")
    assert browser.page.select("button[name=channel]")
    browser.submit("/otp", channel="sms")
    browser.submit("/otp", code=last_code(world))
    assert browser.last.request.path == "/account/contact/email"
    browser.submit("/contact/email", address=NEW_EMAIL)
    assert last_code(world, "address-code")


@pytest.mark.parametrize("kind", ["email", "phone", "phone/remove"])
def test_cr_041_a_link_under_way_ends_with_the_address(office: World, kind: str):
    """What went to the old one is worth nothing once there is another, or none."""
    world = office
    link = helped(world, "medecin").values["link"]
    give_addresses(world, "medecin", PHONE, EMAIL)
    assert follow(world, link).form("/password/new")
    browser = world.browser()
    browser.get(f"/account/contact/{kind}")
    browser.log_in("medecin")
    browser.submit("/otp", channel="sms")
    browser.submit("/otp", code=last_code(world))
    if kind == "phone/remove":
        browser.submit("/phone/remove")
    else:
        code = change(browser, world, kind, NEW_EMAIL if kind == "email" else NEW_PHONE)
        assert follow(world, link).form("/password/new")
        browser.submit("/code", code=code)
    assert browser.page.select_one(".notice-success")
    assert follow(world, link).problem == "reset-over"


def test_one_time_codes_are_switched_on_and_off(office: World):
    world = office
    browser = inside(world, "/account/contact/otp")
    give_card(world, "infirmiere")
    # From now on her card protects her account: the password alone does not change it.
    add_proof(world, browser, "cps", Level.CARD)
    browser.get("/account/contact/otp")
    # The address is compulsory, and verified first.
    assert not browser.page.select("button[name=answer]")
    assert browser.page.select("a[href*='verify']")
    give_addresses(world, "infirmiere", email="mf.villeneuve@clinique.example")
    browser.get("/account/contact/otp")
    browser.submit("/contact/otp", answer="on", agree="")
    assert browser.page.select_one("#agree-error")
    browser.submit("/contact/otp", answer="on", agree="yes")
    assert browser.page.select_one(".notice-success")
    desk = world.provider.services.connectors["otp"]
    account = world.cast["infirmiere"].id
    assert desk.lacks(account) is None
    # Later a change needs a code.
    world.clock.pass_by(FRESH_FOR + 1)
    browser.get("/account/contact/otp")
    browser.get(f"{browser.last.request.path}?means=otp")
    browser.log_in("infirmiere")
    browser.submit("/otp", channel="email")
    browser.submit("/otp", code=last_code(world))
    browser.submit("/contact/otp", answer="off")
    assert desk.lacks(account) == "not-set-up"
    told = [one["purpose"] for one in messages(world) if one["purpose"].startswith("means-")]
    assert sorted(told) == ["means-added", "means-removed"]
    for kind in ("otp.enabled", "otp.disabled"):
        (event,) = [one for one in world.events(kind) if one.account == account]
        assert event.address == browser.address


@pytest.mark.parametrize("card", [None, {"used": False}, {"days": -1}])
def test_codes_are_not_switched_on_without_a_card(quick_office: World, card: dict | None):
    world = quick_office
    give_addresses(world, "infirmiere", email="mf.villeneuve@clinique.example")
    if card is not None:
        give_card(world, "infirmiere", **card)
    browser = inside(world, "/account/contact/otp")
    assert browser.page.select_one(".notice-warning")
    assert not browser.page.select("button[name=answer]")
    csrf = str(browser.page.select_one("input[name=csrf]")["value"])
    browser.post("/account/contact/otp", {"csrf": csrf, "answer": "on", "agree": "yes"})
    switched = [one.account for one in world.events("otp.enabled")]
    assert world.cast["infirmiere"].id not in switched


def test_staff_switch_codes_on_without_a_card(office: World):
    """Cards are professionals': nobody else waits for one."""
    world, who = office, "administrateur"
    give_addresses(world, who, email="odile@region.example")
    browser = inside(world, "/account/contact/otp", who)
    browser.submit("/contact/otp", answer="on", agree="yes")
    assert browser.page.select_one(".notice-success")
    assert world.provider.services.connectors["otp"].lacks(world.cast[who].id) is None
    client, browser = coded(world), world.browser()
    client.ask(browser)
    browser.log_in(who)
    browser.submit("/otp", channel="email")
    response = browser.submit("/otp", code=last_code(world))
    assert "code" in client.answered(response)


def test_a_patient_has_nothing_to_switch(quick_office: World):
    world = quick_office
    give_addresses(world, "patient")
    browser = inside(world, "/account/contact", "patient")
    assert not browser.page.select("a[href$='/otp']")
    browser.get("/account/contact/otp")
    assert browser.last.request.path == "/account/contact"


def test_a_carrier_that_is_down_is_said(quick_office: World, monkeypatch):
    world = quick_office
    monkeypatch.setattr(world.core.post, "is_up", lambda _channel: False)
    browser = inside(world, "/account/contact/phone")
    browser.submit("/contact/phone", address=NEW_PHONE)
    assert browser.page.select_one(".notice-warning")
    assert messages(world) == []


@pytest.mark.parametrize("page", ["/account/contact/fax", "/account/contact/fax/code"])
def test_other_words_are_no_page(quick_office: World, page: str):
    browser = quick_office.browser()
    browser.get(page)
    assert browser.problem == "not-found"
