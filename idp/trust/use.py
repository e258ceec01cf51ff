# SPDX-License-Identifier: Apache-2.0
"""What a certificate may be used for: a person's login, and nothing else."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.trust.certificate import Certificate


def is_for_login(certificate: Certificate, policies: Sequence[str]) -> bool:
    """Whether it is a person's certificate for authentication (RFC 5280 §4.2.1.3, §4.2.1.12)."""
    constraints = certificate.get(x509.BasicConstraints)
    usage = certificate.get(x509.KeyUsage)
    purposes = certificate.get(x509.ExtendedKeyUsage)
    # XC-006: an authority's own certificate is nobody's card.
    if constraints is not None and constraints.ca:
        return False
    # XC-005: what the card's other certificate signs commits its holder to a document.
    if usage is None or not usage.digital_signature or usage.content_commitment:
        return False
    # XC-004: said by name; « any purpose » is not enough.
    if purposes is None or ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        return False
    return not policies or not set(policies).isdisjoint(_policies(certificate))


def _policies(certificate: Certificate) -> set[str]:
    named = certificate.get(x509.CertificatePolicies) or ()
    return {one.policy_identifier.dotted_string for one in named}
