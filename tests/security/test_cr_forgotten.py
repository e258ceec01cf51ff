# SPDX-License-Identifier: Apache-2.0
"""A forgotten password under attack: asked for over and over, and never telling who is known."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from idp.accounts.values import Population
from tests.cast import PEOPLE
from tests.codes import give_addresses, open_post_office
from tests.functional.test_forgotten import ask, help_with, work
from tests.outbox import waiting
from tests.world import Browser, World

MOBILE, MAILBOX = "+33611111111", "gaetan@courriel.example"
DAY = 86_400


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    """A provider that can send, on each database."""
    world = open_post_office(database_url)
    yield world
    world.provider.close()


def take_down(world: World, channel: str) -> None:
    """Its provider is left alone after failures."""
    row = {"channel": channel, "until": world.clock.now() + 60}
    with world.core.database.write() as tx:
        tx.execute(
            text("INSERT INTO channels (channel, streak, down_until) VALUES (:channel, 5, :until)"),
            row,
        )


def sent(world: World, who: str = "patient") -> tuple[str, str]:
    message = help_with(world, PEOPLE[who].identifier)
    return message.channel, message.recipient


def test_a_patient_is_helped_by_sms_where_it_works(office: World):
    assert sent(office) == ("sms", MOBILE)


def test_a_patient_is_helped_by_mail_while_sms_are_down(office: World):
    take_down(office, "sms")
    assert sent(office) == ("email", MAILBOX)
    (event,) = office.events("password.forgotten")
    assert '"way":"email"' in event.detail.replace(" ", "")
    office.clock.pass_by(61)
    assert sent(office) == ("sms", MOBILE)


def test_a_patient_is_helped_by_mail_where_nobody_sends_sms(world: World):
    give_addresses(world, "patient", MOBILE, MAILBOX)
    assert sent(world) == ("email", MAILBOX)


def test_a_patient_is_helped_by_mail_once_the_days_budget_is_spent(database_url: str):
    world = open_post_office(database_url, SMS_PER_DAY="1")
    assert sent(world) == ("sms", MOBILE)
    assert sent(world) == ("email", MAILBOX)
    world.provider.close()


def test_too_many_sms_to_one_number_are_not_made_up_for_by_mail(office: World):
    for _ in range(3):
        assert sent(office) == ("sms", MOBILE)
    ask(office, PEOPLE["patient"].identifier)
    work(office)
    assert office.events("password.forgotten")[-1].outcome == "refused"


def test_a_mailbox_that_nobody_has_verified_does_not_stand_in(office: World):
    give_addresses(office, "patient", MOBILE)
    take_down(office, "sms")
    assert sent(office) == ("sms", MOBILE)


def test_cr_047_a_mailbox_changed_a_moment_ago_does_not_stand_in(office: World):
    patient = office.cast["patient"].id
    with office.core.database.write() as tx:
        known = {"at": office.clock.now(), "account": patient}
        tx.execute(text("UPDATE accounts SET email_changed_at = :at WHERE id = :account"), known)
    take_down(office, "sms")
    assert sent(office) == ("sms", MOBILE)


def test_a_professional_receives_a_link_whatever_becomes_of_sms(office: World):
    assert PEOPLE["medecin"].population is Population.PROFESSIONAL
    assert sent(office, "medecin")[0] == "email"
    take_down(office, "sms")
    assert sent(office, "medecin")[0] == "email"


def rows(world: World) -> tuple[Any, ...]:
    """Everything that a request could have written."""
    tables = ("messages", "quotas", "audit_events", "reset_links", "throttles")
    with world.core.database.read() as tx:
        return tuple(
            tuple(sorted(map(repr, tx.execute(text(f"SELECT * FROM {one}")).all())))
            for one in tables
        )


def page(browser: Browser) -> tuple[int, str, str]:
    # One form differs by its token; nothing else may.
    text_of = browser.page.select_one("main").get_text(" ")
    return browser.last.status_code, browser.last.request.path, text_of


@pytest.mark.parametrize("typed", ["cdurand", "nobody-goes-by-it"])
def test_cr_030_a_name_is_asked_for_five_times_an_hour_and_the_answer_stays(
    world: World, typed: str
):
    addresses = iter(f"198.51.100.{number}" for number in range(20))
    answers = {page(ask(world, typed, address=next(addresses))) for _ in range(5)}
    assert len(waiting(world, "forgotten")) == 5
    # CR-011: another spelling is the same name.
    answers |= {
        page(ask(world, spelled, address=next(addresses)))
        for spelled in (typed, typed.upper(), f"  {typed} ")
    }
    assert len(waiting(world, "forgotten")) == 5
    ((status, path, _text),) = answers
    assert (status, path) == (200, "/password/sent")
    world.clock.pass_by(3600)
    ask(world, typed, address=next(addresses))
    assert len(waiting(world, "forgotten")) == 6


def test_cr_030_the_answer_to_what_is_not_taken_is_the_same_for_everybody(world: World):
    names = [PEOPLE[who].identifier for who in ("medecin", "patient", "ancienne")]
    answers = set()
    for typed in (*names, "nobody-goes-by-it"):
        for _ in range(6):
            last = page(ask(world, typed))
        answers.add(last)
    assert len(answers) == 1
    assert len(waiting(world, "forgotten")) == 4 * 5


def test_wb_032_an_address_asks_thirty_times_an_hour_and_a_subscriber_is_one(world: World):
    for number in range(30):
        ask(world, f"name-{number}", address=f"2001:db8:1:2::{number:x}")
    assert len(waiting(world, "forgotten")) == 30
    before = rows(world)
    for typed in ("cdurand", "name-31"):
        refused = ask(world, typed, address="2001:db8:1:2:ffff::1")
        assert page(refused)[:2] == (200, "/password/sent")
    # Neither a task, nor a trace of who was asked for.
    assert rows(world) == before
    ask(world, "cdurand", address="2001:db8:1:3::1")
    assert len(waiting(world, "forgotten")) == 31
    world.clock.pass_by(3600)
    ask(world, "cdurand", address="2001:db8:1:2:ffff::1")
    assert len(waiting(world, "forgotten")) == 32


def test_wb_032_no_other_path_or_header_evades_it(sqlite_world: World):
    for number in range(30):
        ask(sqlite_world, f"name-{number}", address="203.0.113.9")
    browser = sqlite_world.browser("203.0.113.9")
    browser.get("/password/forgotten")
    url, fields = browser.form("/password/forgotten")
    for headers in ({"X-Forwarded-For": "198.51.100.4"}, {"Forwarded": "for=198.51.100.4"}):
        browser.post(url, fields | {"identifier": "cdurand"}, headers=headers)
    for path in ("/password//forgotten", "/PASSWORD/forgotten", "/password/./forgotten"):
        browser.post(path, fields | {"identifier": "cdurand"})
    assert len(waiting(sqlite_world, "forgotten")) == 30


def test_a_hospital_may_be_given_more(sqlite_url: str):
    world = open_post_office(sqlite_url, SMS_PER_ADDRESS="40", SMTP_PER_ADDRESS="60")
    for number in range(102):
        ask(world, f"name-{number}")
    assert len(waiting(world, "forgotten")) == 100
    world.provider.close()
