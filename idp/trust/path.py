# SPDX-License-Identifier: Apache-2.0
"""The path from a certificate to one of the operator's roots (RFC 5280 §6).

What is trusted is a public key that the operator pinned, never a name. Our own checks come first,
since they say what is wrong; then the library judges the same path once more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from connectors.ports import Distrust
from idp.trust.authority import Authority, Role
from idp.trust.certificate import Certificate
from idp.trust.names import may_speak_of
from idp.trust.strength import has_strong_key, is_strong
from idp.trust.use import is_for_login

# The certificate, and so many authorities.
DEEPEST = 4
# A critical extension that nobody here acts upon makes a certificate unusable (RFC 5280 §4.2).
KNOWN = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    }
)
# The kinds of names whose constraints the library can compare.
COMPARED = (x509.DNSName, x509.RFC822Name, x509.IPAddress)


@dataclass(frozen=True, slots=True)
class Path:
    """A certificate and the authorities above it, the root last."""

    leaf: Certificate
    authorities: tuple[Authority, ...]

    @property
    def family(self) -> str:
        return self.authorities[-1].family

    def links(self) -> Iterator[tuple[Certificate, Authority]]:
        """Each certificate that may have been revoked, with its issuer; from the top down."""
        below = [self.leaf, *(one.certificate for one in self.authorities[:-1])]
        yield from reversed(list(zip(below, self.authorities, strict=True)))


def find_path(leaf: Certificate, known: Sequence[Authority], now: int) -> Path | Distrust:
    """A path that stands at this moment, or why there is none."""
    if has_unknown_demand(leaf):
        return Distrust.MALFORMED
    named = [one for one in known if one.certificate.subject == leaf.parsed.issuer]
    if not named:
        return Distrust.UNKNOWN_AUTHORITY
    if not is_strong(leaf):
        # Not even verified: a weak signature may be anybody's.
        return Distrust.WEAK
    found = next(_climb(leaf, known, now), None)
    if found is None:
        return Distrust.UNKNOWN_AUTHORITY
    path = Path(leaf, found)
    if leaf.valid_from > now:
        return Distrust.NOT_YET_VALID
    if leaf.valid_until < now:
        return Distrust.EXPIRED
    if not is_for_login(leaf, path.authorities[0].policies):
        return Distrust.WRONG_USE
    return path if _library_agrees(path, now) else Distrust.UNKNOWN_AUTHORITY


def leads_up(authority: Authority, known: Sequence[Authority], now: int) -> bool:
    """Whether there is a root above whatever this authority issues."""
    if not may_issue(authority, now):
        return False
    if authority.role is Role.ROOT:
        return True
    return next(_climb(authority.certificate, known, now, (authority,)), None) is not None


def _climb(
    leaf: Certificate, known: Sequence[Authority], now: int, below: tuple[Authority, ...] = ()
) -> Iterator[tuple[Authority, ...]]:
    """Every way up to a root, within one family."""
    child = below[-1].certificate if below else leaf
    for one in known:
        if below and (one.family != below[0].family or _is_in(one, below)):
            continue
        if one.certificate.subject != child.parsed.issuer or not may_issue(one, now):
            continue
        # XC-002: the name is the same; whether the key is decides.
        if not child.is_signed_by(one.certificate) or not _allows(one, leaf, below):
            continue
        way = (*below, one)
        if one.role is Role.ROOT:
            yield way
        elif len(way) < DEEPEST - 1:
            yield from _climb(leaf, known, now, way)


def _is_in(one: Authority, below: Sequence[Authority]) -> bool:
    return any(one.key_id == other.key_id for other in below)


def may_issue(authority: Authority, now: int) -> bool:
    """Whether an authority may sign certificates of people at this moment."""
    certificate = authority.certificate
    usage = certificate.get(x509.ExtendedKeyUsage)
    return (
        # XC-003: a certificate that is no authority's vouches for nobody, wherever it lies.
        certificate.is_authority
        # Nobody relies on the signature that a root puts on itself.
        and (has_strong_key if authority.role is Role.ROOT else is_strong)(certificate)
        and certificate.valid_from <= now <= certificate.valid_until
        and not has_unknown_demand(certificate)
        and (usage is None or _serves_clients(usage))
    )


def _serves_clients(usage: x509.ExtendedKeyUsage) -> bool:
    # In an authority's certificate `any` is no more than what says nothing.
    wanted = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    return not wanted.isdisjoint(usage)


def has_unknown_demand(certificate: Certificate) -> bool:
    """Whether it asks for something that we do not know how to do."""
    return any(one.critical and one.oid not in KNOWN for one in certificate.extensions)


def _allows(authority: Authority, leaf: Certificate, below: Sequence[Authority]) -> bool:
    """Whether its constraints let it stand above all of this."""
    certificate = authority.certificate
    constraints = certificate.get(x509.BasicConstraints)
    longest = constraints.path_length if constraints else None
    counted = sum(not one.certificate.is_self_issued for one in below)
    if longest is not None and counted > longest:
        return False
    names = certificate.get(x509.NameConstraints)
    under = (leaf, *(one.certificate for one in below))
    return names is None or all(may_speak_of(names, one) for one in under)


def _library_agrees(path: Path, now: int) -> bool:
    if any(_has_other_names(one.certificate) for one in path.authorities):
        return True
    authority_policy = verification.ExtensionPolicy.permit_all().require_present(
        x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
    )
    # By itself it would insist on a host name or mail address: cards have neither.
    leaf_policy = verification.ExtensionPolicy.permit_all().require_present(
        x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, None
    )
    *between, root = (one.certificate.parsed for one in path.authorities)
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store([root]))
        .time(datetime.fromtimestamp(now, UTC).replace(tzinfo=None))
        .max_chain_depth(DEEPEST)
        .extension_policies(ca_policy=authority_policy, ee_policy=leaf_policy)
        .build_client_verifier()
    )
    try:
        verifier.verify(path.leaf.parsed, between)
    except verification.VerificationError:
        return False
    return True


def _has_other_names(certificate: Certificate) -> bool:
    """Whether it constrains names that the library refuses to compare; we have done so."""
    constraints = certificate.get(x509.NameConstraints)
    if constraints is None:
        return False
    bounds = [*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ())]
    return any(not isinstance(one, COMPARED) for one in bounds)
