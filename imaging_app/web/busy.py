# SPDX-License-Identifier: Apache-2.0
"""As much goes out as may: the page that says so, and when to come again."""

from collections.abc import Mapping
from typing import Final

from flask import make_response
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from imaging_app.limits.turns import Busy
from imaging_app.web.portal import refuse
from relying_parties.words import TRY_AGAIN, ErrorText

# In how many seconds to come again.
WAIT: Final = 60
STATUS: Final[Mapping[Busy, int]] = {Busy.OWN: 429, Busy.ALL: 503}
Texts = Mapping[Busy, ErrorText]
_own = _("As many as you may take at the same time are on their way. Wait until one is there.")
DOWNLOADS: Final[Texts] = {
    Busy.OWN: ErrorText(_("Your other downloads first"), _own, TRY_AGAIN),
    Busy.ALL: ErrorText(
        _("Many downloads are on their way"),
        _("Try again in a minute. Images and reports can be looked at meanwhile."),
        TRY_AGAIN,
    ),
}
EXPORTS: Final[Texts] = {
    Busy.OWN: ErrorText(_("Your other exports first"), _own, TRY_AGAIN),
    Busy.ALL: ErrorText(
        _("Many exports are on their way"),
        _("Try again in a minute. The list can be read on its page meanwhile."),
        TRY_AGAIN,
    ),
}


def wait(busy: Busy, here: str, texts: Texts = DOWNLOADS) -> Response:
    """A page that leads back to where it was asked for."""
    return _later(refuse(f"busy-{busy}", STATUS[busy], again=here, text=texts[busy]))


def wait_unseen(busy: Busy) -> Response:
    """The same for what a script asks for."""
    return _later(make_response("", STATUS[busy]))


def _later(response: Response) -> Response:
    response.headers["Retry-After"] = str(WAIT)
    return response
