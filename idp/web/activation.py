# SPDX-License-Identifier: Apache-2.0
"""The link of an approval: somebody opens their account by choosing its first password."""

from flask_babel import gettext as _

from idp.http.services import Services
from idp.login.renewal import Why
from idp.web.password_links import Link, PasswordLinkPages

PAGE = "/activate"


def activation_pages(services: Services) -> PasswordLinkPages:
    """Under /activate."""
    links = services.core.reset_links
    return PasswordLinkPages(
        services,
        Link(
            name="activation",
            letter=PAGE,
            page=PAGE,
            find=links.find_activation,
            use=links.use_activation,
            why=Why.FIRST,
            form="password/activate.html",
            done="password/activated.html",
            over="activation-over",
            ways=_ways,
        ),
    )


def _ways() -> list[tuple[str, str, bool]]:
    return [
        (str(_("Ask for another link")), "/password/forgotten", True),
        (str(_("Log in")), "/login", False),
    ]
