# SPDX-License-Identifier: Apache-2.0
"""Cards by their number: whose one is, revoked and restored; readers by their batch.

Only within one's perimeter: a card of others' people is as unknown as one that is not there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import bindparam, func, select

from idp.accounts import service as accounts
from idp.accounts.values import Account, Population, State
from idp.administration.authority import Authorities, Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.desk import People
from idp.administration.rights import Right
from idp.administration.target import Targets
from idp.clock import Clock
from idp.credentials import cards as held
from idp.credentials.calculettes import Calculettes, Kept
from idp.credentials.cards import SERIAL, Card, Cards, Kind
from idp.credentials.models import CalculetteBatchRow, CalculetteRow
from idp.db import Tx, table_of
from idp.login.alerts import Alerts

batches = table_of(CalculetteBatchRow)
readers = table_of(CalculetteRow)
MOST = 200
NUMBERS = (
    select(
        batches.c.name,
        batches.c.verifier,
        batches.c.created_at,
        func.count(readers.c.card_serial).label("number"),
        func.count(readers.c.disabled_at).label("disabled"),
        func.count(readers.c.last_used_at).label("used"),
    )
    .select_from(batches.outerjoin(readers, readers.c.batch == batches.c.name))
    .group_by(batches.c.name, batches.c.verifier, batches.c.created_at)
    .order_by(batches.c.created_at.desc(), batches.c.name)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class CardSheet:
    """A card, whose it is, and the reader bound to it."""

    card: Card
    owner: Account
    reader: Kept | None
    # revoked, expired or good.
    state: str
    may_change: bool
    may_restore: bool
    # What may be done to the account that it is bound to.
    may: frozenset[Right]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch of readers, in figures."""

    name: str
    verifier: str
    created_at: int
    number: int
    disabled: int
    used: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A card as an administrator reads it: its number, its kind, and when it runs out."""

    serial: str
    kind: Kind
    valid_until: int


Bound = Denied | Unfit | Card


def card_typed(serial: str, kind: str, last_day: str) -> Offered | Unfit:
    """A card as it is typed from what stands on it: it is good until its last day is over."""
    try:
        last = date.fromisoformat(last_day)
        after = datetime.combine(last + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        return Unfit("malformed", ("valid_until",))
    if kind not in {one.value for one in Kind}:
        return Unfit("malformed", ("kind",))
    return Offered(serial.replace(" ", ""), Kind(kind), int(after.timestamp()))


class CardRegister:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(
        self,
        clock: Clock,
        authorities: Authorities,
        people: People,
        cards: Cards,
        calculettes: Calculettes,
        alerts: Alerts,
    ) -> None:
        self._clock = clock
        self._targets = Targets(authorities)
        self._people = people
        self._cards = cards
        self._calculettes = calculettes
        self._alerts = alerts

    def find(self, tx: Tx, authority: Authority, serial: str) -> Denied | CardSheet:
        """The card of this number."""
        card = held.find(tx, serial[:64])
        target = self._targets.seen(tx, authority, Right.MEANS_SEE, card.account if card else "")
        if isinstance(target, Denied) or card is None:
            return target if isinstance(target, Denied) else Denied.NOT_FOUND
        ended = "expired" if card.valid_until <= self._clock.now() else "good"
        return CardSheet(
            card,
            target.account,
            self._calculettes.find(tx, card.serial),
            "revoked" if card.revoked_at is not None else ended,
            Right.MEANS_REMOVE in (may := self._targets.may(authority, target)),
            Right.MEANS_REMOVE in may and _is_theirs(authority, card),
            may,
        )

    def bind(self, tx: Tx, authority: Authority, account: str, offered: Offered) -> Bound:
        """Give somebody a card: whoever holds it logs in as them, and its owner is told."""
        card = self.bindable(tx, authority, account, offered)
        if not isinstance(card, Card):
            return card
        if not self._cards.add(tx, card, authority.origin):
            return Unfit("taken", ("serial",))
        if (owner := accounts.load(tx, card.account)) is not None:
            self._alerts.means_added(tx, owner, "card", card.serial)
        return card

    def bindable(self, tx: Tx, authority: Authority, account: str, offered: Offered) -> Bound:
        """What binding it would come to, before anybody does."""
        target = self._targets.changed(tx, authority, Right.MEANS_ADD, account)
        if isinstance(target, Denied):
            return target
        if unfit := self._unfit(target.account, offered):
            return unfit
        if held.find(tx, offered.serial) is not None:
            return Unfit("taken", ("serial",))
        return Card(offered.serial, target.id, offered.kind, offered.valid_until)

    def _unfit(self, account: Account, offered: Offered) -> Unfit | None:
        if account.person.population is Population.PATIENT:
            return Unfit("patient")
        if account.state is State.CLOSED:
            return Unfit("closed")
        if not SERIAL.fullmatch(offered.serial):
            return Unfit("malformed", ("serial",))
        if offered.valid_until <= self._clock.now():
            return Unfit("over", ("valid_until",))
        return None

    def revoke(self, tx: Tx, authority: Authority, serial: str) -> Denied | bool:
        """End a card for good, with what goes on by it; False where it was revoked already."""
        card = held.find(tx, serial[:64])
        owner = card.account if card else ""
        return self._people.remove_means(tx, authority, owner, "card", serial[:64])

    def restore(self, tx: Tx, authority: Authority, serial: str) -> Denied | bool:
        """Take back what one has revoked by mistake; False where it is not revoked.

        What its authority has revoked stays so; what another administrator did, the region alone
        takes back: they may know that the card is in other hands.
        """
        card = held.find(tx, serial[:64])
        owner = card.account if card else ""
        target = self._targets.changed(tx, authority, Right.MEANS_REMOVE, owner)
        if isinstance(target, Denied):
            return target
        if card is None or card.revoked_at is None:
            return False
        if not _is_theirs(authority, card):
            return Denied.NOT_ALLOWED
        if self._cards.restore(tx, card.serial, authority.origin) is None:
            return False
        self._alerts.means_added(tx, target.account, "card", card.serial)
        return True

    def deliveries(self, tx: Tx, authority: Authority) -> Denied | tuple[Delivery, ...]:
        """Batches of readers: for those of the whole region alone."""
        if not authority.reach(Right.MEANS_SEE).everywhere:
            return Denied.NOT_ALLOWED
        return tuple(Delivery(*row) for row in tx.execute(NUMBERS, {"most": MOST}).all())


def _is_theirs(authority: Authority, card: Card) -> bool:
    """Whether this revocation is one that they may take back."""
    if not card.revoked_by:
        return False
    everywhere = authority.reach(Right.MEANS_REMOVE).everywhere
    return everywhere or card.revoked_by == authority.actor
