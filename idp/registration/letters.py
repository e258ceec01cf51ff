# SPDX-License-Identifier: Apache-2.0
"""What is sent to somebody who asks for an account; the words are in `templates/mail`.

The pages say the same to everybody; the letter alone tells whether there is an account already,
to whoever has the mailbox (CR-030).
"""

from typing import Final

from idp.accounts import national_ids
from idp.accounts import service as accounts
from idp.accounts.values import fold
from idp.db import Tx
from idp.messages.outbox import Message, Outbox
from idp.messages.quotas import Quotas, Refused
from idp.origin import Origin
from idp.registration import statements
from idp.registration.links import Links, Purpose
from idp.registration.values import Request

HOUR: Final = 3600
DAY: Final = 86_400
# How long the page of a request can be looked at by the link of its receipt.
FOLLOW_LIFE: Final = 366 * DAY
KIND: Final = "registration"


class Mail:
    """Writes the letters, in the caller's transaction; links come from the settings (CR-042)."""

    def __init__(
        self, outbox: Outbox, quotas: Quotas, links: Links, issuer: str, life: int
    ) -> None:
        self._outbox = outbox
        self._quotas = quotas
        self._links = links
        self._site = issuer
        self._life = life

    def may_send(self, tx: Tx, address: str, origin: Origin) -> bool:
        """CR-022: so many to one mailbox, and on one visitor's wish; counted where they may."""
        taken = self._quotas.take(tx, "email", address, origin.address, KIND)
        return not isinstance(taken, Refused)

    def confirm(self, tx: Tx, request: Request) -> None:
        """The link that confirms the address; or the truth, where the address has an account."""
        if accounts.find(tx, request.content.details.email):
            self._links.void(tx, request.id, Purpose.CONFIRM)
            self._known(tx, request.content.details.email, request.locale, "email")
            return
        secret = self._links.give(tx, request.id, Purpose.CONFIRM, self._life)
        self._put(tx, request, "registration-confirm", f"/registration/confirm/{secret}")

    def received(self, tx: Tx, request: Request) -> None:
        """The receipt, by which the request can be followed."""
        secret = self._links.give(tx, request.id, Purpose.FOLLOW, FOLLOW_LIFE)
        self._put(tx, request, "registration-received", f"/registration/follow/{secret}", 3 * DAY)

    def way_back(self, tx: Tx, request: Request) -> None:
        """The link that leads back to a draft, on another device too."""
        path, to = self.link_back(tx, request), mailbox_of(tx, request)
        self._put(tx, request, "registration-resume", path, to=to)

    def link_back(self, tx: Tx, request: Request) -> str:
        """The path of a new link to a draft, good once."""
        secret = self._links.give(tx, request.id, Purpose.RESUME, self._life)
        return f"/registration/resume/{secret}"

    def warn_owner(self, tx: Tx, request: Request, origin: Origin) -> None:
        """Whoever has an account by this number hears of the request, at their own address."""
        for owner in national_ids.holders(tx, request.national_id) if request.national_id else ():
            account = accounts.load(tx, owner)
            if account is None or not account.person.email or not account.person.email_verified:
                continue
            if self.may_send(tx, account.person.email, origin):
                self._known(tx, account.person.email, account.person.locale, "number")

    def _known(self, tx: Tx, address: str, locale: str, what: str) -> None:
        values = {"link": f"{self._site}/login", "what": what}
        message = Message("email", "registration-known", address, None, locale, DAY, values)
        self._outbox.put(tx, message)

    def _put(
        self, tx: Tx, request: Request, purpose: str, path: str, worth: int = 0, to: str = ""
    ) -> None:
        details = request.content.details
        values: dict[str, str | int] = {
            "name": f"{details.first_name} {details.last_name}".strip(),
            "link": self._site + path,
            "hours": max(self._life // HOUR, 1),
        }
        address = to or details.email
        message = Message(
            "email", purpose, address, None, request.locale, worth or self._life, values
        )
        self._outbox.put(tx, message)


def mailbox_of(tx: Tx, request: Request) -> str:
    """Where a way back is sent: once a mailbox was confirmed, there, whatever was typed since."""
    typed = request.content.details.email
    if request.submitted_at is None:
        return typed
    confirmed = statements.email_of(tx, request.id)
    return typed if fold(typed)[:512] == confirmed else confirmed
