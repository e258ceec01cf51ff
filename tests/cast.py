# SPDX-License-Identifier: Apache-2.0
"""The people everyone knows, and an application of each policy."""

from dataclasses import dataclass, field
from typing import Any

from idp.accounts import service as accounts
from idp.accounts.values import Account, Person, Population, State
from idp.http.services import Core

PASSWORD = "Une phrase de passe très sûre 1"
SECRET = "secret-of-the-cast-0123456789abcdef0123456789"

PEOPLE: dict[str, Person] = {
    "medecin": Person(
        Population.PROFESSIONAL,
        "cdurand",
        "Claire",
        "Durand",
        civility="Mme",
        email="claire.durand@chu.example",
        email_verified=True,
        phone="+33612345678",
        national_id="810101234567",
        profession="Médecin",
        speciality="Oncologie médicale",
        birth_date="1975-04-12",
        town="Tours",
    ),
    "infirmiere": Person(
        Population.PROFESSIONAL,
        "mdelarochefoucauldvilleneuve",
        "Marie-Françoise",
        "de La Rochefoucauld-Villeneuve",
        civility="Mme",
        email="mf.villeneuve@clinique.example",
        national_id="810107654321",
        profession="Infirmière",
        town="Châteauroux",
    ),
    "patient": Person(
        Population.PATIENT,
        "gebeaupre",
        "Gaëtan",
        "Ébeaupré",
        civility="M.",
        email="gaetan@courriel.example",
        birth_date="1948-11-30",
        town="Blois",
    ),
    "administrateur": Person(
        Population.STAFF, "admin.region", "Odile", "Ménard", email="odile@region.example"
    ),
    # Her account was disabled.
    "ancienne": Person(
        Population.PROFESSIONAL,
        "lpetit",
        "Lucie",
        "Petit",
        email="lucie.petit@chu.example",
        national_id="810109999999",
        profession="Sage-femme",
    ),
}
COMMUNITIES = {"onco-centre": "Onco Centre", "perinat-centre": "Périnat Centre"}
MEMBERS = {"onco-centre": ("medecin", "ancienne")}


def application(key: str, **changes: Any) -> dict[str, Any]:
    """A registration with sensible values; `policy` and `oidc` are merged."""
    site = changes.pop("site", f"https://{key}.example")
    document = {
        "key": key,
        "name": key.upper(),
        "protocol": "oidc",
        "home_url": f"{site}/",
        "policy": {"means": ["password"], "level": 1, "consent": False} | changes.pop("policy", {}),
        "oidc": {
            "redirect_uris": [f"{site}/cb"],
            "post_logout_redirect_uris": [f"{site}/bye"],
            "grant_types": ["authorization_code", "refresh_token"],
            "scopes": ["openid", "profile", "email", "phone"],
            "subject_type": "public",
        }
        | changes.pop("oidc", {}),
    }
    return document | changes


# One application of each policy.
APPLICATIONS: dict[str, dict[str, Any]] = {
    # Open to everybody at level 1.
    "plain": application("plain"),
    # Onco Centre only, as the real one.
    "dcc": application(
        "dcc",
        policy={"communities": ["onco-centre"]},
        oidc={"access_token_format": "jwt"},
    ),
    # Asks consent.
    "outside": application("outside", policy={"consent": True}),
    # A level that no means of this server reaches yet.
    "strong": application("strong", policy={"level": 3}),
    # Patients only.
    "patients": application("patients", policy={"populations": ["patient"]}),
    # Another pairwise one, so that subjects differ.
    "pairwise": application("pairwise", oidc={"subject_type": "pairwise"}),
    # A public client on a phone or desktop.
    "native": application(
        "native",
        oidc={
            "application_type": "native",
            "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/cb", "http://localhost:9999/cb"],
            "subject_type": "public",
        },
    ),
    # By secret in the body.
    "posting": application("posting", oidc={"token_endpoint_auth_method": "client_secret_post"}),
    # In its own name only.
    "robot": application(
        "robot",
        oidc={
            "redirect_uris": [],
            "grant_types": ["client_credentials"],
            "scopes": ["exams.read", "exams.write"],
            "audiences": ["resource"],
        },
    ),
    # A resource server that looks tokens up.
    "resource": application(
        "resource",
        oidc={"redirect_uris": [], "grant_types": ["client_credentials"], "scopes": []},
    ),
    # Allows no means at all: deny by default.
    "nobody": application("nobody", policy={"means": []}),
}


@dataclass(slots=True)
class Cast:
    """The accounts made from the cast."""

    accounts: dict[str, Account] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Account:
        return self.accounts[key]


def bring_in(core: Core) -> Cast:
    """Everybody, with their password, communities and applications."""
    cast = Cast()
    hashed = core.passwords.hashed(PASSWORD)
    with core.database.write() as tx:
        for key, name in COMMUNITIES.items():
            accounts.name_community(tx, key, name)
        for key, person in PEOPLE.items():
            made = core.accounts.create(tx, person)
            if not isinstance(made, Account):
                raise TypeError(made)
            core.passwords.put(tx, made.id, hashed)
            cast.accounts[key] = made
        for community, keys in MEMBERS.items():
            for key in keys:
                core.accounts.join(tx, cast[key].id, community)
        core.accounts.set_state(tx, cast["ancienne"].id, State.DISABLED)
        for document in APPLICATIONS.values():
            core.applications.register(tx, document)
            if document["oidc"].get("token_endpoint_auth_method") != "none":
                core.applications.set_secret(tx, document["key"], SECRET)
    return cast


def find_cast(core: Core) -> Cast:
    """The accounts of the cast in a database that has it already."""
    found = Cast()
    with core.database.read() as tx:
        for key, person in PEOPLE.items():
            account = accounts.load(tx, accounts.find(tx, person.identifier) or "")
            if account is None:
                raise LookupError(key)
            found.accounts[key] = account
    return found
