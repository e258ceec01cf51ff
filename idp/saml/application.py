# SPDX-License-Identifier: Apache-2.0
"""An application's SAML settings as a typed value, checked as a whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from idp.applications.faults import Fault, Unfit, What, fault
from idp.applications.registration import LONGEST_NAME, BadRegistration
from idp.applications.values import Application
from idp.http.addresses import address_fault
from idp.saml.attributes import FORMATS, SOURCES, Released, is_reserved
from idp.saml.encryption import unmet
from idp.saml.names import (
    ARTIFACT,
    EMAIL,
    PERSISTENT,
    POST,
    REDIRECT,
    SOAP_BINDING,
    TRANSIENT,
    UNSPECIFIED,
)
from idp.saml.peer_keys import MOST, read_certificates
from idp.saml.unfit import NOT_ENCRYPTED, Amiss
from idp.saml.vihf_facts import Settings
from idp.saml.vihf_settings import read_settings

KNOWN = {
    "entity_id",
    "acs",
    "slo",
    "signing_certificates",
    "encryption_certificates",
    "signed_requests",
    "encryption_methods",
    "encrypted_assertions",
    "subject_format",
    "sector",
    "attributes",
    "idp_initiated",
    "vihf",
}
ACS_BINDINGS = {"post": POST, "artifact": ARTIFACT}
SLO_BINDINGS = {"redirect": REDIRECT, "post": POST, "soap": SOAP_BINDING}
SUBJECT_FORMATS = {
    "persistent": PERSISTENT,
    "transient": TRANSIENT,
    "email": EMAIL,
    "unspecified": UNSPECIFIED,
}
MOST_ADDRESSES = 50
MOST_ATTRIBUTES = 50
MOST_METHODS = 20
HIGHEST_INDEX = 65_535
LONGEST_ATTRIBUTE = 256
# An entity identifier is a name that is compared, byte by byte; it leads nowhere.
VISIBLE = re.compile(r"[\x21-\x7e]+")
METHOD = re.compile(r"[\x21-\x7e]{1,256}")
ATTRIBUTE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the application takes an answer."""

    url: str
    binding: str
    index: int
    default: bool = False


@dataclass(frozen=True, slots=True)
class LogoutAddress:
    """Where the application is told of a logout, and where it takes the answer to its own."""

    url: str
    binding: str
    response_url: str = ""


@dataclass(frozen=True, slots=True)
class SamlApplication:
    """What the protocol needs to know of an application."""

    application: Application
    entity_id: str
    acs: tuple[Address, ...]
    slo: tuple[LogoutAddress, ...] = ()
    signing: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    encryption: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    methods: tuple[str, ...] = ()
    signed_requests: bool = True
    encrypted_assertions: bool = False
    subject_format: str = PERSISTENT
    sector: str = ""
    attributes: tuple[Released, ...] = ()
    idp_initiated: bool = False
    # Of an application that is entitled to tell national services who comes.
    vihf: Settings | None = None

    @property
    def default_acs(self) -> Address:
        """Metadata §2.4.4.1: the one that says so, else the first."""
        return next((one for one in self.acs if one.default), self.acs[0])

    @property
    def scope(self) -> tuple[str, ...]:
        """The groups of details that are released, as the person is asked about them."""
        groups = {SOURCES[one.source].group for one in self.attributes}
        if self.subject_format == EMAIL:
            groups.add("email")
        if self.subject_format == UNSPECIFIED:
            groups.add("profile")
        if self.vihf is not None:
            groups |= {"profile", "health_professional", "activity"}
        return tuple(sorted(groups, reverse=True))


class SamlApplications:
    """Typed applications, kept by version of their registration."""

    def __init__(self) -> None:
        self._kept: dict[str, SamlApplication] = {}

    def of(self, application: Application) -> SamlApplication:
        """The settings of an application registered for this protocol."""
        kept = self._kept.get(application.key)
        if kept is not None and kept.application is application:
            return kept
        read = read_application(application)
        self._kept[application.key] = read
        return read


