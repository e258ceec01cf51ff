# SPDX-License-Identifier: Apache-2.0
"""RP-initiated logout: at once for the application's own session, asked for otherwise."""

from dataclasses import dataclass
from urllib.parse import urlencode

from idp.applications.registration import BadRegistration
from idp.http.farewell import NOBODY, Onward, ask_first, say_goodbye
from idp.http.parameters import Parameters, Unreadable, parse, read_form
from idp.http.problems import problem_page
from idp.http.services import Core, Services
from idp.http.wire import Answer, Call, not_allowed, see_other
from idp.keys.sign import verify_own
from idp.oidc.client import Client, Clients
from idp.sessions.values import Session

LONGEST_HINT = 16_384
LONGEST_STATE = 4096


@dataclass(frozen=True, slots=True)
class Wish:
    """What a logout request asks, as far as it is proved."""

    client: Client | None
    # The session's name in the hint: whose session may end without asking.
    label: str
    # Where the person may be sent afterwards; nothing where that isn't proved.
    leads_to: str


class EndSessionEndpoint:
    """GET and POST /oidc/logout."""

    def __init__(self, services: Services, clients: Clients) -> None:
        self._services = services
        self._core: Core = services.core
        self._clients = clients

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method == "POST":
            parameters = read_form(call, self._core.settings.server.max_body)
        elif call.method in {"GET", "HEAD"}:
            parameters = parse(call.query)
        else:
            return not_allowed("GET", "HEAD", "POST")
        if isinstance(parameters, Unreadable) or parameters.repeated:
            return problem_page("request-unreadable", status=400)
        cookie = call.cookie(self._core.jar.name("session"))
        if call.method == "POST" and not cookie:
            # Our cookies are SameSite=Lax: a post from another site comes without them, and says
            # nothing about whether there is a session. The same request by GET brings them.
            return see_other(f"{call.path}?{urlencode(parameters.values)}")
        wish = self._read(parameters)
        with self._core.database.read() as tx:
            session = self._core.sessions.find(tx, cookie, even_idle=True)
        application = wish.client.application if wish.client else None
        if session is None:
            return say_goodbye(self._services, NOBODY, Onward(wish.leads_to), application)
        if call.method != "HEAD" and self._is_own(wish, session):
            gone = self._services.leaving.leave(session, "application", call.origin)
            return say_goodbye(self._services, gone, Onward(wish.leads_to), application)
        # OA-177: an image on some page must not log anybody out.
        return ask_first(self._services, call, session, application, wish.leads_to)

    def _is_own(self, wish: Wish, session: Session) -> bool:
        """Whether the hint was given for the very session that this browser holds."""
        if wish.client is None or not wish.label:
            return False
        return wish.label == self._core.sessions.label(session.id, wish.client.id)

    def _read(self, parameters: Parameters) -> Wish:
        """The wish; an address that isn't registered leads nowhere, and the person is asked."""
        hint = parameters.get("id_token_hint")
        claims = self._hint(hint) if hint else None
        named = parameters.get("client_id") or (str(claims["aud"]) if claims else "")
        client = self._client(named) if named else None
        # RP-Initiated Logout §2: where both are given, they must name the same client.
        if claims is not None and claims.get("aud") != named:
            claims = None
        label = str(claims.get("sid", "")) if claims else ""
        uri, state = parameters.get("post_logout_redirect_uri"), parameters.get("state")
        if not uri:
            return Wish(client, label, "")
        registered = client is not None and uri in client.post_logout_redirect_uris
        if not registered or (hint and claims is None) or len(state) > LONGEST_STATE:
            # OA-176: never a redirect there, and nothing happens without a question.
            return Wish(client, "", "")
        query = urlencode({"state": state}) if state else ""
        return Wish(client, label, uri + ("&" if "?" in uri else "?") * bool(query) + query)

    def _hint(self, hint: str) -> dict[str, object] | None:
        if len(hint) > LONGEST_HINT:
            return None
        return verify_own(
            hint,
            self._core.keys,
            typ="JWT",
            issuer=self._core.settings.server.issuer,
            now=self._core.clock.now(),
            accept_expired=True,
        )

    def _client(self, client_id: str) -> Client | None:
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, client_id)
        if application is None or application.protocol != "oidc":
            return None
        try:
            return self._clients.of(application)
        except BadRegistration:
            return None
