# SPDX-License-Identifier: Apache-2.0
"""A registration made from an application's own metadata; nothing is believed before it is checked.

What is taken over is shown to whoever registers it. Locations of more metadata and roles other than
that of an application count for nothing here. A signature must hold by the key that comes along: it
tells that the document is whole, not whose it is. That is for whoever registers it to know.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from idp.administration.rules.protocols import Imported
from idp.saml.application import ACS_BINDINGS, SLO_BINDINGS, SUBJECT_FORMATS
from idp.saml.attributes import FORMATS, SOURCES, is_reserved
from idp.saml.names import ARTIFACT, SAMLP, ds, md
from idp.saml.signatures import Unverified, read_certificate, verify
from idp.saml.writing import read_moment
from idp.saml.xml import METADATA, Element, Malformed, parse, text, trimmed, valid_metadata

ENTITY = md("EntityDescriptor")
LONGEST = 2000
TRUE = ("true", "1")
BY_BINDING = {value: name for name, value in (ACS_BINDINGS | SLO_BINDINGS).items()}
BY_SUBJECT_FORMAT = {value: name for name, value in SUBJECT_FORMATS.items()}
BY_FORMAT = {value: name for name, value in FORMATS.items()}
BY_ATTRIBUTE = {one.name: source for source, one in SOURCES.items()}
BY_ATTRIBUTE |= {one.friendly: source for source, one in SOURCES.items() if one.friendly}


def described(document: str, now: int) -> Imported:
    """What the metadata of one application makes of a registration."""
    root = parse(trimmed(document.encode("utf-8", "replace")), ENTITY, METADATA)
    if isinstance(root, Malformed):
        return Imported({}, faults=(root.value,))
    if not valid_metadata(root):
        return Imported({}, faults=(Malformed.INVALID.value,))
    if root.find(ds("Signature")) is not None:
        signed = verify(root, ENTITY, _own_keys(root))
        if isinstance(signed, Unverified):
            return Imported({}, faults=(f"the signature of the metadata: {signed.value}",))
        root = signed
    return imported(root, now)


def imported(root: Element, now: int) -> Imported:
    """The same of an entity whose signature was looked at, or needs none."""
    role = role_of(root)
    if role is None:
        return Imported({}, faults=("it describes no application, or several",))
    if any(_is_over(one, now) for one in (root, role)):
        return Imported({}, faults=("validUntil is past",))
    left: list[str] = []
    settings = settings_of(role, left) | {"entity_id": root.get("entityID", "")}
    return Imported({**_about(root), "saml": settings}, tuple(sorted(set(left))))


def role_of(root: Element) -> Element | None:
    """What an entity is as an application; None where it is none, or more than one."""
    roles = [
        one
        for one in root.findall(md("SPSSODescriptor"))
        if SAMLP in one.get("protocolSupportEnumeration", "").split()
    ]
    # SM-070: a role is not taken for another, nor a description that is over for one that holds.
    return roles[0] if len(roles) == 1 else None


def _own_keys(root: Element) -> list[x509.Certificate]:
    """Those that the signature shows, and those that the application signs by."""
    shown = root.findall(f"{ds('Signature')}//{ds('X509Certificate')}")
    for described_key in root.iter(md("KeyDescriptor")):
        if described_key.get("use") != "encryption":
            shown += described_key.iter(ds("X509Certificate"))
    return [one for each in shown if (one := read_certificate(text(each) or "")) is not None]


def _is_over(element: Element, now: int) -> bool:
    until = element.get("validUntil")
    if until is None:
        return False
    ends = read_moment(until)
    return ends is None or ends <= now


def settings_of(role: Element, left: list[str]) -> dict[str, Any]:
    """Members of a registration; names of what none of ours tells go to `left`."""
    signing, encryption, encrypts = _certificates(role)
    formats = [
        BY_SUBJECT_FORMAT[value]
        for one in role.findall(md("NameIDFormat"))
        if (value := (text(one) or "").strip()) in BY_SUBJECT_FORMAT
    ]
    settings: dict[str, Any] = {
        "acs": _acs(role, left, able=bool(signing)),
        "slo": _slo(role, left),
        "signing_certificates": signing,
        "encryption_certificates": encryption,
        "signed_requests": role.get("AuthnRequestsSigned", "").strip() in TRUE,
        "encryption_methods": _methods(role),
        "encrypted_assertions": encrypts,
        "subject_format": formats[0] if formats else "persistent",
        "attributes": _attributes(role, left),
    }
    return {name: value for name, value in settings.items() if value != []}


def _certificates(role: Element) -> tuple[list[str], list[str], bool]:
    """Metadata §2.4.1.1: a key without a use is for both (SM-071)."""
    signing: list[str] = []
    encryption: list[str] = []
    encrypts = False
    for described_key in role.findall(md("KeyDescriptor")):
        use = described_key.get("use")
        for one in described_key.iter(ds("X509Certificate")):
            bare = "".join((text(one) or "").split())
            if use in {None, "signing"}:
                signing.append(bare)
            if use in {None, "encryption"}:
                encryption.append(bare)
                # Only a key that is for nothing else says that it is wished.
                encrypts = encrypts or use is not None
    return signing, encryption, encrypts


def _methods(role: Element) -> list[str]:
    """What is declared for the key that is taken to encrypt: the first."""
    keys = [one for one in role.findall(md("KeyDescriptor")) if one.get("use") != "signing"]
    declared = keys[0].findall(md("EncryptionMethod")) if keys else []
    return list(dict.fromkeys(one.get("Algorithm", "") for one in declared))


def _acs(role: Element, left: list[str], *, able: bool) -> list[dict[str, Any]]:
    """`able`: whether it has a key to come for artifacts by."""
    found = []
    for one in role.findall(md("AssertionConsumerService")):
        binding = one.get("Binding", "")
        if BY_BINDING.get(binding) not in ACS_BINDINGS or (binding == ARTIFACT and not able):
            left.append(f"AssertionConsumerService {binding.rpartition(':')[2]}")
            continue
        entry: dict[str, Any] = {
            "url": one.get("Location", ""),
            "binding": BY_BINDING[binding],
            # The schema lets through as many zeros as somebody likes; no number of Python has them.
            "index": int(one.get("index", "").strip().lstrip("+-0") or "0"),
        }
        if one.get("isDefault", "").strip() in TRUE:
            entry["default"] = True
        found.append(entry)
    return found


def _slo(role: Element, left: list[str]) -> list[dict[str, Any]]:
    found = []
    for one in role.findall(md("SingleLogoutService")):
        binding = one.get("Binding", "")
        if BY_BINDING.get(binding) not in SLO_BINDINGS:
            left.append(f"SingleLogoutService {binding.rpartition(':')[2]}")
            continue
        entry = {"url": one.get("Location", ""), "binding": BY_BINDING[binding]}
        if one.get("ResponseLocation"):
            entry["response_url"] = one.get("ResponseLocation", "")
        found.append(entry)
    return found


def _attributes(role: Element, left: list[str]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in role.iter(md("RequestedAttribute")):
        name, friendly = one.get("Name", ""), one.get("FriendlyName", "")
        source = BY_ATTRIBUTE.get(name) or BY_ATTRIBUTE.get(friendly)
        if source is None or is_reserved(name, source):
            left.append(f"RequestedAttribute {name[:64]}")
            continue
        entry = {"source": source, "name": name}
        if one.get("NameFormat", "") in BY_FORMAT:
            entry["format"] = BY_FORMAT[one.get("NameFormat", "")]
        found[name] = entry
    return list(found.values())


def _about(root: Element) -> dict[str, Any]:
    """What people see of it, and a key made of its host."""
    host = _host_of(root)
    organisation = root.find(md("Organization"))
    about = {
        "protocol": "saml",
        "name": title_of(root),
        "home_url": _first(organisation, "OrganizationURL"),
        "key": re.sub(r"[^a-z0-9.-]", "-", host.lower()).strip("-."),
    }
    for person in root.findall(md("ContactPerson")):
        if person.get("contactType") == "support":
            about["support_email"] = _first(person, "EmailAddress").removeprefix("mailto:")
    return {name: value[:LONGEST] for name, value in about.items() if value}


def title_of(root: Element) -> str:
    """What people call it."""
    named = _first(root.find(md("Organization")), "OrganizationDisplayName")
    return named or _host_of(root)


def _host_of(root: Element) -> str:
    """Of its name, where that is an address; what only looks like one is a name all the same."""
    try:
        return urlsplit(root.get("entityID", "")).hostname or ""
    except ValueError:
        return ""


def _first(element: Element | None, name: str) -> str:
    found = None if element is None else element.find(md(name))
    return (text(found) or "").strip()