def read_application(application: Application) -> SamlApplication:
    """Parse and check the settings; every fault at once."""
    reading = Reading(application.settings)
    vihf, unfit = read_settings(application.settings.get("vihf"), application.policy)
    reading.faults += unfit
    acs = reading.acs()
    read = SamlApplication(
        application=application,
        entity_id=reading.entity_id(),
        acs=acs,
        slo=reading.slo(),
        signing=reading.certificates("signing_certificates"),
        encryption=reading.certificates("encryption_certificates"),
        methods=reading.methods(),
        signed_requests=reading.switch("signed_requests", default=True),
        encrypted_assertions=reading.switch("encrypted_assertions", default=False),
        subject_format=reading.subject_format(),
        sector=reading.text("sector") or f"saml:{application.settings.get('entity_id', '')}",
        attributes=reading.attributes(),
        idp_initiated=reading.switch("idp_initiated", default=False),
        vihf=vihf,
    )
    reading.check_keys(read)
    if reading.faults:
        raise BadRegistration(reading.faults)
    return read


def check_application(application: Application) -> list[Fault]:
    """The faults of an application's protocol settings, for the one who registers it."""
    try:
        read_application(application)
    except BadRegistration as wrong:
        return wrong.faults
    return []


class Reading:
    """One reading of the settings, and the faults found on the way."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.faults = [
            fault(f"saml.{name}", Unfit.UNKNOWN) for name in sorted(set(settings) - KNOWN)
        ]

    def entity_id(self) -> str:
        """SAML Core §8.3.6: up to 1024 characters."""
        value = self.text("entity_id")
        if len(value) > LONGEST_NAME or not VISIBLE.fullmatch(value):
            self._fault("entity_id", Amiss.ENTITY_ID, most=LONGEST_NAME)
        return value

    def acs(self) -> tuple[Address, ...]:
        """The addresses of answers; an index names one of them only."""
        found: list[Address] = []
        for number, entry in enumerate(self._tables("acs", MOST_ADDRESSES)):
            self._strangers("acs", number, entry, {"url", "binding", "index", "default"})
            index, default = entry.get("index", number), entry.get("default", False)
            if type(index) is not int or not 0 <= index <= HIGHEST_INDEX:
                self._fault("acs", Amiss.INDEX, row=number, part="index", most=HIGHEST_INDEX)
                index = number
            elif index in {one.index for one in found}:
                self._fault("acs", Amiss.INDEX_TWICE, row=number, part="index")
            if type(default) is not bool:
                self._fault("acs", Unfit.SWITCH, row=number, part="default")
            elif default and any(one.default for one in found):
                self._fault("acs", Amiss.DEFAULT_TWICE, row=number, part="default")
            url, binding = self._address("acs", number, entry, ACS_BINDINGS)
            found.append(Address(url, binding, index, default is True))
        if not found:
            self._fault("acs", Amiss.NO_ANSWER)
            found = [Address("", POST, 0)]
        return tuple(found)

    def slo(self) -> tuple[LogoutAddress, ...]:
        """The addresses of logout."""
        found = []
        for number, entry in enumerate(self._tables("slo", MOST_ADDRESSES)):
            self._strangers("slo", number, entry, {"url", "binding", "response_url"})
            url, binding = self._address("slo", number, entry, SLO_BINDINGS)
            answered = entry.get("response_url", "")
            if not isinstance(answered, str) or (answered and address_fault(answered)):
                self._fault("slo", Unfit.HTTPS_ADDRESS, row=number, part="response_url")
                answered = ""
            found.append(LogoutAddress(url, binding, answered))
        return tuple(found)

    def certificates(self, name: str) -> tuple[x509.Certificate, ...]:
        """The certificates of one use."""
        value = self._settings.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._fault(name, Unfit.TEXTS)
            return ()
        found, faults = read_certificates(value, encrypting=name == "encryption_certificates")
        for row, what in faults.items():
            self._fault(name, what, row=row)
        if len(found) > MOST:
            self._fault(name, Unfit.TOO_MANY, most=MOST)
        return found

    def methods(self) -> tuple[str, ...]:
        """What the application decrypts by; nothing leaves it to us."""
        value = self._settings.get("encryption_methods", [])
        if not isinstance(value, list) or len(value) > MOST_METHODS:
            self._fault("encryption_methods", Unfit.TOO_MANY, most=MOST_METHODS)
            return ()
        if not all(isinstance(one, str) and METHOD.fullmatch(one) for one in value):
            self._fault("encryption_methods", Amiss.METHODS)
            return ()
        return tuple(value)

    def switch(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._settings.get(name, default)
        if isinstance(value, bool):
            return value
        self._fault(name, Unfit.SWITCH)
        return default

    def subject_format(self) -> str:
        """How the person is named towards the application."""
        value = self._settings.get("subject_format", "persistent")
        if isinstance(value, str) and value in SUBJECT_FORMATS:
            return SUBJECT_FORMATS[value]
        self._fault("subject_format", Unfit.ONE_OF, known=", ".join(SUBJECT_FORMATS))
        return PERSISTENT

    def attributes(self) -> tuple[Released, ...]:
        """What is released, under which names."""
        found: list[Released] = []
        known = {"source", "name", "format", "friendly_name"}
        for number, entry in enumerate(self._tables("attributes", MOST_ATTRIBUTES)):
            self._strangers("attributes", number, entry, known)
            one = self._attribute(number, entry)
            if one is None:
                continue
            if one.name in {other.name for other in found}:
                self._fault("attributes", Amiss.NAME_TWICE, row=number, part="name")
            found.append(one)
        return tuple(found)

    def check_keys(self, read: SamlApplication) -> None:
        """What is demanded must be possible: nothing is sent in clear for want of a key."""
        certificates = self._settings.get("signing_certificates")
        if read.signed_requests and not certificates:
            self._fault("signing_certificates", Amiss.SIGNED_NEEDS_ONE)
        if not certificates and any(one.binding == ARTIFACT for one in read.acs):
            self._fault("signing_certificates", Amiss.ARTIFACT_NEEDS_ONE)
        if read.encrypted_assertions and not self._settings.get("encryption_certificates"):
            self._fault("encryption_certificates", Amiss.ENCRYPTED_NEEDS_ONE)
        why = unmet(read.methods) if read.encrypted_assertions else None
        if why is not None:
            self._fault("encryption_methods", NOT_ENCRYPTED[why])

    def text(self, name: str) -> str:
        """A text, or nothing."""
        value = self._settings.get(name, "")
        if isinstance(value, str):
            return value
        self._fault(name, Unfit.TEXT)
        return ""

    def _attribute(self, row: int, entry: Mapping[str, Any]) -> Released | None:
        source = entry.get("source")
        if not isinstance(source, str) or source not in SOURCES:
            known = ", ".join(SOURCES)
            self._fault("attributes", Unfit.ONE_OF, row=row, part="source", known=known)
            return None
        usual = SOURCES[source]
        name, friendly = entry.get("name", usual.name), entry.get("friendly_name", usual.friendly)
        for part, value in (("name", name), ("friendly_name", friendly)):
            good = isinstance(value, str) and len(value) <= LONGEST_ATTRIBUTE
            if not good or not (ATTRIBUTE.fullmatch(value) or (part != "name" and not value)):
                self._fault("attributes", Amiss.NAME_LETTERS, row=row, part=part)
                return None
            if is_reserved(value, source):
                self._fault("attributes", Amiss.NAME_RESERVED, row=row, part=part, value=value)
        written = entry.get("format", "uri" if ":" in name else "basic")
        if not isinstance(written, str) or written not in FORMATS:
            known = ", ".join(FORMATS)
            self._fault("attributes", Unfit.ONE_OF, row=row, part="format", known=known)
            return None
        return Released(source, name, FORMATS[written], friendly)

    def _address(
        self, name: str, row: int, entry: Mapping[str, Any], bindings: Mapping[str, str]
    ) -> tuple[str, str]:
        url, binding = entry.get("url"), entry.get("binding", "post")
        if not isinstance(url, str):
            self._fault(name, Unfit.TEXT, row=row, part="url")
            url = ""
        elif why := address_fault(url):
            # SM-037: javascript: and data: are no addresses either.
            self._fault(name, why, row=row, part="url", value=url)
        if not isinstance(binding, str) or binding not in bindings:
            known = ", ".join(bindings)
            self._fault(name, Unfit.ONE_OF, row=row, part="binding", known=known)
            return url, POST
        return url, bindings[binding]

    def _tables(self, name: str, most: int) -> list[Mapping[str, Any]]:
        value = self._settings.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self._fault(name, Unfit.TABLES)
            return []
        if len(value) > most:
            self._fault(name, Unfit.TOO_MANY, most=most)
            return []
        return value

    def _strangers(self, name: str, row: int, entry: Mapping[str, Any], known: set[str]) -> None:
        for one in sorted(set(entry) - known):
            self._fault(name, Unfit.UNKNOWN, row=row, part=one)

    def _fault(self, name: str, what: What, **about: Any) -> None:
        self.faults.append(fault(f"saml.{name}", what, **about))
