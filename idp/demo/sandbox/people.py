# SPDX-License-Identifier: Apache-2.0
"""Whom it knows: the professionals of the demo, each told as Pro Santé Connect tells of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# By a federation of theirs: what a subject looks like there (facts §1.6). Nobody goes by it.
FEDERATION: Final = "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody practises (one of `activities`)."""

    name: str
    mode: str
    sector: str
    finess: str = ""
    number: str = ""
    town: str = ""
    post_code: str = ""


@dataclass(frozen=True, slots=True)
class Professional:
    """Somebody it knows."""

    national_id: str
    first_name: str
    last_name: str
    civility: str = ""
    profession: str = ""
    speciality: str = ""
    places: tuple[Place, ...] = ()
    # Whether they have the application on their phone.
    mobile: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Theirs, for nobody else's use."""
        return FEDERATION + self.national_id

    @property
    def name(self) -> str:
        """As its page shows them."""
        return f"{self.first_name} {self.last_name}".strip()

    def told(self, way: str) -> dict[str, Any]:
        """Their userinfo (facts §1.7), in whose shape all is text."""
        first = self.places[0] if self.places else Place("", "", "")
        return {
            "sub": self.subject,
            "preferred_username": self.national_id,
            "SubjectNameID": self.national_id,
            "given_name": self.first_name,
            "family_name": self.last_name,
            "email_verified": False,
            "SubjectOrganization": first.name,
            "SubjectOrganizationID": first.number,
            "SubjectRole": [f"{self.profession}^1.2.250.1.213.1.1.5.5"],
            "Secteur_Activite": f"{first.sector}^1.2.250.1.71.4.2.4",
            "Mode_Acces_Raison": "",
            "PSI_Locale": "1.2.250.1.213.1.3.1.1",
            "UITVersion": "1.0",
            "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
            "authMode": way,
            "otherIds": [{"identifiant": self.national_id, "origine": "RPPS", "qualite": 1}],
            "SubjectRefPro": {
                "codeCivilite": self.civility,
                "exercices": [
                    {
                        "codeProfession": self.profession,
                        "codeCategorieProfessionnelle": "C",
                        "codeCiviliteDexercice": "",
                        "nomDexercice": self.last_name,
                        "prenomDexercice": self.first_name,
                        "codeTypeSavoirFaire": "S" if self.speciality else "",
                        "codeSavoirFaire": self.speciality,
                        "activities": [_activity(one) for one in self.places],
                    }
                ],
            },
        } | dict(self.more)


def _activity(place: Place) -> dict[str, str]:
    return {
        "codeModeExercice": place.mode,
        "codeSecteurDactivite": place.sector,
        "codeSectionPharmacien": "",
        "codeRole": "",
        "codeGenreActivite": "GENR01",
        "numeroSiretSite": "",
        "numeroSirenSite": "",
        "numeroFinessSite": place.finess,
        "numeroFinessetablissementJuridique": "",
        "identifiantTechniqueDeLaStructure": f"F{place.finess}" if place.finess else "",
        "raisonSocialeSite": place.name,
        "bureauCedex": place.town,
        "codePostal": place.post_code,
        "telephone": "",
        "ancienIdentifiantDeLaStructure": place.number,
    }
