# SPDX-License-Identifier: Apache-2.0
"""The provider by its metadata: fetched or read, checked, remembered; the last good one is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from relying_parties.kit.origins import origin_of
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.outgoing import Door
from relying_parties.kit.remembered import Remembered
from relying_parties.kit.saml.names import REDIRECT, SAMLP, ds, md
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.signatures import Unverified, read_certificate, verify
from relying_parties.kit.saml.xml import (
    METADATA,
    Element,
    Malformed,
    parse,
    read_moment,
    text,
)
from relying_parties.kit.settings import Limits

ENTITY = md("EntityDescriptor")


@dataclass(frozen=True, slots=True)
class Described:
    """What the kit uses of it."""

    certificates: tuple[x509.Certificate, ...]
    login: str
    # Where a logout goes, and where an answer to one does; None where there is no such thing.
    logout: str | None
    logout_answer: str | None
    valid_until: int | None


class ProviderMetadata:
    """Loads, checks and remembers."""

    def __init__(
        self,
        provider: SamlProvider,
        limits: Limits,
        now: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._provider = provider
        self._limits = limits
        self._now = now
        self._last: Described | None = None
        self._door: Door | None = None
        if isinstance(provider.metadata, str):
            origins = frozenset({origin_of(provider.metadata) or ""})
            self._door = Door(origins, provider.ca_file, limits)
        self._remembered = Remembered(
            self._load,
            max_age=limits.metadata_age,
            retry_after=limits.retry_after,
            monotonic=monotonic,
        )

    def current(self) -> Described:
        """The current metadata, or the last good one for as long as it says that it holds."""
        found = self._remembered.get()
        if self._is_over(found):
            found = self.renewed()
        if self._is_over(found):
            raise ProviderUnreachable("metadata: past its validUntil")
        return found

    def renewed(self) -> Described:
        """Asked for again: a signature by a key that is not known may be the next key's."""
        return self._remembered.renew(self._limits.key_refetch)

    def _is_over(self, found: Described) -> bool:
        return found.valid_until is not None and found.valid_until <= self._now()

    def _load(self) -> Described:
        root = parse(self._fetch(), ENTITY, METADATA)
        if isinstance(root, Malformed):
            raise ProviderUnreachable(f"metadata: {root.value}")
        described = read_described(self._verified(root), self._provider.issuer)
        if self._is_over(described):
            raise ProviderUnreachable("metadata: past its validUntil")
        self._last = described
        return described

    def _fetch(self) -> bytes:
        where = self._provider.metadata
        if isinstance(where, Path):
            try:
                return where.read_bytes()
            except OSError as fault:
                raise ProviderUnreachable(f"metadata: {fault.strerror}") from fault
        if self._door is None:
            raise ProviderUnreachable("metadata: no address")
        response = self._door.get(where)
        if response.status_code != 200:
            raise ProviderUnreachable(f"metadata: HTTP {response.status_code}")
        return response.content

    def _verified(self, root: Element) -> Element:
        """The document as it was signed by those who may; as it came where nobody is named."""
        pinned = self._provider.metadata_certificates
        signed = root.find(ds("Signature")) is not None
        if not signed and not pinned:
            return root
        trusted: Sequence[x509.Certificate] = pinned or _certificates(root)
        if pinned and self._last is not None:
            # SAML Metadata §3: a key that a good document named may sign the next one.
            trusted = (*pinned, *self._last.certificates)
        found = verify(root, ENTITY, trusted)
        if isinstance(found, Unverified):
            # SM-070: whatever else it says, it counts for nothing.
            raise ProviderUnreachable(f"metadata: {found.value}")
        return found


def read_described(root: Element, issuer: str) -> Described:
    """The one provider of that name; raises where the document is about somebody else."""
    if root.get("entityID") != issuer:
        raise ProviderUnreachable("metadata: another entityID")
    role = _role(root)
    certificates = _certificates(root)
    if role is None or not certificates:
        raise ProviderUnreachable("metadata: no provider with a key in it")
    login = _endpoint(role, "SingleSignOnService")
    if login is None:
        raise ProviderUnreachable("metadata: no SingleSignOnService by Redirect")
    logout = _endpoint(role, "SingleLogoutService")
    until = [one.get("validUntil") for one in (root, role) if one.get("validUntil") is not None]
    moments = [read_moment(one) or 0 for one in until]
    return Described(
        certificates=certificates,
        login=login[0],
        logout=logout[0] if logout else None,
        logout_answer=logout[1] if logout else None,
        valid_until=min(moments) if moments else None,
    )


def _role(root: Element) -> Element | None:
    roles = root.findall(md("IDPSSODescriptor"))
    if len(roles) != 1:
        return None
    spoken = roles[0].get("protocolSupportEnumeration", "").split()
    return roles[0] if SAMLP in spoken else None


def _certificates(root: Element) -> tuple[x509.Certificate, ...]:
    """SM-071: a key without `use` is for signing too."""
    role = _role(root)
    found = []
    for one in [] if role is None else role.findall(md("KeyDescriptor")):
        if one.get("use", "signing") != "signing":
            continue
        for value in one.iter(ds("X509Certificate")):
            certificate = read_certificate(text(value) or "")
            if certificate is not None:
                found.append(certificate)
    return tuple(found)


def _endpoint(role: Element, name: str) -> tuple[str, str] | None:
    """Where it is spoken to by Redirect, and where it takes answers."""
    for one in role.findall(md(name)):
        location = one.get("Location", "")
        answers = one.get("ResponseLocation", location)
        usable = origin_of(location) is not None and origin_of(answers) is not None
        if one.get("Binding") == REDIRECT and usable:
            return location, answers
    return None
