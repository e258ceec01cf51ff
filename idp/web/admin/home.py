# SPDX-License-Identifier: Apache-2.0
"""« Today »: what waits, and what happens."""

from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.web.admin.entry import Clerk, clerk_of, show


class HomePages:
    """GET /admin."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/admin", "admin", self.home)

    def home(self) -> Answer:
        """The way to everything."""
        clerk = clerk_of(self._services, "/admin")
        return show(clerk, "home", {}) if isinstance(clerk, Clerk) else clerk
