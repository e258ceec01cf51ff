# SPDX-License-Identifier: Apache-2.0
"""Answers of this protocol: an assertion about somebody admitted, or a status that says why not."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.applications.registration import BadRegistration
from idp.audit.record import Event
from idp.db import Tx
from idp.errors import Breakdown
from idp.grants.admission import Admission
from idp.http.addresses import origin_of
from idp.http.services import Core
from idp.login.answers import Handover
from idp.login.flow import Refusal, asks_consent
from idp.login.request import LoginRequest
from idp.origin import Origin
from idp.saml.application import SamlApplication, SamlApplications
from idp.saml.assertion import (
    Attribute,
    Issued,
    Login,
    Statement,
    Status,
    Subject,
    refuse,
    respond,
)
from idp.saml.attributes import read_attributes
from idp.saml.encryption import NotEncrypted, Recipient
from idp.saml.keys import SamlKeys
from idp.saml.levels import published
from idp.saml.names import (
    AUTHN_FAILED,
    INVALID_NAMEID_POLICY,
    NO_AUTHN_CONTEXT,
    NO_PASSIVE,
    PERSISTENT,
    REQUEST_DENIED,
    RESPONDER,
)
from idp.saml.subject import name_of
from idp.saml.writing import identifier

# SAML Core §3.2.2.2.
REFUSALS = {
    Refusal.LOGIN_REQUIRED: NO_PASSIVE,
    Refusal.INTERACTION_REQUIRED: NO_PASSIVE,
    Refusal.CONSENT_REQUIRED: NO_PASSIVE,
    Refusal.OTHER_PERSON: REQUEST_DENIED,
    Refusal.LEVEL_UNREACHABLE: NO_AUTHN_CONTEXT,
    Refusal.CANCELLED: AUTHN_FAILED,
    Refusal.CONSENT_REFUSED: REQUEST_DENIED,
    Refusal.ACCOUNT_CLOSED: REQUEST_DENIED,
    Refusal.POPULATION: REQUEST_DENIED,
    Refusal.COMMUNITY: REQUEST_DENIED,
    Refusal.HIDDEN: REQUEST_DENIED,
}


class Answers:
    """Writes and signs the response."""

    def __init__(self, core: Core, keys: SamlKeys, entity_id: str) -> None:
        self._core = core
        self._keys = keys
        self.entity_id = entity_id

    def error(self, payload: Mapping[str, Any], status: Status) -> Handover:
        """A status for the application, and nothing else."""
        issued = refuse(
            self.entity_id,
            payload["acs"],
            payload["request"] or None,
            status,
            self._keys.current(),
            self._core.entropy,
            self._core.clock.now(),
        )
        return _handover(payload, payload["acs"], issued)

    def success(
        self, payload: Mapping[str, Any], statement: Statement, application: SamlApplication
    ) -> Handover:
        """An assertion, signed, in a response that is signed too."""
        recipient = None
        if application.encrypted_assertions:
            recipient = Recipient(application.encryption[0], application.methods)
        now = self._core.clock.now()
        issued = respond(statement, self._keys.current(), self._core.entropy, now, recipient)
        if isinstance(issued, NotEncrypted):
            # The registration was checked for just that: never in clear instead.
            raise Breakdown(f"an assertion was not encrypted: {issued.value}")
        return _handover(payload, statement.recipient, issued)


def _handover(payload: Mapping[str, Any], acs: str, issued: Issued) -> Handover:
    fields = {"SAMLResponse": b64encode(issued.document).decode()}
    if payload["relay"]:
        fields["RelayState"] = payload["relay"]
    return Handover(acs, fields)


class SamlResponder:
    """How a login ends for a SAML application (`login.answers.Responder`)."""

    def __init__(
        self, core: Core, applications: SamlApplications, subjects: Subjects, answers: Answers
    ) -> None:
        self._core = core
        self._applications = applications
        self._subjects = subjects
        self._answers = answers

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """An assertion for the application."""
        application = self._applications.of(admission.application)
        payload = {**request.payload, "acs": _acs_of(application, request)}
        account = accounts.load(tx, admission.account)
        asked = asks_consent(request, admission.application.policy)
        if asked and not set(application.scope) <= set(request.scope):
            # The person agreed to what was registered when the login began; it is more by now.
            return self._unagreed(tx, request, admission, origin, payload)
        name = None
        if account is not None:
            fresh = identifier(self._core.entropy)
            name = name_of(application, account, self._subjects, fresh)
        if account is None or name is None:
            hint = "this person has no name of the registered format"
            status = Status(RESPONDER, INVALID_NAMEID_POLICY, hint)
            return self._answers.error(payload, status)
        statement = Statement(
            issuer=self._answers.entity_id,
            audience=application.entity_id,
            recipient=payload["acs"],
            in_response_to=payload["request"] or None,
            subject=self._subject(application, name),
            login=self._login(payload, admission),
            attributes=tuple(
                Attribute(one.name, values, one.format, one.friendly_name or None)
                for one, values in read_attributes(account, application.attributes)
            ),
        )
        event = Event(
            "login.admitted",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            means=" ".join(admission.means),
            level=int(admission.level),
            detail={"scope": " ".join(application.scope)},
        )
        self._core.audit.record(tx, event, origin)
        return self._answers.success(payload, statement, application)

    def _unagreed(
        self,
        tx: Tx,
        request: LoginRequest,
        admission: Admission,
        origin: Origin,
        payload: Mapping[str, Any],
    ) -> Handover:
        """Nothing is told; the next request asks the person about all of it."""
        event = Event(
            "login.refused",
            "refused",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            detail={"why": Refusal.CONSENT_REQUIRED.value},
        )
        self._core.audit.record(tx, event, origin)
        hint = "what this application is told has changed meanwhile; ask again"
        return self._answers.error(payload, Status(RESPONDER, REQUEST_DENIED, hint))

    def _login(self, payload: Mapping[str, Any], admission: Admission) -> Login:
        highest = None if payload["highest"] is None else Level(payload["highest"])
        return Login(
            admission.authenticated_at,
            published(admission.level, admission.means, payload["classes"], highest),
            self._core.sessions.label(admission.session, admission.application.key),
        )

    def _subject(self, application: SamlApplication, name: str) -> Subject:
        """SAML Core §8.3.7: whose name a persistent one is, and towards whom."""
        if application.subject_format != PERSISTENT:
            return Subject(name, application.subject_format)
        return Subject(name, PERSISTENT, self._answers.entity_id, application.entity_id)

    def refused(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """The status that fits; none where the application itself is closed."""
        second, application = REFUSALS.get(refusal), self._registered(request)
        if second is None or application is None:
            return None
        payload = {**request.payload, "acs": _acs_of(application, request)}
        return self._answers.error(payload, Status(RESPONDER, second))

    def origins(self, request: LoginRequest) -> tuple[str, ...]:
        """The site that the answer goes to."""
        application = self._registered(request)
        return (origin_of(_acs_of(application, request)),) if application else ()

    def _registered(self, request: LoginRequest) -> SamlApplication | None:
        """The application as it is registered now; None where nothing may be posted to it."""
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, request.application or "")
        if application is None or application.protocol != request.protocol:
            return None
        try:
            return self._applications.of(application)
        except BadRegistration:
            return None


def _acs_of(application: SamlApplication, request: LoginRequest) -> str:
    """SM-030: the registration may have changed since the request came in."""
    wished = str(request.payload["acs"])
    if wished in {one.url for one in application.acs}:
        return wished
    return application.default_acs.url
