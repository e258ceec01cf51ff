# SPDX-License-Identifier: Apache-2.0
"""RL-10: no SMS for ten minutes, as people meet it. Nothing lost, nothing late, another way on."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from idp.messages.delivery import Delivery
from idp.post_office import open_delivery
from tests.cast import PEOPLE
from tests.codes import bring_codes, coded
from tests.functional.conftest import make_quick
from tests.messages.conftest import sms_settings
from tests.messages.kit import Recorder, work
from tests.messages.twilio_double import Script
from tests.world import Browser, RelyingParty, World, open_world

MINUTE, STEP = 60, 5
# Twice the breaker's longest pause.
SOON = 10 * MINUTE
# As they are made (`idp.credentials.temporary`).
TEMPORARY = re.compile(r"[A-Z][a-z]{2}[0-9](?:-[A-Z][a-z]{2}[0-9])+")


@pytest.fixture
def office(database_url: str, twilio: Script) -> Iterator[World]:
    """A provider that sends by SMS and by e-mail, and people who may be sent codes."""
    mail = {"SMTP_HOST": "localhost", "SMTP_SENDER": "sceau@region.example"}
    world = make_quick(open_world(database_url, **sms_settings(twilio), **mail))
    bring_codes(world)
    yield world
    world.provider.close()


@pytest.fixture
def letters(office: World) -> Recorder:
    """The e-mails that left."""
    return Recorder()


@pytest.fixture
def worker(office: World, letters: Recorder) -> Delivery:
    """What delivers, when told to."""
    delivery = open_delivery(office.core, {})
    delivery.senders["email"] = letters
    return delivery


def at_the_choice(world: World) -> tuple[Browser, RelyingParty]:
    """Claire has typed her password."""
    browser, client = world.browser(), coded(world)
    client.ask(browser)
    browser.log_in()
    return browser, client


def wait(world: World, worker: Delivery, seconds: int) -> None:
    """Time goes by, and the worker looks every few seconds."""
    for _look in range(0, seconds, STEP):
        work(worker)
        world.clock.pass_by(STEP)


def wait_until_known(world: World, worker: Delivery) -> None:
    """Tried after 5, 15, 45 and 120 seconds; then the provider is left alone for a while."""
    for _look in range(0, 5 * MINUTE, STEP):
        if not world.core.post.is_up("sms"):
            return
        wait(world, worker, STEP)
    pytest.fail("nobody noticed that it is down")


def codes(letters: Recorder) -> list[str]:
    return [str(one.values["code"]) for one in letters.parcels if one.purpose == "login-code"]


def ask_for_help(world: World, who: str = "patient") -> None:
    browser = world.browser("192.0.2.77")
    browser.get("/password/forgotten")
    browser.submit("/password/forgotten", identifier=PEOPLE[who].identifier)


def states(world: World, purpose: str) -> list[str]:
    with world.core.database.read() as tx:
        found = tx.execute(
            text("SELECT state FROM messages WHERE purpose = :one ORDER BY created_at, id"),
            {"one": purpose},
        )
        return [row.state for row in found]


def test_rl_010_who_waits_for_an_sms_is_offered_the_mail(
    office: World, twilio: Script, worker: Delivery, letters: Recorder
):
    twilio.deeds = ["500"] * 500
    browser, client = at_the_choice(office)
    browser.submit("/otp", channel="sms")
    journey = browser.form("/otp")[0].removesuffix("/otp")
    assert not browser.page.select_one("#stuck")
    wait_until_known(office, worker)
    browser.get(journey)
    assert browser.page.select_one("#stuck")
    assert browser.page.select_one(".code-more button[value=email]")
    browser.submit("/otp", channel="email")
    wait(office, worker, STEP)
    (code,) = codes(letters)
    assert client.answered(browser.submit("/otp", code=code))["code"]
    # The next to come are offered the mail alone.
    other, _client = at_the_choice(office)
    assert [one["value"] for one in other.page.select("button[name=channel]")] == ["email"]
    wait(office, worker, 6 * MINUTE)
    # Back again: of the code nothing leaves any more, it is long over.
    twilio.deeds = []
    wait(office, worker, SOON)
    assert twilio.accepted == []
    assert states(office, "login-code") == ["worthless", "sent"]
    assert codes(letters) == [code]


def test_rl_010_who_forgot_the_password_is_helped_by_mail_or_as_soon_as_it_can_be(
    office: World, twilio: Script, worker: Delivery, letters: Recorder
):
    twilio.deeds = ["500"] * 500
    # Asked before anybody knew, and kept: it is of worth for a day.
    ask_for_help(office)
    wait_until_known(office, worker)
    assert states(office, "temporary-password") == ["queued"]
    # Asked again, it goes by mail, and takes the place of what waits.
    ask_for_help(office)
    wait(office, worker, MINUTE)
    assert [one.purpose for one in letters.parcels] == ["temporary-password"]
    assert states(office, "temporary-password") == ["worthless", "sent"]
    # Whoever can only be reached by telephone waits for it.
    with office.core.database.write() as tx:
        tx.execute(
            text("UPDATE accounts SET email_changed_at = :now WHERE id = :account"),
            {"now": office.clock.now(), "account": office.cast["patient"].id},
        )
    ask_for_help(office)
    wait(office, worker, 4 * MINUTE)
    assert twilio.accepted == []
    twilio.deeds = []
    wait(office, worker, SOON)
    (asked,) = twilio.accepted
    assert asked["To"] == "+33611111111"
    assert states(office, "temporary-password") == ["worthless", "sent", "sent"]
    browser = office.browser()
    office.client("plain").ask(browser)
    # What was sent in the end opens the way to a new password.
    browser.log_in("patient", TEMPORARY.search(asked["Body"])[0])
    assert browser.form("/renew")
    assert len(letters.parcels) == 1
