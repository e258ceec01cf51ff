# SPDX-License-Identifier: Apache-2.0
"""Calculettes, and cards that are given: what opens a way in, and what closes one.

Their secrets come in, and never leave: no answer, fault or log holds one.
"""

import binascii
from base64 import b64decode
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.card_register import CardSheet, card_typed
from idp.administration.people.readers import MOST_BYTES, Faulty, Handed, Planned, ReaderFile
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome, Request
from idp.api.v1 import cards
from idp.api.v1.shapes import moment
from idp.api.values import Body, Line64, Shown
from idp.api.words import N_
from idp.credentials.calculettes import Kept
from idp.credentials.cards import Card, Kind
from idp.credentials.delivery.pskc_secrets import Unlock
from idp.http.services import Services

# A file as base64, and what stands beside it.
LARGEST: Final = MOST_BYTES * 4 // 3 + 65_536
LARGEST_NUMBER: Final = 2**31 - 1
Hexadecimal = Annotated[str, Field(pattern="^([0-9A-Fa-f]{2})*$", max_length=512, repr=False)]


class CalculetteShown(Shown):
    """The calculette bound to a card; never its secret."""

    name: str
    batch: str
    suite: str
    state: Annotated[str, Field(description="usable, disabled, or why it is not")]
    counter: Annotated[int | None, Field(description="Null where it counts nothing")]
    drift: Annotated[int, Field(description="How many steps its clock is off")]
    last_used_at: datetime | None


class DeliveryGiven(Body):
    """A delivery, as its maker sends it."""

    name: Annotated[Line64, Field(description="What the delivery is called from now on")]
    file: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LARGEST,
            pattern="^[A-Za-z0-9+/]*={0,2}$",
            repr=False,
            description="The file itself (PSKC, RFC 6030) in base64: 8 MB of it at most",
        ),
    ]
    suite: Annotated[
        Line64, Field(description="For keys of which the file does not say it (RFC 6287)")
    ] = ""
    key: Annotated[Hexadecimal, Field(description="What the file is locked with")] = ""
    passphrase: Annotated[str, Field(max_length=1024, repr=False)] = ""
    only_look: Annotated[bool, Field(description="Say what it would come to; write nothing")] = (
        False
    )


class DeliveryTaken(Shown):
    """What was brought in, or would be."""

    name: str
    new: int
    known: Annotated[int, Field(description="How many were there already, exactly so")]
    brought: Annotated[bool, Field(description="False where it was only looked at")]


class CalculetteGiven(Body):
    """One calculette, for the card that it answers for."""

    batch: Line64
    suite: Annotated[Line64, Field(description="Of a new batch (RFC 6287)")] = ""
    secret: Annotated[Hexadecimal, Field(description="In hexadecimal digits")]
    pin: Annotated[str, Field(pattern="^[0-9]{0,12}$", repr=False)] = ""
    name: Annotated[Line64, Field(description="What stands on it")] = ""
    counter: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] = 0


class Correction(Body):
    """Where it stands; what is not named stays. A counter never goes back."""

    counter: Annotated[int | None, Field(ge=0, le=LARGEST_NUMBER)] = None
    drift: Annotated[int | None, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)] = None


class CardGiven(Body):
    """What stands on a card."""

    serial: Line64
    kind: Annotated[str, Field(pattern=f"^({'|'.join(one.value for one in Kind)})$")]
    valid_until: Annotated[
        str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="Its last day")
    ]


def show(asked: Asked) -> Outcome:
    """The calculette of a card."""
    found = asked.services.office.cards.find(asked.tx, asked.authority, asked.path["serial"])
    if isinstance(found, Denied):
        return found
    return Done(_shown(asked, found.reader)) if found.reader else Denied.NOT_FOUND


def _shown(asked: Asked, kept: Kept) -> CalculetteShown:
    counts = asked.services.office.readers.counts(kept)
    return CalculetteShown(
        name=kept.reader,
        batch=kept.batch.name,
        suite=kept.batch.suite,
        state=kept.standing.value,
        counter=kept.counter if counts else None,
        drift=kept.drift,
        last_used_at=moment(kept.last_used_at),
    )


