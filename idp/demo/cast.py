# SPDX-License-Identifier: Apache-2.0
"""The people of the demo: each population, each state, names that pages must not break on."""

from dataclasses import dataclass

from idp.accounts.establishments import Establishment
from idp.accounts.values import Person, Population, State
from idp.administration.authority import Held
from idp.administration.rights import Role as Duty

COMMUNITIES = {
    "onco-centre": "Onco Centre",
    "perinat-centre": "Périnat Centre",
    "soins-palliatifs": "Soins palliatifs",
    "neuro-centre": "NEURO Centre",
    "diapason-36": "Diapason 36",
}
HOSPITAL = Establishment(
    "0B0057881",
    "CHU de démonstration",
    "Tours",
    "37000",
    "acces@chu.example",
)
CLINIC = Establishment(
    "0B0062154", "Clinique de démonstration", "Châteauroux", "36000", "acces@clinique.example"
)
ESTABLISHMENTS = (HOSPITAL, CLINIC)


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody of the cast."""

    key: str
    person: Person
    password: str
    communities: tuple[str, ...] = ()
    state: State = State.ACTIVE
    remark: str = ""
    # Whether one-time codes are switched on.
    codes: bool = False
    # Whether the password must be replaced at the first login.
    temporary: bool = False
    # What they administer, and where they belong.
    duty: Held | None = None
    establishments: tuple[str, ...] = ()


# Telephone numbers are of the ranges kept for fiction, addresses of the domains kept for examples.
CAST = (
    Role(
        "medecin",
        Person(
            Population.PROFESSIONAL,
            "cdurand",
            "Claire",
            "Durand",
            civility="Mme",
            email="claire.durand@chu.example",
            email_verified=True,
            phone="+33639980001",
            phone_verified=True,
            national_id="899700000013",
            profession="Médecin",
            speciality="Oncologie médicale",
            birth_date="1975-04-12",
            town="Tours",
        ),
        "cerise-moulin-1842",
        ("onco-centre", "soins-palliatifs"),
        remark="opens every application",
        codes=True,
        establishments=(HOSPITAL.key,),
    ),
    Role(
        "infirmiere",
        Person(
            Population.PROFESSIONAL,
            "mdelarochefoucauldvilleneuve",
            "Marie-Françoise",
            "de La Rochefoucauld-Villeneuve",
            civility="Mme",
            email="mf.villeneuve@clinique.example",
            email_verified=True,
            phone="+33639980002",
            phone_verified=True,
            national_id="899700000021",
            profession="Infirmière",
            town="Châteauroux",
        ),
        "tilleul-jardin-2075",
        ("onco-centre", "diapason-36"),
        remark="a long name",
        codes=True,
        establishments=(CLINIC.key,),
    ),
    Role(
        "neurologue",
        Person(
            Population.PROFESSIONAL,
            "joeuvrard",
            "Jean-Baptiste",
            "Œuvrard",
            civility="M.",
            email="jb.oeuvrard@chu.example",
            email_verified=True,
            national_id="899700000039",
            profession="Médecin",
            speciality="Neurologie",
            town="Orléans",
        ),
        "ardoise-verger-3168",
        ("neuro-centre",),
        remark="not in Onco Centre, and his card has run out",
        codes=True,
    ),
    Role(
        "sagefemme",
        Person(
            Population.PROFESSIONAL,
            "znguessan",
            "Zoé",
            "N’Guessan-Le Goff",
            civility="Mme",
            email="zoe.nguessan@maternite.example",
            email_verified=True,
            national_id="899700000047",
            profession="Sage-femme",
            town="Bourges",
        ),
        "hirondelle-lilas-4417",
        ("perinat-centre",),
        remark="not in Onco Centre, and has no card",
    ),
    Role(
        "remplacant",
        Person(
            Population.PROFESSIONAL,
            "lcelik",
            "Loïc",
            "Çelik",
            civility="M.",
            email="loic.celik@liberal.example",
            national_id="899700000054",
            profession="Masseur-kinésithérapeute",
            town="Dreux",
        ),
        "pommier-riviere-5590",
        remark="in no community yet",
    ),
    Role(
        "nouvelle",
        Person(
            Population.PROFESSIONAL,
            "stessier",
            "Solène",
            "Tessier",
            civility="Mme",
            email="solene.tessier@chu.example",
            email_verified=True,
            national_id="899700000088",
            profession="Infirmière",
            town="Amboise",
        ),
        "aubepine-perron-6648",
        ("onco-centre",),
        remark="has never logged in: her password is temporary",
        temporary=True,
        establishments=(HOSPITAL.key,),
    ),
    Role(
        "secretaire",
        Person(
            Population.PROFESSIONAL,
            "hfabre",
            "Hélène",
            "Fabre",
            civility="Mme",
            email="helene.fabre@chu.example",
            email_verified=True,
            national_id="30B0057881/CPET0002",
            profession="Secrétaire médicale",
            town="Tours",
        ),
        "cassis-lanterne-3357",
        ("onco-centre",),
        remark="an employee: her card is a CPE",
        establishments=(HOSPITAL.key,),
    ),
    Role(
        "patient",
        Person(
            Population.PATIENT,
            "gebeaupre",
            "Gaëtan",
            "Ébeaupré",
            civility="M.",
            email="gaetan.ebeaupre@courriel.example",
            email_verified=True,
            phone="+33639980006",
            phone_verified=True,
            birth_date="1948-11-30",
            town="Blois",
        ),
        "muguet-fontaine-6023",
        remark="a patient",
        codes=True,
        establishments=(HOSPITAL.key,),
    ),
    Role(
        "patiente",
        Person(
            Population.PATIENT,
            "tdaubigne",
            "Thérèse",
            "d’Aubigné-Saint-Aignan",
            civility="Mme",
            birth_name="Lhuître",
            email="therese.daubigne@courriel.example",
            email_verified=True,
            birth_date="1939-02-28",
            town="Saint-Amand-Montrond",
            locale="en",
        ),
        "colombe-noisette-7381",
        remark="a patient, reads English",
        codes=True,
        establishments=(CLINIC.key,),
    ),
    Role(
        "administrateur",
        Person(
            Population.STAFF,
            "admin.region",
            "Odile",
            "Ménard",
            civility="Mme",
            email="odile.menard@region.example",
            email_verified=True,
            phone="+33639980008",
            phone_verified=True,
            town="Orléans",
        ),
        "chevalet-safran-8256",
        ("onco-centre",),
        remark="administers everything",
        codes=True,
        duty=Held(Duty.SUPER),
    ),
    Role(
        "gestionnaire",
        Person(
            Population.STAFF,
            "admin.chu",
            "Karim",
            "Bellanger",
            civility="M.",
            email="karim.bellanger@chu.example",
            email_verified=True,
            town="Tours",
        ),
        "girouette-cannelle-2930",
        remark="administers the demo hospital, and nothing else",
        codes=True,
        duty=Held(Duty.ESTABLISHMENT, HOSPITAL.key),
        establishments=(HOSPITAL.key,),
    ),
    Role(
        "assistance",
        Person(
            Population.STAFF,
            "assistance",
            "Léa",
            "Quéméner",
            civility="Mme",
            email="lea.quemener@region.example",
            email_verified=True,
            town="Orléans",
        ),
        "papillon-brindille-6174",
        remark="help desk: unlocks, resets, resends",
        codes=True,
        duty=Held(Duty.HELP_DESK),
    ),
    Role(
        "auditrice",
        Person(
            Population.STAFF,
            "auditrice",
            "Inès",
            "Da Silva",
            civility="Mme",
            email="ines.dasilva@region.example",
            email_verified=True,
            town="Orléans",
        ),
        "noyer-horizon-8805",
        remark="auditor: sees, and changes nothing",
        codes=True,
        duty=Held(Duty.AUDITOR),
    ),
    Role(
        "desactivee",
        Person(
            Population.PROFESSIONAL,
            "lpetit",
            "Lucie",
            "Petit",
            civility="Mme",
            email="lucie.petit@chu.example",
            national_id="899700000062",
            profession="Pharmacienne",
            town="Chartres",
        ),
        "glycine-marelle-9134",
        ("onco-centre",),
        State.DISABLED,
        remark="disabled",
    ),
    Role(
        "ferme",
        Person(
            Population.PROFESSIONAL,
            "blefevre",
            "Benoît",
            "Lefèvre",
            civility="M.",
            email="benoit.lefevre@clinique.example",
            national_id="899700000070",
            profession="Médecin",
            speciality="Médecine générale",
            town="Vierzon",
        ),
        "bruyere-sillon-1097",
        ("onco-centre",),
        State.CLOSED,
        remark="closed",
        establishments=(CLINIC.key,),
    ),
)
