# SPDX-License-Identifier: Apache-2.0
"""What those who vouch for somebody tell of them, kept up to date beside what is known here.

Each source is kept as a whole, as it told last. Of the account itself it fills in what is empty,
and follows its own word: what somebody else has written or corrected since stays.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import service as accounts
from idp.accounts import words
from idp.accounts.activities import Activity
from idp.accounts.models import AccountRow, SourceRow
from idp.accounts.values import Person, Population, sort_name, unfit_texts
from idp.accounts.versions import NEXT
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx, table_of
from idp.origin import Origin

# What a source may say of the person.
NAMES: Final = ("first_name", "last_name", "profession")

people = table_of(AccountRow)
table = table_of(SourceRow)
LOAD = select(table.c.source, table.c.told).where(table.c.account_id == bindparam("account"))
# Not more than that: those who have noted anything of the account at the same moment, as every
# login does, would wait for one another.
HOLD = (
    select(people.c.id).where(people.c.id == bindparam("account")).with_for_update(key_share=True)
)
NEW = upsert(table)
KEEP = NEW.on_conflict_do_update(
    index_elements=["account_id", "source"],
    set_={name: NEW.excluded[name] for name in ("told", "changed_at")},
)
FILL = (
    update(people)
    .where(people.c.id == bindparam("account"))
    .values(
        updated_at=NEXT,
        sort_name=bindparam("stands_at"),
        **{name: bindparam(f"{name}_") for name in NAMES},
    )
)


@dataclass(frozen=True, slots=True)
class AsTold:
    """Somebody as one source tells of them, in the words of an account."""

    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    profession: str = ""
    # With all that services ask of one, each once.
    activities: tuple[Activity, ...] = field(default=(), repr=False)


def told_of(tx: Tx, account: str) -> Mapping[str, AsTold]:
    """What each source told last."""
    rows = tx.execute(LOAD, {"account": account}).all()
    return {row.source: _read(row.told) for row in sorted(rows, key=lambda row: row.source)}


class Sources:
    """The verb, in the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def take(self, tx: Tx, account: str, source: str, told: AsTold, origin: Origin) -> bool:
        """Take over what a source tells now; False where it says what it said before."""
        if told_of(tx, account).get(source) == told:
            return False
        # Of two at the same moment, the second sees what the first has kept.
        tx.execute(HOLD, {"account": account})
        before = told_of(tx, account).get(source)
        known = accounts.load(tx, account)
        if before == told or known is None:
            return False
        person = known.person
        if person.population is not Population.PROFESSIONAL:
            return False
        filled = _followed(person, before, told)
        if filled != person:
            self._fill(tx, account, filled)
        row = {
            "account_id": account,
            "source": source,
            "told": _written(told),
            "changed_at": self._clock.now(),
        }
        tx.execute(KEEP, row)
        changed = [one for one in NAMES if getattr(filled, one) != getattr(person, one)]
        if told.activities != (before.activities if before else ()):
            changed.append("activities")
        # Said, and not taken over: an administrator may want to know.
        other = [one for one in NAMES if getattr(told, one) not in {"", getattr(filled, one)}]
        detail = {"source": source, "what": ",".join(changed), "kept": ",".join(other)}
        event = Event(
            "account.told",
            account=account,
            detail={name: text for name, text in detail.items() if text},
        )
        self._audit.record(tx, event, origin)
        return True

    def _fill(self, tx: Tx, account: str, person: Person) -> None:
        values = {f"{name}_": getattr(person, name) for name in NAMES}
        stands_at = sort_name(person.last_name, person.first_name, account)
        known = {"account": account, "now": self._clock.now(), "stands_at": stands_at}
        tx.execute(FILL, known | values)
        words.keep(tx, account)


def _followed(person: Person, before: AsTold | None, told: AsTold) -> Person:
    """What is empty is filled in; what stands as this source said it follows what it says now."""
    new: dict[str, Any] = {}
    for name in NAMES:
        held, said = getattr(person, name), getattr(told, name)
        old = getattr(before, name) if before is not None else ""
        # What says nothing new was filled in then; whoever has changed or emptied it since knew.
        if said not in {"", old} and held in {"", old}:
            new[name] = said
    filled = replace(person, **new)
    return person if unfit_texts(filled) else filled


def _written(told: AsTold) -> str:
    document = asdict(told)
    document["activities"] = [_told(one) for one in document["activities"]]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _told(activity: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in activity.items() if text}


def _read(text: str) -> AsTold:
    document = json.loads(text)
    activities = tuple(Activity(**one) for one in document.pop("activities"))
    return AsTold(**document, activities=activities)
