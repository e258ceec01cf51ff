# SPDX-License-Identifier: Apache-2.0
"""Step 3: communities, services of the platform, applications."""

from dataclasses import replace
from typing import Any, Final

from flask import request as asked

from idp.accounts.particulars import Visibility
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.registration.values import Request, Wishes
from idp.registration.wishes import Offered, chosen, incompatible, offered
from idp.web.registration.entry import STEPS, Draft, draft_of, is_stale, show, standing

HERE: Final = STEPS[2]


class WishesPages:
    """GET and POST /registration/wishes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "registration_wishes", self.show)
        app.page(HERE, "registration_wishes_said", self.answer, methods=["POST"])

    def _offer(self) -> Offered:
        core = self._core
        with core.database.read() as tx:
            return offered(tx, core.applications, core.settings.registration.services)

    def show(self) -> Answer:
        """What is offered, and what was ticked."""
        draft = draft_of(self._services, 3)
        if not isinstance(draft, Draft):
            return draft
        return self._page(draft.request, self._offer(), draft.request.content.wishes)

    def answer(self) -> Answer:
        """Keep what was ticked; what can't go together is said, and nothing is unticked."""
        draft = draft_of(self._services, 3)
        if not isinstance(draft, Draft):
            return draft
        request, offer = draft.request, self._offer()
        wishes = chosen(
            offer, *(asked.form.getlist(name) for name in ("community", "service", "application"))
        )
        if is_stale(request) and wishes != request.content.wishes:
            return self._page(request, offer, wishes, stale=True, status=409)
        content = replace(request.content, wishes=wishes)
        wrong = incompatible(offer, wishes, content.details)
        done = min(request.step, 2) if wrong else 3
        with self._core.database.write() as tx:
            kept = self._core.registration.drafts.answer(tx, request, content, done)
        if not isinstance(kept, Request):
            return see_other(HERE)
        if wrong:
            return self._page(kept, offer, wishes, [one.name for one in wrong], status=422)
        return see_other(STEPS[3])

    def _page(
        self,
        request: Request,
        offer: Offered,
        wishes: Wishes,
        wrong: list[str] | None = None,
        *,
        stale: bool = False,
        status: int = 200,
    ) -> Answer:
        form: dict[str, Any] = {
            "version": request.version,
            "communities": [
                (key, name, key in wishes.communities) for key, name in offer.communities
            ],
            "services": [(name, name, name in wishes.services) for name in offer.services],
            "applications": [
                {
                    "key": one.key,
                    "name": one.name,
                    "about": one.long_name or one.description,
                    "ticked": one.key in wishes.applications,
                    "visible": one.policy.directory == "visible",
                }
                for one in offer.applications
            ],
            "hidden": request.content.details.visibility is Visibility.HIDDEN,
            "wrong": wrong or [],
            "stale": stale,
        }
        return show("wishes", {"form": form} | standing(request), 3, status)
