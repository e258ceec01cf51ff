# SPDX-License-Identifier: Apache-2.0
"""XC-011: what stands on a card ends with the card, and with the authority that vouched for it."""

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from idp.demo.pki_cards import Kind as CardKind
from idp.login import lost_authorities, lost_cards
from idp.trust.authority import Authority
from tests.architecture.house import ROOT
from tests.pki import card, new_pki, period
from tests.reliability.test_rl_024_lists import Cards
from tests.trusting import der_of
from tests.world import START, StandingClock, open_world

DOCTOR, NURSE = "2600000001", "2600000002"


@pytest.fixture
def cards(database_url: str) -> Iterator[Cards]:
    """Claire has a card of one authority; the nurse, one of another below another root."""
    world = open_world(database_url, StandingClock(START), CARDS_REVOCATION="accept")
    pki = new_pki(START)
    nowhere: SimpleNamespace = SimpleNamespace()
    made = Cards(world, pki, nowhere)
    with world.core.database.write() as tx:
        for one in (*pki.roots, *pki.people):
            world.core.trust.authorities.add(tx, der_of(one.certificate), "cps")
    made.issue("medecin", DOCTOR)
    made.issue("infirmiere", NURSE)
    weak = pki.issue(card(kind=CardKind.CPE, serial=NURSE), period(START))
    other = world.core.trust.judge(weak.der, None).authority
    with world.core.database.write() as tx:
        tx.exec_driver_sql(f"UPDATE cards SET authority = '{other}' WHERE serial = '{NURSE}'")
    yield made
    world.provider.close()


def known(cards: Cards, short: str) -> Authority:
    core = cards.world.core
    wanted = der_of(cards.pki.authorities[short].certificate)
    with core.database.read() as tx:
        [found] = [one for one in core.trust.authorities.all(tx) if one.certificate.der == wanted]
    return found


def remove(cards: Cards, short: str) -> int:
    core, authority = cards.world.core, known(cards, short)
    with core.database.write() as tx:
        return len(lost_authorities.remove(tx, core.trust, core.elsewhere, authority))


# The authority itself, and the root above it.
@pytest.mark.parametrize("short", ["ACI-FO-PP", "ACR-FO"])
def test_xc_011_sessions_by_cards_of_a_removed_authority_end(cards: Cards, short: str) -> None:
    mine = [cards.session("medecin", means) for means in ("cps", "calculette", "password")]
    other = cards.session("infirmiere", "cps")
    assert remove(cards, short) == 2
    assert cards.live(*mine, other) == [False, False, True, True]
    why = {json.loads(row.detail)["why"] for row in cards.world.events("session.ended")}
    assert why == {"authority-removed"}
    # The cards themselves were not revoked: the authority may be added again.
    assert cards.standing() == {DOCTOR: True, NURSE: True}


def test_xc_011_a_removed_authority_whose_time_was_over_takes_its_sessions_too(
    cards: Cards,
) -> None:
    mine = cards.session("medecin", "cps")
    core, authority = cards.world.core, known(cards, "ACI-FO-PP")
    core.trust.believed = lambda _tx: set()
    with core.database.write() as tx:
        lost_authorities.remove(tx, core.trust, core.elsewhere, authority)
    assert cards.live(mine) == [False]


def test_an_authority_that_vouches_for_nobody_takes_no_session(cards: Cards) -> None:
    mine = [cards.session(who, "cps") for who in ("medecin", "infirmiere")]
    with cards.world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE cards SET authority = 'another'")
    assert remove(cards, "ACR-FO") == 0
    assert cards.live(*mine) == [True, True]


def test_xc_011_a_revoked_card_takes_its_sessions_by_one_verb(cards: Cards) -> None:
    mine = [cards.session("medecin", means) for means in ("cps", "password")]
    core = cards.world.core
    with core.database.write() as tx:
        lost = lost_cards.revoke(tx, core.cards, core.elsewhere, DOCTOR)
        assert lost is not None
        assert len(lost.ended) == 1
        assert lost_cards.revoke(tx, core.cards, core.elsewhere, DOCTOR) is None
    assert cards.live(*mine) == [False, True]
    assert cards.standing() == {DOCTOR: False, NURSE: True}


@pytest.mark.parametrize(
    ("call", "only"),
    [
        (r"cards\.revoke\(tx", "idp/login/lost_cards.py"),
        (r"\.revoke_certificate\(", "idp/credentials/card_desk.py"),
        (r"authorities\.remove\(", "idp/login/lost_authorities.py"),
    ],
)
def test_xc_011_nobody_revokes_a_card_and_leaves_its_sessions(call: str, only: str) -> None:
    callers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "idp").rglob("*.py")
        for found in re.findall(rf"[\w.]*{call}", path.read_text("utf-8"))
        if not found.startswith("lost_")
    }
    assert callers == {only}
