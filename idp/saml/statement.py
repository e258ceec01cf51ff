# SPDX-License-Identifier: Apache-2.0
"""What is said of somebody who was admitted: to the application, and to whoever tries it out."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Level
from idp.accounts.subjects import Subjects
from idp.accounts.values import Account
from idp.grants.admission import Admission
from idp.saml.application import SamlApplication
from idp.saml.assertion import Attribute, Login, Statement, Subject
from idp.saml.attributes import read_attributes
from idp.saml.levels import published
from idp.saml.names import PERSISTENT
from idp.saml.subject import name_of

# The session's name towards an application.
Label = Callable[[str, str], str]


class Statements:
    """Makes them; nothing is signed here, and nothing leaves."""

    def __init__(self, subjects: Subjects, label: Label, entity_id: str) -> None:
        self.subjects = subjects
        self._label = label
        self.entity_id = entity_id

    def of(
        self,
        application: SamlApplication,
        account: Account,
        admission: Admission,
        payload: Mapping[str, Any],
    ) -> Statement | None:
        """All that the assertion says; None where nobody can be named as it was registered."""
        name = name_of(application, account, self.subjects, admission.session)
        if name is None:
            return None
        return Statement(
            issuer=self.entity_id,
            audience=application.entity_id,
            recipient=payload["acs"],
            in_response_to=payload["request"] or None,
            subject=self.subject(application, name),
            login=self._login(payload, admission),
            attributes=attributes_of(application, account),
        )

    def subject(self, application: SamlApplication, name: str) -> Subject:
        """SAML Core §8.3.7: whose name a persistent one is, and towards whom."""
        if application.subject_format != PERSISTENT:
            return Subject(name, application.subject_format)
        return Subject(name, PERSISTENT, self.entity_id, application.entity_id)

    def _login(self, payload: Mapping[str, Any], admission: Admission) -> Login:
        highest = None if payload["highest"] is None else Level(payload["highest"])
        return Login(
            admission.authenticated_at,
            published(admission.level, admission.means, payload["classes"], highest),
            self._label(admission.session, admission.application.key),
        )


def attributes_of(application: SamlApplication, account: Account) -> tuple[Attribute, ...]:
    """What it registered, as far as it is known."""
    return tuple(
        Attribute(one.name, values, one.format, one.friendly_name or None)
        for one, values in read_attributes(account, application.attributes)
    )
