# SPDX-License-Identifier: Apache-2.0
"""The kit's own addresses: /login, the callback, /logout, /backchannel-logout."""

import hmac
import logging

from flask import Blueprint, Flask, Request, jsonify, make_response, redirect, request
from werkzeug.wrappers import Response

from relying_parties.kit.journey import Arrival, Wish
from relying_parties.kit.levels import HIGHEST
from relying_parties.kit.login import Login
from relying_parties.kit.origins import local_path
from relying_parties.kit.outcome import ProviderUnreachable, Reason, Refused
from relying_parties.kit.tokens import Unacceptable

LONGEST_FORM = 64 * 1024
LONGEST_HINT = 256
log = logging.getLogger(__name__)


def mount(app: Flask, login: Login) -> None:
    """Add the addresses, guard every form, give pages `logged_in` and `form_token`."""
    app.extensions["sceau-login"] = login
    app.register_blueprint(make_blueprint(login))
    app.before_request(login.guard_form)
    app.register_error_handler(ProviderUnreachable, login.unreachable)
    app.context_processor(lambda: {"logged_in": login.session(), "form_token": login.form_token()})


def make_blueprint(login: Login) -> Blueprint:
    """The addresses, for one Login."""
    kit = Blueprint("kit", __name__)
    kit.add_url_rule("/login", "login", lambda: start(login), methods=["GET"])
    kit.add_url_rule(
        login.provider.callback_path, "callback", lambda: finish(login), methods=["GET"]
    )
    kit.add_url_rule("/logout", "logout", lambda: log_out(login), methods=["POST"])
    kit.add_url_rule(
        "/backchannel-logout",
        "backchannel_logout",
        lambda: receive_logout(login),
        methods=["POST"],
    )
    return kit


def start(login: Login) -> Response:
    """Begin a login; also the `initiate_login_uri` that other sites may link to."""
    values = request.args
    # OIDC Core §4: a login may be started elsewhere, but never towards another provider.
    if values.get("iss", login.provider.issuer) != login.provider.issuer:
        return login.refuse(Refused(Reason.ANSWER_REFUSED, "login for another issuer"))
    hint = values.get("login_hint", "")
    session = login.session()
    wish = Wish(
        return_to=_target(login),
        level=_number(values.get("level"), HIGHEST) or 0,
        max_age=_number(values.get("max_age"), 86400),
        fresh=values.get("fresh") == "1",
        subject=session.subject if session and "level" in values else None,
        locale=login.locale(),
        login_hint=hint if 0 < len(hint) <= LONGEST_HINT and hint.isprintable() else None,
    )
    return login.depart(wish)


def finish(login: Login) -> Response:
    """The provider's answer."""
    answer = request.args.to_dict(flat=False)
    outcome = login.journey.finish(answer, lambda state: login.cookies.login_secret(request, state))
    response = _arrive(login, outcome) if isinstance(outcome, Arrival) else login.refuse(outcome)
    state = request.args.get("state")
    # Another browser's login stays answerable in the browser that started it.
    if state and login.cookies.login_secret(request, state):
        login.cookies.drop_login(response, state)
    return response


def log_out(login: Login) -> Response:
    """End the local session, then the provider's."""
    session = login.session()
    state = login.token()
    home = login.provider.logged_out_path
    target: str | None = None
    if session is not None:
        login.store.close(session.id)
        login.forget()
        try:
            target = login.client.end_session_url(session.tokens.id_token, state)
        except ProviderUnreachable as fault:
            log.warning("logout: %s", fault)
            target = f"{home}?provider=unreachable"
    response = redirect(target or home, 303)
    login.cookies.drop_session(response)
    login.cookies.put_logout(response, state, login.limits.login)
    response.headers["Cache-Control"] = "no-store"
    return response


def came_from_provider(login: Login, incoming: Request) -> bool:
    """Whether this visit to the logged-out page answers a logout begun in this browser."""
    expected = incoming.cookies.get(login.cookies.logout, "")
    given = incoming.args.get("state", "")
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode("utf-8"))


def receive_logout(login: Login) -> Response:
    """OIDC Back-Channel Logout §2.5 to §2.8: end the sessions named, answer with 200 or 400."""
    request.max_content_length = LONGEST_FORM
    given = request.form.getlist("logout_token")
    try:
        ended = login.sessions.receive_logout(given[0]) if len(given) == 1 else None
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
    response = make_response(jsonify(body), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _arrive(login: Login, arrival: Arrival) -> Response:
    old = login.session()
    if not login.store.open(arrival.session):
        return login.refuse(Refused(Reason.LOGIN_EXPIRED, "logged out while logging in"))
    if old is not None:
        # Row OA-172: a login always gives a new session id; the old one is worth nothing.
        login.store.close(old.id)
    response = redirect(local_path(arrival.return_to), 303)
    login.cookies.put_session(response, arrival.session.id)
    response.headers["Cache-Control"] = "no-store"
    return response


def _target(login: Login) -> str:
    target = request.args.get("target_link_uri", "")
    origin = login.provider.home_origin
    if target.startswith(origin + "/"):
        return local_path(target.removeprefix(origin))
    return local_path(request.args.get("next", "/"))


def _number(text: str | None, most: int) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 6:
        return None
    return min(int(text), most)
