# SPDX-License-Identifier: Apache-2.0
"""Pictures of providers, from our own address: no page of ours asks another site for one."""

from typing import Final

from flask import request

from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Reply
from idp.providers import logos

YEAR: Final = 365 * 86_400


class ProviderLogoPages:
    """GET /providers/<alias>/logo."""

    def __init__(self, services: Services) -> None:
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page("/providers/<alias>/logo", "provider_logo", self.show)

    def show(self, alias: str) -> Answer:
        """The very picture that the address names; it runs nothing (WB-020)."""
        named = request.args.get("v", "")
        with self._core.database.read() as tx:
            content = logos.load(tx, alias, named) if "\x00" not in alias + named else None
        if content is None:
            return problem_page("not-found", status=404)
        headers = [
            ("Content-Type", logos.MEDIA_TYPE),
            ("Cache-Control", f"public, max-age={YEAR}, immutable"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ]
        return Reply(200, headers, content)
