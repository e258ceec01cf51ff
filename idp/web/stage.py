# SPDX-License-Identifier: Apache-2.0
"""What the pages of one journey share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Answer
from idp.accounts import service as accounts
from idp.applications import logos
from idp.applications.values import Application
from idp.http.services import Services
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Stage:
    """A journey being shown: who visits, what was asked, where it leads."""

    services: Services
    steering: Steering
    visit: Visit
    wished: LoginRequest
    application: Application | None

    @property
    def bases(self) -> Mapping[str, str]:
        """The means that stand on another one, with that one."""
        return self.services.attempts.bases

    def begin(self, kind: str, account: str | None) -> Answer:
        """What a means shows now; what it puts aside is kept."""
        core, journey = self.services.core, self.wished.id
        with core.database.read() as tx:
            state = core.journeys.state(tx, journey).get(kind, {})
        answer = self.services.attempts.begin(self.wished, kind, account, state)
        self.put_aside(kind, answer, state)
        return answer

    def put_aside(self, kind: str, answer: Answer, before: Mapping[str, Any]) -> None:
        """Keep what a means needs for its next step, where it has changed."""
        kept = getattr(answer, "state", {})
        if kept != before:
            core = self.services.core
            with core.database.write() as tx:
                core.journeys.put_aside(tx, self.wished.id, kind, kept or None)

    def name_of(self, account: str) -> str:
        """Somebody known, by name."""
        with self.services.core.database.read() as tx:
            found = accounts.load(tx, account)
        return found.person.display_name if found else ""

    @property
    def address(self) -> str:
        """The journey's own address."""
        return f"/login/{self.wished.id}"

    def shown_application(self) -> dict[str, Any] | None:
        """The application as the templates read it."""
        application = self.application
        if application is None:
            return None
        return {
            "name": application.name,
            "logo_url": self._logo(application.key),
            "home_url": application.home_url or None,
            "privacy_url": application.privacy_url or None,
            "terms_url": application.terms_url or None,
            "support_email": application.support_email or None,
        }

    def _logo(self, key: str) -> str | None:
        with self.services.core.database.read() as tx:
            return logos.addresses(tx).get(key)
