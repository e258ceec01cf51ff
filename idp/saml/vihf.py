# SPDX-License-Identifier: Apache-2.0
"""The VIHF: what national health services read of who comes, as what, from where and what for.

An assertion of its own beside that of the login, in the exact names of the CI-SIS, which follows
the XUA profile of IHE. It is for no audience in particular and short-lived; the structure's
signature is what it is believed by.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from idp.clock import Entropy
from idp.saml.assertion import DRIFT, LIFE
from idp.saml.names import VERSION, XSI, saml
from idp.saml.signatures import SigningKey, sign
from idp.saml.writing import element, identifier, moment, written
from idp.saml.xml import Element

HL7: Final = "urn:hl7-org:v3"
X509_SUBJECT: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"

# Each as the national services spell it.
VIHF_VERSION: Final = "VIHF_Version"
STRUCTURE: Final = "Identifiant_Structure"
SECTOR: Final = "Secteur_Activite"
SUBJECT: Final = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ROLE: Final = "urn:oasis:names:tc:xacml:2.0:subject:role"
MODE: Final = "Authentification_Mode"
PATIENT: Final = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
RESOURCE: Final = "Ressource_URN"
PURPOSE: Final = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
LPS_ID: Final = "LPS_ID"
LPS_NAME: Final = "LPS_Nom"
LPS_VERSION: Final = "LPS_Version"
LPS_APPROVAL: Final = "LPS_ID_HOMOLOGATION_DMP"


@dataclass(frozen=True, slots=True)
class Coded:
    """An entry of a nomenclature, as HL7 writes one (CE)."""

    code: str
    system: str
    system_name: str
    label: str


@dataclass(frozen=True, slots=True)
class Software:
    """The software in whose name it is made (LPS), as it was approved."""

    name: str
    version: str
    approval: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """How and when the person proved themselves, in the words of the VIHF."""

    at: int
    mode: str
    context: str
    # Of a mode that says more than a class can.
    declaration: str = ""


@dataclass(frozen=True, slots=True)
class Vihf:
    """All that one says."""

    person: str
    # Last name, first name, structure: for people to read.
    subject: str
    structure: str
    sector: str
    roles: Sequence[Coded]
    login: Login
    purpose: Coded
    software: Software
    version: str
    resource: str
    # The INS of the patient whose file is opened, with its authority; none where none is.
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """One as it travels."""

    id: str
    document: bytes

    @property
    def text(self) -> str:
        """As an attribute carries it."""
        return b64encode(self.document).decode()


def write(said: Vihf, key: SigningKey, entropy: Entropy, now: int) -> Issued:
    """Signed, with the certificate by which it is believed."""
    heading = {"ID": identifier(entropy), "Version": VERSION, "IssueInstant": moment(now)}
    named = key.certificate.subject.rfc4514_string()
    made = element(
        saml("Assertion"),
        heading,
        element(saml("Issuer"), {"Format": X509_SUBJECT}, text=named),
        element(saml("Subject"), {}, element(saml("NameID"), text=said.person)),
        # No AudienceRestriction: whoever reads it is not known when it is made.
        element(
            saml("Conditions"),
            {"NotBefore": moment(now - DRIFT), "NotOnOrAfter": moment(now + LIFE)},
        ),
        _authentication(said.login),
        element(saml("AttributeStatement"), {}, *_attributes(said)),
    )
    sign(made, key)
    return Issued(str(made.get("ID")), written(made))


def _authentication(login: Login) -> Element:
    context = element(
        saml("AuthnContext"), {}, element(saml("AuthnContextClassRef"), text=login.context)
    )
    if login.declaration:
        context.append(element(saml("AuthnContextDecl"), text=login.declaration))
    return element(saml("AuthnStatement"), {"AuthnInstant": moment(login.at)}, context)


def _attributes(said: Vihf) -> Iterable[Element]:
    software = said.software
    texts = {
        VIHF_VERSION: said.version,
        STRUCTURE: said.structure,
        SECTOR: said.sector,
        SUBJECT: said.subject,
        MODE: said.login.mode,
        PATIENT: said.patient,
        RESOURCE: said.resource,
        LPS_ID: software.id,
        LPS_NAME: software.name,
        LPS_VERSION: software.version,
        LPS_APPROVAL: software.approval,
    }
    for name, value in texts.items():
        if value:
            yield _attribute(name, [element(saml("AttributeValue"), text=value)])
    yield _attribute(ROLE, [_coded("Role", one) for one in said.roles])
    yield _attribute(PURPOSE, [_coded("PurposeOfUse", said.purpose)])


def _attribute(name: str, values: Sequence[Element]) -> Element:
    # Without NameFormat, as all public samples are.
    return element(saml("Attribute"), {"Name": name}, *values)


def _coded(name: str, said: Coded) -> Element:
    """`<Role xsi:type="CE" code=… />`: without a prefix, so that its type is one of HL7, too."""
    made = etree.Element(f"{{{HL7}}}{name}", nsmap={None: HL7, "xsi": XSI})
    made.set(f"{{{XSI}}}type", "CE")
    made.set("code", said.code)
    made.set("codeSystem", said.system)
    made.set("codeSystemName", said.system_name)
    made.set("displayName", said.label)
    return element(saml("AttributeValue"), {}, made)
