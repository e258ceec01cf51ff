# SPDX-License-Identifier: Apache-2.0
"""Asks the Annuaire Santé about numbers that no import knows, and remembers what it said.

Never inside a transaction. All processes share one count of questions a second (17 are allowed) and
one pause after failures, by one row: a register that does not answer holds nobody up for long, and
is not pressed.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.activities import Activity
from idp.clock import Clock
from idp.config.directory import DirectorySettings
from idp.db import Database, Tx, table_of
from idp.directory.fhir import NotFhir, question, read_bundle
from idp.directory.models import DirectoryAnswerRow, DirectorySourceRow
from idp.directory.service import Directory
from idp.directory.values import Practitioner
from idp.logs import get
from idp.outgoing import Fetched, Fetcher

NAME: Final = "annuaire-sante"
OK: Final = 200
# Somebody may be registered tomorrow.
UNKNOWN_LIFE: Final = 3600
FREE_FAILURES: Final = 3
FIRST_PAUSE, LONGEST_PAUSE = 30, 600
answers = table_of(DirectoryAnswerRow)
sources = table_of(DirectorySourceRow)
KNOWN = select(answers.c.answer).where(
    answers.c.national_id == bindparam("national_id_"),
    answers.c.valid_until > bindparam("now"),
    # Said before a clock was set back (RL-09).
    answers.c.asked_at <= bindparam("now"),
)
NEW_ANSWER = upsert(answers)
REMEMBER = NEW_ANSWER.on_conflict_do_update(
    index_elements=["national_id"],
    set_={name: NEW_ANSWER.excluded[name] for name in ("answer", "asked_at", "valid_until")},
)
FORGET = delete(answers).where(answers.c.valid_until < bindparam("before"))
NEW_TURN = upsert(sources)
TURN = NEW_TURN.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "used": case((sources.c.second == NEW_TURN.excluded.second, sources.c.used + 1), else_=1),
        "second": NEW_TURN.excluded.second,
    },
).returning(sources.c.used)
REST = select(sources.c.down_until).where(sources.c.name == NAME)
FAILED = (
    update(sources)
    .where(sources.c.name == NAME)
    .values(streak=sources.c.streak + 1)
    .returning(sources.c.streak)
)
PAUSE = update(sources).where(sources.c.name == NAME).values(down_until=bindparam("until"))
WORKED = (
    update(sources)
    .where(sources.c.name == NAME, sources.c.streak > 0)
    .values(streak=0, down_until=0)
)
log = get("directory")


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """It could not be asked; the reason is for logs and administrators."""

    reason: str


class AnnuaireSante:
    """One for a process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        fetcher: Fetcher,
        directory: Directory,
        settings: DirectorySettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._fetcher = fetcher
        self._directory = directory
        self._settings = settings

    @property
    def is_open(self) -> bool:
        """Whether it is asked at all."""
        return bool(self._settings.fhir_url)

    def find(self, national_id: str) -> Practitioner | NoAnswer | None:
        """Who has a national identifier: by the import, or else by the Annuaire Santé."""
        with self._database.read() as tx:
            found = self._directory.by_number(tx, national_id)
        return found if found is not None or not self.is_open else self.by_number(national_id)

    def known(self, tx: Tx, national_id: str) -> Practitioner | None:
        """By the import, or by what was answered not long ago; nobody is asked."""
        found = self._directory.by_number(tx, national_id)
        if found is not None or not self.is_open:
            return found
        row = tx.execute(KNOWN, {"national_id_": national_id, "now": self._clock.now()}).first()
        return load(row.answer) if row else None

    def by_number(self, national_id: str) -> Practitioner | NoAnswer | None:
        """What it says of a national identifier, now or not long ago."""
        if not self.is_open:
            return NoAnswer("it is not configured")
        now = self._clock.now()
        with self._database.read() as tx:
            known = tx.execute(KNOWN, {"national_id_": national_id, "now": now}).first()
        if known is not None:
            return load(known.answer)
        if why := self._turn(now):
            return NoAnswer(why)
        return self._ask(national_id, now)

    def _turn(self, now: int) -> str:
        """Take one of this second's questions; why not, where none is left."""
        row = {"name": NAME, "second": now, "used": 1, "streak": 0, "down_until": 0}
        with self._database.write() as tx:
            until = tx.execute(REST).scalar() or 0
            if now < until <= now + LONGEST_PAUSE:
                return "it failed a moment ago, and is left alone"
            used = tx.execute(TURN, row).scalar_one()
        return "too many questions at once" if used > self._settings.fhir_rate else ""

    def _ask(self, national_id: str, now: int) -> Practitioner | NoAnswer | None:
        headers = {"Accept": "application/fhir+json"}
        if key := self._settings.fhir_key.reveal():
            headers["ESANTE-API-KEY"] = key
        url = question(self._settings.fhir_url, national_id)
        got = self._fetcher.fetch("GET", url, headers=headers)
        if not isinstance(got, Fetched):
            return self._failed(got.reason, now)
        if got.status != OK:
            return self._failed(f"it answers {got.status}", now)
        try:
            found = read_bundle(got.body, national_id)
        except NotFhir as fault:
            return self._failed(str(fault), now)
        life = UNKNOWN_LIFE if found is None else self._settings.fhir_life
        row = {"answer": dump(found), "asked_at": now, "valid_until": now + life}
        with self._database.write() as tx:
            tx.execute(WORKED)
            tx.execute(REMEMBER, {"national_id": national_id, **row})
        return found

    def _failed(self, why: str, now: int) -> NoAnswer:
        with self._database.write() as tx:
            streak = tx.execute(FAILED).scalar() or 0
            if streak >= FREE_FAILURES:
                pause = min(FIRST_PAUSE << min(streak - FREE_FAILURES, 8), LONGEST_PAUSE)
                tx.execute(PAUSE, {"until": now + pause})
        # Never the number: who registers is nobody's business.
        log.warning("the Annuaire Santé gave no answer", why=why)
        return NoAnswer(why)


def dump(found: Practitioner | None) -> str:
    """An answer as it is kept."""
    return "" if found is None else json.dumps(asdict(found), ensure_ascii=False)


def load(text: str) -> Practitioner | None:
    """An answer as it was kept."""
    if not text:
        return None
    values: dict[str, Any] = json.loads(text)
    activities = tuple(Activity(**one) for one in values.pop("activities"))
    return Practitioner(**values, activities=activities)


def forget_old(tx: Tx, now: int) -> None:
    """Drop answers whose time is over."""
    tx.execute(FORGET, {"before": now})
