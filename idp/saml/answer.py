# SPDX-License-Identifier: Apache-2.0
"""Answers of this protocol: an assertion about somebody admitted, or a status that says why not."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.applications.registration import BadRegistration
from idp.applications.values import Application
from idp.audit.record import Event
from idp.db import Tx
from idp.errors import Breakdown
from idp.grants.admission import Admission
from idp.http.addresses import origin_of
from idp.http.services import Core
from idp.login.answers import Handover
from idp.login.flow import Refusal
from idp.login.request import LoginRequest
from idp.origin import Origin
from idp.saml.application import SamlApplication, SamlApplications
from idp.saml.artifacts import Artifacts, is_by_artifact
from idp.saml.assertion import Issued, Statement, Status, refuse, respond
from idp.saml.encryption import NotEncrypted, Recipient
from idp.saml.keys import SamlKeys
from idp.saml.names import (
    AUTHN_FAILED,
    INVALID_NAMEID_POLICY,
    NO_AUTHN_CONTEXT,
    NO_PASSIVE,
    REQUEST_DENIED,
    RESPONDER,
)
from idp.saml.statement import Statements
from idp.saml.vihf_issuing import VihfIssuer

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
    Refusal.NO_ACTIVITY: REQUEST_DENIED,
    Refusal.ACTIVITY_REQUIRED: NO_PASSIVE,
}


class Answers:
    """Writes and signs the response."""

    def __init__(self, core: Core, keys: SamlKeys, artifacts: Artifacts, entity_id: str) -> None:
        self._core = core
        self._keys = keys
        self._artifacts = artifacts
        self.entity_id = entity_id

    def refuse(
        self, application: Application, payload: Mapping[str, Any], status: Status
    ) -> Handover:
        """A status for the application, and nothing else; outside of any transaction."""
        if not is_by_artifact(payload):
            return _posted(payload, self._refusal(payload, status))
        with self._core.database.write() as tx:
            return self._artifacts.leave(tx, application, payload, status)

    def admit(
        self,
        tx: Tx,
        admission: Admission,
        payload: Mapping[str, Any],
        told: Statement | Status,
        application: SamlApplication,
        origin: Origin,
    ) -> Handover:
        """What is said of somebody who was admitted, or why nothing is."""
        if not is_by_artifact(payload):
            return _posted(payload, self.written(payload, told, application))
        if isinstance(told, Status):
            return self._artifacts.leave(tx, admission.application, payload, told)
        return self._artifacts.give(tx, admission, application.scope, payload, origin)

    def written(
        self, payload: Mapping[str, Any], told: Statement | Status, application: SamlApplication
    ) -> Issued:
        """The response as it travels."""
        if isinstance(told, Status):
            return self._refusal(payload, told)
        return self._assertion(told, application)

    def _refusal(self, payload: Mapping[str, Any], status: Status) -> Issued:
        return refuse(
            self.entity_id,
            payload["acs"],
            payload["request"] or None,
            status,
            self._keys.current(),
            self._core.entropy,
            self._core.clock.now(),
        )

    def _assertion(self, statement: Statement, application: SamlApplication) -> Issued:
        """An assertion, signed, in a response that is signed too."""
        recipient = None
        if application.encrypted_assertions:
            recipient = Recipient(application.encryption[0], application.methods)
        now = self._core.clock.now()
        issued = respond(statement, self._keys.current(), self._core.entropy, now, recipient)
        if isinstance(issued, NotEncrypted):
            # The registration was checked for just that: never in clear instead.
            raise Breakdown(f"an assertion was not encrypted: {issued.value}")
        return issued


def _posted(payload: Mapping[str, Any], issued: Issued) -> Handover:
    fields = {"SAMLResponse": b64encode(issued.document).decode()}
    if payload["relay"]:
        fields["RelayState"] = payload["relay"]
    return Handover(payload["acs"], fields)


class SamlResponder:
    """How a login ends for a SAML application (`login.answers.Responder`)."""

    def __init__(
        self,
        core: Core,
        applications: SamlApplications,
        subjects: Subjects,
        answers: Answers,
        vihf: VihfIssuer,
    ) -> None:
        self._core = core
        self._applications = applications
        self._answers = answers
        self._vihf = vihf
        self._statements = Statements(subjects, core.sessions.label, answers.entity_id)

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """An assertion for the application, or an artifact for it to come by."""
        application = self._applications.of(admission.application)
        payload = _payload(application, request)
        told = self.tell(tx, application, admission, payload, request.scope, origin)
        if isinstance(told, Statement) and not is_by_artifact(payload):
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
            told = self.accompany(tx, application, admission, told, origin)
        return self._answers.admit(tx, admission, payload, told, application, origin)

    def tell(
        self,
        tx: Tx,
        application: SamlApplication,
        admission: Admission,
        payload: Mapping[str, Any],
        scope: tuple[str, ...],
        origin: Origin,
    ) -> Statement | Status:
        """What the application is told of somebody admitted: no more than `scope`, if asked."""
        account = accounts.load(tx, admission.account)
        if admission.application.policy.consent and not set(application.scope) <= set(scope):
            # The person agreed to what was registered when the login began; it is more by now.
            return self._unagreed(tx, admission, origin)
        statement = None
        if account is not None:
            statement = self._statements.of(application, account, admission, payload)
        if statement is None:
            hint = "this person has no name of the registered format"
            return Status(RESPONDER, INVALID_NAMEID_POLICY, hint)
        return statement

    def accompany(
        self,
        tx: Tx,
        application: SamlApplication,
        admission: Admission,
        told: Statement,
        origin: Origin,
    ) -> Statement:
        """With what else leaves together with it, made at the moment when it does."""
        further = self._vihf.for_login(tx, application, admission, origin)
        return replace(told, attributes=(*told.attributes, *further)) if further else told

    def _unagreed(self, tx: Tx, admission: Admission, origin: Origin) -> Status:
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
        return Status(RESPONDER, REQUEST_DENIED, hint)

    def refused(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """The status that fits; none where the application itself is closed."""
        second, application = REFUSALS.get(refusal), self._registered(request)
        if second is None or application is None:
            return None
        payload = _payload(application, request)
        return self._answers.refuse(application.application, payload, Status(RESPONDER, second))

    def origins(self, request: LoginRequest) -> tuple[str, ...]:
        """The site that the answer goes to."""
        application = self._registered(request)
        return (origin_of(_payload(application, request)["acs"]),) if application else ()

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


def _payload(application: SamlApplication, request: LoginRequest) -> dict[str, Any]:
    """SM-030: the registration may have changed since the request came in."""
    wished = request.payload["acs"], request.payload["binding"]
    if wished not in {(one.url, one.binding) for one in application.acs}:
        wished = application.default_acs.url, application.default_acs.binding
    return {**request.payload, "acs": wished[0], "binding": wished[1]}
