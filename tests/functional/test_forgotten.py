# SPDX-License-Identifier: Apache-2.0
"""A forgotten password: the same answer for everybody, and what each then receives."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from idp.accounts.contact import Contact
from idp.accounts.values import State
from tests.cast import PASSWORD, PEOPLE
from tests.codes import give_addresses
from tests.functional.conftest import twin
from tests.functional.passkeys import client_of, journey_of, owner
from tests.functional.test_again import sessions
from tests.functional.test_password_renewal import FRESH, OTHER, arrives, log_in, replace
from tests.outbox import Waiting, table, waiting
from tests.protocol.kit import ELSEWHERE
from tests.world import Browser, World

# With the capital letter that the portal asks for.
PORTAL_FRESH = f"C{FRESH}"


def ask(world: World, typed: str, address: str = "192.0.2.10") -> Browser:
    browser = world.browser(address)
    browser.get("/password/forgotten")
    browser.submit("/password/forgotten", identifier=typed)
    return browser


def work(world: World) -> None:
    """What the worker does with the requests."""
    helper = world.core.forgotten
    for one in waiting(world, "forgotten"):
        helper.answer(one.recipient, "the-request", one.values)
    with world.core.database.write() as tx:
        tx.execute(table.update().where(table.c.channel == "task").values(state="sent"))


def helped(world: World, who: str) -> Waiting:
    give_addresses(world, who, email=PEOPLE[who].email)
    return help_with(world, PEOPLE[who].identifier)


def help_with(world: World, typed: str) -> Waiting:
    """What somebody receives who has asked for it."""
    ask(world, typed)
    work(world)
    (message,) = [*waiting(world, "reset-link"), *waiting(world, "temporary-password")]
    return message


def follow(world: World, link: str) -> Browser:
    browser = world.browser()
    browser.get(urlsplit(link).path)
    return browser


@pytest.mark.parametrize("typed", ["medecin", "closed", "patient", "nobody-goes-by-it"])
def test_cr_030_the_answer_is_the_same_for_everybody(quick_world: World, typed: str):
    known = PEOPLE.get(typed)
    browser = ask(quick_world, known.identifier if known else typed)
    assert urlsplit(browser.last.request.path).path == "/password/sent"
    (task,) = waiting(quick_world)
    assert (task.channel, task.purpose, task.account) == ("task", "forgotten", None)


def test_a_professional_receives_a_link_that_works_once(quick_world: World):
    other, (_client, _response) = log_in(quick_world, PASSWORD)
    message = helped(quick_world, "medecin")
    assert (message.channel, message.purpose) == ("email", "reset-link")
    assert message.values["link"].startswith(quick_world.core.settings.server.issuer + "/")
    browser = follow(quick_world, message.values["link"])
    assert urlsplit(browser.last.request.path).path == "/password/new"
    # Whose password it is: nobody is led to give their own away.
    assert browser.page.select_one("main strong").get_text() == PEOPLE["medecin"].identifier
    browser.submit("/password/new", password=FRESH, again=FRESH)
    # CR-044: it opens nothing by itself.
    assert browser.cookie("session") == ""
    assert other
    assert [one[3] for one in sessions(quick_world)] == ["password-reset"]
    _browser, (client, response) = log_in(quick_world, FRESH)
    assert arrives(client, response)
    again = follow(quick_world, message.values["link"])
    assert again.problem == "reset-over"


def test_cr_043_looking_at_the_link_uses_nothing_up(quick: World):
    message = helped(quick, "medecin")
    for _scanner in range(3):
        browser = follow(quick, message.values["link"])
        assert browser.form("/password/new")
    assert "no-referrer" in browser.last.headers["Referrer-Policy"]
    assert message.values["link"].rpartition("/")[2] not in browser.last.request.path
    browser.submit("/password/new", password="court", again="court")
    browser.submit("/password/new", password=FRESH, again=FRESH)
    assert browser.page.select_one("main a[href='/login']")


def test_cr_041_an_older_link_ends_with_a_newer_one_and_with_a_change(quick: World):
    first = helped(quick, "medecin").values["link"]
    second = helped(quick, "medecin").values["link"]
    assert follow(quick, first).problem == "reset-over"
    browser = follow(quick, second)
    other = twin(browser, "browser", "reset")
    other.get("/password/new")
    browser.submit("/password/new", password=FRESH, again=FRESH)
    other.submit("/password/new", password=OTHER, again=OTHER)
    assert other.problem == "reset-over"
    third = helped(quick, "medecin").values["link"]
    quick.clock.pass_by(quick.core.settings.policies.reset_life)
    assert follow(quick, third).problem == "reset-over"


@pytest.mark.parametrize(
    "link", ["/password/reset/x", "/password/reset/" + "A" * 200, "/password/new"]
)
def test_cr_041_a_guessed_link_is_none(quick: World, link: str):
    assert follow(quick, link).problem == "reset-over"


def test_cr_042_the_link_names_our_own_address_whatever_the_request_says(quick: World):
    browser = quick.browser()
    browser.get("/password/forgotten")
    url, fields = browser.form("/password/forgotten")
    typed = {"identifier": PEOPLE["medecin"].identifier}
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    browser.post(url, data=fields | typed, headers=forged)
    work(quick)
    (message,) = waiting(quick, "reset-link")
    assert "evil" not in message.values["link"]


def test_a_patient_receives_a_temporary_password_to_replace(quick_world: World):
    message = helped(quick_world, "patient")
    assert message.purpose == "temporary-password"
    # The old one goes on until then: who knows a name only cannot lock its owner out.
    browser, (client, response) = log_in(quick_world, PASSWORD, "patient")
    assert arrives(client, response)
    browser, (client, _page) = log_in(quick_world, message.values["password"], "patient")
    assert arrives(client, replace(browser, PORTAL_FRESH))
    browser, (_client, _page) = log_in(quick_world, message.values["password"], "patient")
    assert browser.form("/password")
    _browser, (client, response) = log_in(quick_world, PORTAL_FRESH, "patient")
    assert arrives(client, response)


def test_a_temporary_password_ends_with_its_time_and_belongs_to_one_person(quick: World):
    message = helped(quick, "patient")
    browser, (_client, _page) = log_in(quick, message.values["password"], "medecin")
    assert browser.form("/password")
    quick.clock.pass_by(quick.core.settings.policies.forgotten_life)
    browser, (_client, _page) = log_in(quick, message.values["password"], "patient")
    assert browser.form("/password")


def test_cr_041_a_temporary_password_typed_once_ends_when_its_message_said(quick: World):
    """Whoever typed it and went away leaves nothing behind that lives for days."""
    rules = quick.core.settings.policies
    assert rules.forgotten_life == 3600
    assert rules.temporary_life > 86_400
    message = helped(quick, "patient")
    assert message.values["minutes"] == 60
    quick.clock.pass_by(3599)
    browser, (_client, _page) = log_in(quick, message.values["password"], "patient")
    assert browser.form("/renew")
    quick.clock.pass_by(1)
    browser, (_client, _page) = log_in(quick, message.values["password"], "patient")
    assert browser.form("/password")


def test_cr_044_a_closed_account_receives_nothing(quick: World):
    account = quick.cast["medecin"].id
    with quick.core.database.write() as tx:
        quick.core.accounts.set_state(tx, account, State.DISABLED)
    ask(quick, PEOPLE["medecin"].identifier)
    work(quick)
    assert waiting(quick) == []
    (event,) = quick.events("password.forgotten")
    assert event.outcome == "refused"


@pytest.mark.parametrize("state", [State.DISABLED, State.CLOSED])
def test_cr_044_an_account_closed_between_link_and_submit_stays_closed(quick: World, state: State):
    browser = follow(quick, helped(quick, "medecin").values["link"])
    with quick.core.database.write() as tx:
        quick.core.accounts.set_state(tx, quick.cast["medecin"].id, state)
    browser.submit("/password/new", password=FRESH, again=FRESH)
    assert browser.problem == "reset-over"
    assert quick.events("password.renewed") == []


def test_cr_044_a_second_factor_is_asked_for_as_before(keyed: World):
    """The link gives a password back, and nothing above it."""
    owner(keyed)
    message = helped(keyed, "medecin")
    browser = follow(keyed, message.values["link"])
    browser.submit("/password/new", password=FRESH, again=FRESH)
    browser = keyed.browser()
    client_of(keyed, "firm").ask(browser)
    browser.get(journey_of(browser) + "?means=password")
    assert not browser.page.find(id="password")
    entered = keyed.browser()
    entered.get("/login?means=password")
    entered.get(journey_of(entered) + "?means=password")
    entered.log_in("medecin", FRESH)
    entered.get("/account/authenticator/new")
    assert entered.page.find("form", attrs={"data-passkey": "get"})


def asked(world: World, who: str) -> list[tuple[str, str, str]]:
    """What goes out when somebody asks for this person: by which way, what, and where to."""
    ask(world, PEOPLE[who].identifier)
    work(world)
    purposes = ("reset-link", "temporary-password")
    return [
        (one.channel, one.purpose, one.recipient)
        for one in waiting(world)
        if one.purpose in purposes
    ]


NEW_EMAIL, NEW_PHONE = "nouvelle@autre.example", "+33687654321"


def set_addresses(world: World, who: str, email: str = "", phone: str = "") -> None:
    """What the pages do once a code came back."""
    contact = Contact(world.core.clock, world.core.audit)
    account = world.cast[who].id
    with world.core.database.write() as tx:
        if email:
            assert contact.set_email(tx, account, email, ELSEWHERE)
        if phone:
            contact.set_phone(tx, account, phone, ELSEWHERE)


def test_cr_047_an_address_just_changed_renews_nothing(quick_world: World):
    world = quick_world
    set_addresses(world, "medecin", email=NEW_EMAIL)
    assert asked(world, "medecin") == []
    world.clock.pass_by(world.core.settings.policies.reset_cooling - 1)
    assert asked(world, "medecin") == []
    world.clock.pass_by(1)
    assert asked(world, "medecin") == [("email", "reset-link", NEW_EMAIL)]


def test_cr_047_a_number_just_changed_renews_nothing(quick_world: World, monkeypatch):
    """The mail of before goes on instead, where there is one."""
    world = quick_world
    monkeypatch.setattr(world.core.post, "is_up", lambda _channel: True)
    set_addresses(world, "patient", phone=NEW_PHONE)
    assert asked(world, "patient") == []
    email = PEOPLE["patient"].email
    set_addresses(world, "patient", email=email)
    # The address that they had is verified by that, and no new one.
    assert asked(world, "patient") == [("email", "temporary-password", email)]
    world.clock.pass_by(world.core.settings.policies.reset_cooling)
    assert asked(world, "patient") == [("sms", "temporary-password", NEW_PHONE)]


def test_cr_047_a_number_verified_once_more_is_no_new_one(quick: World):
    set_addresses(quick, "patient", phone=NEW_PHONE)
    quick.clock.pass_by(quick.core.settings.policies.reset_cooling)
    set_addresses(quick, "patient", phone=NEW_PHONE)
    assert asked(quick, "patient") == [("sms", "temporary-password", NEW_PHONE)]


@pytest.mark.parametrize("who", ["infirmiere", "patient", "administrateur"])
def test_cr_046_what_nobody_has_verified_is_sent_nothing(quick: World, who: str):
    """An address mistyped at a desk, or a number given by it, may be a stranger's."""
    with quick.core.database.write() as tx:
        tx.execute(text("UPDATE accounts SET phone = '+33611111111'"))
    assert asked(quick, who) == []
    assert [one.outcome for one in quick.events("password.forgotten")] == ["refused"]


def test_a_patients_unverified_number_leaves_the_verified_mail(quick: World):
    email = PEOPLE["patient"].email
    give_addresses(quick, "patient", email=email)
    with quick.core.database.write() as tx:
        tx.execute(text("UPDATE accounts SET phone = '+33611111111', phone_verified = 0"))
    assert asked(quick, "patient") == [("email", "temporary-password", email)]


@pytest.mark.parametrize("typed", ["", "   ", "x" * 300, "a\x00b"])
def test_what_cannot_be_a_name_is_said(quick: World, typed: str):
    browser = ask(quick, typed)
    assert browser.page.select_one("[aria-invalid=true]")
    assert waiting(quick) == []


def test_the_login_page_leads_there_and_back(quick: World):
    browser = quick.browser()
    quick.client("plain").ask(browser)
    address = browser.form("/password")[0].removesuffix("/password")
    link = browser.page.select_one("a[href^='/password/forgotten']")["href"]
    browser.get(link)
    assert browser.page.select_one(f"a[href='{address}']")
    browser.submit("/password/forgotten", identifier="somebody")
    assert browser.page.select_one(f"a[href='{address}']")
    browser.get("/password/forgotten?from=//evil.example")
    assert not browser.page.select("a[href*=evil]")
