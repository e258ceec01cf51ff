# SPDX-License-Identifier: Apache-2.0
"""A card is tried without logging anybody in: it signs, and the server says what it thinks of it.

What is signed names its purpose, so that it opens nothing; who the card is of is not kept.
"""

from collections.abc import Mapping
from typing import Final

from connectors.cps_card.certificate import Unreadable, read_card_certificate
from connectors.cps_card.statement import (
    LONGEST_ANSWER,
    LONGEST_STATEMENT,
    Statement,
    read_answer,
    read_statement,
    verify,
    write_statement,
)
from connectors.ports import Challenges, Clock, Distrust, Site, TrustStore
from connectors.strict_json import to_bytes, to_text

PURPOSE: Final = "toolbox"


class CardTrial:
    """What the toolbox asks of a card in a reader."""

    def __init__(
        self,
        trust: TrustStore,
        challenges: Challenges,
        clock: Clock,
        site: Site,
        *,
        test_cards: bool,
    ) -> None:
        self._trust = trust
        self._challenges = challenges
        self._clock = clock
        self._site = site
        self._test_cards = test_cards

    def trial(self, visitor: str) -> str:
        """What the card is to sign."""
        at = self._clock.now()
        nonce = to_text(self._challenges.issue(_binding(visitor, at)))
        return write_statement(self._statement(nonce, at))

    def judge_trial(self, visitor: str, form: Mapping[str, str]) -> str:
        """One word: accepted, or why not."""
        answer, text = form.get("answer", ""), form.get("statement", "")
        if len(answer) > LONGEST_ANSWER or len(text) > LONGEST_STATEMENT:
            return "wrong"
        signed, said = read_answer(answer), read_statement(text)
        if signed is None or said is None:
            return "wrong"
        challenge = to_bytes(said.nonce) or b""
        if not self._challenges.is_ours(_binding(visitor, said.at), challenge):
            return "late"
        card = read_card_certificate(signed.certificate)
        if isinstance(card, Unreadable):
            return "other"
        # AG-010: by the key of this very certificate, over what was asked for. Nobody else's
        # certificate is looked up anywhere.
        asked = self._statement(said.nonce, said.at)
        if said != asked or not verify(card.public_key, asked, signed):
            return "wrong"
        if not card.nominative:
            return "nobody"
        if card.test and not self._test_cards:
            return "test"
        found = self._trust.judge(signed.certificate, None)
        if found in {Distrust.MALFORMED, Distrust.WRONG_USE}:
            return "other"
        if isinstance(found, Distrust):
            return str(found.value)
        return "accepted" if found.certain else "unsure"

    def _statement(self, nonce: str, at: int) -> Statement:
        site = self._site
        return Statement(site.origin, site.origin, site.name, nonce, PURPOSE, at, PURPOSE)


def _binding(visitor: str, at: int) -> str:
    return f"card|{PURPOSE}|{visitor}|{at}"
