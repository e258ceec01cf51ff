# SPDX-License-Identifier: Apache-2.0
"""Verbs of the nomad readers: bring in, find, use, put right, switch off, remove."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from connectors.capabilities import Verifier
from connectors.ports import Calculette, Match
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials import throttle
from idp.credentials.models import CalculetteBatchRow, CalculetteRow, CardRow
from idp.crypto import VERSION, KeyRing
from idp.db import Found, Tx, table_of
from idp.origin import Origin

KIND = "calculette"
# Whoever has more readers than this that work at once types a card number.
MOST_AT_ONCE = 4
table = table_of(CalculetteRow)
batches = table_of(CalculetteBatchRow)
cards = table_of(CardRow)
ADD_BATCH = upsert(batches).on_conflict_do_nothing()
BATCH = select(batches).where(batches.c.name == bindparam("name_"))
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.card_serial)
WHOLE: Select[tuple[object, ...]] = (
    select(
        *(one for one in table.c),
        batches.c.verifier,
        batches.c.suite,
        cards.c.account_id,
        cards.c.valid_until,
        cards.c.revoked_at,
    )
    .join(cards, cards.c.serial == table.c.card_serial)
    .join(batches, batches.c.name == table.c.batch)
)
OF_CARD = WHOLE.where(table.c.card_serial == bindparam("card"))
OF_ACCOUNT = WHOLE.where(cards.c.account_id == bindparam("account")).order_by(
    table.c.created_at.desc(), table.c.card_serial
)
OF_BATCH = WHOLE.where(table.c.batch == bindparam("name_")).order_by(table.c.card_serial)
EVERY = WHOLE.order_by(table.c.batch, table.c.card_serial)
OWNER = select(cards.c.account_id).where(cards.c.serial == bindparam("card"))
# A count is taken once, also by two at the same time, and none before it ever after (CR-003).
MOVE_ON = (
    update(table)
    .where(
        table.c.card_serial == bindparam("card"),
        table.c.disabled_at.is_(None),
        table.c.counter < bindparam("new_counter"),
    )
    .values(
        counter=bindparam("new_counter"),
        drift=bindparam("new_drift"),
        awaited_counter=None,
        awaited_drift=None,
        last_used_at=bindparam("now"),
    )
    .returning(table.c.card_serial)
)
# Of a reader that counts nothing, the challenge alone says that an answer is new.
USE = (
    update(table)
    .where(table.c.card_serial == bindparam("card"), table.c.disabled_at.is_(None))
    .values(
        drift=bindparam("new_drift"),
        awaited_counter=None,
        awaited_drift=None,
        last_used_at=bindparam("now"),
    )
    .returning(table.c.card_serial)
)
AWAIT = (
    update(table)
    .where(table.c.card_serial == bindparam("card"))
    .values(awaited_counter=bindparam("new_counter"), awaited_drift=bindparam("new_drift"))
)
SET_DISABLED = (
    update(table)
    .where(table.c.card_serial == bindparam("card"))
    .values(disabled_at=bindparam("new_disabled"))
    .returning(table.c.card_serial)
)
REMOVE = delete(table).where(table.c.card_serial == bindparam("card")).returning(table.c.batch)
SEALED_BY_OTHERS = (
    select(table.c.card_serial, table.c.secret, table.c.pin)
    .where(func.substr(table.c.secret, 1, bindparam("length")) != bindparam("beginning"))
    .limit(bindparam("most"))
)
# Only what was read is replaced.
RESEAL = (
    update(table)
    .where(table.c.card_serial == bindparam("card"), table.c.secret == bindparam("before"))
    .values(secret=bindparam("after"), pin=bindparam("pin_after"))
)


class Standing(Enum):
    """Whether a reader can be used, or why not."""

    USABLE = "usable"
    DISABLED = "disabled"
    CARD_EXPIRED = "card-expired"
    CARD_REVOKED = "card-revoked"


@dataclass(frozen=True, slots=True)
class Batch:
    """Readers that were delivered together."""

    name: str
    verifier: str
    suite: str


@dataclass(frozen=True, slots=True)
class NewCalculette:
    """A reader to be brought in."""

    card: str
    batch: Batch
    secret: bytes = field(repr=False)
    pin: bytes = field(default=b"", repr=False)
    reader: str = ""
    counter: int = 0
    drift: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A reader as an administrator sees it: without its secret."""

    card: str
    account: str
    batch: Batch
    reader: str
    counter: int
    drift: int
    standing: Standing
    created_at: int
    last_used_at: int | None


