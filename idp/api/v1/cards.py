# SPDX-License-Identifier: Apache-2.0
"""Cards by their number, and deliveries of readers."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from idp.administration.authority import Denied
from idp.administration.people.card_register import CardSheet
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.v1.shapes import at, moment
from idp.api.values import Listed, Shown
from idp.api.words import N_
from idp.credentials.calculettes import Kept, Standing


class ReaderShown(Shown):
    """The calculette bound to a card."""

    name: str
    batch: str
    usable: bool
    last_used_at: datetime | None


class CardShown(Shown):
    """A card, and whose it is."""

    serial: str
    kind: str
    account: str
    state: Annotated[str, Field(description="revoked, expired or good")]
    valid_until: datetime
    first_used_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    reader: ReaderShown | None
    may_revoke: bool
    may_restore: bool


class DeliveryShown(Shown):
    """A batch of calculettes, in figures."""

    name: str
    verifier: str
    created_at: datetime
    number: int
    disabled: int
    used: int


def show(asked: Asked) -> Outcome:
    """The card of a number."""
    found = asked.services.office.cards.find(asked.tx, asked.authority, asked.path["serial"])
    return found if isinstance(found, Denied) else Done(shown(found))


def revoke(asked: Asked) -> Outcome:
    """End it for good, with what goes on by it."""
    done = asked.services.office.cards.revoke(asked.tx, asked.authority, asked.path["serial"])
    if isinstance(done, Denied):
        return done
    return Done(status=204) if done else Problem("conflict", "revoked already")


def restore(asked: Asked) -> Outcome:
    """Take back what was revoked by mistake."""
    done = asked.services.office.cards.restore(asked.tx, asked.authority, asked.path["serial"])
    if isinstance(done, Denied):
        return done
    return Done(status=204) if done else Problem("conflict", "not revoked")


def deliveries(asked: Asked) -> Outcome:
    """The newest first."""
    found = asked.services.office.cards.deliveries(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    items = [
        DeliveryShown(
            name=one.name,
            verifier=one.verifier,
            created_at=at(one.created_at),
            number=one.number,
            disabled=one.disabled,
            used=one.used,
        )
        for one in found
    ]
    return Done(Listed[DeliveryShown](items=items, total=len(items)))


def shown(found: CardSheet) -> CardShown:
    """As programs read it."""
    card = found.card
    return CardShown(
        serial=card.serial,
        kind=card.kind.value,
        account=found.owner.id,
        state=found.state,
        valid_until=at(card.valid_until),
        first_used_at=moment(card.first_used_at),
        last_used_at=moment(card.last_used_at),
        revoked_at=moment(card.revoked_at),
        reader=_reader(found.reader) if found.reader else None,
        may_revoke=found.may_change,
        may_restore=found.may_restore,
    )


def _reader(one: Kept) -> ReaderShown:
    return ReaderShown(
        name=one.reader,
        batch=one.batch.name,
        usable=one.standing is Standing.USABLE,
        last_used_at=moment(one.last_used_at),
    )


ONE = "/cards/{serial}"
SEE, CHANGE = Right.MEANS_SEE, Right.MEANS_REMOVE
OPERATIONS = (
    Operation(
        "GET",
        ONE,
        "showCard",
        N_("The card of a number, and whose it is"),
        show,
        SEE,
        answer=CardShown,
    ),
    Operation(
        "POST",
        f"{ONE}/revoke",
        "revokeCard",
        N_("End a card for good"),
        revoke,
        CHANGE,
        status=204,
        problems=("conflict",),
    ),
    Operation(
        "POST",
        f"{ONE}/restore",
        "restoreCard",
        N_("Take back a revocation that was a mistake"),
        restore,
        CHANGE,
        status=204,
        problems=("conflict",),
        fresh=True,
    ),
    Operation(
        "GET",
        "/calculettes/batches",
        "listCalculetteBatches",
        N_("Batches of calculettes, in figures"),
        deliveries,
        SEE,
        answer=Listed[DeliveryShown],
    ),
)
