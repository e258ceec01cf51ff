# SPDX-License-Identifier: Apache-2.0
"""SMS through Twilio: its own package for the API, our own guarded door for the network.

Twilio has no idempotency key for a new message: a try whose answer is lost may have been sent, and
the next one sends it again, with the same words. Its call back, which names our own id, stops
further tries. (The token `I-Twilio-Idempotency-Token` is about its calls to us.)
"""

import base64
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from idp.config.means import SmsSettings
from idp.messages.numbers import canonical_number
from idp.messages.outcome import Later, Never, Outcome, Parcel, Render, Sent
from idp.outgoing import Fetcher, Unreachable

# https://www.twilio.com/docs/api/errors: about our own account, number or key, whoever it is for.
OURS = frozenset({20003, 20404, 20429, 21212, 21603, 21606, 21611, 21659, 21660, 21661, 63038})
SHORTEST_VALIDITY, LONGEST_VALIDITY = 5, 36_000
CALLBACK_PATH = "/messages/twilio"


class NoAnswer(Exception):
    """The API gave no answer that may be used; its text is the reason."""


class Door(HttpClient):  # type: ignore[misc]  # it has no types
    """The package's network, led through the fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), is_async=False)
        self._fetcher = fetcher

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        """One exchange; nothing is followed, nothing is tried again here."""
        sent = dict(headers or {})
        if auth is not None:
            pair = base64.b64encode(":".join(auth).encode()).decode()
            sent["Authorization"] = f"Basic {pair}"
        url = f"{uri}?{urlencode(params, doseq=True)}" if params else uri
        body = urlencode(data, doseq=True).encode() if data else None
        answer = self._fetcher.fetch(method.upper(), url, headers=sent, body=body)
        if isinstance(answer, Unreachable):
            raise NoAnswer(answer.reason)
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)


class TwilioSender:
    """The channel `sms`."""

    one_provider = True

    def __init__(
        self, settings: SmsSettings, fetcher: Fetcher, render: Render, issuer: str
    ) -> None:
        self._settings = settings
        self._render = render
        self._issuer = issuer
        self._client = Client(settings.account, settings.token.reveal(), http_client=Door(fetcher))
        self._client.api.base_url = settings.base_url
        self.longest = settings.timeout + 1

    def send(self, parcel: Parcel) -> Outcome:
        """Hand one SMS over."""
        number = canonical_number(parcel.recipient)
        if number is None:
            return Never("this is no number that takes SMS")
        rendered = self._render("sms", parcel.purpose, parcel.locale, parcel.values)
        try:
            made = self._client.messages.create(
                to=number,
                body=rendered.text,
                status_callback=f"{self._issuer}{CALLBACK_PATH}/{parcel.id}",
                # Twilio drops what its own queue would deliver too late.
                validity_period=min(max(parcel.left, SHORTEST_VALIDITY), LONGEST_VALIDITY),
                **self._sender(),
            )
        except NoAnswer as why:
            return Later(f"Twilio was not reached: {why}")
        except TwilioRestException as fault:
            return _refused(fault.status, fault.code)
        except TwilioException as fault:
            return _refused(getattr(fault, "status", 0), getattr(fault, "code", 0))
        except ValueError:
            # Only what was accepted is parsed: to send it again because its receipt can't be read
            # would be to send it twice.
            return Sent()
        return Sent(str(made.sid or ""))

    def _sender(self) -> dict[str, Any]:
        sender = self._settings.sender
        return {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}


def _refused(status: int, code: int | None) -> Outcome:
    why = f"Twilio answered {status}" + (f" ({code})" if code and code != status else "")
    if status >= 500 or status in {401, 403, 404, 408, 429} or code in OURS:
        return Later(why)
    return Never(why)
