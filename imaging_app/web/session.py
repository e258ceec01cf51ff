# SPDX-License-Identifier: Apache-2.0
"""The session's timer: what pages ask without extending it, what extends it, and its end."""

from flask import Flask, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response

from imaging_app.web.portal import Portal
from relying_parties.kit.binding import unstored
from relying_parties.kit.forms import FIELD, is_own_form
from relying_parties.kit.origins import local_path

GONE = 401
REFUSED = 403
# What a browser keeps of the portal is thrown away together with the session.
EVERYTHING = '"cache", "storage"'


def add_session_pages(app: Flask, portal: Portal) -> None:
    """`/session` for the pages themselves, `/session-expired` for people."""
    login = portal.login
    app.after_request(_forget_with_the_session)
    # The kit's guard of forms would answer with a page, and would count as activity.
    login.posted_to |= {"extend_session"}

    @app.get("/session")
    def session() -> Response:
        return _told(portal.left())

    @app.post("/session")
    def extend_session() -> Response:
        session_id = login.cookies.session_id(request) or ""
        if login.glance() is None:
            return _told(0)
        if not is_own_form(session_id, request.form.get(FIELD)):
            return unstored(make_response(jsonify({"left": 0}), REFUSED))
        login.session()
        return _told(portal.left())

    @app.get("/session-expired")
    def session_expired() -> Response:
        lives = portal.left() > 0
        # To be shown this page is no activity.
        login.as_nobody()
        page = render_template(
            "imaging_app/session_expired.html",
            lives=lives,
            again=local_path(request.args.get("next", "/")),
        )
        response = unstored(make_response(page))
        if not lives:
            response.headers["Clear-Site-Data"] = EVERYTHING
            login.cookies.drop_session(response)
        return response


def _told(left: int) -> Response:
    return unstored(make_response(jsonify({"left": left}), 200 if left else GONE))


def _forget_with_the_session(response: Response) -> Response:
    if request.endpoint in {"kit.logout", "logged_out"}:
        response.headers["Clear-Site-Data"] = EVERYTHING
    return response
