# SPDX-License-Identifier: Apache-2.0
"""Another identity provider by its metadata: its name, its keys, and where requests go."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509

from idp.saml.names import REDIRECT, SAMLP, ds, md
from idp.saml.signatures import Unverified, read_certificate, verify
from idp.saml.writing import read_moment
from idp.saml.xml import METADATA, Element, Malformed, parse, text, valid

ENTITY = md("EntityDescriptor")
LONGEST_NAME = 1024
MOST_KEYS = 8
# No space, nothing that browsers read otherwise, and no fragment: the request is added at its end.
PLAIN = re.compile(r"[\x21\x22\x24-\x5b\x5d-\x7e]+")


@dataclass(frozen=True, slots=True)
class Described:
    """What is believed of it."""

    entity_id: str
    certificates: tuple[x509.Certificate, ...]
    # By Redirect: requests travel so, and answers are posted.
    login: str
    valid_until: int | None

    @property
    def site(self) -> str:
        """The origin that browsers are sent to."""
        return origin_of(self.login)


def read_described(
    document: bytes, now: int, pinned: tuple[x509.Certificate, ...] = ()
) -> Described | str:
    """The one provider of a document, or in a word why nothing of it is believed.

    Without a pinned key a signature must hold by the keys that come along: it tells that the
    document is whole, not whose it is. That is for whoever registers it to know.
    """
    root = parse(document, ENTITY, METADATA)
    if isinstance(root, Malformed):
        return root.value
    if not valid(root):
        return Malformed.INVALID.value
    proved = _proved(root, pinned)
    if isinstance(proved, str):
        return proved
    role = _role(proved)
    if role is None:
        return "it describes no identity provider, or several"
    return _read(proved, role, now)


def origin_of(address: str) -> str:
    """Scheme, host and port of a plain https address; empty where it is none."""
    if not PLAIN.fullmatch(address):
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}" + (f":{port}" if port else "")


def _read(root: Element, role: Element, now: int) -> Described | str:
    name = root.get("entityID", "")
    if not 0 < len(name) <= LONGEST_NAME:
        return "no entityID"
    certificates = _certificates(role)
    if not certificates:
        return "no key to verify its answers by"
    login = _login(role)
    if login is None:
        return "no SingleSignOnService by Redirect"
    until = _until(root, role)
    if until is not None and until <= now:
        return "validUntil is past"
    return Described(name, certificates, login, until)


def _proved(root: Element, pinned: tuple[x509.Certificate, ...]) -> Element | str:
    """The document as it was signed."""
    if root.find(ds("Signature")) is None:
        # SM-070: where somebody's key is expected, nobody else's word counts, nor nobody's.
        return "no signature" if pinned else root
    role = _role(root)
    own = () if role is None else (*_certificates(role), *_shown(root))
    found = verify(root, ENTITY, pinned or own)
    return found.value if isinstance(found, Unverified) else found


def _shown(root: Element) -> tuple[x509.Certificate, ...]:
    shown = root.findall(f"{ds('Signature')}//{ds('X509Certificate')}")
    return tuple(one for each in shown if (one := read_certificate(text(each) or "")) is not None)


def _role(root: Element) -> Element | None:
    roles = [
        one
        for one in root.findall(md("IDPSSODescriptor"))
        if SAMLP in one.get("protocolSupportEnumeration", "").split()
    ]
    return roles[0] if len(roles) == 1 else None


def _certificates(role: Element) -> tuple[x509.Certificate, ...]:
    """SM-071: a key without a use is for signing too."""
    found = []
    for one in role.findall(md("KeyDescriptor")):
        if one.get("use", "signing") != "signing":
            continue
        read = (read_certificate(text(value) or "") for value in one.iter(ds("X509Certificate")))
        found += [certificate for certificate in read if certificate is not None]
    return tuple(found[:MOST_KEYS])


def _login(role: Element) -> str | None:
    for one in role.findall(md("SingleSignOnService")):
        location: str = one.get("Location", "")
        if one.get("Binding") == REDIRECT and origin_of(location):
            return location
    return None


def _until(root: Element, role: Element) -> int | None:
    said = [one.get("validUntil") for one in (root, role) if one.get("validUntil") is not None]
    # What can't be read as a moment is over.
    return min((read_moment(one) or 0 for one in said), default=None)
