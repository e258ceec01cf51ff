# SPDX-License-Identifier: Apache-2.0
"""What the pages of one journey share."""

from dataclasses import dataclass
from typing import Any

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
            "support_email": application.support_email or None,
        }

    def _logo(self, key: str) -> str | None:
        with self.services.core.database.read() as tx:
            return logos.addresses(tx).get(key)
