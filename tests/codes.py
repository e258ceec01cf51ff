# SPDX-License-Identifier: Apache-2.0
"""What tests of one-time codes share: people who may use them, and the messages they get."""

import json
from typing import Any

from sqlalchemy import text

from idp.accounts.models import AccountRow
from idp.credentials.cards import Card, Kind
from idp.db import table_of
from tests.cast import application
from tests.protocol.kit import register
from tests.world import RelyingParty, World, open_world

YEAR = 365 * 86_400
PHONE, EMAIL = "+33612345678", "claire.durand@chu.example"
# Both carriers are set up; nothing is ever handed to them here.
CARRIERS = {
    "SMTP_HOST": "localhost",
    "SMTP_SENDER": "sceau@region.example",
    "SMS_PROVIDER": "twilio",
    "SMS_ACCOUNT": "AC" + "0" * 32,
    "SMS_TOKEN": "token-of-the-test",
    "SMS_SENDER": "+33700000000",
}


def open_post_office(url: str, **changes: str) -> World:
    """A provider that can send, and people who may be sent codes."""
    world = open_world(url, **CARRIERS | changes)
    bring_codes(world)
    return world


def bring_codes(world: World) -> None:
    """The doctor has a card and has switched codes on; the patient has both addresses."""
    claire = world.cast["medecin"].id
    give_addresses(world, "medecin", PHONE, EMAIL)
    give_addresses(world, "patient", "+33611111111", "gaetan@courriel.example")
    give_card(world, "medecin")
    with world.core.database.write() as tx:
        world.core.otp.enable(tx, claire)


def give_addresses(world: World, who: str, phone: str = "", email: str = "") -> None:
    """Verified addresses; an empty one is not verified."""
    table = table_of(AccountRow)
    values: dict[str, Any] = {
        "phone_verified": int(bool(phone)),
        "email_verified": int(bool(email)),
    }
    values |= {"phone": phone} if phone else {}
    values |= {"email": email} if email else {}
    with world.core.database.write() as tx:
        tx.execute(table.update().where(table.c.id == world.cast[who].id).values(**values))


def give_card(world: World, who: str, *, days: int = 900, used: bool = True) -> str:
    """A card, used for a login or not yet; answers its serial number."""
    now = world.clock.now()
    serial = f"80250{days:05}{who}"
    card = Card(
        serial,
        world.cast[who].id,
        Kind.CPS,
        now + days * 86_400,
        first_used_at=now - YEAR if used else None,
    )
    with world.core.database.write() as tx:
        assert world.core.cards.add(tx, card)
    return serial


def coded(world: World, key: str = "coded", **policy: Any) -> RelyingParty:
    """An application at level 2, by one-time code alone."""
    wanted = {"means": ["otp"], "level": 2} | policy
    return register(world, key, policy=application(key)["policy"] | wanted)


def messages(world: World) -> list[dict[str, Any]]:
    """Every message that waits to be sent, oldest first, opened."""
    with world.core.database.read() as tx:
        rows = tx.execute(text("SELECT * FROM messages WHERE state = 'queued'")).all()
    found = []
    for row in sorted(rows, key=lambda one: one.created_at):
        opened = {
            column: world.core.ring.open(
                getattr(row, column), table="messages", column=column, row=row.id
            ).decode()
            for column in ("recipient", "content")
        }
        found.append(
            {"channel": row.channel, "purpose": row.purpose, "recipient": opened["recipient"]}
            | json.loads(opened["content"])
        )
    return found


def last_code(world: World, purpose: str = "login-code") -> str:
    """The code in the message that waits to be sent."""
    found = [one["values"]["code"] for one in messages(world) if one["purpose"] == purpose]
    return str(found[-1])


def other_than(code: str) -> str:
    """Six digits that are not these."""
    return f"{(int(code) + 1) % 1_000_000:06}"
