# SPDX-License-Identifier: Apache-2.0
"""SAML as the administration asks for it: settings, metadata, what is released."""

from collections.abc import Mapping, Sequence

from idp.accounts.activities import Activity
from idp.accounts.values import Account
from idp.administration.rules.protocols import Certified, Detail, Imported, Told
from idp.applications.faults import Fault
from idp.applications.values import Application
from idp.clock import Clock
from idp.grants.admission import Admission
from idp.saml.application import check_application, read_application
from idp.saml.attributes import SOURCES
from idp.saml.described import described
from idp.saml.peer_keys import holder_of, read_one
from idp.saml.places import Places
from idp.saml.trial import Trials, fingerprint, shown_name


class SamlRegistering:
    """Fills `Speaks`."""

    def __init__(self, clock: Clock, trials: Trials, places: Places) -> None:
        self._clock = clock
        self._places = places
        self._trials = trials

    def faults(self, application: Application) -> list[Fault]:
        """Every fault of the settings."""
        return check_application(application)

    def scopes(self, application: Application) -> tuple[str, ...]:
        """It is given no tokens."""
        return ()

    def subject(self, _application: Application, _account_id: str) -> str:
        """It is given no tokens."""
        return ""

    def for_people(self, application: Application) -> bool:
        """It is for nothing else."""
        return True

    def by_secret(self, application: Application) -> bool:
        """It proves itself by its key, if at all."""
        return False

    def vouched_for(self, application: Application) -> bool:
        """A VIHF, which national services go by; also one that is registered wrongly yet."""
        return "vihf" in application.settings

    def imported(self, document: str) -> Imported:
        """Its metadata as a registration."""
        return described(document, self._clock.now())

    def tellable(self) -> Mapping[str, str]:
        """Each as an attribute."""
        return {source: one.name for source, one in SOURCES.items()}

    def certified(self, text: str) -> Certified | None:
        """One that it signs by, or that is encrypted for."""
        one = read_one(text)
        if one is None:
            return None
        ends = int(one.not_valid_after_utc.timestamp())
        return Certified(holder_of(one), ends, fingerprint(one))

    def connecting(self, application: Application) -> tuple[Detail, ...]:
        """Most read our metadata; others are given its parts one by one."""
        read, places = read_application(application), self._places
        return (
            Detail("metadata", places.entity_id),
            Detail("entityID (IdP)", places.entity_id),
            Detail("SingleSignOnService", places.sso, "HTTP-Redirect, HTTP-POST"),
            *(
                Detail("X509Certificate, SHA-256", fingerprint(one))
                for one in self._trials.certificates()
            ),
            Detail("entityID (SP)", read.entity_id),
            *(Detail("AssertionConsumerService", one.url) for one in read.acs),
        )

    def registered(self, application: Application) -> Mapping[str, tuple[Detail, ...]]:
        """Its name for people, and its attributes."""
        read = read_application(application)
        attributes = tuple(
            Detail(shown_name(one.name, one.friendly_name), one.source, one.format)
            for one in read.attributes
        )
        return {"subject": (Detail("NameID", "", read.subject_format),), "attributes": attributes}

    def told(
        self,
        application: Application,
        account: Account,
        admission: Admission | None,
        activities: Sequence[Activity] = (),
    ) -> Told:
        """What an assertion says of somebody."""
        read = read_application(application)
        if admission is None:
            return self._trials.of_person(read, account, activities)
        return self._trials.of_login(read, account, admission)
