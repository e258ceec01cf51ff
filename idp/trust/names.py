# SPDX-License-Identifier: Apache-2.0
"""Name constraints (RFC 5280 §4.2.1.10): of whom an authority may speak.

The library knows them of host and mail names only; authorities of people constrain directory
names. A kind that is constrained and that nobody here can compare is refused.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.trust.certificate import Certificate

Rdn = frozenset[tuple[str, str]]


def may_speak_of(constraints: x509.NameConstraints, certificate: Certificate) -> bool:
    """Whether all names of a certificate are within the constraints."""
    permitted = list(constraints.permitted_subtrees or ())
    excluded = list(constraints.excluded_subtrees or ())
    for name in names_of(certificate):
        same = [one for one in permitted if type(one) is type(name)]
        if same and not any(_is_within(name, one, unknown=False) for one in same):
            return False
        others = (one for one in excluded if type(one) is type(name))
        if any(_is_within(name, one, unknown=True) for one in others):
            return False
    return True


def names_of(certificate: Certificate) -> Iterable[x509.GeneralName]:
    """Every name that a certificate gives its holder."""
    subject = certificate.subject
    if list(subject):
        yield x509.DirectoryName(subject)
    for mail in subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        value = mail.value if isinstance(mail.value, str) else ""
        yield x509.RFC822Name._init_without_validation(value)  # noqa: SLF001
    yield from certificate.get(x509.SubjectAlternativeName) or ()


def _is_within(name: x509.GeneralName, bound: x509.GeneralName, *, unknown: bool) -> bool:
    match name, bound:
        case x509.DirectoryName(), x509.DirectoryName():
            inner, outer = comparable(name.value), comparable(bound.value)
            return inner[: len(outer)] == outer
        case x509.RFC822Name(), x509.RFC822Name():
            return _mail_is_within(name.value, bound.value)
        case x509.DNSName(), x509.DNSName():
            return _host_is_within(name.value, bound.value)
        case x509.IPAddress(), x509.IPAddress():
            network = bound.value
            if isinstance(network, IPv4Network | IPv6Network):
                return isinstance(name.value, IPv4Address | IPv6Address) and name.value in network
    return unknown


def comparable(name: x509.Name) -> tuple[Rdn, ...]:
    """As RFC 5280 §7.1 compares them: case and spaces make no difference."""
    return tuple(
        frozenset((one.oid.dotted_string, _folded(str(one.value))) for one in rdn)
        for rdn in name.rdns
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _mail_is_within(mail: str, bound: str) -> bool:
    local, _, host = mail.rpartition("@")
    if "@" in bound:
        wanted_local, _, wanted_host = bound.rpartition("@")
        return local == wanted_local and host.lower() == wanted_host.lower()
    if bound.startswith("."):
        return host.lower().endswith(bound.lower())
    return host.lower() == bound.lower()


def _host_is_within(host: str, bound: str) -> bool:
    wanted = bound.lower().lstrip(".")
    return not wanted or host.lower() == wanted or host.lower().endswith("." + wanted)
