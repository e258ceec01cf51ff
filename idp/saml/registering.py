# SPDX-License-Identifier: Apache-2.0
"""SAML as the administration asks for it: settings, metadata, what is released."""

from collections.abc import Mapping
from typing import Any

from idp.accounts.subjects import Subjects
from idp.accounts.values import Account
from idp.administration.rules.protocols import Imported
from idp.applications.values import Application
from idp.clock import Clock
from idp.grants.admission import Admission
from idp.saml.application import check_application, read_application
from idp.saml.attributes import read_attributes
from idp.saml.described import described
from idp.saml.levels import published
from idp.saml.names import TRANSIENT
from idp.saml.subject import name_of


class SamlRegistering:
    """Fills `Speaks`."""

    def __init__(self, subjects: Subjects, clock: Clock, entity_id: str) -> None:
        self._subjects = subjects
        self._clock = clock
        self._entity_id = entity_id

    def faults(self, application: Application) -> list[str]:
        """Every fault of the settings."""
        return check_application(application)

    def scopes(self, application: Application) -> tuple[str, ...]:
        """It is given no tokens."""
        return ()

    def for_people(self, application: Application) -> bool:
        """It is for nothing else."""
        return True

    def by_secret(self, application: Application) -> bool:
        """It proves itself by its key, if at all."""
        return False

    def imported(self, document: str) -> Imported:
        """Its metadata as a registration."""
        return described(document, self._clock.now())

    def released(
        self, application: Application, account: Account, admission: Admission
    ) -> Mapping[str, Mapping[str, Any]]:
        """What an assertion would say of somebody."""
        read = read_application(application)
        name = "(another each time)"
        if read.subject_format != TRANSIENT:
            name = name_of(read, account, self._subjects, "") or "(none)"
        assertion = {
            "Issuer": self._entity_id,
            "NameID": name,
            "Format": read.subject_format,
            "Audience": read.entity_id,
            "AuthnInstant": admission.authenticated_at,
            "AuthnContextClassRef": published(admission.level, admission.means, (), None),
        }
        attributes = {
            one.friendly_name or one.name: ", ".join(values)
            for one, values in read_attributes(account, read.attributes)
        }
        return {"assertion": assertion, "attributes": attributes}
