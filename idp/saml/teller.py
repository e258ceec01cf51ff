# SPDX-License-Identifier: Apache-2.0
"""The back channel of a logout: a signed request to each application that has a SOAP address."""

from idp.applications.registration import BadRegistration
from idp.http.services import Core
from idp.outgoing import Fetched
from idp.saml.application import SamlApplication, SamlApplications
from idp.saml.logout_messages import RESPONSE, read_response
from idp.saml.logout_writer import LogoutWriter, address_for
from idp.saml.names import SOAP_BINDING, ds
from idp.saml.requests import issuer_of
from idp.saml.signatures import Unverified, verify
from idp.saml.soap import NotUnderstood, enclosed, inside
from idp.saml.xml import Malformed, valid

# Bindings §3.2.3.1: of no use to whoever answers, but some look for it.
SENT = {
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": '"http://www.oasis-open.org/committees/security"',
}


class SamlTeller:
    """Tells SAML applications that a session has ended (`login.answers.Teller`)."""

    def __init__(self, core: Core, applications: SamlApplications, writer: LogoutWriter) -> None:
        self._core = core
        self._applications = applications
        self._writer = writer

    def tell(self, application: str, account: str, session: str, label: str) -> bool | None:
        """Post a request through the guarded door; nothing is followed or retried here."""
        with self._core.database.read() as tx:
            loaded = self._core.applications.load(tx, application)
        if loaded is None or loaded.protocol != "saml":
            return None
        try:
            known = self._applications.of(loaded)
        except BadRegistration:
            return None
        address = address_for(known, SOAP_BINDING)
        if address is None:
            return None
        identified = self._writer.new_id()
        message = self._writer.request(known, address.url, account, session, label, identified)
        if message is None:
            return None
        body = enclosed(self._writer.signed(message))
        answer = self._core.fetcher.fetch("POST", address.url, headers=SENT, body=body)
        if not isinstance(answer, Fetched) or answer.status != 200:
            return False
        return _says_done(answer.body, known, identified)


def _says_done(body: bytes, application: SamlApplication, identified: str) -> bool:
    """Whether it is the answer to just that request, and says that nothing is left.

    The connection vouches for who answers; where the answer is signed too, that must hold.
    """
    made = inside(body, RESPONSE)
    if isinstance(made, Malformed | NotUnderstood) or not valid(made):
        return False
    if issuer_of(made) not in {"", application.entity_id}:
        return False
    if made.find(ds("Signature")) is not None:
        signed = verify(made, RESPONSE, application.signing)
        if isinstance(signed, Unverified):
            return False
        made = signed
    answer = read_response(made)
    return answer.done and answer.in_response_to == identified
