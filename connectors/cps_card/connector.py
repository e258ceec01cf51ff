# SPDX-License-Identifier: Apache-2.0
"""The card connector: a certificate that the TLS front saw used, or a signature by the agent."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from cryptography import x509

from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Evidence,
    Level,
    Reason,
    Refused,
    Verified,
    VerifiedIdentity,
)
from connectors.capabilities import Introduction, PresentedCard, Word
from connectors.cps_card.certificate import CardCertificate, Unreadable, read_card_certificate
from connectors.cps_card.statement import (
    Signed,
    Statement,
    read_answer,
    read_heartbeat,
    read_statement,
    verify,
    verify_heartbeat,
    write_statement,
)
from connectors.cps_card.trial import CardTrial
from connectors.ports import CardDesk, Challenges, Clock, Distrust, Site, Trusted, TrustStore
from connectors.strict_json import to_bytes, to_text

# AG-010: whatever is longer is not read.
LONGEST: Final = 64 * 1024

UNREADABLE: Mapping[Unreadable, Reason] = {
    Unreadable.NOT_A_CERTIFICATE: Reason.MALFORMED,
    Unreadable.TOO_LARGE: Reason.MALFORMED,
    Unreadable.NO_NAME: Reason.NOT_PERSONAL,
}
DISTRUSTED: Mapping[Distrust, Reason] = {
    Distrust.MALFORMED: Reason.MALFORMED,
    Distrust.UNKNOWN_AUTHORITY: Reason.UNKNOWN_AUTHORITY,
    Distrust.NOT_YET_VALID: Reason.NOT_YET_VALID,
    Distrust.EXPIRED: Reason.RAN_OUT,
    Distrust.REVOKED: Reason.REVOKED,
    Distrust.REVOCATION_UNKNOWN: Reason.REVOCATION_UNKNOWN,
    Distrust.WRONG_USE: Reason.WRONG_CARD,
    Distrust.WEAK: Reason.WEAK,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How cards may be read here."""

    # Where the page finds the agent of its workstation; none: not by an agent.
    agents: tuple[str, ...]
    # Whether cards of the test family count as if they were real.
    test_cards: bool


