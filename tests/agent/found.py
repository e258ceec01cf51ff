# SPDX-License-Identifier: Apache-2.0
"""A card as a library shows it; needs the extra `agent`."""

from dataclasses import replace

from pkcs11 import Mechanism

from connectors.cps_card.agent.faces import face_of
from connectors.cps_card.agent.tokens import Found
from tests.agent.kit import issued


def found_in(slot="Reader", card=None, **changes):
    certificate = (issued(card) if card else issued()).der
    usual = Found(
        slot,
        b"\x20",
        certificate,
        Mechanism.SHA256_RSA_PKCS,
        "RS256",
        False,
        3,
        face_of(certificate),
    )
    return replace(usual, **changes)