class Added(Enum):
    """What became of a reader that was brought in."""

    ADDED = "added"
    # It is there already, exactly so.
    KNOWN = "known"
    # The card has another one.
    OTHER = "other"
    NO_CARD = "no-card"


class Calculettes:
    """The verbs; each takes the caller's transaction."""

    def __init__(
        self, clock: Clock, ring: KeyRing, audit: Audit, verifiers: Mapping[str, Verifier]
    ) -> None:
        self._clock = clock
        self._ring = ring
        self._audit = audit
        self.verifiers = verifiers

    def batch(self, tx: Tx, name: str) -> Batch | None:
        """A batch by its name."""
        row = tx.execute(BATCH, {"name_": name}).first()
        return None if row is None else Batch(row.name, row.verifier, row.suite)

    def find(self, tx: Tx, card: str) -> Kept | None:
        """The reader of a card."""
        row = tx.execute(OF_CARD, {"card": card}).first()
        return None if row is None else self._read(row)

    def every(self, tx: Tx, batch: str = "") -> list[Kept]:
        """All readers, or those of a batch."""
        rows = tx.execute(OF_BATCH, {"name_": batch}) if batch else tx.execute(EVERY)
        return [self._read(row) for row in rows]

    def of_account(self, tx: Tx, account: str) -> list[Kept]:
        """The readers of a person's cards."""
        return [self._read(row) for row in tx.execute(OF_ACCOUNT, {"account": account})]

    def usable(self, tx: Tx, account: str, card: str = "") -> list[Calculette]:
        """The readers of a person that work now; of the one card that was named, where it was."""
        rows = tx.execute(OF_ACCOUNT, {"account": account}).all()
        now = self._clock.now()
        fit = [
            row
            for row in rows
            if standing_of(row, now) is Standing.USABLE and card in {"", row.card_serial}
        ]
        return [self._open(row) for row in fit[:MOST_AT_ONCE]]

    def compare(self, tx: Tx, new: NewCalculette) -> Added:
        """What bringing it in would come to."""
        row = tx.execute(OF_CARD, {"card": new.card}).first()
        if row is None:
            known = tx.execute(OWNER, {"card": new.card}).first()
            return Added.NO_CARD if known is None else Added.ADDED
        held = self._open(row)
        same = (held.secret, held.pin, row.batch) == (new.secret, new.pin, new.batch.name)
        return Added.KNOWN if same else Added.OTHER

    def add(self, tx: Tx, new: NewCalculette, origin: Origin | None = None) -> Added:
        """Bind a reader to its card; one that is there already keeps its place."""
        found = self.compare(tx, new)
        if found is not Added.ADDED:
            return found
        now = self._clock.now()
        batch = new.batch
        tx.execute(
            ADD_BATCH,
            {
                "name": batch.name,
                "verifier": batch.verifier,
                "suite": batch.suite,
                "created_at": now,
            },
        )
        row = {
            "card_serial": new.card,
            "batch": batch.name,
            "reader": new.reader,
            "secret": self._ring.seal(new.secret, **_place("secret", new.card)),
            "pin": self._ring.seal(new.pin, **_place("pin", new.card)) if new.pin else "",
            "counter": new.counter,
            "drift": new.drift,
            "awaited_counter": None,
            "awaited_drift": None,
            "created_at": now,
            "last_used_at": None,
            "disabled_at": None,
        }
        if tx.execute(ADD, row).first() is None:
            return self.compare(tx, new)
        owner = self._owner(tx, new.card)
        # NIST SP 800-63B-4 §3.2.2: disabled by guessing, the means is bound anew by renewing it.
        throttle.clear_means(tx, KIND, owner)
        self._note(tx, "calculette.added", owner, {"serial": new.card, "batch": batch.name}, origin)
        return Added.ADDED

    def move_on(self, tx: Tx, held: Calculette, match: Match) -> bool:
        """A right answer was given: its count is taken, once and never backwards."""
        known = {"card": held.card, "new_drift": match.drift, "now": self._clock.now()}
        if match.counter is None:
            return tx.execute(USE, known).first() is not None
        return tx.execute(MOVE_ON, known | {"new_counter": match.counter + 1}).first() is not None

    def await_next(self, tx: Tx, held: Calculette, match: Match) -> None:
        """Keep in mind where the next answer must belong."""
        follows = 0 if match.counter is None else match.counter + 1
        tx.execute(AWAIT, {"card": held.card, "new_counter": follows, "new_drift": match.drift})

    def resync(
        self, tx: Tx, card: str, counter: int, drift: int, origin: Origin | None = None
    ) -> bool:
        """Put a reader right by hand; its counter never goes back. False where that was asked."""
        now = self._clock.now()
        row = tx.execute(OF_CARD, {"card": card}).first()
        if row is None or counter < row.counter:
            return False
        counts = self.verifiers[row.verifier].counts(row.suite)
        known = {"card": card, "new_drift": drift, "now": row.last_used_at or now}
        if counts and counter > row.counter:
            moved = tx.execute(MOVE_ON, known | {"new_counter": counter}).first() is not None
        else:
            moved = tx.execute(USE, known).first() is not None
        if moved:
            detail: dict[str, str | int] = {"serial": card, "counter": counter, "drift": drift}
            self._note(tx, "calculette.resynchronised", row.account_id, detail, origin)
        return moved

    def set_disabled(
        self, tx: Tx, card: str, *, disabled: bool, origin: Origin | None = None
    ) -> str | None:
        """Switch a reader off or on; whose it is, or None where there is none."""
        now = self._clock.now()
        known = {"card": card, "new_disabled": now if disabled else None}
        if tx.execute(SET_DISABLED, known).first() is None:
            return None
        owner = self._owner(tx, card)
        kind = "calculette.disabled" if disabled else "calculette.enabled"
        self._note(tx, kind, owner, {"serial": card}, origin)
        return owner

    def remove(self, tx: Tx, card: str, origin: Origin | None = None) -> str | None:
        """Take a reader away from its card; whose it was, or None where there is none."""
        if tx.execute(REMOVE, {"card": card}).first() is None:
            return None
        owner = self._owner(tx, card)
        self._note(tx, "calculette.removed", owner, {"serial": card}, origin)
        return owner

    def reseal(self, tx: Tx, most: int = 100) -> int:
        """Seal up to `most` secrets again with the ring's active key; 0 when none is left."""
        beginning = f"{VERSION}.{self._ring.active_id}."
        known = {"beginning": beginning, "length": len(beginning), "most": most}
        found = tx.execute(SEALED_BY_OTHERS, known).all()
        for row in found:
            secret, pin = _place("secret", row.card_serial), _place("pin", row.card_serial)
            values = {
                "card": row.card_serial,
                "before": row.secret,
                "after": self._ring.seal(self._ring.open(row.secret, **secret), **secret),
                "pin_after": (
                    self._ring.seal(self._ring.open(row.pin, **pin), **pin) if row.pin else ""
                ),
            }
            tx.execute(RESEAL, values)
        return len(found)

    def _owner(self, tx: Tx, card: str) -> str:
        return str(tx.execute(OWNER, {"card": card}).scalar_one())

    def _note(
        self, tx: Tx, kind: str, account: str, detail: dict[str, str | int], origin: Origin | None
    ) -> None:
        event = Event(kind, account=account, means=KIND, detail=detail)
        self._audit.record(tx, event, origin)

    def _open(self, row: Found) -> Calculette:
        card = row.card_serial
        awaited = None
        if row.awaited_counter is not None:
            awaited = (row.awaited_counter, row.awaited_drift)
        return Calculette(
            card,
            row.account_id,
            row.verifier,
            row.suite,
            self._ring.open(row.secret, **_place("secret", card)),
            self._ring.open(row.pin, **_place("pin", card)) if row.pin else b"",
            row.counter,
            row.drift,
            awaited,
        )

    def _read(self, row: Found) -> Kept:
        return Kept(
            row.card_serial,
            row.account_id,
            Batch(row.batch, row.verifier, row.suite),
            row.reader,
            row.counter,
            row.drift,
            standing_of(row, self._clock.now()),
            row.created_at,
            row.last_used_at,
        )


def standing_of(row: Found, now: int) -> Standing:
    """Whether a reader works at this moment: it is worth as much as its card."""
    if row.disabled_at is not None:
        return Standing.DISABLED
    if row.revoked_at is not None:
        return Standing.CARD_REVOKED
    return Standing.USABLE if row.valid_until > now else Standing.CARD_EXPIRED


def _place(column: str, card: str) -> dict[str, str]:
    return {"table": "calculettes", "column": column, "row": card}
