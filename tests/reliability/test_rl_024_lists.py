# SPDX-License-Identifier: Apache-2.0
"""Lists of revoked cards: not renewed, past their end (RL-24); cards revoked meanwhile (XC-011)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from connectors.base import Level
from idp.chores import Chores
from idp.credentials.cards import Card, Kind
from idp.demo.pki import Pki
from idp.demo.pki_authority import Issued
from idp.demo.pki_revocation import DAY, Lists
from idp.demo.pki_service import PkiService
from idp.login.revoked_cards import RevokedCards
from idp.origin import Origin
from idp.sessions.values import Proof
from idp.trust import sources
from idp.trust_thread import TrustThread
from tests.pki import card, new_pki, period
from tests.trusting import der_of
from tests.world import START, StandingClock, World, open_world

HERE = Origin("192.0.2.1", "", "")
LIFE = 4 * 3600


@dataclass
class Cards:
    """A provider that believes cards, and the authorities that speak of them."""

    world: World
    pki: Pki
    service: PkiService

    @property
    def now(self) -> int:
        return self.world.clock.now()

    def look(self) -> None:
        """What a serving process does in the background."""
        core = self.world.core
        revoked = RevokedCards(core.database, core.cards, core.elsewhere, core.trust)
        TrustThread(core.trust, revoked).do()
        Chores(core).do()

    def judge(self, one: Issued) -> Any:
        return self.world.core.trust.judge(one.der, None)

    def silence(self) -> None:
        paths = [
            f"/CRL/{short}{end}.crl" for short in self.pki.authorities for end in ("", "-delta")
        ]
        self.service.overrides |= dict.fromkeys(["/ocsp", *paths], (503, b""))

    def told(self, kind: str, cause: str) -> list[dict[str, Any]]:
        found = [json.loads(row.detail) for row in self.world.events(kind)]
        return [one for one in found if one["cause"] == cause]

    def issue(self, who: str, serial: str, *, bound: bool = True) -> Issued:
        """A card; bound to somebody's account as a login does it."""
        core, account = self.world.core, self.world.cast[who].id
        made = self.pki.issue(card(serial=serial), period(self.now))
        found = self.judge(made)
        number = f"{made.certificate.serial_number:x}"
        row = {"authority": found.authority, "serial": serial, "number": number}
        if bound:
            with core.database.write() as tx:
                until = self.now + 900 * DAY
                core.cards.add(tx, Card(serial, account, Kind.CPS, until, self.now))
                tx.execute(
                    text(
                        "UPDATE cards SET family = 'cps', authority = :authority,"
                        " certificate_serial = :number WHERE serial = :serial"
                    ),
                    row,
                )
        return made

    def session(self, who: str, means: str) -> str:
        core = self.world.core
        level = Level.CARD if means in {"cps", "calculette"} else Level.PASSWORD
        proof = Proof(means, level, ("x",), self.now, "journey")
        with core.database.write() as tx:
            opened, _secret = core.sessions.open(tx, self.world.cast[who].id, proof, HERE)
        return opened.id

    def live(self, *sessions: str) -> list[bool]:
        with self.world.core.database.read() as tx:
            return [self.world.core.sessions.holder(tx, one) is not None for one in sessions]

    def standing(self) -> dict[str, bool]:
        """Cards by number, and whether they stand."""
        with self.world.core.database.read() as tx:
            rows = tx.execute(text("SELECT serial, revoked_at FROM cards")).all()
        return {row.serial: row.revoked_at is None for row in rows}


@pytest.fixture
def cards(database_url: str) -> Iterator[Cards]:
    """Lists of four hours, fetched every hour."""
    clock = StandingClock(START)
    with PkiService(clock.now) as service:
        pki = new_pki(START, service.address)
        service.show(pki, Lists(pki.register, valid=LIFE, delta_valid=LIFE))
        allow = service.address.removeprefix("http://")
        world = open_world(
            database_url, clock, OUTGOING_ALLOW=allow, CARDS_REVOCATION_REFRESH="3600"
        )
        with world.core.database.write() as tx:
            for one in (*pki.roots, *pki.people):
                world.core.trust.authorities.add(tx, der_of(one.certificate), "cps")
        yield Cards(world, pki, service)
        world.provider.close()


def test_rl_24_lists_are_renewed_before_they_end(cards: Cards) -> None:
    one = cards.issue("medecin", "2600000001", bound=False)
    cards.service.overrides["/ocsp"] = (503, b"")
    for _hour in range(12):
        cards.look()
        cards.world.clock.pass_by(3600)
        assert cards.judge(one).certain
    assert cards.told("alarm.raised", "revocation") == []


