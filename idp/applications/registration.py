# SPDX-License-Identifier: Apache-2.0
"""Reading a registration (a TOML file or a JSON document) into a value, every fault at once."""

from collections.abc import Container, Mapping
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from connectors.base import Level
from idp.applications.faults import Fault, Unfit, fault
from idp.applications.profiles import PROFILES, UNPHISHABLE
from idp.applications.values import Application, Policy

TEXTS = (
    "name",
    "long_name",
    "description",
    "home_url",
    "privacy_url",
    "terms_url",
    "support_email",
    "support_phone",
)
ADDRESSES = ("home_url", "privacy_url", "terms_url")
TOP = {
    "key",
    "protocol",
    "listed",
    "policy",
    "registration",
    "client_secret_file",
    "logo",
    *TEXTS,
}
CHOICES = {
    "card_presence": ("watched", "off", "required"),
    "card_revocation": ("", "refuse", "last-good", "accept"),
    "card_accounts": ("known", "create"),
    "directory": ("any", "visible"),
    "activity": ("any", "chosen"),
    "profile": PROFILES,
}
POLICY = {"means", "level", "populations", "communities", "consent", "session_max_age", *CHOICES}
POPULATIONS = ("professional", "patient", "staff")
# What an edge speaks, and the setting by which its applications introduce themselves there; those
# of a protocol that names none come by their key.
PROTOCOLS: Mapping[str, str] = {"oidc": "", "saml": "entity_id", "headers": ""}
LONGEST_KEY = 128
LONGEST_NAME = 1024


class BadRegistration(ValueError):
    """A registration with faults, for its author."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def read_registration(
    document: Mapping[str, Any], known_means: Container[str], version: int = 0
) -> Application:
    """The application that a registration describes."""
    faults: list[Fault] = []
    protocol = document.get("protocol")
    if protocol not in tuple(PROTOCOLS):
        spoken = ", ".join(PROTOCOLS)
        faults.append(fault("protocol", Unfit.UNSPOKEN, value=repr(protocol), known=spoken))
    section = str(protocol)
    faults += [fault(name, Unfit.UNKNOWN) for name in sorted(set(document) - TOP - {section})]
    texts = {name: _text(document, name, faults) for name in TEXTS}
    listed = document.get("listed", True)
    if not isinstance(listed, bool):
        faults.append(fault("listed", Unfit.SWITCH))
    key = _text(document, "key", faults)
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        faults.append(fault("key", Unfit.KEY))
    if not texts["name"]:
        faults.append(fault("name", Unfit.MISSING))
    faults += [
        fault(name, Unfit.WEB_ADDRESS)
        for name in ADDRESSES
        if texts[name] and not _is_web_address(texts[name])
    ]
    policy = _policy(document.get("policy", {}), known_means, faults)
    faults += _local_provider_faults(section, policy)
    offered = _offered(document.get("registration", {}), faults)
    settings = document.get(section, {})
    if not isinstance(settings, Mapping):
        faults.append(fault(section, Unfit.TABLE))
    if faults:
        raise BadRegistration(faults)
    return Application(
        key=key,
        protocol=section,
        enabled=True,
        version=version,
        policy=policy,
        listed=bool(listed),
        offered=offered,
        known_as=_known_as(section, settings),
        settings=dict(settings),
        name=texts["name"],
        long_name=texts["long_name"],
        description=texts["description"],
        home_url=texts["home_url"],
        privacy_url=texts["privacy_url"],
        terms_url=texts["terms_url"],
        support_email=texts["support_email"],
        support_phone=texts["support_phone"],
    )


def _text(document: Mapping[str, Any], name: str, faults: list[Fault]) -> str:
    value = document.get(name, "")
    if isinstance(value, str):
        return value
    faults.append(fault(name, Unfit.TEXT))
    return ""


def _known_as(section: str, settings: Mapping[str, Any]) -> str:
    """The name by which it introduces itself; one that is no name is the edge's to complain of."""
    value = settings.get(PROTOCOLS[section]) if PROTOCOLS[section] else None
    return value if isinstance(value, str) and len(value) <= LONGEST_NAME else ""


def _offered(document: object, faults: list[Fault]) -> bool:
    """Whether professionals may ask for it when they register (SPEC §3)."""
    if not isinstance(document, Mapping):
        faults.append(fault("registration", Unfit.TABLE))
        return False
    faults += [
        fault(f"registration.{name}", Unfit.UNKNOWN) for name in sorted(set(document) - {"offered"})
    ]
    offered = document.get("offered", False)
    if isinstance(offered, bool):
        return offered
    faults.append(fault("registration.offered", Unfit.SWITCH))
    return False


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _local_provider_faults(protocol: str, policy: Policy) -> list[Fault]:
    """What the profile refuses all the same, told to whoever registers it."""
    if not policy.local_provider:
        return []
    others = [one for one in policy.means if one not in UNPHISHABLE]
    found = [fault("policy.means", Unfit.PASSED_ON, value=one) for one in others]
    if protocol != "oidc":
        found.append(fault("policy.profile", Unfit.PROFILE_SPOKEN))
    return found


def _is_number(value: object) -> TypeGuard[int]:
    """A whole number; True is none, though Python thinks so."""
    return isinstance(value, int) and not isinstance(value, bool)


def _policy(document: object, known_means: Container[str], faults: list[Fault]) -> Policy:
    if not isinstance(document, Mapping):
        faults.append(fault("policy", Unfit.TABLE))
        return Policy()
    faults += [fault(f"policy.{name}", Unfit.UNKNOWN) for name in sorted(set(document) - POLICY)]
    level = document.get("level", int(Level.CARD))
    if not _is_number(level) or level not in {int(one) for one in Level}:
        faults.append(fault("policy.level", Unfit.LEVEL))
        level = Level.CARD
    max_age = document.get("session_max_age")
    if max_age is not None and (not _is_number(max_age) or max_age < 0):
        faults.append(fault("policy.session_max_age", Unfit.SECONDS))
        max_age = None
    consent = document.get("consent", True)
    if not isinstance(consent, bool):
        faults.append(fault("policy.consent", Unfit.SWITCH))
    return Policy(
        means=_texts(document, "means", faults, known_means),
        level=Level(level),
        populations=_texts(document, "populations", faults, frozenset(POPULATIONS)) or POPULATIONS,
        communities=_texts(document, "communities", faults),
        consent=bool(consent),
        session_max_age=max_age,
        **{name: _choice(document, name, faults) for name in CHOICES},
    )


def _choice(document: Mapping[str, Any], name: str, faults: list[Fault]) -> str:
    """One of the words that a setting may be; the first where it is not given."""
    words = CHOICES[name]
    value = document.get(name, words[0])
    if isinstance(value, str) and value in words:
        return value
    known = ", ".join(word for word in words if word)
    faults.append(fault(f"policy.{name}", Unfit.ONE_OF, known=known))
    return words[0]


def _texts(
    document: Mapping[str, Any],
    name: str,
    faults: list[Fault],
    known: Container[str] | None = None,
) -> tuple[str, ...]:
    values = document.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        faults.append(fault(f"policy.{name}", Unfit.TEXTS))
        return ()
    strange = [] if known is None else [value for value in values if value not in known]
    faults.extend(fault(f"policy.{name}", Unfit.NOT_KNOWN, value=value) for value in strange)
    return tuple(values)
