# SPDX-License-Identifier: Apache-2.0
"""What we say in a logout, on each binding: to applications that are told, and to whoever asked."""

from base64 import b64encode

from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.http.services import Core
from idp.login.answers import Handover
from idp.saml.application import LogoutAddress, SamlApplication
from idp.saml.assertion import Status, Subject
from idp.saml.keys import SamlKeys
from idp.saml.logout_messages import write_request, write_response
from idp.saml.names import PERSISTENT, REDIRECT
from idp.saml.signatures import sign
from idp.saml.subject import name_of
from idp.saml.wire import REQUEST, RESPONSE, write_query
from idp.saml.writing import identifier, written
from idp.saml.xml import Element


class LogoutWriter:
    """Writes and signs."""

    def __init__(self, core: Core, keys: SamlKeys, entity_id: str, subjects: Subjects) -> None:
        self._core = core
        self._keys = keys
        self._entity_id = entity_id
        self._subjects = subjects

    def new_id(self) -> str:
        """Of a request of ours."""
        return identifier(self._core.entropy)

    def request(
        self,
        application: SamlApplication,
        destination: str,
        account: str,
        session: str,
        label: str,
        identified: str,
    ) -> Element | None:
        """« This session is over »; None where this person has no name there any more."""
        with self._core.database.read() as tx:
            known = accounts.load(tx, account)
        name = name_of(application, known, self._subjects, session) if known else None
        if name is None:
            return None
        form = application.subject_format
        subject = Subject(name, form)
        if form == PERSISTENT:
            subject = Subject(name, form, self._entity_id, application.entity_id)
        now = self._core.clock.now()
        return write_request(identified, self._entity_id, destination, subject, label, now)

    def answer(self, destination: str, in_response_to: str, status: Status) -> Element:
        """How a logout that somebody asked for has ended."""
        now, made = self._core.clock.now(), self.new_id()
        return write_response(made, self._entity_id, destination, in_response_to, status, now)

    def signed(self, message: Element) -> Element:
        """With the signature inside, for bindings that carry it there."""
        sign(message, self._keys.current())
        return message

    def carry_request(self, address: LogoutAddress, message: Element) -> Handover:
        """A request by the browser."""
        return self._carry(address.binding, address.url, REQUEST, message, "")

    def carry_answer(self, address: LogoutAddress, message: Element, relay_state: str) -> Handover:
        """An answer by the browser, with what whoever asked wants to see again."""
        url = address.response_url or address.url
        return self._carry(address.binding, url, RESPONSE, message, relay_state)

    def _carry(
        self, binding: str, url: str, kind: str, message: Element, relay_state: str
    ) -> Handover:
        if binding == REDIRECT:
            query = write_query(kind, written(message), relay_state, self._keys.current())
            return Handover(f"{url}{'&' if '?' in url else '?'}{query}")
        fields = {kind: b64encode(written(self.signed(message))).decode()}
        if relay_state:
            fields["RelayState"] = relay_state
        return Handover(url, fields)


def address_for(application: SamlApplication, *bindings: str) -> LogoutAddress | None:
    """Where the application speaks of logout by one of these; the first of them that it has."""
    for binding in bindings:
        for one in application.slo:
            if one.binding == binding:
                return one
    return None
