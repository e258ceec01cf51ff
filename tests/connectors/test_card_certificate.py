# SPDX-License-Identifier: Apache-2.0
"""Each profile of card met in the field is read as what it says."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.cps_card.certificate import (
    CardCertificate,
    CardKind,
    Unreadable,
    read_card_certificate,
)
from idp.demo.pki_cards import Card, Kind, Product, Use, integer, octets, printable
from tests.connectors.odd_certificates import (
    CARD,
    CN,
    GN,
    ORG,
    OU,
    PSEUDONYM,
    SIGNING,
    SN,
    ST,
    TITLE,
    C,
    L,
    certificate,
    principal,
)
from tests.pki import NOW, card, key, new_pki, period

EMPLOYEE = CARD | {2: integer(2), 5: octets(b"\x80")}
del EMPLOYEE[7]


def read(*arguments, **options):
    found = read_card_certificate(certificate(*arguments, **options))
    assert isinstance(found, CardCertificate), found
    return found


def test_an_employee_of_an_establishment():
    found = read(
        [
            [(C, "FR")],
            [(ST, "Paris (75)")],
            [(ORG, "HOPITAL DES 3 DAMES")],
            [(OU, "10B0057881")],
            [(TITLE, "Personnel santé ou social")],
            [(GN, "CHARLES"), (CN, "30B0057881/CPET0002"), (SN, "ADMINISTRATIF-CH057880002")],
        ],
        EMPLOYEE,
        more=[principal("30B0057881/CPET0002@carte-cps.fr")],
        serial=0x6BC2874B9334BED19414E8EB4FB317D4,
    )
    assert found.kind is CardKind.CPE
    assert (found.serial, found.issuer_number) == ("2600301752", "8025000001")
    assert found.national_id == "30B0057881/CPET0002"
    assert (found.last_name, found.first_name) == ("ADMINISTRATIF-CH057880002", "CHARLES")
    assert (found.profession, found.profession_label) == ("", "Personnel santé ou social")
    assert (found.structure, found.structure_name) == ("10B0057881", "HOPITAL DES 3 DAMES")
    assert found.upn == "30B0057881/CPET0002@carte-cps.fr"
    assert (found.test, found.nominative, found.pseudonym) == (True, True, "")
    assert (found.valid_from, found.valid_until) == period()
    assert isinstance(found.public_key, rsa.RSAPublicKey)


def test_a_professional():
    found = read()
    assert found.kind is CardKind.CPS
    assert found.national_id == "899700367917"
    assert (found.profession, found.profession_label) == ("10", "Médecin")
    assert (found.structure, found.structure_name, found.upn) == ("", "", "")
    assert found.test is False


def test_a_card_from_before_rpps():
    found = read(
        [
            [(C, "FR")],
            [(ORG, "TEST")],
            [(OU, "Masseur-Kinésithérapeute")],
            [(CN, "00B7010446"), (SN, "MASSEUR1044"), (GN, "HONORE")],
        ],
        CARD | {7: integer(70)},
    )
    assert found.national_id == "00B7010446"
    assert (found.profession, found.profession_label) == ("70", "Masseur-Kinésithérapeute")
    assert (found.structure, found.structure_name) == ("", "TEST")


def test_an_employee_of_an_authorised_body():
    found = read(
        [
            [(C, "FR")],
            [(ORG, "TEST")],
            [(L, "Paris (75)")],
            [(OU, "300000000029751")],
            [(CN, "500000000029751/CPAT0001"), (SN, "MAITRE0000029750001"), (GN, "PATRICE")],
        ],
        EMPLOYEE | {2: integer(3)},
    )
    assert found.kind is CardKind.CPA
    assert found.national_id == "500000000029751/CPAT0001"
    assert (found.structure, found.profession_label) == ("300000000029751", "")


def test_a_card_that_is_nobody_s_in_particular():
    found = read(
        [
            [(C, "FR")],
            [(OU, "1760021832")],
            [(TITLE, "Carte de service santé ou social")],
            [(PSEUDONYM, "EMPLOYE000000018")],
            [(CN, "3760021832/000000018")],
        ],
        EMPLOYEE,
    )
    assert (found.nominative, found.pseudonym) == (False, "EMPLOYE000000018")
    assert (found.last_name, found.first_name) == ("", "")
    assert (found.national_id, found.structure) == ("3760021832/000000018", "1760021832")


def test_a_student_s_profession_is_the_one_they_are_learning():
    student = {number: value for number, value in CARD.items() if number != 7}
    student |= {2: integer(1), 8: integer(21)}
    found = read([[(CN, "899700367917"), (SN, "A"), (GN, "B")]], student)
    assert found.kind is CardKind.CPF
    assert (found.profession, found.profession_label) == ("21", "Pharmacien en formation")


def test_a_profession_without_words_gets_those_of_the_table():
    nameless = [[(CN, "899700367917"), (SN, "A"), (GN, "B")]]
    assert read(nameless, CARD | {7: integer(50)}).profession_label == "Sage-Femme"
    unknown = read(nameless, CARD | {7: integer(345)})
    assert (unknown.profession, unknown.profession_label) == ("345", "")


@pytest.mark.parametrize(
    "person",
    [
        pytest.param([(GN, "CECILE"), (CN, "899700075064"), (SN, "SAGE")], id="GN+CN+SN"),
        pytest.param([(SN, "SAGE"), (GN, "CECILE"), (CN, "899700075064")], id="SN+GN+CN"),
        pytest.param([(CN, "899700075064"), (SN, "SAGE"), (GN, "CECILE")], id="CN+SN+GN"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["person first", "person last"])
def test_the_order_changes_nothing(person, first):
    others = [[(TITLE, "Sage-Femme")], [(C, "FR")]]
    found = read([person, *others] if first else [*others, person])
    assert (found.national_id, found.last_name, found.first_name) == (
        "899700075064",
        "SAGE",
        "CECILE",
    )
    assert found.profession_label == "Sage-Femme"


@pytest.mark.parametrize(
    "upn", ["899700367917@carte-cps.fr", "8.99700367917@carte-cps.fr", "899700367917@CARTE-CPS.FR"]
)
def test_a_principal_name_with_or_without_a_point(upn):
    assert read(more=[principal(upn)]).upn == upn


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("old", [False, True], ids=["igc-sante", "gip-cps"])
def test_the_demo_s_cards_are_read(pki, kind, old):
    shown = card(
        kind=kind,
        old=old,
        profession=10 if kind in {Kind.CPS, Kind.CPF} else None,
        structure="10B0057881",
        structure_name="HÔPITAL DES 3 DAMES",
        place="Paris (75)",
        product=Product.TEST_CARD,
    )
    found = read_card_certificate(pki.issue(shown, period(), key=key("card")).der)
    assert isinstance(found, CardCertificate), found
    assert found.kind.name == kind.name
    assert (found.national_id, found.last_name) == ("899700000010", "DURAND")
    assert (found.structure, found.structure_name) == ("10B0057881", "HÔPITAL DES 3 DAMES")
    assert (found.profession_label, found.test) == ("Médecin", True)


def test_the_certificate_for_signatures_is_refused_by_name(pki):
    issued = pki.issue(card(), period(), Use.SIGNATURE, key("card"))
    assert read_card_certificate(issued.der) is Unreadable.SIGNATURE_CERTIFICATE


def test_a_certificate_in_software_is_no_card():
    """« C=FR, title=Sage-Femme, … », signature, ELEMENTAIRE PERSONNES, in software for trying."""
    rdns = [
        [(C, "FR")],
        [(TITLE, "Sage-Femme")],
        [(GN, "CECILE"), (CN, "899700075064"), (SN, "SAGECH0007506")],
    ]
    told = CARD | {5: octets(b"\x83"), 7: integer(50)}
    refused = read_card_certificate(certificate(rdns, told, uses=SIGNING))
    assert refused is Unreadable.NOT_A_CARD


def test_a_structure_s_certificate_is_no_card():
    rdns = [
        [(C, "FR")],
        [(ST, "Côte-d'Or (21)")],
        [(ORG, "MINISTERE DE TEST7708")],
        [(OU, "300000000077081")],
        [(CN, "www.sceau.example")],
    ]
    assert read_card_certificate(certificate(rdns, {})) is Unreadable.NOT_A_CARD


def test_a_web_server_s_certificate_is_no_card(pki):
    issued = pki.server(("localhost",), period(), key("server"))
    assert read_card_certificate(issued.der) is Unreadable.NOT_A_CARD


@pytest.mark.parametrize("product", [each for each in Product if each.value & 0x7F])
def test_modules_and_programs_are_no_cards(product):
    told = CARD | {5: octets(bytes([product.value]))}
    assert read_card_certificate(certificate(said=told)) is Unreadable.NOT_A_CARD


def test_whether_it_is_for_trying_out_is_told_by_the_card_not_by_its_issuer():
    assert read(said=CARD | {5: octets(b"\x80")}).test is True


def test_validity_is_told_not_judged():
    long_ago = Card("899700367917", "A", "B", "2600301752", profession=10)
    issued = new_pki().issue(long_ago, period(NOW, days=-10), key=key("card"))
    found = read_card_certificate(issued.der)
    assert isinstance(found, CardCertificate)
    assert found.valid_until < NOW


def test_what_is_printed_of_it_shows_no_key():
    assert "public_key" not in repr(read())


def test_another_issuer_s_number_is_no_card_number():
    told = CARD | {3: printable("8025000002/2600301752")}
    assert read_card_certificate(certificate(said=told)) is Unreadable.BAD_EXTENSION
