# SPDX-License-Identifier: Apache-2.0
"""« In which activity do you come? »: of somebody who practises in several places."""

from flask_babel import gettext as _

from idp.accounts.activities import Activity
from idp.http.wire import NO_STORE, Page
from idp.sessions.values import Session
from idp.web.stage import Stage

ACTIVITY = "activity"


def activity_page(stage: Stage, session: Session, among: tuple[Activity, ...]) -> Page:
    """One button for each place and way in which the person practises."""
    # OA-171: what was shown is bound to the journey, the session and the browser.
    shown = {"journey": stage.wished.id, "session": session.id}
    ticket = stage.services.core.tickets.issue(ACTIVITY, stage.visit.browser, shown)
    context = {
        "asked": {
            "application": stage.shown_application(),
            "action": f"{stage.address}/activity",
            "cancel_url": f"{stage.address}/cancel",
            "fields": {"ticket": ticket},
            "activities": [
                {"mark": one.mark, "place": place_of(one), "facts": facts_of(one)} for one in among
            ],
        }
    }
    targets = stage.steering.origins(stage.wished, stage.application)
    return Page("login/activity.html", context, 200, targets, list(NO_STORE))


def place_of(activity: Activity) -> str:
    """The structure, as people call it."""
    return activity.structure or _("Structure %(number)s", number=activity.structure_id)


def facts_of(activity: Activity) -> str:
    """What one is there, and where it is."""
    told = (activity.profession, activity.speciality, activity.town)
    return " · ".join(one for one in told if one)
