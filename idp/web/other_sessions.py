# SPDX-License-Identifier: Apache-2.0
"""« End my other sessions »: offered with every change of what one logs in with (ASVS 7.4.3)."""

from flask import request
from flask_babel import gettext as _

from idp.db import Tx
from idp.http.services import Core
from idp.login.elsewhere import Here
from idp.sessions.service import Ended
from idp.sessions.values import Session
from idp.web.visit import Visit

WISH = "others"


def here_of(core: Core, visit: Visit) -> Here:
    """The session and the browser that stay."""
    device = core.lookup.hash(visit.device) if visit.device else None
    return Here(visit.session.id if visit.session else None, device)


def has_others(core: Core, session: Session) -> bool:
    """Whether there is anything to offer."""
    with core.database.read() as tx:
        every = core.sessions.of_account(tx, session.account, even_idle=True)
    return any(one.id != session.id for one in every)


def end_wished(core: Core, tx: Tx, visit: Visit, kind: str) -> tuple[Ended, ...]:
    """End them in the transaction of the change, where their owner has left the box ticked."""
    if visit.session is None or request.form.get(WISH) != "yes":
        return ()
    account, origin = visit.session.account, visit.call.origin
    return core.elsewhere.end(tx, account, here_of(core, visit), f"means-{kind}", origin)


def ending(address: str, ended: tuple[Ended, ...]) -> str:
    """The address after the change: it says whether they have ended too."""
    return f"{address}&{WISH}=ended" if ended else address


def said(sentence: str | None) -> str | None:
    """What was just done, with what became of the other sessions."""
    if sentence is None or request.args.get(WISH) != "ended":
        return sentence
    ended = _("Your other sessions have ended.")
    return f"{sentence} {ended}"
