# SPDX-License-Identifier: Apache-2.0
"""A portal with everything in it: two patients, three establishments, everybody who may ask."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import false, null, select

from imaging_app.access.actions import Thing, code, exam, file, house, patient
from imaging_app.access.facts import ExamFacts
from imaging_app.access.grants import Basis
from imaging_app.access.motives import Motive
from imaging_app.access.opening import open_access
from imaging_app.access.visitor import Kind, Visitor
from imaging_app.consents.consent import State
from imaging_app.crypto import Keys
from imaging_app.db import Database, Tx
from imaging_app.people.files import MAKE
from imaging_app.people.professionals import Professional
from imaging_app.settings import Rules, Settings
from imaging_app.sharing.codes import Issued, Scope
from tests.imaging.cast import GARANCE, LUCIEN, TILLEULS, VAL, People
from tests.imaging.standing import StandingTime

GONE = "690000003"
COLUMNS = ("exam", "patient", "file", "establishment", "reported_at", "version")
NONE_REPORTED = select(*(null().label(name) for name in COLUMNS)).where(false()).subquery()
YEAR = 365 * 86_400

PROFESSIONALS = ("carer", "file_carer", "coded", "emergency", "blocked", "stranger")
RPPS = {name: f"1000000001{number}" for number, name in enumerate(PROFESSIONALS)}

HOUSES = {"staff_tilleuls": TILLEULS, "staff_desk": TILLEULS, "staff_val": VAL}


@dataclass
class Shelf:
    """Exams, by their names."""

    known: dict[str, ExamFacts] = field(default_factory=dict)

    def facts(self, tx: Tx, names: Collection[str]) -> dict[str, ExamFacts]:
        """Whose exams they are."""
        return {name: self.known[name] for name in names if name in self.known}


@dataclass
class Scene:
    """Everything, opened once a test."""

    people: People
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.shelf = Shelf()
        settings = Settings(data=Path("/nowhere"), rules=self.rules)
        opened = open_access(self.db, self.keys, self.time, settings, self.shelf, NONE_REPORTED)
        self.doors, self.trace = opened.doors, opened.trace
        self.finding, self.choosing, self.desk = opened.finding, opened.choosing, opened.desk
        self.grants, self.motives, self.codes = opened.grants, opened.motives, opened.codes
        self.blocks, self.results, self.outbox = opened.blocks, opened.results, opened.outbox
        self.professionals = opened.professionals
        self._bring_in()

    @property
    def db(self) -> Database:
        """The database."""
        return self.people.db

    @property
    def time(self) -> StandingTime:
        """The clock."""
        return self.people.time

    @property
    def keys(self) -> Keys:
        """The keys."""
        return self.people.keys

    def _bring_in(self) -> None:
        people = self.people
        self.a, self.a_file = people.bring_in(GARANCE, "D1")
        self.b, self.b_file = people.bring_in(LUCIEN, "D2")
        self.a_val = self._join("V1", VAL)
        self.a_gone = self._join("G1", GONE)
        for place in (VAL, GONE):
            people.say(self.a, State.GIVEN, place)
        people.say(self.a, State.WITHDRAWN, GONE)
        self.add_exam("told", self.a, self.a_file, TILLEULS)
        self.add_exam("untold", self.a, self.a_file, TILLEULS)
        self.add_exam("val", self.a, self.a_val, VAL)
        self.add_exam("gone", self.a, self.a_gone, GONE)
        self.add_exam("hidden", self.a, self.a_file, TILLEULS, hidden=True)
        self.add_exam("foreign", self.b, self.b_file, TILLEULS)
        until = self.time() + YEAR
        with self.db.write() as tx:
            assert people.patients.tie(tx, self.a, "sub-a")
            assert people.patients.tie(tx, self.b, "sub-b")
            for name, rpps in RPPS.items():
                self.professionals.note(tx, Professional(rpps, name.title(), "Claude", "10"))
                self.motives.give(tx, rpps, self.a, Motive.CONSULTATION)
            for name in ("told", "gone", "hidden"):
                self.results.tell(tx, name, self.a, RPPS["carer"], "Dr Carer", 1)
            self.results.tell(tx, "foreign", self.b, RPPS["carer"], "Dr Carer", 1)
            here = Scope(self.a, TILLEULS, self.a_file)
            self.code: Issued = self._code(tx, here)
            self.own_code: Issued = self._code(tx, Scope(self.a))
            self.b_code: Issued = self._code(tx, Scope(self.b, TILLEULS, self.b_file))
            grants = self.grants
            grants.by_code(tx, RPPS["coded"], self.code.id, here, until)
            grants.by_code(tx, RPPS["blocked"], self.code.id, here, until)
            grants.make(tx, RPPS["emergency"], Scope(self.a), Basis.EMERGENCY, until, reason="coma")
            grants.permit_download(tx, RPPS["carer"], TILLEULS, "agent")
            grants.permit_download(tx, RPPS["stranger"], TILLEULS, "agent")
            self.blocks.block(tx, self.a, RPPS["blocked"])
        people.cares(self.a, RPPS["carer"])
        people.cares(self.a, RPPS["blocked"])
        people.cares(self.a, RPPS["file_carer"], file=self.a_file)

    def _join(self, number: str, establishment: str) -> str:
        """One more file of the first patient's, as if identities had joined them."""
        with self.db.write() as tx:
            row = {"id": f"file-{number}", "patient": self.a, "establishment": establishment}
            tx.execute(MAKE, {**row, "number": number, "created_at": self.time()})
        return f"file-{number}"

    def _code(self, tx: Tx, scope: Scope) -> Issued:
        issued = self.codes.issue(tx, scope, by="agent")
        assert issued is not None
        return issued

    def add_exam(self, name: str, owner: str, of: str, place: str, **more: Any) -> None:
        """An exam on the shelf."""
        self.shelf.known[name] = ExamFacts(name, owner, of, place, **more)

    def who(self, name: str, **more: Any) -> Visitor | None:
        """Somebody, logged in a moment ago at level 2."""
        if name == "nobody":
            return None
        kind, where = Kind.PROFESSIONAL, TILLEULS
        if name.startswith("patient"):
            kind, where = Kind.PATIENT, ""
        elif name.startswith("staff"):
            kind, where = Kind.STAFF, HOUSES.get(name, "")
        visitor = Visitor(
            kind=kind,
            subject=f"sub-{name.removeprefix('patient_')}",
            session=f"session-{name}",
            name=name.title(),
            rpps=RPPS.get(name, ""),
            profession="10",
            establishment=where,
            administers=kind is Kind.STAFF and name != "staff_desk",
            level=2,
            auth_at=self.time(),
            address="192.0.2.1",
        )
        return replace(visitor, **more)

    @property
    def things(self) -> dict[str, Thing]:
        """What can be touched, by its name in the rows of the matrix."""
        return {
            **{name: exam(name) for name in self.shelf.known},
            "no exam": exam("nothing"),
            "a": patient(self.a),
            "b": patient(self.b),
            "no patient": patient("nobody"),
            "file": file(self.a_file),
            "file val": file(self.a_val),
            "file gone": file(self.a_gone),
            "file b": file(self.b_file),
            "no file": file("nothing"),
            "code": code(self.code.id),
            "own code": code(self.own_code.id),
            "code b": code(self.b_code.id),
            "no code": code("nothing"),
            "tilleuls": house(TILLEULS),
            "val house": house(VAL),
            "no house": house(""),
        }


PEOPLE = (
    "nobody", *PROFESSIONALS, "no_rpps", "patient_a", "patient_b", "patient_stranger",
    "staff_tilleuls", "staff_val", "staff_nowhere", "staff_desk",
)  # fmt: skip
