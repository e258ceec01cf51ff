# SPDX-License-Identifier: Apache-2.0
"""What was typed into a form that asks for a new login first is there again after it.

It lies sealed in the browser, for that person and that form alone, and for some minutes: this
needs no script, and no memory of ours.
"""

import json
from typing import Final

from flask import request
from werkzeug.wrappers import Response

from imaging_app.access.visitor import Visitor
from imaging_app.clock import MINUTE
from imaging_app.crypto import CryptoError
from imaging_app.web.portal import Portal
from imaging_app.web.professional.typed import Form

LIVES: Final = 10 * MINUTE
# Browsers drop a longer cookie without a word.
LARGEST: Final = 3_800


class Draft:
    """One form's, by its address."""

    def __init__(self, portal: Portal, who: Visitor, path: str) -> None:
        self._keys = portal.rooms.keys
        self._now = portal.rooms.now
        self._secure = portal.login.provider.home_origin.startswith("https://")
        self._name = "__Host-imaging_draft" if self._secure else "imaging_draft"
        self._place = {"table": "draft", "column": path, "row": who.subject}

    def keep(self, form: Form) -> str:
        """What the browser is to hold; empty where it is too long to be held."""
        told = json.dumps({"at": self._now(), "typed": form.typed}, ensure_ascii=False)
        sealed = self._keys.seal(told, **self._place)
        return sealed if len(sealed) <= LARGEST else ""

    def put(self, response: Response, sealed: str) -> None:
        """Have it held."""
        # Lax: whoever comes back from the login comes from another site.
        response.set_cookie(
            self._name, sealed, LIVES, secure=self._secure, httponly=True, samesite="Lax"
        )

    def form(self) -> Form:
        """As it was typed; an empty one where nothing, or somebody else's, is held."""
        try:
            told = json.loads(self._keys.open(request.cookies.get(self._name, ""), **self._place))
        except CryptoError:
            return Form()
        is_lately = 0 <= self._now() - told["at"] <= LIVES
        return Form(told["typed"] if is_lately else {})

    def drop(self, response: Response) -> None:
        """It was sent."""
        if self._name in request.cookies:
            response.delete_cookie(self._name, secure=self._secure, httponly=True, samesite="Lax")
