# SPDX-License-Identifier: Apache-2.0
"""What follows an act that somebody else may have to agree to."""

from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.http.wire import Answer, see_other
from idp.web.admin.entry import refused

WAITS = "waits"


def denied_answer(denied: Denied, back: str) -> Answer:
    """A refusal; or, where a second administrator must agree, the way back with that news."""
    return see_other(f"{back}?done={WAITS}") if denied is Denied.PROPOSED else refused(denied)


def waits_words() -> str:
    """What is said of it."""
    return str(_("It is proposed: another administrator must agree before it is done."))
