# SPDX-License-Identifier: Apache-2.0
"""The consent desk's lists: patients of one's establishments, and how their consents stand."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, not_, or_, select, true

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.models import AccountRow, AccountWordRow, AffiliationRow
from idp.accounts.values import Account, Population
from idp.accounts.words import looked_for
from idp.administration.authority import Authority, Denied, Reach
from idp.administration.models import PatientConsentRow, PatientLetterRow
from idp.administration.patients.consents import Consent, is_here, of_account
from idp.administration.patients.values import iso_day
from idp.administration.rights import Right
from idp.db import Found, Tx, table_of
from idp.places import place_after, read_place

people = table_of(AccountRow)
belonging = table_of(AffiliationRow)
words = table_of(AccountWordRow)
consents = table_of(PatientConsentRow)
letters = table_of(PatientLetterRow)
STATES: Final = ("", "to-print", "to-hand", "withdrawn")
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Search:
    """Which patients: by name, identifier or birth date; of one establishment; in which state."""

    text: str = ""
    establishment: str = ""
    state: str = ""
    # Where the page before ended: the moment and the consent.
    after: str = ""
    size: int = 25


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One patient at one establishment; of one who left it, nothing but the consent itself."""

    consent: str
    account: str
    identifier: str
    last_name: str
    first_name: str
    birth_date: str
    establishment: str
    given_at: int
    withdrawn_at: int | None
    # They belong to nothing within reach any more.
    left: bool = False


@dataclass(frozen=True, slots=True)
class PatientLines:
    """A page of them, the latest consent first; `next` is empty on the last one."""

    lines: tuple[PatientLine, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class PatientSheet:
    """One patient, so far as the desk may see: consents of its own establishments alone."""

    # Nobody's where they have left: then only that they once gave a consent here (WB-015).
    account: Account | None
    consents: tuple[Consent, ...]
    may_print: bool = False


class PatientDesk:
    """The verbs; each takes the caller's transaction."""

    def search(self, tx: Tx, authority: Authority, search: Search) -> Denied | PatientLines:
        """A page of patients."""
        reach = authority.reach(Right.PATIENTS_ENROL)
        if search.establishment and not reach.touches({search.establishment}):
            return Denied.NOT_ALLOWED if reach.nowhere else Denied.NOT_FOUND
        if reach.nowhere:
            return Denied.NOT_ALLOWED
        size = min(max(search.size, 1), MOST)
        rows = tx.execute(_asked(reach, search).limit(size + 1)).all()
        last = rows[size - 1] if len(rows) > size else None
        following = place_after(last.given_at, last.id) if last else ""
        return PatientLines(tuple(_line(row) for row in rows[:size]), following)

    def sheet(self, tx: Tx, authority: Authority, account_id: str) -> Denied | PatientSheet:
        """One patient."""
        reach = authority.reach(Right.PATIENTS_ENROL)
        if reach.nowhere:
            return Denied.NOT_ALLOWED
        account = accounts.load(tx, account_id)
        given = of_account(tx, account_id)
        seen = tuple(one for one in given if reach.touches({one.establishment}))
        belongs = establishments.of_account(tx, account_id)
        here = is_here(tx, account_id, reach)
        if account is None or account.person.population is not Population.PATIENT:
            return Denied.NOT_FOUND
        if not here:
            return PatientSheet(None, seen) if seen else Denied.NOT_FOUND
        may_print = authority.refuses_in(Right.LETTERS_PRINT, belongs) is None
        return PatientSheet(account, seen, may_print)


def _asked(reach: Reach, search: Search) -> Select[Any]:
    latest = consents.alias("latest")
    overtaken = exists().where(
        latest.c.account_id == consents.c.account_id,
        latest.c.establishment == consents.c.establishment,
        or_(
            latest.c.given_at > consents.c.given_at,
            and_(latest.c.given_at == consents.c.given_at, latest.c.id > consents.c.id),
        ),
    )
    conditions: list[ColumnElement[bool]] = [~overtaken]
    if search.establishment:
        conditions.append(consents.c.establishment == search.establishment)
    elif not reach.everywhere:
        conditions.append(consents.c.establishment.in_(sorted(reach.establishments)))
    conditions += _in_state(search.state)
    here = _here(reach)
    conditions += _named(search.text, here)
    conditions += _after(search.after)
    return (
        select(
            consents.c.id,
            consents.c.account_id,
            consents.c.establishment,
            consents.c.given_at,
            consents.c.withdrawn_at,
            case((here, 0), else_=1).label("left"),
            people.c.identifier,
            people.c.last_name,
            people.c.first_name,
            people.c.birth_date,
        )
        .join(people, people.c.id == consents.c.account_id)
        .where(*conditions)
        .order_by(consents.c.given_at.desc(), consents.c.id.desc())
    )


def _here(reach: Reach) -> ColumnElement[bool]:
    """The same as `is_here`, of many."""
    if reach.everywhere:
        return true()
    within = belonging.c.establishment.in_(sorted(reach.establishments))
    affiliated = exists().where(belonging.c.account_id == consents.c.account_id, within)
    return or_(consents.c.withdrawn_at.is_(None), affiliated)


def _in_state(state: str) -> list[ColumnElement[bool]]:
    of_them = letters.c.account_id == consents.c.account_id
    match state:
        case "withdrawn":
            return [consents.c.withdrawn_at.is_not(None)]
        case "to-print":
            return [consents.c.withdrawn_at.is_(None), ~exists().where(of_them)]
        case "to-hand":
            given = exists().where(of_them, letters.c.handed_at.is_not(None))
            return [consents.c.withdrawn_at.is_(None), exists().where(of_them), ~given]
    return []


def _named(text: str, here: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """All of the words: each begins one that the account is found by, or is the birth date.

    Whoever left is found by the reference of the consent alone: what they are called now, or were
    born on, can't be tried out here (WB-015).
    """
    reference = text.strip() if text.isprintable() else ""
    if not text.strip():
        return []
    conditions: list[ColumnElement[bool]] = [here]
    for typed in text.split()[:5]:
        if (day := iso_day(typed)) != typed or day_form(typed):
            conditions.append(people.c.birth_date == day)
            continue
        for word in looked_for(typed)[:5]:
            begins = words.c.word.startswith(word, autoescape=True)
            conditions.append(exists().where(words.c.account_id == people.c.id, begins))
    return [or_(and_(*conditions), and_(not_(here), consents.c.id == reference))]


def day_form(text: str) -> bool:
    """Whether it is written as days are kept."""
    return len(text) == 10 and text[4] == text[7] == "-"


def _after(cursor: str) -> list[ColumnElement[bool]]:
    place = read_place(cursor)
    if place is None:
        return []
    at, last = place
    return [
        or_(
            consents.c.given_at < at,
            and_(consents.c.given_at == at, consents.c.id < last),
        )
    ]


def _line(row: Found) -> PatientLine:
    if row.left:
        known = (row.id, row.account_id, "", "", "", "", row.establishment)
        return PatientLine(*known, row.given_at, row.withdrawn_at, left=True)
    return PatientLine(
        row.id,
        row.account_id,
        row.identifier,
        row.last_name,
        row.first_name,
        row.birth_date,
        row.establishment,
        row.given_at,
        row.withdrawn_at,
    )
