# SPDX-License-Identifier: Apache-2.0
"""What is sent to somebody whose request was decided on; the words are in `templates/mail`."""

from typing import Final

from idp.accounts.values import Account
from idp.clock import Clock
from idp.db import Tx
from idp.messages.outbox import Message, Outbox
from idp.messages.shown import shown_moment
from idp.registration.values import Request

DAY: Final = 86_400
WORTH: Final = 7 * DAY


class RequestLetters:
    """Writes them, in the transaction of the decision."""

    def __init__(self, clock: Clock, outbox: Outbox, issuer: str) -> None:
        self._clock = clock
        self._outbox = outbox
        # CR-042: from the configuration, never from a request.
        self._site = issuer

    def activation(self, tx: Tx, account: Account, secret: str, life: int) -> None:
        """An account, and the link by which its password is chosen."""
        values: dict[str, str | int] = {
            "name": account.person.display_name,
            "identifier": account.person.identifier,
            "link": f"{self._site}/activate/{secret}",
            "until": self._until(life, account.person.locale),
        }
        self._to_account(tx, account, "request-approved", life, values)

    def temporary(self, tx: Tx, account: Account, plain: str, life: int) -> None:
        """An account, and the password that it begins with."""
        values: dict[str, str | int] = {
            "name": account.person.display_name,
            "identifier": account.person.identifier,
            "password": plain,
            "link": f"{self._site}/login",
            "until": self._until(life, account.person.locale),
        }
        self._to_account(tx, account, "request-approved-password", life, values)

    def attached(self, tx: Tx, request: Request, account: Account) -> None:
        """There is an account already: told to its owner, and to the mailbox that asked.

        Neither an identifier nor a way in: a number can be typed by anybody who knows it.
        """
        values: dict[str, str | int] = {"link": f"{self._site}/login"}
        mine = account.person.email
        if mine and account.person.email_verified:
            own = values | {"name": account.person.display_name}
            self._to_account(tx, account, "request-attached", WORTH, own)
        if request.content.details.email.casefold() != mine.casefold():
            self._to_person(tx, request, "request-attached", values)

    def refused(self, tx: Tx, request: Request) -> None:
        """No, and why."""
        values: dict[str, str | int] = {
            "reason": request.answer,
            "link": f"{self._site}/registration",
        }
        self._to_person(tx, request, "request-refused", values)

    def returned(self, tx: Tx, request: Request, secret: str, life: int) -> None:
        """What is missing, and the link back to the form."""
        values: dict[str, str | int] = {
            "asked": request.answer,
            "link": f"{self._site}/registration/resume/{secret}",
            "until": self._until(life, request.locale),
        }
        self._to_person(tx, request, "request-returned", values)

    def _until(self, life: int, locale: str) -> str:
        return shown_moment(self._clock.now() + life, locale)

    def _to_person(
        self, tx: Tx, request: Request, purpose: str, values: dict[str, str | int]
    ) -> None:
        details = request.content.details
        known = values | {"name": f"{details.first_name} {details.last_name}".strip()}
        message = Message("email", purpose, details.email, None, request.locale, WORTH, known)
        self._outbox.put(tx, message)

    def _to_account(
        self, tx: Tx, account: Account, purpose: str, worth: int, values: dict[str, str | int]
    ) -> None:
        person = account.person
        message = Message("email", purpose, person.email, account.id, person.locale, worth, values)
        self._outbox.put(tx, message)
