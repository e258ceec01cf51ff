# SPDX-License-Identifier: Apache-2.0
"""XC-014: whatever a responder sends is an answer that it may give, or is not used."""

from functools import cache

from idp.demo.pki_revocation import Register, Responder, responder_certificate
from idp.trust.certificate import read
from idp.trust.ocsp import Answer, Question, ask, read_answer
from tests.pki import NOW, card, key, new_pki, period


@cache
def asked() -> Question:
    issued = new_pki().issue(card(), period(), key=key("card"))
    certificate, issuer = read(issued.der), read(new_pki().authority(card()).issued.der)
    assert certificate is not None
    assert issuer is not None
    return ask(certificate, issuer, b"n" * 32)


@cache
def answers() -> tuple[bytes, ...]:
    authority = new_pki().authority(card())
    signers = (None, responder_certificate(authority, period()))
    responders = [Responder(authority, Register(), signer) for signer in signers]
    return tuple(responder.answer(asked().asked, NOW) for responder in responders)


def seeds() -> list[bytes]:
    return list(answers())


def target(data: bytes) -> None:
    found = read_answer(data, asked(), NOW, 3600)
    if isinstance(found, Answer):
        assert found.good
        assert found.valid_until <= NOW + 3600
    else:
        assert found
