# SPDX-License-Identifier: Apache-2.0
"""Pages to read: help, questions, contact, accessibility, and what the region publishes."""

from flask_babel import gettext as _

from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Page


class HelpPages:
    """GET /help, /faq, /contact, /accessibility, /legal, /terms."""

    def __init__(self, services: Services) -> None:
        self._region = services.core.settings.region

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/help", "help", self.help)
        app.page("/faq", "faq", self.questions)
        app.page("/contact", "contact", self.contact)
        app.page("/accessibility", "accessibility", self.accessibility)
        app.page("/legal", "legal", self.legal)
        app.page("/terms", "terms", self.terms)

    def help(self) -> Page:
        """Where to turn."""
        return Page("pages/help.html", {})

    def questions(self) -> Page:
        """What is asked most."""
        return Page("pages/faq.html", {})

    def contact(self) -> Page:
        """Who helps."""
        return Page("pages/contact.html", {"contact": paragraphs(self._region.contact)})

    def legal(self) -> Page:
        """The region's legal notice."""
        nothing = _("The region has not published its notice yet.")
        return _text(_("Legal notice"), paragraphs(self._region.legal_notice) or [nothing])

    def terms(self) -> Page:
        """The region's terms of use."""
        nothing = _("The region has not published its terms of use yet.")
        return _text(_("Terms of use"), paragraphs(self._region.terms) or [nothing])

    def accessibility(self) -> Page:
        """What holds, and whom to tell where it doesn't."""
        written = [
            _(
                "These pages are made to meet the Web Content Accessibility Guidelines 2.2 at "
                "level AA. They work by keyboard, with a screen reader, when enlarged, and "
                "without JavaScript wherever the way of logging in allows it."
            ),
            _("If something stands in your way, tell support: it will be mended."),
        ]
        return _text(_("Accessibility"), written, support=True)


def paragraphs(text: str) -> list[str]:
    """A setting's paragraphs: a blank line parts them."""
    return [one.strip() for one in text.split("\n\n") if one.strip()]


def _text(title: str, written: list[str], *, support: bool = False) -> Page:
    page = {"title": title, "paragraphs": written, "support": support}
    return Page("pages/text.html", {"page": page})
