# SPDX-License-Identifier: Apache-2.0
"""Small pages: language, help, legal notice, accessibility, the region's logo."""

from pathlib import Path

from flask import Response, request, send_file
from flask_babel import gettext as _

from idp.applications import logos
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Page, Reply, see_other

YEAR = 365 * 86_400


class SmallPages:
    """GET /help, /legal, /accessibility, logos; POST /language."""

    def __init__(self, services: Services) -> None:
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/help", "help", self.help)
        app.page("/legal", "legal", self.legal)
        app.page("/accessibility", "accessibility", self.accessibility)
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

    def help(self) -> Answer:
        """What to do when one can't get in."""
        paragraphs = [
            _("## I cannot log in"),
            _(
                "Check your identifier and your password: capital and small letters matter. "
                "After several wrong tries the way in is paused for a while; wait, then try again."
            ),
            _("## I am asked to log in again"),
            _(
                "A session ends after a while without use, and when you log out of any "
                "application. Some applications also ask for a fresh or a stronger proof."
            ),
            _("## An application does not open"),
            _(
                "Your applications are listed on the home page, with what is missing for those "
                "that are not open to you."
            ),
        ]
        return _text(_("Help"), paragraphs, support=True)

    def legal(self) -> Answer:
        """The region's legal notice."""
        notice = self._core.settings.region.legal_notice
        paragraphs = [one.strip() for one in notice.split("\n\n") if one.strip()]
        return _text(
            _("Legal notice"), paragraphs or [_("The region has not published its notice yet.")]
        )

    def accessibility(self) -> Answer:
        """What holds, and whom to tell where it doesn't."""
        paragraphs = [
            _(
                "These pages are made to meet the Web Content Accessibility Guidelines 2.2 at "
                "level AA. They work by keyboard, with a screen reader, when enlarged, and "
                "without JavaScript."
            ),
            _("If something stands in your way, tell support: it will be mended."),
        ]
        return _text(_("Accessibility"), paragraphs, support=True)

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


def _text(title: str, paragraphs: list[str], *, support: bool = False) -> Page:
    page = {"title": title, "paragraphs": paragraphs, "support": support}
    return Page("pages/text.html", {"page": page})


def safe_path(path: str) -> str:
    """A path of ours, or the home page: never an address elsewhere (WB-011)."""
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
