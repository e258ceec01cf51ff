# SPDX-License-Identifier: Apache-2.0
"""Every page of the console, put at its address."""

from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.web.admin.home import HomePages


def mount_console(app: PageServer, services: Services) -> None:
    """The console's pages."""
    for pages in (HomePages(services),):
        pages.mount(app)
