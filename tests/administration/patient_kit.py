# SPDX-License-Identifier: Apache-2.0
"""Patients for tests of the consent desk."""

from typing import Any

from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.administration.patients.enrolment import Enrolled
from idp.administration.patients.values import NewPatient
from tests.administration.kit import CHU, Opened
from tests.world import Browser

ZOE = NewPatient(
    last_name="Lœwenstein-d’Œuvre",
    first_name="Zoé",
    birth_date="29/02/1984",
    civility="Mme",
    birth_name="Ÿvetot",
    email="zoe@courriel.example",
    phone="06 39 98 12 34",
    ins="255126212345616",
)
FORM = {
    "civility": "Mme",
    "last_name": ZOE.last_name,
    "first_name": ZOE.first_name,
    "birth_name": ZOE.birth_name,
    "birth_date": ZOE.birth_date,
    "email": ZOE.email,
    "email_again": ZOE.email,
    "phone": ZOE.phone,
    "ins": "2 55 12 62 123 456 16",
    "locale": "fr",
    "consent": "yes",
}


def enter(office: Opened, who: str = "chu") -> Browser:
    """A browser in which somebody is logged in, and reads English."""
    browser = office.enter(who)
    browser.headers["Accept-Language"] = "en"
    return browser


def services(office: Opened) -> Any:
    return office.world.provider.services.office


def enrol(
    office: Opened, who: str = "chu", house: str = CHU, new: NewPatient = ZOE, **more: bool
) -> Any:
    with office.world.core.database.write() as tx:
        return services(office).patients.enrol(tx, office.authority(who), house, new, **more)


def enrolled(office: Opened, who: str = "chu", house: str = CHU, new: NewPatient = ZOE) -> Account:
    made = enrol(office, who, house, new)
    assert isinstance(made, Enrolled), made
    return made.account


def now_of(office: Opened, account: str) -> Account:
    with office.world.core.database.read() as tx:
        found = accounts.load(tx, account)
    assert found is not None
    return found
