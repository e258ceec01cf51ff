# SPDX-License-Identifier: Apache-2.0
"""The session's timer: what pages ask without extending it, what extends it, and its end."""

from flask import Flask, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response

from imaging_app.clock import HOUR
from imaging_app.web.portal import Portal
from relying_parties.kit.binding import unstored
from relying_parties.kit.forms import FIELD, form_token, is_own_form
from relying_parties.kit.origins import local_path

GONE = 401
REFUSED = 403
OK, SEE_OTHER = 200, 303
# What a page may know of the end that it came to: nothing happened, or it lasted its longest.
ENDS = frozenset({"idle", "long"})
# What a browser keeps of the portal is thrown away together with the session.
EVERYTHING = '"cache", "storage"'


def add_session_pages(app: Flask, portal: Portal) -> None:
    """`/session` for the pages themselves, `/session-expired` for people."""
    login = portal.login
    app.after_request(lambda response: _forget_with_the_session(response, portal))
    # The kit's guard of forms would answer with a page, and would count as activity.
    login.posted_to |= {"extend_session"}

    @app.get("/session")
    def session() -> Response:
        return _living(portal)

    @app.post("/session")
    def extend_session() -> Response:
        session_id = login.cookies.session_id(request) or ""
        if login.glance() is None:
            return _told(0)
        if not is_own_form(session_id, request.form.get(FIELD)):
            return unstored(make_response(jsonify({"left": 0}), REFUSED))
        login.session()
        return _living(portal)

    @app.get("/session-expired")
    def session_expired() -> Response:
        lives = portal.left() > 0
        why = request.args.get("why", "")
        # To be shown this page is no activity.
        login.as_nobody()
        page = render_template(
            "imaging_app/session_expired.html",
            lives=lives,
            why=why if why in ENDS else "",
            most_hours=portal.login.limits.session // HOUR,
            again=local_path(request.args.get("next", "/")),
        )
        response = unstored(make_response(page))
        if not lives:
            response.headers["Clear-Site-Data"] = EVERYTHING
            login.cookies.drop_session(response)
        return response


def _told(left: int) -> Response:
    return unstored(make_response(jsonify({"left": left}), 200 if left else GONE))


def _living(portal: Portal) -> Response:
    """With whose session it is, and what its forms carry now: a tab may be older than both."""
    living = portal.login.glance()
    if living is None:
        return _told(0)
    token = form_token(living.session.id)
    told: dict[str, object] = {"left": portal.left(), "final": portal.ends_for_good()}
    told |= {"whose": portal.mark(), "token": token}
    return unstored(make_response(jsonify(told)))


def _forget_with_the_session(response: Response, portal: Portal) -> Response:
    is_end = request.endpoint in {"kit.logout", "logged_out"}
    # A logout that was refused ends nothing, nor does whoever merely looks at its page.
    is_done = response.status_code == SEE_OTHER or (
        is_end and response.status_code == OK and portal.login.session() is None
    )
    if is_end and is_done:
        response.headers["Clear-Site-Data"] = EVERYTHING
    return response