def prepare(services: Services, request: Request) -> Any:
    """The file is read before the transaction begins: it may be a large one."""
    body: DeliveryGiven = request.body
    if denied := request.authority.refuses(ADD):
        return denied
    try:
        data = b64decode(body.file, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or len(data) > MOST_BYTES:
        return Problem("unfit", "no base64, or too large", (Where("#/file", "unfit"),))
    unlock = Unlock(bytes.fromhex(body.key), body.passphrase)
    file = ReaderFile(data, body.name, body.suite, unlock)
    planned = services.office.readers.plan(request.authority, file)
    return _faulty(planned, "#/file") if isinstance(planned, Faulty) else planned


def bring(asked: Asked) -> Outcome:
    """All of its calculettes, or none."""
    planned: Planned = asked.ready
    body: DeliveryGiven = asked.body
    new, known = len(planned.new), planned.known
    if body.only_look:
        return Done(DeliveryTaken(name=body.name, new=new, known=known, brought=False))
    done = asked.services.office.readers.carry(asked.tx, asked.authority, planned)
    if isinstance(done, Faulty):
        return _faulty(done, "#/file")
    if isinstance(done, Denied):
        return done
    return Done(DeliveryTaken(name=body.name, new=done.new, known=done.known, brought=True))


def hand_over(asked: Asked) -> Outcome:
    """Bind one calculette to a card."""
    body: CalculetteGiven = asked.body
    secret = bytes.fromhex(body.secret)
    handed = Handed(body.batch, body.suite, secret, body.pin, body.name, body.counter)
    desk, serial = asked.services.office.readers, asked.path["serial"]
    done = desk.hand_over(asked.tx, asked.authority, serial, handed)
    if isinstance(done, Faulty):
        return _faulty(done, "#")
    return done if isinstance(done, Denied) else Done(_shown(asked, done))


def switch_off(asked: Asked) -> Outcome:
    """It logs nobody in until it is switched on again."""
    done = asked.services.office.readers.switch_off(asked.tx, asked.authority, asked.path["serial"])
    if isinstance(done, Denied):
        return done
    return Done(status=204) if done else Problem("conflict", "switched off already")


def switch_on(asked: Asked) -> Outcome:
    """It logs its owner in again."""
    done = asked.services.office.readers.switch_on(asked.tx, asked.authority, asked.path["serial"])
    if isinstance(done, Denied):
        return done
    return Done(status=204) if done else Problem("conflict", "not switched off")


def correct(asked: Asked) -> Outcome:
    """Put right one that is too far off to do so by two answers in a row."""
    body: Correction = asked.body
    desk, serial = asked.services.office.readers, asked.path["serial"]
    done = desk.resync(asked.tx, asked.authority, serial, body.counter, body.drift)
    if isinstance(done, Unfit):
        return Problem("unfit", done.why, tuple(Where(f"#/{one}", done.why) for one in done.fields))
    return done if isinstance(done, Denied) else Done(status=204)


def bind(asked: Asked) -> Outcome:
    """Give somebody a card: whoever holds it logs in as them."""
    body: CardGiven = asked.body
    offered = card_typed(body.serial, body.kind, body.valid_until)
    if isinstance(offered, Unfit):
        denied = asked.authority.refuses(Right.MEANS_ADD)
        return denied or _unfit(offered)
    desk = asked.services.office.cards
    done = desk.bind(asked.tx, asked.authority, asked.path["account"], offered)
    if isinstance(done, Unfit):
        return _unfit(done)
    return done if isinstance(done, Denied) else _bound(asked, done)


def _bound(asked: Asked, card: Card) -> Outcome:
    found = asked.services.office.cards.find(asked.tx, asked.authority, card.serial)
    if not isinstance(found, CardSheet):
        return found
    return Done(cards.shown(found), 201, location=f"/cards/{card.serial}")


def _unfit(done: Unfit) -> Problem:
    name = "taken" if done.why == "taken" else "unfit"
    return Problem(name, done.why, tuple(Where(f"#/{one}", done.why) for one in done.fields))


def _faulty(done: Faulty, pointer: str) -> Problem:
    errors = tuple(Where(pointer, "unfit", one) for one in done.faults)
    return Problem("unfit", f"and {done.more} more" if done.more else "", errors)


ONE = "/cards/{serial}/calculette"
ADD = Right.MEANS_ADD
OPERATIONS = (
    Operation(
        "GET",
        ONE,
        "showCalculette",
        N_("The calculette of a card, and where its counter stands"),
        show,
        Right.MEANS_SEE,
        answer=CalculetteShown,
    ),
    Operation(
        "POST",
        "/calculettes/batches",
        "bringCalculettes",
        N_("Bring a maker’s delivery of calculettes in: all of them, or none"),
        bring,
        ADD,
        body=DeliveryGiven,
        most=LARGEST,
        answer=DeliveryTaken,
        problems=("unfit",),
        prepare=prepare,
        fresh=True,
    ),
    Operation(
        "PUT",
        ONE,
        "handCalculetteOver",
        N_("Bind one calculette to a card"),
        hand_over,
        ADD,
        body=CalculetteGiven,
        answer=CalculetteShown,
        problems=("unfit",),
        fresh=True,
    ),
    Operation(
        "POST",
        f"{ONE}/disable",
        "disableCalculette",
        N_("Switch a calculette off: it logs nobody in, and its card goes on working"),
        switch_off,
        Right.MEANS_REMOVE,
        status=204,
        problems=("conflict",),
    ),
    Operation(
        "POST",
        f"{ONE}/enable",
        "enableCalculette",
        N_("Switch a calculette on again, from where its counter stands"),
        switch_on,
        ADD,
        status=204,
        problems=("conflict",),
        fresh=True,
    ),
    Operation(
        "POST",
        f"{ONE}/correct",
        "correctCalculette",
        N_("Put right what a calculette counts, and how far its clock is off"),
        correct,
        Right.ACCOUNTS_UNLOCK,
        body=Correction,
        status=204,
        problems=("unfit",),
    ),
    Operation(
        "POST",
        "/accounts/{account}/cards",
        "bindCard",
        N_("Give somebody a card: whoever holds it logs in as them"),
        bind,
        ADD,
        body=CardGiven,
        answer=cards.CardShown,
        status=201,
        problems=("taken", "unfit"),
        fresh=True,
    ),
)
