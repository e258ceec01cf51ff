# SPDX-License-Identifier: Apache-2.0
"""All its addresses, below /dicomweb; whatever goes wrong there is told as a problem."""

import logging

from flask import Blueprint, Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from imaging_app.db import Unanswered
from imaging_app.dicomweb.asking import Asking, Noted
from imaging_app.dicomweb.knocking import Knocking
from imaging_app.dicomweb.problems import Problem
from imaging_app.dicomweb.retrieving import add_retrieving
from imaging_app.dicomweb.searching import add_searching
from imaging_app.dicomweb.storing import add_storing
from imaging_app.store.port import Away
from imaging_app.web.portal import Portal
from relying_parties.kit.bearer import Bearers
from relying_parties.kit.outcome import ProviderUnreachable

NAME = "dicomweb"
EVERY = ["GET", "POST", "PUT", "PATCH", "DELETE"]
log = logging.getLogger(__name__)


def add_dicomweb(app: Flask, portal: Portal) -> None:
    """Mount them; a logout that the provider tells of ends what is believed of tokens."""
    login = portal.login
    bearers = Bearers(login.provider, login.client, login.now)
    root = f"{login.provider.home_origin}/dicomweb"
    asking = Asking(portal.rooms, bearers, Knocking(bearers, login.now), Noted(portal.rooms), root)
    pages = Blueprint(NAME, __name__, url_prefix="/dicomweb")
    add_searching(pages, asking)
    add_retrieving(pages, asking)
    add_storing(pages, asking)
    _add_faults(pages)
    app.register_blueprint(pages)
    # Programs carry no cookie, and so no form either.
    login.posted_to |= {f"{NAME}.store", f"{NAME}.store_in", f"{NAME}.nothing"}

    @app.after_request
    def _end(response: Response) -> Response:
        if request.endpoint == "kit.backchannel_logout":
            bearers.forget()
        return response


def _add_faults(pages: Blueprint) -> None:
    @pages.route("/", defaults={"rest": ""}, methods=EVERY)
    @pages.route("/<path:rest>", methods=EVERY)
    def nothing(rest: str) -> Response:  # noqa: ARG001 - whatever it is
        raise Problem(404, "no-such-address", "Nothing of DICOMweb is spoken here.")

    @pages.errorhandler(Problem)
    def problem(fault: Problem) -> Response:
        return fault.answer()

    @pages.errorhandler(HTTPException)
    def failed(fault: HTTPException) -> Response:
        original = getattr(fault, "original_exception", None)
        if isinstance(original, (Unanswered, Away)):
            return _away()
        return Problem(fault.code or 500, "breakdown", "This request broke.").answer()

    @pages.errorhandler(ProviderUnreachable)
    def unreachable(fault: ProviderUnreachable) -> Response:
        log.warning("introspection: %s", fault)
        return _away()

    pages.errorhandler(Away)(lambda _fault: _away())


def _away() -> Response:
    told = Problem(503, "away", "Come again.", {"Retry-After": "10"})
    return told.answer()
