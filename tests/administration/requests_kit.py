# SPDX-License-Identifier: Apache-2.0
"""Requests of professionals, as if they had gone through the four steps."""

from dataclasses import replace
from typing import Any

from idp.accounts.values import fold
from idp.http.services import Core
from idp.registration.values import CardShown, Content, Details, Request, Stage, Wishes
from tests.administration.kit import CHU, Opened

DAY = 86_400
# 10003456786 has a check digit that fits (Luhn).
NUMBER = "10003456786"
DETAILS = Details(
    number=NUMBER,
    profession="10",
    profession_label="Médecin",
    title="DR",
    civility="MME",
    last_name="Lefèvre",
    first_name="Élodie",
    birth_date="1980-02-29",
    street="2 boulevard Tonnellé",
    post_code="37000",
    city="Tours",
    establishment=CHU,
    phone="+33247474747",
    email="elodie.lefevre@chu.example",
)
CARD = CardShown(
    serial="2800000001",
    kind="cps",
    national_id=f"8{NUMBER}",
    last_name="LEFEVRE",
    first_name="ELODIE",
    profession="10",
    valid_until=1_900_000_000,
    family="test",
    authority="0a",
    certificate_serial="01",
)


def ask(core: Core, name: str = "", **changes: Any) -> Request:
    """A request in the queue; `changes` are of the request, its details, wishes or card."""
    now = core.clock.now()
    details = {one: changes.pop(one) for one in Details.__dataclass_fields__ if one in changes}
    wishes = {one: changes.pop(one) for one in Wishes.__dataclass_fields__ if one in changes}
    card = changes.pop("card", None)
    said = replace(DETAILS, **details)
    request = Request(
        id=name or core.entropy.token(16),
        stage=Stage.PENDING,
        version=1,
        content=Content(card is not None, card, said, Wishes(**wishes)),
        step=4,
        locale="fr",
        national_id=f"8{said.number}" if said.number else "",
        establishment=said.establishment,
        terms_version="2026-1",
        terms_at=now,
        created_at=now,
        updated_at=now,
        expires_at=now + 90 * DAY,
        sent_at=now,
        submitted_at=now,
    )
    request = replace(request, **changes)
    with core.database.write() as tx:
        core.requests.add(tx, request)
        core.requests.note(tx, request.id, "sent")
        core.requests.note(tx, request.id, "confirmed")
    return request


def someone(number: int, **changes: Any) -> dict[str, Any]:
    """Another person each time: what tells their request apart."""
    digits = f"1000000{number:03d}"
    email = fold(f"person{number}@example.org")
    said = {
        "number": digits + check_digit(digits),
        "last_name": f"Person{number:03d}",
        "first_name": "Alix",
        "email": email,
        "birth_date": "",
    }
    return said | changes


def check_digit(digits: str) -> str:
    """The digit that makes an RPPS number whole (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def do(office: Opened, verb: str, who: str, *arguments: Any) -> Any:
    """A verb of the queue by somebody of the office, in a transaction of its own."""
    queue = office.world.provider.services.office.queue
    authority = office.authority(who)
    with office.world.core.database.write() as tx:
        return getattr(queue, verb)(tx, authority, *arguments)
