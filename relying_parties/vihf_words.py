# SPDX-License-Identifier: Apache-2.0
"""A VIHF in words: each name that a national service reads, what it holds, and what that means."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from flask_babel import lazy_gettext as later

from relying_parties.kit.saml.attributes import Coded
from relying_parties.kit.saml.vihf import Vihf


class Meaning(NamedTuple):
    """What a name holds, in a word or two, and what there is to know of it."""

    title: object
    note: object = ""


class Line(NamedTuple):
    """One name, its values, and what it means."""

    name: str
    values: tuple[str, ...]
    meaning: Meaning


# In the order of the envelope, then of the attributes as they come.
MEANINGS: Mapping[str, Meaning] = {
    "Issuer": Meaning(later("Signed by"), later("The certificate that services believe it by.")),
    "NameID": Meaning(
        later("National identifier"), later("Its first digit says which: 8 for an RPPS number.")
    ),
    "AuthnContextClassRef": Meaning(later("Strongest means used")),
    "AuthnContextDecl": Meaning(later("More about that means")),
    "NotOnOrAfter": Meaning(later("Good until")),
    "VIHF_Version": Meaning(later("Version of the rules")),
    "Identifiant_Structure": Meaning(
        later("Structure"),
        later(
            "Where you come from. The first digit says by what: 1 FINESS, 3 SIRET, 4 a practice."
        ),
    ),
    "Secteur_Activite": Meaning(
        later("Sector"), later("What kind of place it is, and the nomenclature that says so.")
    ),
    "urn:oasis:names:tc:xspa:1.0:subject:subject-id": Meaning(
        later("Who comes"), later("Last name, first name and structure, for people to read.")
    ),
    "urn:oasis:names:tc:xacml:2.0:subject:role": Meaning(
        later("Roles"), later("The profession; then a doctor’s speciality, a pharmacist’s section.")
    ),
    "Authentification_Mode": Meaning(
        later("Who vouches for you"),
        later(
            "INDIRECTE: the structure, by its certificate. INDIRECTE_RENFORCEE: the structure,"
            " after the national sign-in."
        ),
    ),
    "urn:oasis:names:tc:xacml:2.0:resource:resource-id": Meaning(later("Patient")),
    "Ressource_URN": Meaning(later("What is opened"), later("urn:dmp: the shared medical record.")),
    "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": Meaning(
        later("Purpose of use"),
        later(
            "A normal access, an emergency (bris_de_glace), or a call to the emergency services"
            " (centre_15)."
        ),
    ),
    "LPS_ID": Meaning(later("Number of the software")),
    "LPS_Nom": Meaning(later("Software"), later("What speaks in your name.")),
    "LPS_Version": Meaning(later("Version of the software")),
    "LPS_ID_HOMOLOGATION_DMP": Meaning(later("Approval of the software")),
}


def lines_of(vihf: Vihf) -> list[Line]:
    """All that it says, the envelope first."""
    until = datetime.fromtimestamp(vihf.until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said: dict[str, tuple[str, ...]] = {
        "Issuer": (vihf.issuer,),
        "NameID": (vihf.person,),
        "AuthnContextClassRef": (vihf.context,),
        "AuthnContextDecl": (vihf.declaration,) if vihf.declaration else (),
        "NotOnOrAfter": (until,),
    }
    for name, values in vihf.attributes.items():
        said[name] = tuple(_shown(one) for one in values)
    return [
        Line(name, values, MEANINGS.get(name, Meaning(name)))
        for name, values in said.items()
        if values
    ]


def _shown(value: str | Coded) -> str:
    if isinstance(value, str):
        return value
    return f"{value.code} · {value.label} ({value.system_name}, {value.system})"
