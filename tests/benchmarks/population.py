# SPDX-License-Identifier: Apache-2.0
"""The people and applications that the benchmark's database begins with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from idp.accounts.values import Account, Person, Population
from idp.config import Settings
from idp.db import Tx
from idp.http.services import Core
from idp.opening import open_core, open_database
from idp.schema import upgrade

PASSWORD = "Une phrase de passe très sûre 1"
SECRET = "secret-of-the-benchmark-0123456789abcdef0123456789"
REDIRECT = "https://application.example/cb"
PEOPLE = 64


def application(key: str, **oidc: Any) -> dict[str, Any]:
    """A registration as the benchmark needs it."""
    return {
        "key": key,
        "name": key,
        "protocol": "oidc",
        "home_url": "https://application.example/",
        "policy": {"means": ["password"], "level": 1, "consent": False},
        "oidc": {
            "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code"],
            "scopes": ["openid", "profile", "email"],
        }
        | oidc,
    }


def robot(key: str, **oidc: Any) -> dict[str, Any]:
    """An application that acts in its own name."""
    settings = {"redirect_uris": [], "grant_types": ["client_credentials"], "scopes": ["exams"]}
    return application(key, **settings, **oidc)


APPLICATIONS = (
    application("es"),
    application("rs", id_token_signed_response_alg="RS256"),
    application("refreshing", grant_types=["authorization_code", "refresh_token"]),
    robot("robot"),
    robot("robot-jwt", access_token_format="jwt"),
)


def person(number: int) -> Person:
    """One of many alike."""
    return Person(
        Population.PROFESSIONAL,
        f"person{number}",
        "Claire",
        f"Durand {number}",
        civility="Mme",
        email=f"person{number}@chu.example",
        email_verified=True,
        profession="Médecin",
        town="Tours",
    )


def populate(settings: Settings, further: Iterable[dict[str, Any]] = ()) -> None:
    """Tables, signing keys, people with a password, applications with a secret."""
    with opened(settings) as core:
        hashed = core.passwords.hashed(PASSWORD)
        with core.database.write() as tx:
            for number in range(PEOPLE):
                core.passwords.put(tx, bring_in(core, tx, person(number)), hashed)
            for document in (*APPLICATIONS, *further):
                core.applications.register(tx, document)
                if document["protocol"] != "saml":
                    core.applications.set_secret(tx, document["key"], SECRET)


@contextmanager
def opened(settings: Settings) -> Iterator[Core]:
    """The nouns over a database with its tables."""
    database = open_database(settings)
    upgrade(database)
    core, _secrets = open_core(settings, database)
    try:
        yield core
    finally:
        core.passwords.close()
        database.close()


def bring_in(core: Core, tx: Tx, person: Person) -> str:
    """The new account of somebody."""
    made = core.accounts.create(tx, person)
    if not isinstance(made, Account):
        raise TypeError(made)
    return made.id
