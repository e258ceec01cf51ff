# SPDX-License-Identifier: Apache-2.0
"""XC-009, XC-005: an odd certificate gives the one identity there is in it, or is refused."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type as Kind
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.cps_card.certificate import (
    MAX_BYTES,
    CardCertificate,
    Unreadable,
    read_card_certificate,
)
from idp.demo.pki_authority import authority_extensions, key_usage, moment
from idp.demo.pki_cards import integer, octets, printable
from tests.connectors.odd_certificates import (
    CARD,
    CN,
    DOCTOR,
    GN,
    LOGIN,
    ORG,
    OU,
    PSEUDONYM,
    SERIAL,
    SIGNING,
    SN,
    TITLE,
    certificate,
    name,
    principal,
)
from tests.pki import key, new_pki, period

ID = "899700367917"
PERSON = [(CN, ID), (SN, "DURAND"), (GN, "CLAIRE")]


def refusal(*arguments, **options):
    return read_card_certificate(certificate(*arguments, **options))


def without(number):
    return {last: value for last, value in CARD.items() if last != number}


def test_xc_009_the_certificate_that_others_are_made_from_is_read():
    found = refusal([PERSON])
    assert isinstance(found, CardCertificate)
    assert found.national_id == ID


def test_xc_009_a_megabyte_is_refused_before_it_is_parsed(monkeypatch):
    def parse(_):
        raise AssertionError("it was parsed")

    monkeypatch.setattr(x509, "load_der_x509_certificate", parse)
    assert read_card_certificate(b"\x30\x83\x0f\x42\x3b" + bytes(999_995)) is Unreadable.TOO_LARGE
    assert read_card_certificate(bytes(MAX_BYTES + 1)) is Unreadable.TOO_LARGE


def test_xc_009_the_largest_that_is_looked_at():
    filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.1"), bytes(64_000))
    der = certificate([PERSON], more=[(filler, False)])
    assert 64_000 < len(der) <= MAX_BYTES
    assert isinstance(read_card_certificate(der), CardCertificate)


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 4, 5, 8, 13, 40, 200, -1])
def test_xc_009_a_part_of_a_certificate_is_none(cut):
    assert read_card_certificate(certificate()[:cut]) is Unreadable.NOT_A_CERTIFICATE


def test_xc_009_nothing_follows_a_certificate():
    assert read_card_certificate(certificate() + b"\0") is Unreadable.NOT_A_CERTIFICATE


def test_xc_009_pem_is_not_what_is_asked_for():
    pem = x509.load_der_x509_certificate(certificate()).public_bytes(Encoding.PEM)
    assert read_card_certificate(pem) is Unreadable.NOT_A_CERTIFICATE


@pytest.mark.parametrize("first", [0x80, 0xFF, 0x00], ids=["negative", "minus one", "zero"])
def test_xc_009_a_serial_number_that_is_not_positive(first):
    der = certificate(serial=0x05)
    at = der.index(bytes.fromhex("020105")) + 2
    odd = der[:at] + bytes([first]) + der[at + 1 :]
    assert read_card_certificate(odd) is Unreadable.NOT_A_CERTIFICATE


@pytest.mark.parametrize(
    "common_name",
    [
        pytest.param(f"{ID}\0", id="NUL at the end"),
        pytest.param(f"{ID}\0.evil.example", id="NUL inside"),
        pytest.param(f"{ID}\n", id="new line"),
        pytest.param(f"\u202e{ID}", id="right to left"),
        pytest.param(f"\u2066{ID}\u2069", id="isolate"),
        pytest.param(f"8\u200b{ID[1:]}", id="zero width space"),
        pytest.param(f"8\u00ad{ID[1:]}", id="soft hyphen"),
        pytest.param(f"\ufeff{ID}", id="byte order mark"),
        pytest.param(f"{ID}\ue000", id="private use"),
        pytest.param(f"{ID}\u2028", id="line separator"),
        pytest.param(f"{ID}\u00a0", id="no-break space"),
    ],
)
def test_xc_009_characters_that_nobody_sees(common_name):
    told = [[(CN, common_name), *PERSON[1:]]]
    assert refusal(told) is Unreadable.UNUSUAL_TEXT


@pytest.mark.parametrize("part", [SN, GN, TITLE, ORG, OU, PSEUDONYM, SERIAL])
@pytest.mark.parametrize("hidden", ["\0", "\u202e", "\u200d", "\x1b"])
def test_xc_009_nor_in_any_other_part(part, hidden):
    others = [each for each in PERSON if each[0] != part]
    told = [others, [(part, f"DUR{hidden}AND", Kind.UTF8String)]]
    assert refusal(told) is Unreadable.UNUSUAL_TEXT


@pytest.mark.parametrize(
    "digits",
    ["８99700367917", "٨99700367917", "89970036791７", "8997003679l7", "B99700367917", f" {ID}"],
)
def test_xc_009_what_looks_like_an_identifier_is_none(digits):
    assert refusal([[(CN, digits), *PERSON[1:]]]) is Unreadable.NO_NATIONAL_ID


@pytest.mark.parametrize("part", [SN, GN])
@pytest.mark.parametrize("lookalike", ["DURАND", "ΑRNAUD", "ＤＵＲＡＮＤ"])
def test_xc_009_letters_that_look_like_ours_in_a_name(part, lookalike):
    others = [each for each in PERSON if each[0] != part]
    assert refusal([[*others, (part, lookalike)]]) is Unreadable.UNUSUAL_TEXT


def test_xc_009_accents_are_the_same_however_they_are_written():
    composed, apart = (
        refusal([[(CN, ID), (SN, written), (GN, "ZOÉ")]])
        for written in ("HÉLIÈRE", "HE\u0301LIE\u0300RE")
    )
    assert composed == apart
    assert composed.last_name == "HÉLIÈRE"


@pytest.mark.parametrize(
    "kind", [Kind.UTF8String, Kind.BMPString, Kind.UniversalString], ids=lambda kind: kind.name
)
def test_xc_009_kinds_of_strings_that_read_in_one_way_give_the_same_identity(kind):
    odd = refusal([[(CN, ID, kind), (SN, "HÉLIÈRE", kind), (GN, "ZOÉ", kind)]])
    assert odd == refusal([[(CN, ID), (SN, "HÉLIÈRE"), (GN, "ZOÉ")]])


@pytest.mark.parametrize(
    "kind",
    [Kind.T61String, Kind.IA5String, Kind.VisibleString, Kind.NumericString],
    ids=lambda kind: kind.name,
)
def test_xc_009_old_kinds_of_strings_read_in_one_way_only_without_accents(kind):
    plain = refusal([[(CN, ID, kind), (SN, "DURAND", kind), (GN, "CLAIRE", kind)]])
    assert plain == refusal([PERSON])
    assert refusal([[(CN, ID), (SN, "HÉLIÈRE", kind), (GN, "A")]]) is Unreadable.UNUSUAL_TEXT


@pytest.mark.parametrize("kind", [Kind.OctetString, Kind.UTCTime], ids=lambda kind: kind.name)
def test_xc_009_what_is_no_string_is_no_name(kind):
    assert refusal([[(CN, ID, kind), *PERSON[1:]]]) is Unreadable.UNUSUAL_TEXT


def test_xc_009_bytes_that_are_no_text():
    der = certificate([[(CN, ID), (SN, "DURAND"), (GN, "CL@RE")]])
    assert read_card_certificate(der.replace(b"CL@RE", b"CL\xe9RE")) is Unreadable.NOT_A_CERTIFICATE


@pytest.mark.parametrize("part", [CN, SN, GN, TITLE, ORG, PSEUDONYM, SERIAL])
@pytest.mark.parametrize("together", [True, False], ids=["one RDN", "two RDNs"])
def test_xc_009_two_of_what_there_is_one_of(part, together):
    others = [each for each in PERSON if each[0] != part]
    twice = [(part, "899700075064"), (part, ID)]
    told = [others + twice] if together else [[twice[0]], others, [twice[1]]]
    assert refusal(told) is Unreadable.AMBIGUOUS


def test_xc_009_two_structures_or_two_professions():
    assert refusal([PERSON, [(OU, "10B0057881")], [(OU, "10B0057882")]]) is Unreadable.AMBIGUOUS
    assert refusal([PERSON, [(OU, "Pharmacien")], [(TITLE, "Médecin")]]) is Unreadable.AMBIGUOUS
    fine = refusal([PERSON, [(OU, "10B0057881")], [(OU, "Médecin")]])
    assert (fine.structure, fine.profession_label) == ("10B0057881", "Médecin")


def test_xc_009_an_extension_twice():
    der = certificate(
        said={
            2: integer(0),
            3: printable("8025000001/2600301752"),
            5: octets(b"\0"),
            6: octets(b"\x80"),
        }
    )
    arc = bytes.fromhex("06082a817a0147010206")
    assert der.count(arc) == 1
    twice = der.replace(arc, arc[:-1] + b"\x05")
    assert read_card_certificate(twice) is Unreadable.AMBIGUOUS


@pytest.mark.parametrize("number", [2, 3, 7])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda value: value + b"\0", id="trailing"),
        pytest.param(lambda value: value[:-1], id="cut"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda value: value[:1] + b"\x81" + value[1:], id="long length"),
        pytest.param(lambda value: value[:1] + b"\x80" + value[2:] + b"\0\0", id="indefinite"),
        pytest.param(lambda value: b"\x0c" + value[1:], id="other type"),
        pytest.param(lambda value: b"\x1f" + value, id="long tag"),
    ],
)
def test_xc_009_an_extension_that_is_not_encoded_as_it_must_be(number, change):
    told = CARD | {number: change(CARD[number])}
    assert refusal(said=told) is Unreadable.BAD_EXTENSION


@pytest.mark.parametrize(
    ("number", "value", "expected"),
    [
        (2, integer(4), Unreadable.NO_KIND),
        (2, bytes.fromhex("0201ff"), Unreadable.NO_KIND),
        (2, bytes.fromhex("02020000"), Unreadable.BAD_EXTENSION),
        (2, bytes.fromhex("02020001"), Unreadable.BAD_EXTENSION),
        (2, bytes.fromhex("0200"), Unreadable.BAD_EXTENSION),
        (3, printable("8025000001/260030175"), Unreadable.BAD_EXTENSION),
        (3, printable("8025000001/2600301752 "), Unreadable.BAD_EXTENSION),
        (3, printable("2600301752"), Unreadable.BAD_EXTENSION),
        (3, b"\x13\x15" + b"8025000001/260030\x00752", Unreadable.BAD_EXTENSION),
        (5, octets(b""), Unreadable.NOT_A_CARD),
        (5, octets(b"\x00\x00"), Unreadable.NOT_A_CARD),
        (5, octets(b"\x00") + b"\x00", Unreadable.NOT_A_CARD),
        (5, integer(0), Unreadable.NOT_A_CARD),
        (5, octets(b"\x01"), Unreadable.NOT_A_CARD),
        (7, integer(0), Unreadable.BAD_EXTENSION),
        (7, integer(1000), Unreadable.BAD_EXTENSION),
        (7, bytes.fromhex("0201ff"), Unreadable.BAD_EXTENSION),
    ],
)
def test_xc_009_an_extension_that_says_what_it_cannot(number, value, expected):
    assert refusal(said=CARD | {number: value}) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (2, Unreadable.NO_KIND),
        (3, Unreadable.NO_CARD_NUMBER),
        (5, Unreadable.NOT_A_CARD),
    ],
)
def test_xc_009_an_extension_that_is_missing(number, expected):
    assert refusal(said=without(number)) is expected


def test_xc_009_a_profession_and_a_future_one():
    assert refusal(said=CARD | {8: integer(10)}) is Unreadable.AMBIGUOUS
    # A student's card that says what only a professional's may, and the other way round.
    assert refusal(said=CARD | {2: integer(1)}) is Unreadable.BAD_EXTENSION
    assert refusal(said=without(7) | {8: integer(10)}) is Unreadable.BAD_EXTENSION


def test_xc_009_names_and_pseudonyms():
    assert refusal([[(CN, ID), (SN, "DURAND")]]) is Unreadable.NO_NAME
    assert refusal([[(CN, ID)]]) is Unreadable.NO_NAME
    assert refusal([PERSON, [(PSEUDONYM, "EMPLOYE")]]) is Unreadable.AMBIGUOUS
    assert refusal([[(SN, "DURAND"), (GN, "CLAIRE")]]) is Unreadable.NO_NATIONAL_ID
    assert refusal([[(CN, ID), (SN, "A" * 257), (GN, "B")]]) is Unreadable.UNUSUAL_TEXT
    # A name that is only filled up: the same one.
    assert refusal([[(CN, ID), (SN, "DURAND  "), (GN, "CLAIRE")]]) == refusal([PERSON])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["899700075064@carte-cps.fr"], Unreadable.OTHER_PRINCIPAL),
        ([f"{ID}@carte-cps.fr.example"], Unreadable.OTHER_PRINCIPAL),
        ([f"{ID}@carte-cps.fr", f"{ID}@carte-cps.fr"], Unreadable.AMBIGUOUS),
        ([b"\x0c\x00"], Unreadable.BAD_EXTENSION),
        ([b"\x0c\x01\xff"], Unreadable.BAD_EXTENSION),
        ([printable(f"{ID}@carte")], Unreadable.BAD_EXTENSION),
    ],
    ids=["somebody else's", "another domain", "two", "empty", "no text", "no UTF-8 string"],
)
def test_xc_009_a_principal_name_must_be_this_person_s(said, expected):
    assert refusal([PERSON], more=[principal(*said)]) is expected


def test_xc_009_one_person_on_two_cards_is_one_identity():
    """It hangs on the identifier alone: not on names, places, or the certificate's own number."""
    other = [[(GN, "CLAIRE MARIE"), (CN, ID), (SN, "DURAND-PETIT")], [(ORG, "CHU")]]
    first, second = (
        refusal([PERSON]),
        refusal(other, CARD | {3: printable("8025000001/2600301753")}),
    )
    assert first.national_id == second.national_id
    assert first.serial != second.serial


