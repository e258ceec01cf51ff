# SPDX-License-Identifier: Apache-2.0
"""What a person is told by mail when something happens to their account (CR-050).

Written in the transaction of what it tells of: neither exists without the other.
"""

from typing import Final, Literal

from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.clock import Clock
from idp.db import Tx
from idp.messages.outbox import Message, Outbox, masked
from idp.messages.shown import shown_device, shown_moment
from idp.origin import Origin

# Still worth reading after a night, and after a provider that was down.
WORTH: Final = 2 * 86_400
# Details corrected, a consent withdrawn, all other sessions ended, a copy of the data taken.
# An establishment's consent collected or withdrawn, for patients.
Change = Literal["identity", "consent", "sessions", "data", "patient-consent", "patient-withdrawal"]


class Alerts:
    """Puts them into the outbox, in the person's own language."""

    def __init__(self, clock: Clock, outbox: Outbox, issuer: str) -> None:
        self._clock = clock
        self._outbox = outbox
        self._issuer = issuer

    def new_device(self, tx: Tx, account: Account, origin: Origin) -> None:
        """Somebody logged in with a browser that this account had not used before."""
        values = {
            "device": shown_device(origin.user_agent),
            "place": origin.address,
            "link": f"{self._issuer}/account/sessions",
        }
        self._tell(tx, account, "new-device", values)

    def means_disabled(self, tx: Tx, account: str, means: str) -> None:
        """Too many wrong tries: this means opens nothing until it is renewed."""
        known = accounts.load(tx, account)
        if known is not None:
            self._tell(tx, known, "means-disabled", {"means": means, "label": ""})

    def means_added(self, tx: Tx, account: Account, means: str, label: str) -> None:
        """There is another way into the account."""
        self._tell(tx, account, "means-added", {"means": means, "label": label})

    def means_removed(self, tx: Tx, account: Account, means: str, label: str) -> None:
        """A way into the account is gone."""
        self._tell(tx, account, "means-removed", {"means": means, "label": label})

    def address_changed(self, tx: Tx, account: Account, kind: str, old: str, new: str) -> None:
        """Somebody else changed the address or number: told at the old one and the new (CR-047)."""
        channel = "sms" if kind == "phone" else "email"
        values = {"kind": kind, "shown": masked(channel, new) if new else "–"}
        to = [account.person.email] if kind == "phone" else [old, new]
        for recipient in dict.fromkeys(one for one in to if one):
            self._tell(tx, account, "address-changed", values, recipient)

    def account_disabled(self, tx: Tx, account: Account) -> None:
        """Nobody can log in to the account any more."""
        self._tell(tx, account, "account-disabled", {})

    def account_changed(self, tx: Tx, account: Account, what: Change, about: str = "") -> None:
        """Its owner, or somebody in their place, has done this on the account's pages."""
        link = f"{self._issuer}/account/history"
        values = {"what": what, "about": about, "link": link}
        self._tell(tx, account, "account-changed", values)

    def _tell(
        self, tx: Tx, account: Account, purpose: str, values: dict[str, str], to: str = ""
    ) -> None:
        person = account.person
        recipient = to or person.email
        if not recipient:
            return
        told = {
            "name": person.display_name,
            "at": shown_moment(self._clock.now(), person.locale),
            **values,
        }
        message = Message("email", purpose, recipient, account.id, person.locale, WORTH, told)
        self._outbox.put(tx, message)
