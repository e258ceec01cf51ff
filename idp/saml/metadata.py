# SPDX-License-Identifier: Apache-2.0
"""Our own metadata: what an application must know of us, signed, and for how long it holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from idp.clock import Entropy
from idp.saml.names import SAMLP, XML, alg, ds, md
from idp.saml.signatures import DIGESTS, SIGNATURES, SigningKey, bare, sign
from idp.saml.writing import element, identifier, moment, written
from idp.saml.xml import Element


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one binding of ours is spoken; `index` where the binding asks for one."""

    binding: str
    location: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """Who runs this provider, in one language."""

    language: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Provider:
    """What we publish."""

    entity_id: str
    # Best first: what signs now, then what will, or what has until lately.
    certificates: Sequence[x509.Certificate]
    logins: Sequence[Endpoint]
    logouts: Sequence[Endpoint]
    artifacts: Sequence[Endpoint]
    formats: Sequence[str]
    wants_signed_requests: bool
    organizations: Sequence[Organization] = ()
    support: str | None = None
    # How soon a copy is to be asked for again: before the next key signs.
    ask_again: int = 1800


# For how long a copy may be kept (Metadata §2.3.2).
LIFE = 7 * 24 * 3600


def describe(provider: Provider, key: SigningKey, entropy: Entropy, now: int) -> bytes:
    """The EntityDescriptor, signed by the key that signs now (Metadata §2.3.2, §2.4.3)."""
    role = element(
        md("IDPSSODescriptor"),
        {
            "protocolSupportEnumeration": SAMLP,
            "WantAuthnRequestsSigned": _boolean(provider.wants_signed_requests),
        },
        _algorithms(),
        *(_key_descriptor(one) for one in provider.certificates),
        *(_endpoint("ArtifactResolutionService", one) for one in provider.artifacts),
        *(_endpoint("SingleLogoutService", one) for one in provider.logouts),
        *(element(md("NameIDFormat"), text=one) for one in provider.formats),
        *(_endpoint("SingleSignOnService", one) for one in provider.logins),
    )
    made = element(
        md("EntityDescriptor"),
        {
            "ID": identifier(entropy),
            "entityID": provider.entity_id,
            "validUntil": moment(now + LIFE),
            "cacheDuration": f"PT{provider.ask_again}S",
        },
        role,
    )
    if provider.organizations:
        made.append(_organization(provider.organizations))
    if provider.support is not None:
        address = element(md("EmailAddress"), text=f"mailto:{provider.support}")
        made.append(element(md("ContactPerson"), {"contactType": "support"}, address))
    sign(made, key)
    return written(made)


def _algorithms() -> Element:
    """What we verify by (SAML Metadata Profile for Algorithm Support §2.3).

    Whoever is not told may sign by what was usual long ago (SM-014).
    """
    digests = (element(alg("DigestMethod"), {"Algorithm": one}) for one in DIGESTS)
    methods = (element(alg("SigningMethod"), {"Algorithm": one}) for one in SIGNATURES)
    return element(md("Extensions"), {}, *digests, *methods)


def _key_descriptor(certificate: x509.Certificate) -> Element:
    """One of ours to verify by; several while one takes the place of another."""
    value = element(ds("X509Certificate"), text=bare(certificate))
    data = element(ds("X509Data"), {}, value)
    return element(md("KeyDescriptor"), {"use": "signing"}, element(ds("KeyInfo"), {}, data))


def _endpoint(name: str, endpoint: Endpoint) -> Element:
    where = {"Binding": endpoint.binding, "Location": endpoint.location}
    numbered = {} if endpoint.index is None else {"index": str(endpoint.index)}
    return element(md(name), where | numbered)


def _organization(organizations: Sequence[Organization]) -> Element:
    made = element(md("Organization"))
    for name in ("OrganizationName", "OrganizationDisplayName", "OrganizationURL"):
        for one in organizations:
            text = one.url if name == "OrganizationURL" else one.name
            made.append(element(md(name), {f"{{{XML}}}lang": one.language}, text=text))
    return made


def _boolean(value: bool) -> str:  # noqa: FBT001 - a value to be written
    return "true" if value else "false"
