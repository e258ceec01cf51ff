# SPDX-License-Identifier: Apache-2.0
"""Certificates with any subject and any extensions: what no authority of ours would sign."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.demo.pki_authority import key_usage
from idp.demo.pki_cards import ARC, USER_PRINCIPAL_NAME, integer, octets, printable, text
from tests.pki import key, new_pki, period

CN, SN, GN = NameOID.COMMON_NAME, NameOID.SURNAME, NameOID.GIVEN_NAME
ORG, OU, L = NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.LOCALITY_NAME
C, ST, TITLE = NameOID.COUNTRY_NAME, NameOID.STATE_OR_PROVINCE_NAME, NameOID.TITLE
PSEUDONYM, SERIAL = NameOID.PSEUDONYM, NameOID.SERIAL_NUMBER

DOCTOR = [
    [(C, "FR")],
    [(TITLE, "Médecin")],
    [(GN, "KIT"), (SN, "DOC0036791"), (CN, "899700367917")],
]
# The extensions of a doctor's card, by the last number of their arc.
CARD = {
    2: integer(0),
    3: printable("8025000001/2600301752"),
    5: octets(b"\x00"),
    7: integer(10),
}
LOGIN = (
    (key_usage("digital_signature"), True),
    (
        x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON]
        ),
        False,
    ),
)
SIGNING = ((key_usage("content_commitment"), True),)


def principal(*names):
    """A subjectAltName of these principal names, as they are encoded."""
    encoded = [each if isinstance(each, bytes) else text(each) for each in names]
    others = [x509.OtherName(USER_PRINCIPAL_NAME, each) for each in encoded]
    return x509.SubjectAlternativeName(others), False


def attribute(oid, value, kind=None):
    """A part of a name; the kind of string is what is usual unless told."""
    return x509.NameAttribute(oid, value, kind, _validate=False)


def name(rdns):
    """A name of these RDNs, each a list of attributes."""
    parts = [[attribute(*each) for each in rdn] for rdn in rdns]
    return x509.Name([x509.RelativeDistinguishedName(part) for part in parts])


def certificate(rdns=DOCTOR, said=None, uses=LOGIN, more=(), serial=0x7A11, signer_key=None):
    """The DER of a certificate, signed by the authority for professionals."""
    private = [
        (x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{ARC}.{last}"), value), False)
        for last, value in (CARD if said is None else said).items()
    ]
    authority = new_pki().authorities["ACI-FO-PP"]
    extensions = [*private, *uses, *more]
    signed = authority.sign(
        name(rdns), period(), extensions, key=signer_key or key("card"), serial=serial
    )
    return signed.der


# What the library raises at each of these is kin to nothing else that it raises.
STRANGE = ("a name of a kind that it does not know", "an extension twice", "another version")


def strange(which):
    """A certificate that looks like a card's, and that the library reads up to its fault."""
    if which == STRANGE[0]:
        # RFC 5280 §4.2.1.6: x400Address.
        odd = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, bytes.fromhex("3002a300"))
        return certificate(more=[(odd, False)])
    usual, changed = (
        # extKeyUsage becomes a second keyUsage; version 3 becomes version 6.
        ("0603551d25", "0603551d0f") if which == STRANGE[1] else ("a003020102", "a003020105")
    )
    der = certificate()
    assert der.count(bytes.fromhex(usual)) == 1
    return der.replace(bytes.fromhex(usual), bytes.fromhex(changed))
