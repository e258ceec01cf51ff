# SPDX-License-Identifier: Apache-2.0
"""Whom a policy would let in, in figures: by population, by what people hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from idp.accounts.models import AccountRow, MembershipRow, ParticularsRow
from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.applications.values import Policy
from idp.clock import Clock
from idp.credentials.models import (
    CalculetteRow,
    CardRow,
    OtpRow,
    PasskeyRow,
    PasswordRow,
    TotpRow,
)
from idp.db import Tx, table_of

accounts = table_of(AccountRow)
members = table_of(MembershipRow)
particulars = table_of(ParticularsRow)
cards = table_of(CardRow)
calculettes = table_of(CalculetteRow)
ACTIVE = accounts.c.state == "active"
PATIENT: Final = "patient"
PROFESSIONAL: Final = "professional"
LISTED = (
    select(particulars.c.account_id)
    .where(particulars.c.account_id == accounts.c.id, particulars.c.visibility != "hidden")
    .exists()
)


@dataclass(frozen=True, slots=True)
class Population:
    """People of one population: all that are active, and those whom the policy is meant for."""

    name: str
    active: int
    meant: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy would do as things stand."""

    populations: tuple[Population, ...]
    # Each means that the page would offer, and how many of those meant hold it.
    means: tuple[tuple[str, int], ...]
    # How many of those meant hold at least one.
    able: int

    @property
    def meant(self) -> int:
        """How many people the policy is meant for."""
        return sum(one.meant for one in self.populations)


class AccessPreview:
    """Counts; it decides nothing, and tells of nobody by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of(
        self, tx: Tx, authority: Authority, policy: Policy, offered: Sequence[str]
    ) -> Denied | Preview:
        """The figures of a policy whose page would offer these means."""
        if denied := authority.refuses(Right.APPLICATIONS_SEE):
            return denied
        meant = _meant(policy)
        holding = self._holding()
        held = {kind: holding[kind] for kind in offered if kind in holding}
        active = _by_population(tx, [ACTIVE])
        inside = _by_population(tx, [ACTIVE, *meant])
        return Preview(
            tuple(
                Population(name, number, inside.get(name, 0))
                for name, number in sorted(active.items())
            ),
            tuple((kind, _count(tx, [ACTIVE, *meant, one])) for kind, one in held.items()),
            _count(tx, [ACTIVE, *meant, or_(*held.values())]) if held else 0,
        )

    def _holding(self) -> Mapping[str, ColumnElement[bool]]:
        now = self._clock.now()
        valid = and_(cards.c.revoked_at.is_(None), cards.c.valid_until > now)
        own = cards.c.account_id == accounts.c.id
        reader = select(cards.c.serial).join(
            calculettes, calculettes.c.card_serial == cards.c.serial
        )
        reachable = or_(accounts.c.email_verified == 1, accounts.c.phone_verified == 1)
        switched_on = _has(table_of(OtpRow))
        return {
            "password": _has(table_of(PasswordRow)),
            # A patient's code goes where help would; others switch theirs on.
            "otp": and_(reachable, or_(accounts.c.population == PATIENT, switched_on)),
            "totp": _has(table_of(TotpRow)),
            "passkey": _has(table_of(PasskeyRow)),
            "cps": select(cards.c.serial).where(own, valid).exists(),
            "calculette": reader.where(own, valid, calculettes.c.disabled_at.is_(None)).exists(),
        }


def _has(table: Any) -> ColumnElement[bool]:
    return select(table.c.account_id).where(table.c.account_id == accounts.c.id).exists()


def _meant(policy: Policy) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [accounts.c.population.in_(policy.populations)]
    if policy.communities:
        found.append(_in(policy.communities))
    if policy.directory == "visible":
        # As the gate does: who can be in no directory needs not be there.
        found.append(or_(accounts.c.population != PROFESSIONAL, LISTED))
    return found


def _in(communities: Collection[str]) -> ColumnElement[bool]:
    return (
        select(members.c.account_id)
        .where(members.c.account_id == accounts.c.id, members.c.community.in_(communities))
        .exists()
    )


def _by_population(tx: Tx, conditions: list[ColumnElement[bool]]) -> dict[str, int]:
    statement: Select[Any] = select(accounts.c.population, func.count()).where(*conditions)
    rows = tx.execute(statement.group_by(accounts.c.population)).all()
    return {row[0]: row[1] for row in rows}


def _count(tx: Tx, conditions: list[ColumnElement[bool]]) -> int:
    statement: Select[Any] = select(func.count()).select_from(accounts).where(*conditions)
    return int(tx.execute(statement).scalar() or 0)