@pytest.mark.parametrize("kind", ["ed25519", "dsa"])
def test_xc_009_a_key_that_cards_do_not_have(kind):
    made = (
        ed25519.Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else dsa.generate_private_key(1024)
    )
    assert read_card_certificate(signed_for(made)) is Unreadable.UNKNOWN_KEY
    assert isinstance(
        read_card_certificate(signed_for(ec.generate_private_key(ec.SECP256R1()))), CardCertificate
    )


def signed_for(private):
    authority = new_pki().authorities["ACI-FO-PP"]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(DOCTOR))
        .issuer_name(authority.certificate.subject)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(moment(period()[0]))
        .not_valid_after(moment(period()[1]))
    )
    model = x509.load_der_x509_certificate(certificate())
    for extension in model.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_xc_005_the_card_s_other_certificate():
    assert refusal(uses=SIGNING) is Unreadable.SIGNATURE_CERTIFICATE
    # Whatever it claims to be for.
    assert refusal(uses=(*SIGNING, LOGIN[1])) is Unreadable.SIGNATURE_CERTIFICATE


@pytest.mark.parametrize(
    "purposes",
    [
        [ExtendedKeyUsageOID.SERVER_AUTH],
        [ExtendedKeyUsageOID.EMAIL_PROTECTION],
        [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
        [ExtendedKeyUsageOID.SMARTCARD_LOGON],
    ],
    ids=["server", "e-mail", "any", "logon only"],
)
def test_xc_004_a_certificate_that_is_for_something_else(purposes):
    uses = (LOGIN[0], (x509.ExtendedKeyUsage(purposes), False))
    assert refusal(uses=uses) is Unreadable.WRONG_USE


def test_xc_004_a_certificate_that_does_not_say_what_it_is_for():
    assert refusal(uses=LOGIN[:1]) is Unreadable.WRONG_USE
    assert refusal(uses=LOGIN[1:]) is Unreadable.WRONG_USE
    assert refusal(uses=((key_usage("key_agreement"), True), LOGIN[1])) is Unreadable.WRONG_USE


def test_xc_006_an_authority_is_no_card():
    assert refusal(more=[next(iter(authority_extensions(None)))]) is Unreadable.NOT_A_CARD


def test_xc_009_the_key_of_the_fixture_is_what_is_read():
    assert refusal([PERSON]).public_key == key("card").public_key()
