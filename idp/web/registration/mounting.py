# SPDX-License-Identifier: Apache-2.0
"""The pages of registration, put at their addresses."""

from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.web.registration.after import AfterPages
from idp.web.registration.card import CardPages
from idp.web.registration.details import DetailsPages
from idp.web.registration.elsewhere import ElsewherePages
from idp.web.registration.opening import OpeningPages
from idp.web.registration.summary import SummaryPages
from idp.web.registration.wishes import WishesPages


def mount_registration(app: PageServer, services: Services) -> None:
    """The four steps, what comes before and after."""
    for pages in (
        OpeningPages(services),
        CardPages(services),
        ElsewherePages(services),
        DetailsPages(services, services.core.annuaire_sante.find),
        WishesPages(services),
        SummaryPages(services),
        AfterPages(services),
    ):
        pages.mount(app)
