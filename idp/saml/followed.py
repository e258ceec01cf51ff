# SPDX-License-Identifier: Apache-2.0
"""Metadata that is fetched again and again: proved by one key, taken over within what was decided.

The signature must hold by the certificate that an administrator named, and by no other: what a
document says of its own key counts for nothing (SM-013, SM-070). Only addresses and keys are taken
over. Whether requests are signed, assertions encrypted, and what is released, is decided here.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from idp.administration.rules.protocols import Change, Described, Fault, Taken
from idp.saml.described import ENTITY, role_of, settings_of
from idp.saml.encryption import unmet
from idp.saml.names import ds
from idp.saml.peer_keys import FRAME
from idp.saml.signatures import Unverified, bare, read_certificate, verify
from idp.saml.writing import read_moment
from idp.saml.xml import METADATA, Element, Malformed, parse, text, trimmed, valid_metadata

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
# What a description decides, member by member; all else of the settings is decided here.
LISTS = ("acs", "slo", "signing_certificates", "encryption_certificates")
CERTIFICATES = ("signing_certificates", "encryption_certificates")
METHODS = "encryption_methods"
SWITCHES = ("signed_requests", "encrypted_assertions")
DURATION = re.compile(
    r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d+)?S)?)?"
)
UNITS = (86_400, 3600, 60, 1)


def pinned(given: str) -> str | None:
    """A certificate without its frame, or a fingerprint in small letters; None: it is neither."""
    plain = re.sub(r"[:\s]", "", given).lower()
    if FINGERPRINT.fullmatch(plain):
        return plain
    certificate = read_certificate(FRAME.sub("", given))
    return None if certificate is None else bare(certificate)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """As people compare it, without colons."""
    return certificate.fingerprint(SHA256()).hex()


def proved(document: bytes, pin: str, now: int) -> Described | Fault:
    """What metadata says, if it is signed by the key that was named and holds now."""
    found = signed_by(document, pin)
    return found if isinstance(found, Fault) else said(*found, now)


def signed_by(document: bytes, pin: str) -> tuple[Element, x509.Certificate] | Fault:
    """What was signed by the key that was named, and its certificate."""
    root = parse(trimmed(document), ENTITY, METADATA)
    if isinstance(root, Malformed) or not valid_metadata(root):
        return Fault.UNREADABLE
    if root.find(ds("Signature")) is None:
        return Fault.UNSIGNED
    certificate = named(root, pin)
    signed = None if certificate is None else verify(root, ENTITY, [certificate])
    if certificate is None or signed is None or isinstance(signed, Unverified):
        return Fault.UNPROVED
    return signed, certificate


def said(
    entity: Element, certificate: x509.Certificate, now: int, ends: int | None = None
) -> Described | Fault:
    """What a proved entity says; `ends` is the end of what it came in, where it names one."""
    role = role_of(entity)
    if role is None:
        return Fault.NO_APPLICATION
    # Metadata §2.3.2, §2.4.1: the earliest of them.
    until = [one.get("validUntil") for one in (entity, role)]
    moments = [read_moment(one) for one in until if one is not None]
    if ends is not None:
        moments.append(ends)
    # SM-070: what never ends could be played back for ever.
    if not moments:
        return Fault.ENDLESS
    known = [one for one in moments if one is not None]
    if len(known) < len(moments) or min(known) <= now:
        return Fault.OVER
    left: list[str] = []
    settings = settings_of(role, left)
    return Described(
        name=entity.get("entityID", ""),
        settings={
            name: settings[name] for name in (*LISTS, METHODS, *SWITCHES) if name in settings
        },
        certificate=bare(certificate),
        fingerprint=fingerprint_of(certificate),
        digest=sha256(repr(sorted(_flat(settings))).encode()).hexdigest(),
        valid_until=min(known),
        ask_again=min(filter(None, map(seconds, (entity, role))), default=0),
        left=tuple(sorted(set(left))),
    )


def taken(
    settings: Mapping[str, Any], before: Mapping[str, Any] | None, now: Described
) -> Taken | Fault:
    """The settings with what changed since `before`; nothing that was decided here gets weaker."""
    if now.name != settings.get("entity_id"):
        return Fault.OTHER_NAME
    said_now, found, changes = now.settings, dict(settings), list[Change]()
    if before is not None and _is_weaker(settings, before, said_now):
        return Fault.WEAKER
    for name in LISTS:
        here = _items(settings, name)
        then = here if before is None else _items(before, name)
        wished = _merged(here, then, _items(said_now, name))
        changes += _told(name, here, wished)
        _put(found, name, list(wished.values()), settings, changed=list(here) != list(wished))
    methods = list(said_now.get(METHODS, []))
    unchanged = before is not None and methods == list(before.get(METHODS, []))
    if not unchanged and methods != list(settings.get(METHODS, [])):
        _put(found, METHODS, methods, settings, changed=True)
        changes.append(Change(METHODS, "set", " ".join(methods)))
    return Taken(found, tuple(changes))


def named(root: Element, pin: str) -> x509.Certificate | None:
    """The certificate that was named; by its fingerprint, the document may bring it along."""
    if not FINGERPRINT.fullmatch(pin):
        return read_certificate(pin)
    for shown in root.findall(f"{ds('Signature')}//{ds('X509Certificate')}"):
        certificate = read_certificate(text(shown) or "")
        if certificate is not None and fingerprint_of(certificate) == pin:
            return certificate
    return None


def seconds(element: Element) -> int:
    """`cacheDuration`, where it is one of days and less."""
    found = DURATION.fullmatch(element.get("cacheDuration", ""))
    if found is None:
        return 0
    return sum(int(one or 0) * unit for one, unit in zip(found.groups(), UNITS, strict=True))


def _items(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The entries of a list, each under what it is the same by."""
    return {_flat_item(name, one): one for one in settings.get(name, [])}


