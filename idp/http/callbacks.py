# SPDX-License-Identifier: Apache-2.0
"""What providers of messages tell us afterwards: it arrived, or it did not."""

from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from idp.http.services import Core
from idp.http.wire import NO_STORE, Call, Reply, not_allowed
from idp.messages.noting import Noting
from idp.messages.twilio import CALLBACK_PATH

LARGEST = 8192
MOST_FIELDS = 100
ARRIVED = frozenset({"delivered", "read"})
LOST = frozenset({"undelivered", "failed"})


class TwilioCallback:
    """POST /messages/twilio/<id>: signed by Twilio with our own token (X-Twilio-Signature).

    The same report may come twice, late, or out of order: a message that was delivered stays so.
    """

    def __init__(self, core: Core, noting: Noting) -> None:
        self._core = core
        self._noting = noting
        self._issuer = core.settings.server.issuer
        self._validator = RequestValidator(core.settings.sms.token.reveal())

    def __call__(self, call: Call) -> Reply:
        """Take one report."""
        if call.method != "POST":
            return not_allowed("POST")
        fields = _read(call)
        if fields is None:
            return Reply(400, list(NO_STORE))
        # The address that Twilio signed is the one that we gave it: never built from a Host header.
        address = self._issuer + call.path + (f"?{call.query}" if call.query else "")
        signature = call.header("X-Twilio-Signature")
        if not signature or not self._validator.validate(address, fields, signature):
            return Reply(403, list(NO_STORE))
        self._note(call.path.removeprefix(CALLBACK_PATH + "/"), fields)
        return Reply(204, list(NO_STORE))

    def _note(self, message: str, fields: dict[str, str]) -> None:
        status = fields.get("MessageStatus", fields.get("SmsStatus", ""))
        if status in ARRIVED:
            with self._core.database.write() as tx:
                self._noting.delivered(tx, message)
        elif status in LOST:
            code = fields.get("ErrorCode", "")
            shown = f" ({code})" if code.isascii() and code.isdigit() else ""
            with self._core.database.write() as tx:
                self._noting.undelivered(tx, message, f"Twilio reports {status}{shown}")


def _read(call: Call) -> dict[str, str] | None:
    """The form, where each field is given once."""
    body = call.body(LARGEST)
    if body is None or call.content_type != "application/x-www-form-urlencoded":
        return None
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None