class CpsConnector:
    """A card in a reader. The key never leaves it, and its PIN has released it."""

    kind: ClassVar[str] = "cps"
    # RFC 8176 §2: a smart card and its PIN: a key bound to hardware, and two factors.
    methods: ClassVar[tuple[str, ...]] = ("sc", "pin", "hwk", "mfa")
    level: ClassVar[Level] = Level.CARD
    after: ClassVar[str | None] = None

    def __init__(
        self,
        trust: TrustStore,
        challenges: Challenges,
        desk: CardDesk,
        clock: Clock,
        site: Site,
        reading: Reading,
    ) -> None:
        self._trust = trust
        self._challenges = challenges
        self._desk = desk
        self._clock = clock
        self._site = site
        self._reading = reading
        self._trial = CardTrial(trust, challenges, clock, site, test_cards=reading.test_cards)

    def lacks(self, account: str) -> str | None:
        """Whether this person may come by card at all."""
        return self._desk.lacks(account)

    def counter_of(self, attempt: Attempt) -> str:
        """Failed tries say nothing of the person whose certificate was shown."""
        return attempt.id

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """A certificate is public: whom it names is no reason to count anything against them."""
        return attempt.account

    def begin(self, attempt: Attempt) -> Answer:
        """What the agent is asked to have signed; the other way needs nothing."""
        values: dict[str, Any] = {"agents": list(self._reading.agents), "statement": ""}
        if self._reading.agents:
            values["statement"] = write_statement(self._new_statement(attempt))
        return Ask(values)

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Judge what came by either way."""
        if evidence.client_certificate is not None:
            der = _decoded(evidence.client_certificate)
            return self._judge(attempt, der, None) if der else Refused(_absent(evidence))
        if "answer" not in evidence.form:
            return Refused(Reason.NO_CERTIFICATE)
        return self._by_agent(attempt, evidence.form)

    def introduce(self, identity: VerifiedIdentity) -> Introduction:
        """The person on the card."""
        known = identity.claims
        return Introduction(
            national_id=identity.subject,
            family=known["family"],
            first_name=known["first_name"],
            last_name=known["last_name"],
            profession=known["profession_label"],
            card=PresentedCard(
                known["serial"],
                known["kind"],
                known["valid_until"],
                known["authority"],
                known["certificate_serial"],
                to_bytes(known["presence_key"]) or b"",
            ),
            certain=known["certain"],
        )

    def word(self, text: str) -> Word | None:
        """What an agent says of the card that vouched for its key."""
        said = read_heartbeat(text)
        if said is None or not verify_heartbeat(self._site.origin, said):
            return None
        key = to_bytes(said.key)
        return Word(key, said.sequence, said.state == "present") if key else None

    def trial(self, visitor: str) -> str:
        """What the card is to sign in the toolbox: its purpose is no login."""
        return self._trial.trial(visitor)

    def judge_trial(self, visitor: str, form: Mapping[str, str]) -> str:
        """One word of what this server thinks of the card."""
        return self._trial.judge_trial(visitor, form)

    def _new_statement(self, attempt: Attempt) -> Statement:
        at = self._clock.now()
        nonce = to_text(self._challenges.issue(_binding(attempt, at)))
        return self._statement(attempt, nonce, at)

    def _statement(self, attempt: Attempt, nonce: str, at: int) -> Statement:
        """AG-002: all but the nonce and its moment comes from here, whatever the browser says."""
        site = self._site
        asked = attempt.id, at, attempt.purpose
        return Statement(site.origin, site.origin, site.name, nonce, *asked)

    def _by_agent(self, attempt: Attempt, form: Mapping[str, str]) -> Answer:
        answer, text = form["answer"], form.get("statement", "")
        if not _fits(answer) or not _fits(text):
            return Refused(Reason.MALFORMED)
        signed, said = read_answer(answer), read_statement(text)
        if signed is None or said is None:
            return Refused(Reason.MALFORMED)
        # AG-001: ours, for this journey, and of the last two minutes.
        if not self._challenges.is_ours(_binding(attempt, said.at), _challenge(said)):
            return Refused(Reason.EXPIRED)
        return self._judge(attempt, signed.certificate, (said, signed))

    def _judge(
        self, attempt: Attempt, der: bytes, spoken: tuple[Statement, Signed] | None
    ) -> Answer:
        card = read_card_certificate(der)
        if isinstance(card, Unreadable):
            return Refused(UNREADABLE.get(card, Reason.WRONG_CARD))
        if not card.nominative:
            return Refused(Reason.NOT_PERSONAL)
        if card.test and not self._reading.test_cards:
            return Refused(Reason.TEST_CARD)
        if spoken is not None and not self._is_signed(attempt, card, *spoken):
            return Refused(Reason.WRONG)
        # Asks elsewhere: only for somebody who holds the key of what they show.
        trusted = self._trust.judge(der, attempt.application)
        number = f"{x509.load_der_x509_certificate(der).serial_number:x}"
        if isinstance(trusted, Distrust):
            if trusted is Distrust.REVOKED:
                self._desk.revoked(card.serial, number)
            return Refused(DISTRUSTED[trusted])
        # In vain, it takes nothing: of one form sent many times, a try that may not count must
        # not be the one that wins.
        if spoken is not None and not (attempt.in_vain or self._take(spoken[0])):
            return Refused(Reason.EXPIRED)
        presence = spoken[1].presence_key if spoken else ""
        return Verified(
            VerifiedIdentity(card.national_id, _claims(card, trusted, number, presence))
        )

    def _is_signed(
        self, attempt: Attempt, card: CardCertificate, said: Statement, signed: Signed
    ) -> bool:
        """AG-010: by the key of this very certificate, over what we asked for."""
        asked = self._statement(attempt, said.nonce, said.at)
        return said == asked and verify(card.public_key, asked, signed)

    def _take(self, said: Statement) -> bool:
        return self._desk.take(_challenge(said))


def _claims(card: CardCertificate, trusted: Trusted, number: str, presence: str) -> dict[str, Any]:
    """The facts of the card that the host may need, as data."""
    return {
        "family": trusted.family,
        "authority": trusted.authority,
        "certain": trusted.certain,
        "valid_until": trusted.valid_until,
        "serial": card.serial,
        "certificate_serial": number,
        "kind": card.kind.value,
        "first_name": card.first_name,
        "last_name": card.last_name,
        "profession": card.profession,
        "profession_label": card.profession_label,
        "structure": card.structure,
        "structure_name": card.structure_name,
        "presence_key": presence,
    }


def _fits(text: str) -> bool:
    return len(text) <= LONGEST


def _decoded(text: str) -> bytes | None:
    """DER in base 64, as the TLS front hands it over."""
    if not _fits(text):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _absent(evidence: Evidence) -> Reason:
    """A browser that showed no certificate, or something that is none."""
    return Reason.MALFORMED if evidence.client_certificate else Reason.NO_CERTIFICATE


def _challenge(said: Statement) -> bytes:
    """The challenge that a statement's nonce writes."""
    return to_bytes(said.nonce) or b""


def _binding(attempt: Attempt, at: int) -> str:
    return f"card|{attempt.purpose}|{attempt.id}|{at}"
