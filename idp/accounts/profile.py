# SPDX-License-Identifier: Apache-2.0
"""What a person may change of what is known about them: the language, and parts of an identity."""

from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import bindparam, update

from idp.accounts import particulars, words
from idp.accounts.models import AccountRow
from idp.accounts.particulars import Particulars
from idp.accounts.values import Person
from idp.accounts.versions import NEXT
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.origin import Origin

table = table_of(AccountRow)
CIVILITIES: Final = ("", "Mme", "M.")
LONGEST: Final = 128
# What else is the owner's to say: who finds them, and where they are reached (SPEC §3).
PLACE: Final = (
    "visibility",
    "country",
    "street",
    "po_box",
    "post_code",
    "cedex",
    "department",
    "landline",
    "emergency_phone",
    "fax",
)


@dataclass(frozen=True, slots=True)
class Details:
    """The parts of an identity that no register keeps: their owner knows them best."""

    civility: str
    birth_name: str
    speciality: str
    town: str

    def faults(self) -> tuple[str, ...]:
        """The names of what can't be kept."""
        found = [] if self.civility in CIVILITIES else ["civility"]
        for name in ("birth_name", "speciality", "town"):
            text = getattr(self, name)
            if len(text) > LONGEST or not text.isprintable():
                found.append(name)
        return tuple(found)


def details_of(person: Person) -> Details:
    """What is known of them now."""
    return Details(**{one.name: getattr(person, one.name) for one in fields(Details)})


SPEAK = (
    update(table)
    .where(table.c.id == bindparam("account"), table.c.locale != bindparam("locale_"))
    .values(locale=bindparam("locale_"), updated_at=NEXT)
    .returning(table.c.id)
)
CORRECT = (
    update(table)
    .where(table.c.id == bindparam("account"))
    .values(
        updated_at=NEXT,
        **{one.name: bindparam(f"{one.name}_") for one in fields(Details)},
    )
    .returning(table.c.id)
)


class Profiles:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def speak(self, tx: Tx, account: str, locale: str, origin: Origin) -> bool:
        """The language of pages and messages; False where it is the one of before."""
        known = {"account": account, "locale_": locale, "now": self._clock.now()}
        if tx.execute(SPEAK, known).first() is None:
            return False
        self._record(tx, account, "language", origin)
        return True

    def correct(
        self, tx: Tx, account: str, details: Details, more: Particulars, origin: Origin
    ) -> bool:
        """Keep what a person says of themselves; the caller has asked for `faults` first."""
        values = {f"{one.name}_": getattr(details, one.name) for one in fields(details)}
        known = {"account": account, "now": self._clock.now(), **values}
        if tx.execute(CORRECT, known).first() is None:
            return False
        particulars.put(tx, account, more)
        words.keep(tx, account)
        self._record(tx, account, "identity", origin)
        return True

    def _record(self, tx: Tx, account: str, what: str, origin: Origin) -> None:
        self._audit.record(
            tx, Event("account.changed", account=account, detail={"what": what}), origin
        )
