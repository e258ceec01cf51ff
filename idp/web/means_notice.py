# SPDX-License-Identifier: Apache-2.0
"""Telling a person by mail that a means of theirs was added or removed (CR-050)."""

from typing import Final

from flask_babel import force_locale

from idp.accounts import service as accounts
from idp.db import Tx
from idp.http.services import Core
from idp.messages.outbox import Message
from idp.web.account_page import shown_moment

ADDED: Final = "means-added"
REMOVED: Final = "means-removed"
# Still worth reading after a night, and after a provider that was down.
WORTH: Final = 2 * 86_400


def tell_means(core: Core, tx: Tx, account: str, purpose: str, means: str, label: str = "") -> None:
    """Queue the message in the transaction of what it tells of, in the person's own language."""
    known = accounts.load(tx, account)
    if known is None or not known.person.email:
        return
    person = known.person
    with force_locale(person.locale):
        moment = shown_moment(core.clock.now())
    values = {"name": person.display_name, "means": means, "label": label, "at": moment}
    message = Message("email", purpose, person.email, account, person.locale, WORTH, values)
    core.outbox.put(tx, message)
