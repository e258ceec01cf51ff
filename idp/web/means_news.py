# SPDX-License-Identifier: Apache-2.0
"""Telling somebody by e-mail that a means of theirs was added or removed (CR-050)."""

from typing import Literal

from idp.accounts import service as accounts
from idp.db import Tx
from idp.http.services import Core
from idp.messages.outbox import Message
from idp.messages.shown import shown_moment
from idp.providers.values import Provider

# Seconds: later than this, the account's own history tells it better.
WORTH = 3 * 86400


def tell_linked(
    core: Core,
    tx: Tx,
    account: str,
    what: Literal["means-added", "means-removed"],
    provider: Provider,
) -> None:
    """The same of a provider that opens their account, or does so no more."""
    known = accounts.load(tx, account)
    if known is not None:
        tell_means(core, tx, account, what, "provider", provider.name(known.person.locale))


def tell_means(
    core: Core,
    tx: Tx,
    account: str,
    what: Literal["means-added", "means-removed"],
    means: str,
    label: str,
) -> None:
    """Queue the message, in the transaction of the change; nothing for who has no address."""
    known = accounts.load(tx, account)
    if known is None or not known.person.email:
        return
    person = known.person
    at = shown_moment(core.clock.now(), person.locale)
    values = {"name": person.display_name, "means": means, "label": label, "at": at}
    message = Message("email", what, person.email, account, person.locale, WORTH, values)
    core.outbox.put(tx, message)
