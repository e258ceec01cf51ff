# SPDX-License-Identifier: Apache-2.0
"""The kit's addresses that both protocols have: /login and /logout."""

import hmac
import logging

from flask import Blueprint, Flask, Request, redirect, request
from werkzeug.wrappers import Response

from relying_parties.kit.binding import Binding, unstored
from relying_parties.kit.journey import Wish
from relying_parties.kit.levels import HIGHEST
from relying_parties.kit.origins import local_path
from relying_parties.kit.outcome import ProviderUnreachable, Reason, Refused

LONGEST_HINT = 256
LONGEST_HANDLE = 128
log = logging.getLogger(__name__)


def mount(app: Flask, login: Binding) -> None:
    """Add the addresses, guard every form, give pages `logged_in` and `form_token`."""
    app.extensions["sceau-login"] = login
    app.register_blueprint(make_blueprint(login))
    app.before_request(login.guard_form)
    app.register_error_handler(ProviderUnreachable, login.unreachable)
    app.context_processor(lambda: {"logged_in": login.session(), "form_token": login.form_token()})


def make_blueprint(login: Binding) -> Blueprint:
    """The addresses, for one Binding."""
    kit = Blueprint("kit", __name__)
    kit.add_url_rule("/login", "login", lambda: start(login), methods=["GET"])
    kit.add_url_rule("/logout", "logout", lambda: log_out(login), methods=["POST"])
    login.add_addresses(kit)
    return kit


def start(login: Binding) -> Response:
    """Begin a login; also the `initiate_login_uri` that other sites may link to."""
    values = request.args
    # OIDC Core §4: a login may be started elsewhere, but never towards another provider.
    if values.get("iss", login.provider.issuer) != login.provider.issuer:
        return login.refuse(Refused(Reason.ANSWER_REFUSED, "login for another issuer"))
    hint, launch = values.get("login_hint", ""), _handle(values.get("launch", ""))
    session = login.session()
    wish = Wish(
        return_to=login.launched_path if launch else _target(login),
        level=_number(values.get("level"), HIGHEST) or 0,
        max_age=_number(values.get("max_age"), 86400),
        fresh=values.get("fresh") == "1",
        silent=values.get("silent") == "1",
        subject=session.subject if session and "level" in values else None,
        locale=login.locale(),
        launch=launch,
        login_hint=hint if 0 < len(hint) <= LONGEST_HINT and hint.isprintable() else None,
    )
    return login.depart(wish)


def log_out(login: Binding) -> Response:
    """End the local session, then the provider's."""
    session = login.session()
    state = login.token()
    home = login.provider.logged_out_path
    target: str | None = None
    if session is not None:
        login.store.close(session.id)
        login.forget()
        try:
            target = login.farewell(session, state)
        except ProviderUnreachable as fault:
            log.warning("logout: %s", fault)
            target = f"{home}?provider=unreachable"
    response = redirect(target or home, 303)
    login.cookies.drop_session(response)
    login.cookies.put_logout(response, state, login.limits.login)
    return unstored(response)


def came_from_provider(login: Binding, incoming: Request) -> bool:
    """Whether this visit to the logged-out page answers a logout begun in this browser."""
    expected = login.cookies.logout_state(incoming)
    given = incoming.args.get("state", "")
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode("utf-8"))


def _target(login: Binding) -> str:
    target = request.args.get("target_link_uri", "")
    origin = login.provider.home_origin
    if target.startswith(origin + "/"):
        return local_path(target.removeprefix(origin))
    return local_path(request.args.get("next", "/"))


def _handle(text: str) -> str | None:
    """What stands for a launch, in whatever letters the provider writes it."""
    good = 0 < len(text) <= LONGEST_HANDLE and text.isascii() and text.isprintable()
    return text if good else None


def _number(text: str | None, most: int) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 6:
        return None
    return min(int(text), most)