def _flat_item(name: str, one: Any) -> str:
    if name in CERTIFICATES:
        return "".join(FRAME.sub("", str(one)).split())
    return repr(sorted(one.items())) if isinstance(one, Mapping) else str(one)


def _flat(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if name in LISTS:
            yield from (f"{name} {_flat_item(name, one)}" for one in value)
        else:
            yield f"{name} {value!r}"


def _merged(here: dict[str, Any], then: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What the description added comes, what it dropped goes; the rest was decided here."""
    if list(here) == list(then):
        return now
    kept = {one: value for one, value in here.items() if one in now or one not in then}
    return kept | {one: value for one, value in now.items() if one not in then}


def _told(name: str, here: dict[str, Any], wished: dict[str, Any]) -> Iterator[Change]:
    for one in here.keys() - wished.keys():
        yield Change(name, "removed", _shown(name, one, here[one]))
    for one in wished.keys() - here.keys():
        yield Change(name, "added", _shown(name, one, wished[one]))


def _shown(name: str, one: str, value: Any) -> str:
    if name in CERTIFICATES:
        certificate = read_certificate(one)
        return "?" if certificate is None else fingerprint_of(certificate)
    return str(value.get("url", "")) if isinstance(value, Mapping) else str(value)


def _put(
    found: dict[str, Any], name: str, value: list[Any], before: Mapping[str, Any], *, changed: bool
) -> None:
    if not changed:
        return
    if value:
        found[name] = value
    elif name in before:
        del found[name]


def _is_weaker(
    settings: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]
) -> bool:
    """Whether it proves or hides less than it said before, where that is counted on here."""
    signs = settings.get("signed_requests", True)
    if signs and before.get("signed_requests") and not now.get("signed_requests"):
        return True
    encrypts = settings.get("encrypted_assertions", False)
    if encrypts and before.get("encrypted_assertions") and not now.get("encrypted_assertions"):
        return True
    if encrypts and unmet(now.get(METHODS, [])) is not None:
        return True
    # Without any key nothing that it says would be proved, or hidden, any more.
    counted_on = CERTIFICATES if encrypts else CERTIFICATES[:1]
    return any(before.get(name) and not now.get(name) for name in counted_on)
