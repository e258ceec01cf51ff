# SPDX-License-Identifier: Apache-2.0
"""XC-009: whatever a client sends as its certificate is read as one identity, or refused."""

from connectors.cps_card.certificate import CardCertificate, Unreadable, read_card_certificate
from connectors.national_ids import is_national_id
from idp.demo.pki_cards import Kind, Use
from idp.trust.certificate import read
from tests.connectors.odd_certificates import CARD, CN, GN, SN, certificate, principal
from tests.pki import card, key, new_pki, period


def seeds() -> list[bytes]:
    pki = new_pki()
    cards = [
        pki.issue(card(kind=kind, old=old), period(), key=key("card")).der
        for kind in Kind
        for old in (False, True)
    ]
    odd = [
        certificate(),
        certificate(more=[principal("899700367917@carte-cps.fr")]),
        certificate([[(CN, "3760021832/000000018"), (SN, "HÉLIÈRE"), (GN, "ZOÉ")]], CARD),
    ]
    signing = pki.issue(card(), period(), Use.SIGNATURE, key("card")).der
    return [*cards, *odd, signing, pki.server(("localhost",), period(), key("server")).der]


def target(data: bytes) -> None:
    found = read_card_certificate(data)
    read(data)
    assert read_card_certificate(data) == found
    if isinstance(found, Unreadable):
        return
    assert isinstance(found, CardCertificate)
    assert is_national_id(found.national_id)
    assert found.national_id.isascii()
    assert found.serial.isascii()
    assert found.serial.isdigit()
    assert len(found.serial) == 10
    texts = (found.last_name, found.first_name, found.pseudonym, found.profession_label)
    assert all(each.isprintable() for each in texts)
    assert found.nominative is bool(found.last_name and found.first_name)
    # Whoever judges it later reads the same certificate, or none.
    judged = read(data)
    assert judged is None or judged.serial > 0
