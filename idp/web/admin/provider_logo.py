# SPDX-License-Identifier: Apache-2.0
"""The picture on a provider's button: sent, drawn anew, or taken away."""

from flask import request

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.applications.logos import LARGEST
from idp.applications.pictures import drawn_anew
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.entry import Clerk, clerk_of, refused


class ProviderPicturePages:
    """POST /admin/providers/<key>/logo."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/admin/providers/<key>/logo", "admin-provider-logo", self.put, methods=["POST"])

    def put(self, key: str) -> Answer:
        """Another one; or none."""
        page = f"/admin/providers/{key}"
        clerk = clerk_of(self._services, page, Right.TRUST_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        content = None
        if request.form.get("act") != "remove":
            sent = request.files.get("logo")
            found = drawn_anew(sent.read(LARGEST + 1) if sent else b"")
            if isinstance(found, str):
                return see_other(f"{page}?fault={found}#picture")
            content = found.content
        desk = self._services.office.providers
        with self._services.core.database.write() as tx:
            done = desk.put_logo(tx, clerk.authority, key, content)
        self._services.added.look_again()
        return refused(done) if isinstance(done, Denied) else see_other(f"{page}?done=logo")
