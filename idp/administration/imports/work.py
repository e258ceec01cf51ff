# SPDX-License-Identifier: Apache-2.0
"""The work of imports: batch after batch, by whoever holds the run for the moment.

A batch of lines and how far the run has come are one transaction: whoever goes on after a crash
does no line twice. It is done by the rights that whoever began it holds at each batch.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from idp.accounts.values import Population
from idp.administration.authority import COMMAND_LINE, Authorities, Authority
from idp.administration.imports import store as csv_store
from idp.administration.imports.carry import Carrier, Outcome
from idp.administration.imports.fields import cell_faults, values_of
from idp.administration.imports.plan import (
    CHANGE,
    CREATE,
    Claims,
    Terms,
    Verdict,
    fault,
    keys_of,
    person_of,
)
from idp.administration.imports.steps import application_of, on_behalf
from idp.administration.imports.store import (
    ABANDONED,
    ERASE,
    JUDGE,
    LEFT,
    NOTE,
    TAKE,
    WAITING,
    Line,
    Run,
    Store,
)
from idp.administration.patients.values import NewPatient
from idp.applications.service import Applications
from idp.clock import Clock, Entropy
from idp.db import Database, Tx
from idp.origin import Origin

BATCH: Final = 100
LEASE: Final = 60
# Seconds after which nobody reads on in a file.
CUT_OFF: Final = 3600
# And after which a file that nobody carried out is given up.
FORGOTTEN: Final = 7 * 24 * 3600


class ImportWork:
    """Goes on with runs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        authorities: Authorities,
        applications: Applications,
        carrier: Carrier,
        store: Store,
        countries: tuple[str, ...],
    ) -> None:
        self._database = database
        self._clock = clock
        self._authorities = authorities
        self._applications = applications
        self._carrier = carrier
        self._store = store
        self._countries = countries
        # Whose leases are ours.
        self._worker = entropy.token(16)
        self._claims: dict[str, Claims] = {}

    def go_on(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Do all that waits; how many batches that were."""
        now = self._clock.now()
        known = {"worker": self._worker, "now": now}
        with self._database.read() as tx:
            waiting = list(tx.execute(WAITING, known).scalars())
            left = list(tx.execute(LEFT, {"before": now - CUT_OFF}).scalars())
            ago = {"before": now - FORGOTTEN, "commanded_before": now - CUT_OFF}
            abandoned = list(tx.execute(ABANDONED, ago).scalars())
        for run in left:
            self._forget(run)
        for run in abandoned:
            self._give_up(run, now)
        return sum(self.advance(run, stopping=stopping) for run in waiting)

    def advance(
        self, run_id: str, most: int = 2**31, stopping: Callable[[], bool] = lambda: False
    ) -> int:
        """Go on with one run, for so many batches at most; 0 where somebody else does."""
        done = 0
        while done < most and not stopping() and self._batch(run_id):
            done += 1
        return done

    def close(self) -> None:
        """Let go of what dry runs under way have claimed."""
        for one in self._claims.values():
            one.close()
        self._claims.clear()

    def _forget(self, run_id: str) -> None:
        """A file whose reader died on the way leaves nothing; it is brought again."""
        with self._database.write() as tx:
            run = csv_store.load(tx, run_id, hold=True)
            if run is not None and run.state == "reading":
                tx.execute(csv_store.FORGET_LINES, {"run": run_id})
                tx.execute(csv_store.FORGET_RUN, {"run": run_id})

    def _give_up(self, run_id: str, now: int) -> None:
        """One that nobody has gone on with; not if somebody does at this moment."""
        with self._database.write() as tx:
            run = csv_store.load(tx, run_id, hold=True)
            ago = now - (CUT_OFF if run and run.made_by == COMMAND_LINE else FORGOTTEN)
            if run and run.state in {"read", "planned", "failed"} and run.updated_at < ago:
                csv_store.put(tx, run_id, now, state="dropped", ended_at=now)
                tx.execute(ERASE, {"run": run_id})

    def _batch(self, run_id: str) -> bool:
        now = self._clock.now()
        with self._database.write() as tx:
            known = {"run": run_id, "worker": self._worker, "now": now, "until": now + LEASE}
            if tx.execute(TAKE, known).first() is None:
                return False
            run = csv_store.load(tx, run_id, hold=True)
            if run is None or run.state not in {"planning", "running", "undoing"}:
                return False
            authority = self._authority(tx, run)
            if authority is None:
                # Whoever began it may do nothing any more.
                csv_store.put(tx, run_id, now, state="failed", fault="rights", ended_at=now)
                tx.execute(ERASE, {"run": run_id})
                return False
            match run.state:
                case "planning":
                    return self._plan(tx, authority, run)
                case "running":
                    return self._run(tx, authority, run)
            return self._undo(tx, authority, run)

    def _authority(self, tx: Tx, run: Run) -> Authority | None:
        origin = Origin("background", "import", run.id)
        authority = on_behalf(tx, self._authorities, run, origin)
        if authority is None or not (key := application_of(authority)):
            return authority
        # WB-030: an application that was disabled goes on with nothing.
        application = self._applications.load(tx, key)
        return authority if application is not None and application.enabled else None

    def _plan(self, tx: Tx, authority: Authority, run: Run) -> bool:
        claims = self._claims.get(run.id)
        if claims is None or run.position == 0:
            # Begun by another process, or anew: what was claimed is not known here.
            if claims is not None:
                claims.close()
            claims = self._claims[run.id] = Claims()
            run = replace(run, position=0)
        found = self._store.batch(tx, run.id, run.position, BATCH)
        terms = self._terms(run)
        for line in found:
            verdict = self._judge(tx, authority, terms, run, line, claims)
            known = {"verdict_": verdict.kind, "why_": verdict.why, "who": verdict.account}
            tx.execute(JUDGE, {"run": run.id, "line_": line.line, **known})
        return self._noted(tx, run, found, "planned")

    def _judge(
        self, tx: Tx, authority: Authority, terms: Terms, run: Run, line: Line, claims: Claims
    ) -> Verdict:
        values = values_of(run.mapping, line.cells)
        if strange := cell_faults(values, len(line.cells), len(run.header)):
            return fault(*strange)
        for key in keys_in(terms, values):
            first = claims.claim(key, line.line)
            if first != line.line:
                return fault(("", f"same-as-{first}"))
        return self._carrier.plan(tx, authority, terms, values)

    def _run(self, tx: Tx, authority: Authority, run: Run) -> bool:
        found = self._store.batch(tx, run.id, run.position, BATCH)
        terms = self._terms(run)
        for line in found:
            if line.verdict not in {CREATE, CHANGE} or line.outcome:
                continue
            values = values_of(run.mapping, line.cells)
            self._note(tx, run, line, self._carrier.carry(tx, authority, terms, line, values))
        return self._noted(tx, run, found, "done")

    def _undo(self, tx: Tx, authority: Authority, run: Run) -> bool:
        found = self._store.batch_back(tx, run.id, run.position, BATCH)
        for line in found:
            self._note(tx, run, line, self._carrier.undo(tx, authority, line))
        return self._noted(tx, run, found, "undone")

    def _note(self, tx: Tx, run: Run, line: Line, done: Outcome) -> None:
        known = {
            "run": run.id,
            "line_": line.line,
            "outcome_": done.kind,
            "why_": done.why,
            "who": done.account,
            "change_": done.change,
        }
        tx.execute(NOTE, known)

    def _noted(self, tx: Tx, run: Run, found: list[Line], end: str) -> bool:
        """Keep how far it has come; False at its end."""
        now = self._clock.now()
        if found:
            csv_store.put(tx, run.id, now, position=found[-1].line)
            return True
        counts = csv_store.counted(tx, run.id)
        ended = None if end == "planned" else now
        values = {"state": end, "counts": json.dumps(counts), "ended_at": ended}
        csv_store.put(tx, run.id, now, **values)
        if end == "planned":
            self._claims.pop(run.id).close()
        else:
            tx.execute(ERASE, {"run": run.id})
        return False

    def _terms(self, run: Run) -> Terms:
        population = Population(run.population)
        return Terms(run.kind, run.establishment, population, self._countries)


def keys_in(terms: Terms, values: dict[str, str]) -> list[str]:
    """By what two rows of one file are the same person."""
    if terms.kind != "patients":
        return keys_of(person_of(terms, values))
    new = NewPatient(**values).tidied()
    names = f"{new.last_name}|{new.first_name}|{new.birth_date}".casefold()
    return [one for one in (names, new.ins and f"ins {new.ins}", new.email.casefold()) if one]
