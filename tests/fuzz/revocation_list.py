# SPDX-License-Identifier: Apache-2.0
"""XC-012: whatever comes as a revocation list is one that the authority signed, or is not used."""

from functools import cache

from cryptography import x509

from idp.demo.pki_revocation import Lists, Reason, Revoked
from idp.trust.certificate import Certificate, read
from idp.trust.crl import RevocationList, read_list
from tests.pki import NOW, new_pki


@cache
def issuer() -> Certificate:
    found = read(new_pki().authorities["ACI-FO-PP"].issued.der)
    assert found is not None
    return found


@cache
def signed() -> tuple[bytes, ...]:
    pki = new_pki()
    authority = pki.authorities["ACI-FO-PP"]
    for serial, reason in enumerate((Reason.key_compromise, Reason.unspecified), start=5):
        pki.register.revoke(authority.short, serial, Revoked(NOW - 60, reason))
    lists = Lists(pki.register)
    return lists.whole(authority, NOW), lists.changes(authority, NOW)


def told(body: bytes) -> bytes:
    return x509.load_der_x509_crl(body).tbs_certlist_bytes


def seeds() -> list[bytes]:
    return list(signed())


def target(data: bytes) -> None:
    found = read_list(data, [issuer()], NOW)
    if isinstance(found, RevocationList):
        # What lies around the signed part (the bits left over of the signature) may be written
        # in several ways.
        assert told(data) in {told(each) for each in signed()}
    else:
        assert found
