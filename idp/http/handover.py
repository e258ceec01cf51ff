# SPDX-License-Identifier: Apache-2.0
"""A handover as an answer: a redirect, or a page whose form posts itself."""

from idp.applications.values import Application
from idp.http.addresses import origin_of
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.login.answers import Handover


def hand_over(handover: Handover, application: Application | None = None) -> Answer:
    """Send the browser on."""
    if handover.fields is None:
        reply = see_other(handover.url)
        reply.headers.extend(handover.headers)
        return reply
    site = origin_of(handover.url)
    return Page(
        "login/handover.html",
        {
            "application": application.name if application else site,
            "action": handover.url,
            "fields": list(handover.fields.items()),
        },
        form_targets=(site,),
        headers=[*NO_STORE, *handover.headers],
    )
