# SPDX-License-Identifier: Apache-2.0
"""The Flask binding of OpenID Connect: one object that an application makes, mounts and asks.

>>> login = Login(provider, SqliteSessionStore(path), name="dcc", render=error_page)
>>> mount(app, login)  # of relying_parties.kit.views

What it is asked afterwards is the same as with SAML (`relying_parties.kit.binding`).
"""

import logging
from typing import Unpack

from flask import Blueprint, jsonify, make_response, request
from werkzeug.wrappers import Response

from relying_parties.kit.binding import Binding, Options, unstored
from relying_parties.kit.client import Client
from relying_parties.kit.journey import Departure, Journey, Wish
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.sessions import Sessions
from relying_parties.kit.settings import Provider
from relying_parties.kit.store import Session, Store
from relying_parties.kit.tokens import Unacceptable

LONGEST_FORM = 64 * 1024
log = logging.getLogger(__name__)


class Login(Binding):
    """Login by one provider of OpenID Connect, for one Flask application."""

    provider: Provider
    posted_to = frozenset({"kit.backchannel_logout"})

    def __init__(self, provider: Provider, store: Store, **options: Unpack[Options]) -> None:
        super().__init__(provider, store, **options)
        self.client = Client(provider, self.limits, self.now, self.token)
        self.journey = Journey(provider, self.limits, self.client, store, self.now, self.token)
        self.sessions = Sessions(provider, self.limits, self.client, store, self.now)

    def start(self, wish: Wish) -> Departure:
        """An authorization request."""
        return self.journey.start(wish)

    def farewell(self, session: Session, state: str) -> str | None:
        """OIDC RP-Initiated Logout, with the ID token as a hint."""
        tokens = session.tokens
        return self.client.end_session_url(tokens.id_token if tokens else None, state)

    def add_addresses(self, kit: Blueprint) -> None:
        """The callback, and where the provider tells of logouts."""
        kit.add_url_rule(self.provider.callback_path, "callback", self._callback, methods=["GET"])
        kit.add_url_rule(
            "/backchannel-logout", "backchannel_logout", self._receive_logout, methods=["POST"]
        )

    def access_token(self) -> str | None:
        """A usable access token, refreshed where needed; None where a login is needed."""
        session = self.session()
        if session is None:
            return None
        fresh = self.sessions.with_fresh_tokens(session)
        self.forget()
        return fresh.tokens.access_token if fresh and fresh.tokens else None

    def _callback(self) -> Response:
        """The provider's answer."""
        answer = request.args.to_dict(flat=False)
        outcome = self.journey.finish(
            answer, lambda state: self.cookies.login_secret(request, state)
        )
        return self.arrive(outcome, request.args.get("state"))

    def _receive_logout(self) -> Response:
        """OIDC Back-Channel Logout §2.5 to §2.8: end the sessions named, answer 200 or 400."""
        request.max_content_length = LONGEST_FORM
        given = request.form.getlist("logout_token")
        try:
            ended = self.sessions.receive_logout(given[0]) if len(given) == 1 else None
        except ProviderUnreachable as fault:
            # Not the provider's mistake: it may send the same token again.
            log.warning("back-channel logout: %s", fault)
            return _answer({"error": "temporarily_unavailable"}, 503)
        if ended is None or isinstance(ended, Unacceptable):
            detail = ended.detail if ended else "not exactly one logout_token"
            log.warning("back-channel logout refused: %s", detail)
            return _answer({"error": "invalid_request"}, 400)
        log.info("back-channel logout: %d session(s) ended", ended)
        return _answer({}, 200)


def _answer(body: dict[str, str], status: int) -> Response:
    return unstored(make_response(jsonify(body), status))
