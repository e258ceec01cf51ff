# SPDX-License-Identifier: Apache-2.0
"""The card connector apart from any page: what the TLS front saw, and what an authority says."""

import base64
from dataclasses import replace

import pytest
from flask_babel import force_locale

from connectors.base import Attempt, Evidence, Reason, Refused, Verified
from connectors.capabilities import Introduces, Unguessable, Watches
from connectors.cps_card.connector import DISTRUSTED, CpsConnector, Reading
from connectors.ports import Distrust, Site, Trusted
from idp.web.card_words import CARD_REASONS, card_words
from tests import pki
from tests.cards import sign
from tests.connectors.test_passkey import Store

NOW = pki.NOW
SITE = Site("sceau.example", "https://sceau.example", "Sceau")
HERE = Attempt("a-journey", None, "", application="rcp")


class Host(Store):
    """Authorities that say what a test wants, a desk, and a clock that stands still."""

    def __init__(self):
        super().__init__()
        self.verdict = Trusted("cps", "a" * 64, NOW + 500, certain=True)
        self.asked, self.told = [], []

    def judge(self, certificate, application):
        self.asked.append(application)
        return self.verdict

    def issue(self, binding):
        challenge = f"a challenge of this test: {len(self.issued)}".encode()
        self.issued[challenge] = binding
        return challenge

    def now(self):
        return NOW

    def lacks(self, account):
        return None

    def take(self, challenge):
        fresh = challenge not in self.taken
        self.taken.add(challenge)
        return fresh

    def revoked(self, serial, certificate_serial):
        self.told.append((serial, certificate_serial))


@pytest.fixture
def host():
    return Host()


@pytest.fixture
def connector(host):
    reading = Reading(("http://localhost:8006",), test_cards=False)
    return CpsConnector(host, host, host, host, SITE, reading)


@pytest.fixture
def card(pki, card_key):
    return pki.issue(card_of(), period(), key=card_key)


card_of, period = pki.card, pki.period


def by_tls(connector, der, attempt=HERE):
    shown = base64.b64encode(der).decode()
    return connector.resume(attempt, Evidence(client_certificate=shown))


def test_it_can_what_cards_can(connector):
    assert isinstance(connector, Introduces)
    assert isinstance(connector, Unguessable)
    assert isinstance(connector, Watches)
    assert connector.counter_of(HERE) == "a-journey"
    # Whom a public certificate names is nobody's claim.
    assert connector.claimed(HERE, Evidence(client_certificate="x")) is None


def test_a_certificate_of_a_handshake_proves_its_holder(connector, host, card):
    answer = by_tls(connector, card.der)
    assert isinstance(answer, Verified)
    who = connector.introduce(answer.identity)
    assert (who.national_id, who.last_name, who.family) == ("899700000010", "DURAND", "cps")
    assert (who.card.serial, who.card.kind) == ("2600301752", "cps")
    assert who.card.valid_until == NOW + 500
    assert who.card.presence_key == b""
    assert host.asked == ["rcp"]
    # The handshake is the proof: no challenge is needed, and none is used up.
    assert host.taken == set()


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ("", Reason.NO_CERTIFICATE),
        ("not base 64", Reason.MALFORMED),
        ("AAAA", Reason.MALFORMED),
        ("A" * 70_000, Reason.MALFORMED),
    ],
    ids=["none", "text", "bytes", "large"],
)
def test_what_is_no_certificate_says_so(connector, host, shown, reason):
    assert connector.resume(HERE, Evidence(client_certificate=shown)) == Refused(reason)
    assert host.asked == []


@pytest.mark.parametrize("verdict", Distrust)
def test_every_verdict_of_the_authorities_has_its_reason(connector, host, card, verdict):
    host.verdict = verdict
    assert by_tls(connector, card.der) == Refused(DISTRUSTED[verdict])
    number = f"{card.certificate.serial_number:x}"
    assert host.told == ([("2600301752", number)] if verdict is Distrust.REVOKED else [])


def test_every_reason_of_a_card_has_a_sentence_and_a_next_step(sqlite_world):
    with sqlite_world.provider.web.test_request_context(), force_locale("en"):
        told = [card_words(one) for one in CARD_REASONS]
        assert all(one and one.title and one.sentence for one in told)
        assert len({one.title for one in told}) == len(CARD_REASONS)
        assert card_words(Reason.WRONG) is None


def test_a_try_in_vain_uses_nothing_up(connector, host, card):
    text = connector.begin(HERE).values["statement"]
    evidence = Evidence(form={"statement": text, "answer": sign(card, text)})
    for _tab in range(3):
        assert isinstance(connector.resume(replace(HERE, in_vain=True), evidence), Verified)
    assert isinstance(connector.resume(HERE, evidence), Verified)
    assert connector.resume(HERE, evidence) == Refused(Reason.EXPIRED)


def test_where_no_agent_is_looked_for_nothing_is_asked_of_one(host):
    connector = CpsConnector(host, host, host, host, SITE, Reading((), test_cards=False))
    assert connector.begin(HERE).values == {"agents": [], "statement": ""}
    assert host.issued == {}


def test_a_word_about_a_card_is_none_unless_it_is_signed(connector):
    for text in ("", "{}", '{"v":1}', "x" * 5000):
        assert connector.word(text) is None
