# SPDX-License-Identifier: Apache-2.0
"""The sessions that an application speaks of, by the name that it was given of somebody."""

from idp.accounts.subjects import Subjects
from idp.db import Tx
from idp.saml.application import SamlApplication
from idp.saml.names import UNSPECIFIED
from idp.saml.requests import Subject
from idp.saml.subject import named_account, named_session
from idp.sessions.service import Entered, Sessions


class Fitting:
    """Finds them: those in which this very application was opened, by this very name."""

    def __init__(self, sessions: Sessions, subjects: Subjects, entity_id: str) -> None:
        self._sessions = sessions
        self._subjects = subjects
        self._entity_id = entity_id

    def of(self, tx: Tx, application: SamlApplication, subject: Subject | None) -> list[Entered]:
        """All of them, those that are over included."""
        if subject is None or subject.format not in {UNSPECIFIED, application.subject_format}:
            return []
        if subject.sp_qualifier not in {"", application.entity_id}:
            return []
        if subject.qualifier not in {"", self._entity_id}:
            return []
        key = application.application.key
        session = named_session(application, subject.value, self._subjects)
        account = named_account(tx, application, subject.value, self._subjects)
        if session is not None:
            return self._sessions.entered_in(tx, session, key)
        return self._sessions.entered_by(tx, account, key) if account is not None else []
