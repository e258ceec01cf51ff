# SPDX-License-Identifier: Apache-2.0
"""From what a browser brought to a request of a known application, verified as registered.

Whatever is wrong up to here is told on a page of ours: nobody is answered who is not known.
"""

from dataclasses import dataclass, replace

from idp.applications.registration import BadRegistration
from idp.db import Tx
from idp.http.parameters import Parameters, read_form
from idp.http.parameters import Unreadable as BadForm
from idp.http.services import Core
from idp.http.wire import Call
from idp.logs import get
from idp.saml.application import SamlApplication, SamlApplications
from idp.saml.names import ds
from idp.saml.requests import REQUEST, AuthnRequest, issuer_of, read_request
from idp.saml.signatures import Unverified, verify
from idp.saml.wire import REQUEST as REQUEST_FIELD
from idp.saml.wire import RESPONSE as RESPONSE_FIELD
from idp.saml.wire import Query, Unreadable, decode, is_relay_state, read_query
from idp.saml.xml import Element, Malformed, parse, valid

log = get("saml")


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A request that nobody is answered for: the problem of the page, and the integrator's hint."""

    problem: str
    hint: str
    status: int = 400
    # Where the page may lead back to.
    application: SamlApplication | None = None
    # What was read of it, for whoever connects the application; not believed.
    issuer: str = ""
    request: AuthnRequest | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """A message as it came; not yet believed."""

    message: bytes
    relay_state: str
    # The Redirect that carried it, where one did: its signature stands outside of the message.
    query: Query | None
    # Whether it is an answer.
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A request whose sender is known, and which says what was signed."""

    application: SamlApplication
    request: AuthnRequest
    relay_state: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A message of a known application: what of it was signed, or came as it may come."""

    application: SamlApplication
    element: Element


def bring(call: Call, limit: int, *, answers: bool = False) -> Brought | Untrusted:
    """The message of a Redirect or of a posted form; an answer only where one is taken."""
    if call.method == "GET":
        query = read_query(call.query)
        if isinstance(query, Unreadable):
            return Untrusted("request-unreadable", query.value)
        if query.kind != REQUEST_FIELD and not answers:
            return Untrusted("request-unreadable", Unreadable.NO_MESSAGE.value)
        is_answer = query.kind == RESPONSE_FIELD
        return Brought(query.message, query.relay_state or "", query, is_answer)
    form = read_form(call, limit)
    if isinstance(form, BadForm):
        return Untrusted("request-unreadable", form.why, form.status)
    return _posted(form, answers=answers)


def _posted(form: Parameters, *, answers: bool) -> Brought | Untrusted:
    kinds = [one for one in (REQUEST_FIELD, RESPONSE_FIELD) if one in form.values]
    if form.repeated or len(kinds) != 1 or (kinds == [RESPONSE_FIELD] and not answers):
        return Untrusted("request-unreadable", Unreadable.NO_MESSAGE.value)
    relay_state = form.get("RelayState")
    if not is_relay_state(relay_state):
        return Untrusted("request-unreadable", Unreadable.RELAY_STATE.value)
    message = decode(form.get(kinds[0]))
    if isinstance(message, Unreadable):
        return Untrusted("request-unreadable", message.value)
    return Brought(message, relay_state, None, kinds == [RESPONSE_FIELD])


class Receiver:
    """Finds out whose request it is."""

    def __init__(self, core: Core, applications: SamlApplications) -> None:
        self._core = core
        self._applications = applications

    def receive(self, tx: Tx, brought: Brought) -> Received | Untrusted:
        """The request, once its sender is known and its signature holds."""
        element = parse(brought.message, REQUEST)
        if isinstance(element, Malformed):
            return Untrusted("request-unreadable", element.value)
        found = self.verified(tx, brought, element)
        if isinstance(found, Untrusted):
            is_valid = found.problem == "application-misconfigured" and found.application
            return replace(found, request=read_request(element)) if is_valid else found
        return Received(found.application, read_request(found.element), brought.relay_state)

    def verified(
        self, tx: Tx, brought: Brought, element: Element, *, always: bool = False
    ) -> Verified | Untrusted:
        """A message of a known application; `always`: signed, whatever its registration says."""
        # Before the schema, which one message at a time is held against: a stranger waits for none.
        issuer = issuer_of(element)
        application = self.find(tx, issuer)
        if isinstance(application, Untrusted):
            return replace(application, issuer=issuer)
        if not valid(element):
            hint = Malformed.INVALID.value
            return Untrusted("request-unreadable", hint, application=application, issuer=issuer)
        must = always or application.signed_requests
        verified = _verified(application, brought, element, must=must)
        if isinstance(verified, str):
            return Untrusted(
                "application-misconfigured", verified, application=application, issuer=issuer
            )
        return Verified(application, verified)

    def find(self, tx: Tx, entity_id: str) -> SamlApplication | Untrusted:
        """The application of this name, if it is open and its settings are of use."""
        application = self._core.applications.named(tx, entity_id)
        if application is None or application.protocol != "saml":
            return Untrusted("application-unknown", "the issuer is not registered here")
        if not application.enabled:
            return Untrusted("application-closed", "an administrator has disabled it")
        try:
            return self._applications.of(application)
        except BadRegistration as wrong:
            # Of no use to whoever comes by; to those who run this server it is.
            why = [str(one) for one in wrong.faults]
            log.warning("a registration is of no use", application=application.key, why=why)
            return Untrusted("application-misconfigured", "its registration must be mended here")


def _verified(
    application: SamlApplication, brought: Brought, element: Element, *, must: bool
) -> Element | str:
    """The message as it was signed, or as it came where that is enough; or what is wrong.

    SM-033: what is demanded of a request is demanded by each way that it can come.
    """
    inside = element.find(ds("Signature")) is not None
    if brought.query is None:
        if inside:
            signed = verify(element, str(element.tag), application.signing)
            return f"the signature: {signed.value}" if isinstance(signed, Unverified) else signed
    elif inside:
        # Bindings §3.4.4.1: a Redirect is signed outside of the message.
        return "the signature of a Redirect stands in its query"
    elif brought.query.is_signed:
        if brought.query.signed_by(application.signing) is True:
            return element
        return "the signature does not hold by any registered certificate"
    if not must:
        return element
    which = "requests of this application" if element.tag == REQUEST else "such messages"
    return f"{which} must be signed"
