# SPDX-License-Identifier: Apache-2.0
"""Another identity provider by its metadata: its name, its keys, and where requests go."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from cryptography import x509

from idp.saml.followed import seconds
from idp.saml.names import REDIRECT, SAMLP, ds, md
from idp.saml.signatures import Unverified, read_certificate, verify
from idp.saml.writing import read_moment
from idp.saml.xml import METADATA, Element, Malformed, parse, text, trimmed, valid_metadata

ENTITY = md("EntityDescriptor")
LONGEST_NAME = 1024
MOST_KEYS = MOST_SIGNERS = 8
# No space, nothing that browsers read otherwise, and no fragment: the request is added at its end.
PLAIN = re.compile(r"[\x21\x22\x24-\x5b\x5d-\x7e]+")


class Undescribed(StrEnum):
    """What its metadata lacks, beside what any document of XML may."""

    NO_PROVIDER = "it describes no identity provider, or several"
    NO_NAME = "no entityID"
    NO_KEY = "no key to verify its answers by"
    NO_LOGIN = "no SingleSignOnService by Redirect"
    OVER = "validUntil is past"
    UNSIGNED = "no signature"


@dataclass(frozen=True, slots=True)
class Described:
    """What is believed of it."""

    entity_id: str
    certificates: tuple[x509.Certificate, ...]
    # By Redirect: requests travel so, and answers are posted.
    login: str
    valid_until: int | None
    # Whose signature is on it; and how soon it wishes to be asked for again, in seconds.
    signer: x509.Certificate | None = field(default=None, compare=False)
    ask_again: int = field(default=0, compare=False)


def read_described(
    document: bytes,
    now: int,
    pinned: tuple[x509.Certificate, ...] = (),
    allow: Collection[str] = (),
) -> Described | str:
    """The one provider of a document, or in a word why nothing of it is believed.

    Without a pinned key a signature must hold by the keys that come along: it tells that the
    document is whole, not whose it is. That is for whoever registers it to know.
    """
    root = parse(trimmed(document), ENTITY, METADATA)
    if isinstance(root, Malformed):
        return root.value
    if not valid_metadata(root):
        return Malformed.INVALID.value
    found = _proved(root, pinned)
    if isinstance(found, str):
        return found
    proved, signer = found
    role = _role(proved)
    return Undescribed.NO_PROVIDER if role is None else _read(proved, role, signer, now, allow)


def origin_of(address: str, allow: Collection[str] = ()) -> str:
    """Scheme, host and port of a plain https address; empty where it is none.

    `allow`: hosts and ports that the operator has named, which may go without TLS.
    """
    if not PLAIN.fullmatch(address):
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname or "@" in parts.netloc:
        return ""
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.netloc in allow):
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _read(
    root: Element,
    role: Element,
    signer: x509.Certificate | None,
    now: int,
    allow: Collection[str],
) -> Described | str:
    name = root.get("entityID", "")
    if not 0 < len(name) <= LONGEST_NAME:
        return Undescribed.NO_NAME
    certificates = _certificates(role)
    if not certificates:
        return Undescribed.NO_KEY
    login = _login(role, allow)
    if login is None or len(login) > LONGEST_NAME:
        return Undescribed.NO_LOGIN
    until = _until(root, role)
    if until is not None and until <= now:
        return Undescribed.OVER
    again = min(filter(None, map(seconds, (root, role))), default=0)
    return Described(name, certificates, login, until, signer, again)


def _proved(
    root: Element, pinned: tuple[x509.Certificate, ...]
) -> tuple[Element, x509.Certificate | None] | str:
    """The document as it was signed, and by whom."""
    if root.find(ds("Signature")) is None:
        # SM-070: where somebody's key is expected, nobody else's word counts, nor nobody's.
        return Undescribed.UNSIGNED if pinned else (root, None)
    role = _role(root)
    own = () if role is None else (*_certificates(role), *_shown(root))
    why = Unverified.ABSENT.value
    for one in dict.fromkeys((pinned or own)[:MOST_SIGNERS]):
        found = verify(root, ENTITY, [one])
        if not isinstance(found, Unverified):
            return found, one
        why = found.value
    return why


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


def _login(role: Element, allow: Collection[str]) -> str | None:
    for one in role.findall(md("SingleSignOnService")):
        location: str = one.get("Location", "")
        if one.get("Binding") == REDIRECT and origin_of(location, allow):
            return location
    return None


def _until(root: Element, role: Element) -> int | None:
    said = [one.get("validUntil") for one in (root, role) if one.get("validUntil") is not None]
    # What can't be read as a moment is over.
    return min((read_moment(one) or 0 for one in said), default=None)
