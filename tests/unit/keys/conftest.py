# SPDX-License-Identifier: Apache-2.0
"""Keys on a clock that moves when told."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from idp.crypto import KeyRing
from idp.db import Database
from idp.keys.service import SigningKeys
from idp.keys.store import KeyStore

OLD = KeyRing({"old": bytes(range(32))}, "old")
BOTH = KeyRing({"old": bytes(range(32)), "new": bytes(range(32, 64))}, "new")
NEW = KeyRing({"new": bytes(range(32, 64))}, "new")
WRONG = KeyRing({"old": bytes(range(100, 132))}, "old")

LEAD, KEEP, ROTATE = 600, 3600, 86_400
ISSUER = "https://sceau.example"


@dataclass
class HeldClock:
    seconds: int = 1_800_000_000

    def now(self) -> int:
        return self.seconds

    def micros(self) -> int:
        return self.seconds * 1_000_000

    def monotonic(self) -> float:
        return float(self.seconds)


@dataclass
class Vault:
    """The keys of an installation, and the verbs over them, each committed."""

    db: Database
    clock: HeldClock = field(default_factory=HeldClock)

    def __post_init__(self):
        self.service = SigningKeys(
            self.clock, OLD, publish_lead=LEAD, keep_after=KEEP, rotate_after=ROTATE
        )
        self.store = self.new_store()

    def new_store(self, service: SigningKeys | None = None) -> KeyStore:
        return KeyStore(self.db, service or self.service, clock=self.clock, refresh=30.0)

    def __getattr__(self, name):
        verb = getattr(SigningKeys, name)

        def call(*arguments):
            with self.db.write() as tx:
                return verb(self.service, tx, *arguments)

        return call

    def sql(self, statement: str, **values: object) -> None:
        with self.db.write() as tx:
            tx.execute(text(statement), values)

    def rows(self, statement: str) -> list[tuple]:
        with self.db.read() as tx:
            return [tuple(row) for row in tx.execute(text(statement)).all()]

    def states(self) -> dict[str, str]:
        now = self.clock.now()
        return {key.kid: key.state(now).value for key in self.list()}


@pytest.fixture
def vault(database):
    return Vault(database)
