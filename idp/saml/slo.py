# SPDX-License-Identifier: Apache-2.0
"""The doors of logout: by the browser (Redirect, POST), and by SOAP from server to server."""

from idp.http.farewell import NOWHERE, Onward, carry, say_goodbye
from idp.http.services import Core, Services
from idp.http.wire import NO_STORE, Answer, Call, Reply, not_allowed, see_other
from idp.logs import get
from idp.saml.checks import Place
from idp.saml.logout import Left, LogoutDesk, Wanted, doubt_of
from idp.saml.logout_messages import REQUEST, RESPONSE, read_response
from idp.saml.logout_writer import LogoutWriter, address_for
from idp.saml.names import POST, REDIRECT
from idp.saml.pages import untrusted_page
from idp.saml.parting import SamlParting
from idp.saml.places import Places
from idp.saml.receive import Brought, Receiver, Untrusted, bring
from idp.saml.soap import in_envelope, open_envelope, refused
from idp.saml.xml import Malformed, parse

log = get("saml")


class SloEndpoint:
    """GET and POST /saml/slo: a request of an application, or its answer to one of ours."""

    def __init__(
        self,
        services: Services,
        receiver: Receiver,
        desk: LogoutDesk,
        parting: SamlParting,
        places: Places,
    ) -> None:
        self._services = services
        self._core: Core = services.core
        self._receiver = receiver
        self._desk = desk
        self._parting = parting
        self._places = places

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in {"GET", "POST"}:
            # A HEAD, such as a link scanner sends, must not log anybody out.
            return not_allowed("GET", "POST")
        brought = bring(call, self._core.settings.server.max_body, answers=True)
        if isinstance(brought, Untrusted):
            return untrusted_page(brought)
        if brought.answers:
            return self._note(call, brought)
        wanted = self._read(brought)
        if isinstance(wanted, Untrusted):
            return untrusted_page(wanted)
        left = self._desk.leave(wanted, call.origin)
        if isinstance(left, Untrusted):
            return untrusted_page(left)
        return self._answer(call, wanted, left)

    def _answer(self, call: Call, wanted: Wanted, left: Left) -> Answer:
        """The person's way on: to the other applications first, where only they can tell them."""
        application = wanted.application.application
        payload = {
            "application": application.key,
            "request": wanted.request.id,
            "relay": wanted.relay_state,
            "posted": call.method == "POST",
        }
        if not left.fits:
            told = self._parting.status(wanted.application, payload, left.status)
            if told is not None:
                return carry(told)
            hint = left.status.message or ""
            return untrusted_page(
                Untrusted("application-misconfigured", hint, application=wanted.application)
            )
        onward = Onward(protocol="saml", payload=payload)
        if address_for(wanted.application, REDIRECT, POST) is None:
            # It has no address for answers: the person is told, and nobody else.
            onward = NOWHERE
        return say_goodbye(self._services, left.gone, onward, application, self._kept(call))

    def _read(self, brought: Brought) -> Wanted | Untrusted:
        made = parse(brought.message, REQUEST)
        if isinstance(made, Malformed):
            return Untrusted("request-unreadable", made.value)
        with self._core.database.read() as tx:
            return self._desk.read(tx, brought, made, self._places.slo, addressed=True)

    def _note(self, call: Call, brought: Brought) -> Answer:
        """An application's answer: to the request that it was led here with, and to no other."""
        made = parse(brought.message, RESPONSE)
        if isinstance(made, Malformed):
            return untrusted_page(Untrusted("request-unreadable", made.value))
        with self._core.database.read() as tx:
            found = self._receiver.verified(tx, brought, made, always=True)
        if isinstance(found, Untrusted):
            return untrusted_page(found)
        answer, application = read_response(found.element), found.application
        place = Place(self._places.slo, self._places.entity_id, self._core.clock.now())
        doubt = doubt_of(answer, application, place)
        if doubt is not None:
            return untrusted_page(doubt)
        with self._core.database.write() as tx:
            key = application.application.key
            noted = self._core.farewells.answer(tx, key, answer.in_response_to, done=answer.done)
        if noted is None:
            hint = "InResponseTo names no request that waits for an answer"
            return untrusted_page(Untrusted("request-unreadable", hint, application=application))
        if call.header("Sec-Fetch-Dest") in {"iframe", "frame"}:
            # The page around it learns of it by itself; its cookies were not sent along.
            return Reply(204, list(NO_STORE))
        return see_other(f"{self._places.issuer}/logout/{noted}")

    def _kept(self, call: Call) -> str | None:
        """None where the session of this browser is over; else another's, who stays logged in."""
        cookie = call.cookie(self._core.jar.name("session"))
        if cookie:
            with self._core.database.read() as tx:
                if self._core.sessions.find(tx, cookie, even_idle=True) is None:
                    return None
        # Ours are SameSite=Lax: a post from another site comes without them, and tells nothing.
        return call.cookie(self._core.jar.name("browser"))


class SloSoapEndpoint:
    """POST /saml/slo/soap: an application's server, without anybody's browser."""

    def __init__(self, core: Core, desk: LogoutDesk, writer: LogoutWriter, places: Places) -> None:
        self._core = core
        self._desk = desk
        self._writer = writer
        self._places = places

    def __call__(self, call: Call) -> Reply:
        """Answer one request, in an envelope like its own."""
        if call.method != "POST":
            return not_allowed("POST")
        made = open_envelope(call, REQUEST)
        if isinstance(made, Reply):
            return made
        with self._core.database.read() as tx:
            brought = Brought(b"", "", None)
            # The connection is ours alone; some applications name no Destination on it.
            wanted = self._desk.read(tx, brought, made, self._places.slo_soap, addressed=False)
        left = wanted if isinstance(wanted, Untrusted) else self._desk.leave(wanted, call.origin)
        if isinstance(wanted, Untrusted) or isinstance(left, Untrusted):
            why = left.hint if isinstance(left, Untrusted) else ""
            log.warning("a logout was asked for in vain", why=why)
            return refused()
        return in_envelope(
            self._writer.signed(self._writer.answer("", wanted.request.id, left.status))
        )
