# SPDX-License-Identifier: Apache-2.0
"""Codes to enter."""

from dataclasses import dataclass, replace

import pytest

from imaging_app.db import Database
from imaging_app.notices.outbox import Outbox
from imaging_app.settings import Rules
from imaging_app.sharing.codes import Codes, Entered, Issued, Refusal, Scope, Typed
from imaging_app.sharing.lists import Lists
from tests.imaging.cast import GARANCE, SORBIER, TILLEULS, People

RIGHT = Typed("", "1961-03-12", "Garance", SORBIER, "192.0.2.1")


@dataclass
class Sharing:
    """A patient with a code."""

    people: People
    codes: Codes
    lists: Lists
    outbox: Outbox
    patient: str
    file: str
    issued: Issued

    @property
    def db(self) -> Database:
        return self.people.db

    def issue(self, scope: Scope | None = None, **how) -> Issued | None:
        with self.db.write() as tx:
            return self.codes.issue(tx, scope or self.scope, by="agent", **how)

    @property
    def scope(self) -> Scope:
        return Scope(self.patient, TILLEULS, self.file)

    def enter(self, **typed) -> Entered | Refusal:
        with self.db.write() as tx:
            return self.codes.enter(tx, replace(RIGHT, **{"code": self.issued.code, **typed}))


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def sharing(people, keys, time, rules) -> Sharing:
    patient, file = people.bring_in(GARANCE)
    codes = Codes(keys, time, rules)
    with people.db.write() as tx:
        issued = codes.issue(tx, Scope(patient, TILLEULS, file), by="agent", comment="Genou")
    return Sharing(people, codes, Lists(time), Outbox(keys, time), patient, file, issued)
