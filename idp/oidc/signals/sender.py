# SPDX-License-Identifier: Apache-2.0
"""The channel `signal`: one event pushed to where its application wants it (RFC 8935)."""

from typing import Final

from connectors.strict_json import read_object
from idp.accounts.subjects import Subjects
from idp.applications.registration import BadRegistration
from idp.http.services import Core
from idp.messages.outcome import Dropped, Later, Never, Outcome, Parcel, Sent
from idp.oidc.client import Client, Clients
from idp.oidc.signals.sets import Sets
from idp.oidc.signals.words import MEDIA_TYPE
from idp.outgoing import Fetched
from idp.signals.streams import PUSH, Stream
from idp.signals.told import STREAM
from idp.signals.waiting import Held

ACCEPTED: Final = 202
REFUSED: Final = 400
LONGEST: Final = 4096
# RFC 8935 §2.4: what no other try makes better. Keys are fetched again, secrets put right.
FINAL: Final = frozenset({"invalid_request", "invalid_issuer", "invalid_audience"})
KNOWN: Final = FINAL | {"invalid_key", "authentication_failed", "access_denied"}


class SignalSender:
    """Posts one token through the guarded door; nothing is followed."""

    # Each application is its own provider: one that is down says nothing of the others.
    one_provider = False

    def __init__(self, core: Core, clients: Clients, subjects: Subjects, longest: float) -> None:
        self._core = core
        self._clients = clients
        self._sets = Sets(core, subjects)
        self.longest = longest

    def send(self, parcel: Parcel) -> Outcome:
        """Try once."""
        streams, waiting = self._core.streams, self._core.streams.waiting
        with self._core.database.read() as tx:
            event = waiting.load(tx, parcel.recipient)
            stream = streams.load(tx, event.stream) if event else None
            found = self._core.applications.load(tx, stream.application) if stream else None
        if event is None or stream is None or found is None:
            return Dropped()
        try:
            client = self._clients.of(found) if found.protocol == "oidc" else None
        except BadRegistration:
            client = None
        if client is None or not client.signals or stream.method != PUSH:
            # Whatever is posted next on this stream takes it along.
            with self._core.database.write() as tx:
                waiting.put_back(tx, event.id)
            return Dropped()
        if not stream.carries and event.kind != STREAM:
            # Opened again at this very moment, it goes on.
            return self._hold(event) or Later("the stream was paused", outage=False)
        if not found.enabled:
            return Later("the application is closed", outage=False)
        return self._push(client, stream, event)

    def _hold(self, event: Held) -> Dropped | None:
        """It stays where it is, and no message carries it."""
        with self._core.database.write() as tx:
            return Dropped() if self._core.streams.waiting.hold(tx, event.id) else None

    def _push(self, client: Client, stream: Stream, event: Held) -> Outcome:
        headers = {"Content-Type": MEDIA_TYPE, "Accept": "application/json"}
        if shown := self._core.streams.shown(stream):
            headers["Authorization"] = shown
        body = self._sets.write(client, event).encode("ascii")
        answer = self._core.fetcher.fetch("POST", stream.address, headers=headers, body=body)
        if not isinstance(answer, Fetched):
            return self._failed(stream, answer.reason)
        if answer.status == ACCEPTED:
            with self._core.database.write() as tx:
                self._core.streams.waiting.arrived(tx, stream.id, [event.id])
            return Sent()
        code = _code_of(answer) if answer.status == REFUSED else ""
        why = f"answered {answer.status}" + (f": {code}" if code else "")
        if code:
            self._journal(stream, event, why)
        if code in FINAL:
            with self._core.database.write() as tx:
                self._core.streams.waiting.give_up(tx, stream.id, [event.id], why)
            return Never(why)
        return self._failed(stream, why)

    def _failed(self, stream: Stream, why: str) -> Outcome:
        with self._core.database.write() as tx:
            self._core.streams.waiting.failed(tx, stream.id, why)
        return Later(why, outage=False)

    def _journal(self, stream: Stream, event: Held, why: str) -> None:
        facts = {"Endpoint": f"POST {stream.address}", "event": event.kind, "jti": event.id}
        self._core.seen.refused(stream.application, facts, f"signal refused: {why}")


def _code_of(answer: Fetched) -> str:
    """RFC 8935 §2.3: the receiver's word, where it is one of those that it may say."""
    try:
        found = read_object(answer.body.decode(), LONGEST)
    except ValueError:
        return ""
    code = found.get("err") if found else None
    return code if isinstance(code, str) and code in KNOWN else ""
