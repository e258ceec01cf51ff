# SPDX-License-Identifier: Apache-2.0
"""The token service: an application that is entitled asks for a VIHF, of a person who is there.

Who is not known by their signature is told nothing. The person is named as their session was told
to this application, comes through the gate anew, and is told of in the activity of this moment.
"""

from dataclasses import dataclass

from lxml import etree

from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.credentials import used_once
from idp.db import Tx
from idp.grants.admission import Admission
from idp.http.services import Core
from idp.http.wire import Answer, Call, Reply, not_allowed
from idp.login.gate import Wanted
from idp.logs import get
from idp.saml.application import SamlApplication
from idp.saml.assertion import LIFE
from idp.saml.checks import LEEWAY
from idp.saml.fitting import Fitting
from idp.saml.names import wst, wsu
from idp.saml.places import Places
from idp.saml.receive import Receiver, Untrusted
from idp.saml.requests import issuer_of
from idp.saml.signatures import Unverified, verify
from idp.saml.soap import fault, in_envelope, open_envelope, refused
from idp.saml.sts_request import REQUEST, TOKEN_TYPE, VihfRequest, read_request
from idp.saml.vihf import Issued
from idp.saml.vihf_facts import Lack
from idp.saml.vihf_issuing import VihfIssuer
from idp.saml.writing import element, moment
from idp.saml.xml import Element, new_parser

USED = "vihf_request"
log = get("saml")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a known application, verified."""

    application: SamlApplication
    request: VihfRequest


@dataclass(frozen=True, slots=True)
class Unfit:
    """A known application asks wrongly, or for what can't be had: what it may be told."""

    why: str


class StsEndpoint:
    """POST /saml/sts."""

    def __init__(
        self, core: Core, receiver: Receiver, subjects: Subjects, issuer: VihfIssuer, places: Places
    ) -> None:
        self._core = core
        self._receiver = receiver
        self._fitting = Fitting(core.sessions, subjects, places.entity_id)
        self._issuer = issuer
        self._places = places

    def __call__(self, call: Call) -> Answer:
        """Answer one application."""
        if call.method != "POST":
            return not_allowed("POST")
        message = open_envelope(call, REQUEST)
        if isinstance(message, Reply):
            return message
        with self._core.database.read() as tx:
            asked = self._read(tx, message)
        if isinstance(asked, str):
            log.warning("a VIHF was asked for in vain", why=asked)
            return refused()
        if isinstance(asked, Unfit):
            return fault("Client", asked.why)
        with self._core.database.write() as tx:
            told = self._take(tx, asked, call)
        if isinstance(told, Unfit):
            return fault("Client", told.why)
        return in_envelope(self._respond(told))

    def _read(self, tx: Tx, message: Element) -> Asked | Unfit | str:
        """Whose request it is; why nobody is answered."""
        application = self._receiver.find(tx, issuer_of(message))
        if isinstance(application, Untrusted):
            return application.hint
        if application.vihf is None or not application.vihf.on_request:
            return "this application is not entitled to it"
        signed = verify(message, REQUEST, application.signing)
        if isinstance(signed, Unverified):
            return f"the signature: {signed.value}"
        request = read_request(signed)
        if isinstance(request, str):
            return Unfit(request)
        now = self._core.clock.now()
        if request.issued_at is None or abs(now - request.issued_at) > LEEWAY:
            return Unfit(f"IssueInstant is more than {LEEWAY} seconds off")
        if request.addressed != self._places.sts:
            # What was signed for another service is nothing here.
            return Unfit(f"Issuer must be {self._places.sts}")
        return Asked(application, request)

    def _take(self, tx: Tx, asked: Asked, call: Call) -> Issued | Unfit:
        application, request = asked.application, asked.request
        hashed = self._core.lookup.hash(f"{application.entity_id}|{request.id}")
        if not used_once.claim(tx, USED, hashed, (request.issued_at or 0) + 2 * LEEWAY):
            return Unfit("this request was used already")
        admission = self._admit(tx, asked)
        if admission is None:
            # The same for nobody, for somebody else's, and for whoever is admitted no more.
            return Unfit("nobody is there of this name, in this session")
        issued = self._issuer.issue(
            tx,
            application,
            admission,
            call.origin,
            purpose=request.purpose,
            patient=request.patient,
            reason=request.reason,
        )
        return (
            Unfit(f"none can be made of this person: {issued.value}")
            if isinstance(issued, Lack)
            else issued
        )

    def _admit(self, tx: Tx, asked: Asked) -> Admission | None:
        """OA-047: as things stand now; whatever closed since the login is closed."""
        application = asked.application
        fitting = self._fitting.of(tx, application, asked.request.subject)
        session = next((one for one in fitting if one.label == asked.request.session_index), None)
        if session is None:
            return None
        registered = application.application
        wanted = Wanted(opened_at=session.first_at)
        admission = self._core.gate.admit(tx, registered, session.session, wanted)
        if not isinstance(admission, Admission) or accounts.load(tx, admission.account) is None:
            return None
        if registered.policy.consent:
            given = self._core.consents.given(tx, admission.account, registered.key)
            if not set(application.scope) <= given:
                return None
        return admission

    def _respond(self, issued: Issued) -> Element:
        """WS-Trust 1.3 §3.2; what is inside stays as it was signed."""
        now = self._core.clock.now()
        token = element(
            wst("RequestedSecurityToken"), {}, etree.fromstring(issued.document, new_parser())
        )
        lifetime = element(
            wst("Lifetime"),
            {},
            element(wsu("Created"), text=moment(now)),
            element(wsu("Expires"), text=moment(now + LIFE)),
        )
        response = element(
            wst("RequestSecurityTokenResponse"),
            {},
            element(wst("TokenType"), text=TOKEN_TYPE),
            token,
            lifetime,
        )
        return element(wst("RequestSecurityTokenResponseCollection"), {}, response)
