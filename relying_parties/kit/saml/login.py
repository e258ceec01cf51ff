# SPDX-License-Identifier: Apache-2.0
"""The Flask binding of SAML: what an application uses of it is the same as of OpenID Connect.

>>> login = SamlLogin(provider, SqliteSessionStore(path), name="messagerie", render=error_page)
>>> mount(app, login)  # of relying_parties.kit.views
"""

import logging
from typing import Any, Unpack

from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response

from relying_parties.kit.binding import Binding, Options, unstored
from relying_parties.kit.journey import Departure, Wish
from relying_parties.kit.outcome import ProviderUnreachable, Reason, Refused
from relying_parties.kit.saml import names
from relying_parties.kit.saml.journey import SamlJourney, with_query
from relying_parties.kit.saml.logout import Asked, Reader
from relying_parties.kit.saml.names import soap
from relying_parties.kit.saml.requests import logout_request, logout_response, own_metadata
from relying_parties.kit.saml.settings import CONTINUE, LOGOUT, METADATA, SOAP, SamlProvider
from relying_parties.kit.saml.signatures import sign
from relying_parties.kit.saml.wire import (
    REQUEST,
    RESPONSE,
    Query,
    Unreadable,
    read_query,
    write_query,
)
from relying_parties.kit.saml.xml import bare_element, element, written
from relying_parties.kit.sealing import name_of
from relying_parties.kit.store import Session, Store
from relying_parties.kit.tokens import Unacceptable

LONGEST_POST = 400 * 1024
METADATA_TYPE = "application/samlmetadata+xml"
SOAP_TYPE = "text/xml; charset=utf-8"
log = logging.getLogger(__name__)


