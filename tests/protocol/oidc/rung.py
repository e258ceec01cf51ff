# SPDX-License-Identifier: Apache-2.0
"""An application that asks for somebody elsewhere, whose phone is asked at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from idp.demo.sandbox.people import Professional
from tests.phones import MEDECIN, Phones, open_phones
from tests.protocol.kit import settled
from tests.protocol.oidc.absent import Caller, caller, decide
from tests.world import StandingClock

NUMBER = "42"
POLICY = {"means": ["password", "ecps"], "level": 1}


@dataclass
class Rung:
    """The application's server, and what happens on the phones."""

    phones: Phones
    one: Caller

    def asked(self, **changes: str | None) -> str:
        """The application asks, and whoever asks phones has looked."""
        handle = self.one.asked(**{"binding_message": NUMBER} | changes)
        self.phones.go_on()
        return handle

    def answers(self, number: str = NUMBER, person: Professional = MEDECIN) -> None:
        """Somebody answers on their phone, and it is heard."""
        self.phones.answer(person, number)
        self.phones.go_on(5)

    def lies(self, person: Professional = MEDECIN) -> int:
        """How many requests lie on a phone."""
        return len(self.phones.requests_of(person))

    def told_of(self, kind: str) -> list[Any]:
        """Events of a kind."""
        return self.phones.here.events(kind)

    def expire(self) -> None:
        """Nobody answers, until the time of the phone is over."""
        for _ in range(25):
            self.phones.go_on(5)

    def decided_on_the_page(self, handle: str) -> bool:
        """The way that is open in any case."""
        assert self.one.told(handle) == "authorization_pending"
        assert decide(settled(self.phones.here)) == "agreed"
        self.phones.here.clock.pass_by(6)
        return self.one.come(handle).status == 200

    def account(self, who: str = "medecin") -> str:
        """Somebody of the cast."""
        return str(self.phones.here.cast[who].id)


@pytest.fixture
def rung(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rung]:
    with open_rung(database_url, monkeypatch) as opened:
        yield opened


@contextmanager
def open_rung(
    url: str, patch: pytest.MonkeyPatch, policy: dict[str, Any] | None = None, **changes: str
) -> Iterator[Rung]:
    """A provider that asks phones for applications, and one of these."""
    settings = {"PSC_CIBA_REQUESTS": "true"} | changes
    with open_phones(url, StandingClock(), patch, **settings) as phones:
        yield Rung(phones, caller(phones.here, policy=POLICY | (policy or {})))
