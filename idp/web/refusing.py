# SPDX-License-Identifier: Apache-2.0
"""The pages of a journey that ends here: why, and the way back."""

from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.applications.values import Application
from idp.http.problems import PROBLEMS, problem_page
from idp.http.services import Core
from idp.http.wire import Answer, see_other
from idp.login.flow import Refusal
from idp.login.journeys import NoJourney, Stopped
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.web.visit import Visit


def refused_page(
    core: Core,
    steering: Steering,
    wished: LoginRequest,
    application: Application | None,
    refusal: Refusal,
) -> Answer:
    """The page that says why, with the way back to the application."""
    # The session ended between two looks at it: the way on is to begin anew.
    name = refusal.value if refusal.value in PROBLEMS else NoJourney.EXPIRED.value
    names, actions = "", []
    if refusal is Refusal.COMMUNITY and application is not None:
        with core.database.read() as tx:
            known = accounts.community_names(tx)
        names = ", ".join(known.get(key, key) for key in application.policy.communities)
    if refusal is Refusal.HIDDEN:
        actions.append((_("Change who sees me"), "/account/directory", True))
    return problem_page(
        name,
        status=403,
        application=application,
        back=steering.refuse(wished, refusal),
        targets=steering.origins(wished, application),
        names=names,
        actions=actions,
    )


def stopped_page(visit: Visit, stopped: Stopped, application: Application | None) -> Answer:
    """The page of a journey that cannot go on in this browser."""
    status = 404 if stopped.why is NoJourney.UNKNOWN else 410
    known = application if application and application.home_url else None
    if stopped.why is NoJourney.FINISHED and known is None and visit.session is not None:
        return see_other("/")
    return problem_page(stopped.why.value, status=status, application=known)
