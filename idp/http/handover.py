# SPDX-License-Identifier: Apache-2.0
"""A handover as an answer: a redirect, or a page whose form posts itself."""

from urllib.parse import urlsplit

from idp.applications.values import Application
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.login.answers import Handover


def hand_over(handover: Handover, application: Application | None = None) -> Answer:
    """Send the browser on."""
    if handover.fields is None:
        return see_other(handover.url)
    parts = urlsplit(handover.url)
    return Page(
        "oidc/form_post.html",
        {
            "application": application.name if application else parts.netloc,
            "action": handover.url,
            "fields": list(handover.fields.items()),
        },
        form_targets=(f"{parts.scheme}://{parts.netloc}",),
        headers=list(NO_STORE),
    )
