# SPDX-License-Identifier: Apache-2.0
"""People who may be sent codes, what they were sent, and the ways to the pages of codes."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect
from sqlalchemy import text

from connectors.base import Level
from idp.crypto import parse_key_ring
from idp.sessions.values import Proof, dump_proofs
from tests.browser.pages import Visit, identifier_of
from tests.codes import other_than
from tests.servers import Site
from tests.world import RING

# Both carriers are set up, and nobody delivers: messages wait, to be read by the tests.
CARRIERS = {
    "MESSAGES_WORKER": "apart",
    "SMTP_HOST": "localhost",
    "SMTP_SENDER": "sceau@region.example",
    "SMS_PROVIDER": "twilio",
    "SMS_ACCOUNT": "AC" + "0" * 32,
    "SMS_TOKEN": "token-of-the-test",
    "SMS_SENDER": "+33700000000",
}
# Who has codes switched on, who could switch them on, and who has no card.
CODED, REACHED, CARDLESS = "coded", "reached", "cardless"
CONTACT = "/account/contact"
BEGIN_ANEW = ("quotas", "one_time_codes", "messages")


def arrange(somebody: Visit, who: str = CODED, phone: str = "+33639980010") -> None:
    """Verified addresses, a card, codes switched on: as before every other test."""
    now = int(time.time())
    with somebody.site.database() as database, database.write() as tx:
        for table in BEGIN_ANEW:
            tx.execute(text(f"DELETE FROM {table}"))
        known = {"identifier": identifier_of(who)}
        account = tx.execute(
            text("SELECT id FROM accounts WHERE identifier = :identifier"), known
        ).scalar()
        known = {"account": account, "phone": phone, "now": now, "until": now + 86_400}
        tx.execute(
            text(
                "UPDATE accounts SET phone = :phone, phone_verified = 1, email_verified = 1 "
                "WHERE id = :account"
            ),
            known,
        )
        for table in ("cards", "otp_enrolments"):
            tx.execute(text(f"DELETE FROM {table} WHERE account_id = :account"), known)
        if who != CARDLESS:
            tx.execute(
                text(
                    "INSERT INTO cards (serial, account_id, kind, valid_until, first_used_at, "
                    "created_at) VALUES (:account, :account, 'cps', :until, 1, 1)"
                ),
                known,
            )
        if who == CODED:
            tx.execute(text("INSERT INTO otp_enrolments VALUES (:account, :now)"), known)


def last_code(somebody: Visit) -> str:
    """The code in the message that waits to be sent."""
    with somebody.site.database() as database, database.read() as tx:
        rows = tx.execute(
            text("SELECT id, content FROM messages WHERE state = 'queued' AND purpose LIKE '%code'")
        ).all()
    [row] = rows
    ring = parse_key_ring(RING)
    opened = ring.open(row.content, table="messages", column="content", row=row.id)
    return str(json.loads(opened)["values"]["code"])


def press(somebody: Visit, channel: str = "sms") -> None:
    """Ask for a code."""
    somebody.follow(somebody.page.locator(f"button[name=channel][value={channel}]"))
    expect(somebody.page.locator("#code")).to_be_visible()


def confirm(somebody: Visit, code: str) -> None:
    """Type a code, send it, and wait for the page that answers it."""
    somebody.page.locator("#code").fill(code)
    somebody.follow(somebody.page.locator("form:has(#code) button[type=submit]"))


@contextmanager
def down(site: Site, *channels: str) -> Iterator[None]:
    """As if the providers of these channels had failed again and again, a moment ago."""
    known = [{"channel": one, "until": int(time.time()) + 200} for one in channels]
    try:
        with site.database() as database, database.write() as tx:
            for one in known:
                tx.execute(text("INSERT INTO channels VALUES (:channel, 9, :until)"), one)
        yield
    finally:
        with site.database() as database, database.write() as tx:
            tx.execute(text("DELETE FROM channels"))


# Ways to the pages, for the tour.


def at_choice(somebody: Visit) -> None:
    arrange(somebody)
    somebody.ask("mailed")
    somebody.log_in(CODED)
    expect(somebody.page.locator(".code-way")).to_have_count(2)


def at_code(somebody: Visit) -> None:
    at_choice(somebody)
    press(somebody)


def at_wrong(somebody: Visit) -> None:
    at_code(somebody)
    confirm(somebody, other_than(last_code(somebody)))
    expect(somebody.page.locator("#code-error")).to_be_visible()


def at_over(somebody: Visit) -> None:
    at_code(somebody)
    with somebody.site.database() as database, database.write() as tx:
        tx.execute(text("UPDATE one_time_codes SET ended_at = 1"))
    confirm(somebody, "000000")
    expect(somebody.page.locator("#form-error")).to_be_visible()


def at_one_way(somebody: Visit) -> None:
    with down(somebody.site, "sms"):
        arrange(somebody)
        somebody.ask("mailed")
        somebody.log_in(CODED)
        expect(somebody.page.locator(".code-way")).to_have_count(1)


def at_not_sent(somebody: Visit) -> None:
    at_choice(somebody)
    with down(somebody.site, "sms"):
        somebody.follow(somebody.page.locator("button[name=channel][value=sms]"))
        expect(somebody.page.locator("#form-error")).to_be_visible()


def at_stuck(somebody: Visit) -> None:
    at_code(somebody)
    with down(somebody.site, "sms"):
        somebody.page.goto(somebody.page.url.split("?")[0].removesuffix("/otp"))
        expect(somebody.page.locator("#stuck")).to_be_visible()


def at_no_way(somebody: Visit) -> None:
    with down(somebody.site, "sms", "email"):
        arrange(somebody)
        somebody.ask("mailed")
        somebody.log_in(CODED)
        expect(somebody.page.locator(".code-way")).to_have_count(0)


def at_lack(somebody: Visit) -> None:
    arrange(somebody, CARDLESS)
    somebody.ask("mailed")
    somebody.log_in(CARDLESS)
    expect(somebody.page.locator(".notice-warning")).to_be_visible()


def enter(somebody: Visit, path: str) -> None:
    """Somebody who could switch codes on, at a page of theirs; they showed their card as well."""
    arrange(somebody, REACHED)
    somebody.open("/account")
    somebody.log_in(REACHED)
    prove(somebody)
    somebody.page.goto(somebody.site.issuer + path)
    somebody.page.wait_for_url(f"**{path}")


def prove(somebody: Visit, means: str = "cps", level: Level = Level.CARD) -> None:
    """As if this alone had been shown: a card protects its account from a mere password."""
    proof = dump_proofs([Proof(means, level, ("x",), int(time.time()), "journey-of-the-test")])
    known = {"identifier": identifier_of(REACHED), "level": int(level), "proofs": proof}
    with somebody.site.database() as database, database.write() as tx:
        tx.execute(
            text(
                "UPDATE sessions SET level = :level, proofs = :proofs WHERE ended_at IS NULL AND "
                "account_id = (SELECT id FROM accounts WHERE identifier = :identifier)"
            ),
            known,
        )


def at_confirming(somebody: Visit) -> None:
    """Somebody who has only a password, before the first app."""
    arrange(somebody, CARDLESS)
    somebody.reads_mail = False
    somebody.open("/account/authenticator/new")
    somebody.log_in(CARDLESS)
    expect(somebody.page.locator("button[name=channel]")).to_be_visible()


def at_confirming_code(somebody: Visit) -> None:
    at_confirming(somebody)
    press(somebody, "email")


def at_contact(somebody: Visit) -> None:
    enter(somebody, CONTACT)


def at_email(somebody: Visit) -> None:
    enter(somebody, f"{CONTACT}/email")
    somebody.page.locator("#address").fill("nobody@nowhere")
    somebody.page.locator("form:has(#address) button[type=submit]").click()
    expect(somebody.page.locator("#address-error")).to_be_visible()


def at_proof(somebody: Visit) -> None:
    enter(somebody, f"{CONTACT}/phone")
    somebody.page.locator("#address").fill("06 39 98 00 11")
    somebody.page.locator("form:has(#address) button[type=submit]").click()
    expect(somebody.page.locator("#code")).to_be_visible()


def at_removal(somebody: Visit) -> None:
    enter(somebody, f"{CONTACT}/phone/remove")


def at_switch(somebody: Visit) -> None:
    enter(somebody, f"{CONTACT}/otp")


VIEWS = {
    "code-choice": at_choice,
    "code": at_code,
    "code-wrong": at_wrong,
    "code-over": at_over,
    "code-lacking": at_lack,
    "code-one-way": at_one_way,
    "code-not-sent": at_not_sent,
    "code-stuck": at_stuck,
    "code-no-way": at_no_way,
    "confirm": at_confirming,
    "confirm-code": at_confirming_code,
    "contact": at_contact,
    "contact-email": at_email,
    "contact-code": at_proof,
    "contact-remove": at_removal,
    "contact-otp": at_switch,
}