def test_rl_24_half_of_the_time_left_raises_the_alarm_and_the_end_refuses(cards: Cards) -> None:
    one = cards.issue("medecin", "2600000001", bound=False)
    cards.look()
    cards.silence()
    cards.world.clock.pass_by(LIFE // 2 - 1)
    cards.look()
    assert cards.told("alarm.raised", "revocation") == []
    assert cards.judge(one).certain
    cards.world.clock.pass_by(1)
    cards.look()
    [facts] = cards.told("alarm.raised", "revocation")
    assert facts["count"] == facts["total"] > 0
    cards.world.clock.pass_by(LIFE // 2 - 1)
    assert cards.judge(one).certain
    cards.world.clock.pass_by(1)
    assert cards.judge(one).value == "revocation-unknown"
    # Once an episode, and once for each list that broke.
    cards.look()
    assert len(cards.told("alarm.raised", "revocation")) <= 2
    failed = cards.world.events("trust.refresh_failed")
    assert len(failed) == facts["total"]
    cards.service.overrides.clear()
    cards.world.clock.pass_by(DAY)
    cards.look()
    assert cards.judge(one).certain
    cards.world.clock.pass_by(DAY)
    cards.look()
    assert cards.told("alarm.ended", "revocation")
    assert len(cards.world.events("trust.refreshed")) == facts["total"]


def test_rl_24_a_place_that_never_gave_a_list_is_missed_where_no_other_does(cards: Cards) -> None:
    one = cards.issue("medecin", "2600000001", bound=False)
    core, dead = cards.world.core, f"{cards.service.address}/CRL/gone.crl"
    with core.database.write() as tx:
        sources.name(tx, cards.judge(one).authority, [dead])
    cards.look()
    assert cards.told("alarm.raised", "revocation") == []
    cards.silence()
    cards.world.clock.pass_by(LIFE // 2)
    cards.look()
    [facts] = cards.told("alarm.raised", "revocation")
    assert facts["count"] == facts["total"]


def test_rl_24_cards_that_pass_unsure_raise_an_alarm(database_url: str) -> None:
    world = open_world(database_url, StandingClock(START), CARDS_REVOCATION="accept")
    pki = new_pki(START)
    with world.core.database.write() as tx:
        for one in (*pki.roots, *pki.people):
            world.core.trust.authorities.add(tx, der_of(one.certificate), "cps")
    made = pki.issue(card(), period(START))
    assert not world.core.trust.judge(made.der, None).certain
    Chores(world.core).do()
    raised = [json.loads(row.detail)["cause"] for row in world.events("alarm.raised")]
    assert "cards-unsure" in raised
    world.provider.close()


def test_xc_011_a_card_revoked_in_mid_session_ends_what_stands_on_it(cards: Cards) -> None:
    one = cards.issue("medecin", "2600000001")
    cards.issue("infirmiere", "2600000002")
    mine = [cards.session("medecin", means) for means in ("cps", "calculette", "password")]
    other = cards.session("infirmiere", "cps")
    cards.look()
    assert cards.live(*mine, other) == [True] * 4
    cards.pki.revoke(one.certificate, cards.now)
    cards.world.clock.pass_by(3600)
    cards.look()
    assert cards.standing() == {"2600000001": False, "2600000002": True}
    assert cards.live(*mine, other) == [False, False, True, True]
    why = {json.loads(row.detail)["why"] for row in cards.world.events("session.ended")}
    assert why == {"card-revoked"}
    assert len(cards.world.events("card.revoked")) == 1
    # Gone through once: nothing more follows, until a list changes.
    cards.look()
    assert len(cards.world.events("card.revoked")) == 1


def test_xc_011_all_cards_of_a_revoked_authority_end(cards: Cards) -> None:
    cards.issue("medecin", "2600000001")
    cards.issue("infirmiere", "2600000002")
    cards.pki.revoke(cards.pki.authorities["ACI-FO-PP"].certificate, cards.now)
    cards.world.clock.pass_by(3600)
    cards.look()
    assert cards.standing() == {"2600000001": False, "2600000002": False}


def test_xc_011_what_was_not_followed_is_followed_later(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the list and the cards."""
    one = cards.issue("medecin", "2600000001")
    cards.look()
    cards.pki.revoke(one.certificate, cards.now)
    cards.world.clock.pass_by(3600)
    with monkeypatch.context() as patch:
        patch.setattr(RevokedCards, "_end", lambda *_arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cards.look()
    assert cards.standing() == {"2600000001": True}
    cards.look()
    assert cards.standing() == {"2600000001": False}
