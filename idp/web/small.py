# SPDX-License-Identifier: Apache-2.0
"""Small addresses: the language, the pictures of the region and of applications."""

from pathlib import Path

from flask import Response, request, send_file

from idp.applications import logos
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Reply, see_other

YEAR = 365 * 86_400


class SmallPages:
    """GET logos; POST /language."""

    def __init__(self, services: Services) -> None:
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/region/logo", "region_logo", self.logo)
        app.page("/applications/<key>/logo", "application_logo", self.application_logo)
        app.page("/language", "language", self.language, methods=["POST"])

    def language(self) -> Answer:
        """Keep the language for this browser, and back to the page."""
        chosen = request.form.get("locale", "")
        reply = see_other(safe_path(request.form.get("next", "/")))
        if chosen in self._core.settings.locale.available:
            reply.headers.append(self._core.jar.set("lang", chosen, YEAR))
        return reply

    def logo(self) -> Response | Answer:
        """The region's own logo, as configured."""
        logo = self._core.settings.region.logo
        if not logo:
            return problem_page("not-found", status=404)
        return send_file(Path(logo).resolve(), max_age=3600)

    def application_logo(self, key: str) -> Answer:
        """An application's logo, as kept here; whatever it holds, it runs nothing (WB-020)."""
        with self._core.database.read() as tx:
            logo = logos.load(tx, key)
        if logo is None:
            return problem_page("not-found", status=404)
        headers = [
            ("Content-Type", logo.media_type),
            ("Cache-Control", f"public, max-age={YEAR}, immutable"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ]
        return Reply(200, headers, logo.content)


def safe_path(path: str) -> str:
    """A path of ours, or the home page: never an address elsewhere (WB-011)."""
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
