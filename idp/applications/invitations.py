# SPDX-License-Identifier: Apache-2.0
"""Invitations by which applications register themselves: made, looked at, used so often, dropped.

The application's own token, which it gets in exchange, opens its own registration and no other.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.applications.models import InvitationRow, OwnTokenRow
from idp.applications.terms import Terms, read_terms
from idp.clock import Clock, Entropy
from idp.db import Found, Tx, table_of
from idp.lookup import Lookup

# Whoever made it finds it in the list so much longer (`idp.chores`).
KEPT = 30 * 86_400
LONGEST = 128
SHOWN = 200
BATCH = 500
table = table_of(InvitationRow)
own = table_of(OwnTokenRow)
ADD = insert(table)
GOOD = (
    table.c.hash == bindparam("hash_"),
    table.c.places > 0,
    table.c.expires_at > bindparam("now"),
    table.c.withdrawn_at.is_(None),
)
FIND = select(table).where(*GOOD)
# One statement decides who still finds a place, on every node (RL-02, RL-21).
CLAIM = update(table).where(*GOOD).values(places=table.c.places - 1).returning(*table.c)
NEWEST = select(table).order_by(table.c.made_at.desc(), table.c.id).limit(SHOWN)
LOAD = select(table).where(table.c.id == bindparam("id_"))
WITHDRAW = (
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("now"))
    .returning(table.c.id)
)
OLD = select(table.c.id).where(table.c.expires_at < bindparam("before")).limit(BATCH)
FORGET = delete(table).where(table.c.id.in_(OLD)).returning(table.c.id)
NEW = upsert(own)
GIVE = NEW.on_conflict_do_update(
    index_elements=["application"],
    set_={"hash": NEW.excluded.hash, "terms": NEW.excluded.terms},
)
HELD = select(own.c.terms).where(
    own.c.hash == bindparam("hash_"), own.c.application == bindparam("key_")
)
TAKE = delete(own).where(own.c.application == bindparam("key_")).returning(own.c.application)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One of them; what it is shown by is kept as a hash."""

    id: str
    label: str
    terms: Terms
    most: int
    places: int
    expires_at: int
    made_at: int
    made_by: str
    withdrawn_at: int | None


class Invitations:
    """The verbs."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup

    def make(
        self, tx: Tx, label: str, terms: Terms, most: int, expires_at: int, made_by: str
    ) -> tuple[Invitation, str]:
        """A new one, and what it is shown by."""
        shown = self._entropy.token()
        row = {
            "id": self._entropy.token(16),
            "label": label,
            "terms": terms.written(),
            "most": most,
            "places": most,
            "expires_at": expires_at,
            "made_at": self._clock.now(),
            "made_by": made_by,
            "withdrawn_at": None,
        }
        tx.execute(ADD, row | {"hash": self._lookup.hash(shown)})
        return Invitation(**row | {"terms": terms}), shown  # type: ignore[arg-type]

    def find(self, tx: Tx, shown: str) -> Invitation | None:
        """The one that is shown, where it is still good; it stays as it is."""
        return self._one(tx, FIND, shown)

    def claim(self, tx: Tx, shown: str) -> Invitation | None:
        """Take one of its places, in the transaction of the registration."""
        return self._one(tx, CLAIM, shown)

    def _one(self, tx: Tx, statement: object, shown: str) -> Invitation | None:
        if not shown or len(shown) > LONGEST:
            return None
        known = {"hash_": self._lookup.hash(shown), "now": self._clock.now()}
        row = tx.execute(statement, known).first()  # type: ignore[call-overload]
        return _read(row) if row else None

    def every(self, tx: Tx) -> list[Invitation]:
        """The newest first."""
        return [_read(row) for row in tx.execute(NEWEST).all()]

    def load(self, tx: Tx, name: str) -> Invitation | None:
        """One of them, good or over."""
        row = tx.execute(LOAD, {"id_": name}).first() if is_name(name) else None
        return _read(row) if row else None

    def withdraw(self, tx: Tx, name: str) -> bool:
        """Nobody registers by it any more; who has stays."""
        known = {"id_": name, "now": self._clock.now()}
        return is_name(name) and tx.execute(WITHDRAW, known).first() is not None

    def give_own(self, tx: Tx, application: str, terms: Terms) -> str:
        """The token of its own, told this once; the one before is worth nothing."""
        token = self._entropy.token()
        row = {"application": application, "hash": self._lookup.hash(token)}
        tx.execute(GIVE, row | {"terms": terms.written()})
        return token

    def own_terms(self, tx: Tx, application: str, token: str) -> Terms | None:
        """On which it came, where this token is its own (OA-161)."""
        if not token or len(token) > LONGEST:
            return None
        known = {"hash_": self._lookup.hash(token), "key_": application}
        found = tx.execute(HELD, known).scalar()
        return read_terms(found) if found else None

    def take_own(self, tx: Tx, application: str) -> bool:
        """Its token is worth nothing any more."""
        return tx.execute(TAKE, {"key_": application}).first() is not None


def is_name(name: str) -> bool:
    """Whether one could be called so."""
    return 0 < len(name) <= LONGEST and "\x00" not in name


def _read(row: Found) -> Invitation:
    values = {name: getattr(row, name) for name in Invitation.__dataclass_fields__}
    return Invitation(**values | {"terms": read_terms(row.terms)})