class SamlLogin(Binding):
    """Login by one SAML provider, for one Flask application."""

    provider: SamlProvider
    # The provider posts there; nobody else's form is believed there either.
    posted_to = frozenset({"kit.acs", "kit.soap"})

    def __init__(self, provider: SamlProvider, store: Store, **options: Unpack[Options]) -> None:
        super().__init__(provider, store, **options)
        self.journey = SamlJourney(provider, self.limits, store, self.now, self.token)
        self.reader = Reader(provider, self.limits, self.now)

    def start(self, wish: Wish) -> Departure:
        """A signed request, by Redirect."""
        return self.journey.start(wish)

    def farewell(self, session: Session, state: str) -> str | None:
        """A signed LogoutRequest; None where the provider has no single logout by Redirect."""
        where = self.journey.metadata.current().logout
        if where is None:
            return None
        message = logout_request(self.provider, session, where, _logout_id(state), self.now())
        return with_query(where, write_query(REQUEST, message, state, self.provider.key))

    def add_addresses(self, kit: Blueprint) -> None:
        """Answers, logouts by both ways, and our metadata."""
        kit.add_url_rule(self.provider.acs_path, "acs", self._acs, methods=["POST"])
        kit.add_url_rule(CONTINUE, "continued", self._continued, methods=["GET"])
        kit.add_url_rule(LOGOUT, "slo", self._slo, methods=["GET"])
        kit.add_url_rule(SOAP, "soap", self._soap, methods=["POST"])
        kit.add_url_rule(METADATA, "metadata", self._metadata, methods=["GET"])

    def _acs(self) -> Response:
        """The answer, from another site and so without our cookies."""
        request.max_content_length = request.max_form_memory_size = LONGEST_POST
        given, states = (request.form.getlist(name) for name in (RESPONSE, "RelayState"))
        if len(given) != 1 or len(states) != 1:
            return self.refuse(Refused(Reason.ANSWER_REFUSED, "not exactly one answer"))
        handle = self.journey.receive(given[0], states[0])
        if isinstance(handle, Refused):
            return self.refuse(handle)
        return unstored(redirect(f"{CONTINUE}?answer={handle}", 303))

    def _continued(self) -> Response:
        """The same, now with them."""
        handle = request.args.get("answer", "")
        outcome, state = self.journey.finish(
            handle, lambda of: self.cookies.login_secret(request, of)
        )
        return self.arrive(outcome, state)

    def _slo(self) -> Response:
        """What a browser brings of a logout: the provider's wish, or its answer to ours."""
        query = read_query(request.query_string.decode("latin-1"))
        if isinstance(query, Unreadable):
            return self._not_read(query.value)
        if query.kind == RESPONSE:
            return self._logged_out(query)
        asked = self._believed(query)
        if isinstance(asked, Unacceptable):
            return self._not_read(asked.detail)
        ended = self.store.end(asked.notice, self.now())
        if ended is None:
            return self._not_read("a request that was used")
        log.info("logout by the provider: %d session(s) ended", ended)
        response = self._answered(asked, query.relay_state)
        if self.session() is None:
            self.cookies.drop_session(response)
        return response

    def _believed(self, query: Query) -> Asked | Unacceptable:
        metadata = self.journey.metadata
        asked = self.reader.from_redirect(query, metadata.current().certificates)
        if isinstance(asked, Unacceptable):
            asked = self.reader.from_redirect(query, metadata.renewed().certificates)
        return asked

    def _answered(self, asked: Asked, relay_state: str | None) -> Response:
        where = self.journey.metadata.current().logout_answer
        if where is None:
            return unstored(redirect(self.provider.logged_out_path, 303))
        answer = logout_response(
            self.provider, where, asked.id, names.SUCCESS, self._identifier(), self.now()
        )
        query = write_query(RESPONSE, written(answer), relay_state, self.provider.key)
        return unstored(redirect(with_query(where, query), 303))

    def _logged_out(self, query: Query) -> Response:
        """Back from a logout of ours; what the page tells is what the provider signed."""
        state = query.relay_state or ""
        status: str | Unacceptable = Unacceptable("another browser's logout")
        if state and self.cookies.logout_state(request) == state:
            known, answered = self.journey.metadata.current(), _logout_id(state)
            status = self.reader.answer(query, known.certificates, answered)
        if isinstance(status, Unacceptable):
            log.warning("answer to a logout refused: %s", status.detail)
        told = {names.SUCCESS: f"?state={state}", names.PARTIAL_LOGOUT: "?provider=partial"}
        ending = told.get(status, "") if isinstance(status, str) else ""
        return unstored(redirect(self.provider.logged_out_path + ending, 303))

    def _soap(self) -> Response:
        """The provider itself, without any browser (Bindings §3.2)."""
        request.max_content_length = LONGEST_POST
        body = request.get_data()
        metadata = self.journey.metadata
        try:
            asked = self.reader.from_soap(body, metadata.current().certificates)
            if isinstance(asked, Unacceptable):
                asked = self.reader.from_soap(body, metadata.renewed().certificates)
        except ProviderUnreachable as fault:
            log.warning("logout by SOAP: %s", fault)
            return _envelope(element(soap("Fault"), {}, *_fault("Server")), 500)
        if not isinstance(asked, Unacceptable):
            ended = self.store.end(asked.notice, self.now())
            asked = Unacceptable("replay") if ended is None else asked
        if isinstance(asked, Unacceptable):
            log.warning("logout by SOAP refused: %s", asked.detail)
            return _envelope(element(soap("Fault"), {}, *_fault("Client")), 500)
        log.info("logout by SOAP: %d session(s) ended", ended)
        answer = logout_response(
            self.provider, None, asked.id, names.SUCCESS, self._identifier(), self.now()
        )
        sign(answer, self.provider.key)
        return _envelope(answer, 200)

    def _metadata(self) -> Response:
        response = make_response(own_metadata(self.provider))
        response.content_type = METADATA_TYPE
        return response

    def _identifier(self) -> str:
        return f"_{name_of(self.token())}"

    def _not_read(self, detail: str) -> Response:
        return self.refuse(Refused(Reason.ANSWER_REFUSED, f"logout: {detail}"), "/")


def _logout_id(state: str) -> str:
    """The identifier of the request that this browser's logout began with."""
    return f"_{name_of(state)}"


def _fault(code: str) -> list[Any]:
    # SOAP 1.1 §4.4: these two have no namespace.
    return [bare_element("faultcode", f"soap:{code}"), bare_element("faultstring", "refused")]


def _envelope(inside: Any, status: int) -> Response:
    body = element(soap("Body"), {}, inside)
    response = make_response(written(element(soap("Envelope"), {}, body)), status)
    response.content_type = SOAP_TYPE
    return unstored(response)
