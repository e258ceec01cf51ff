# SPDX-License-Identifier: Apache-2.0
"""The stream of an application, as it makes, reads, changes and drops it (Shared Signals §8.1)."""

from collections.abc import Mapping
from typing import Any, Final

from idp.audit.record import Event
from idp.db import Tx
from idp.http.services import Core
from idp.http.wire import Answer, Call, Reply, not_allowed
from idp.oidc.signals.calling import Caller, Callers
from idp.oidc.signals.wishes import THEIRS, read_wish
from idp.oidc.signals.words import EVENTS, METHODS, POLL_PATH, SUPPORTED
from idp.signals.streams import (
    DISABLED,
    PUSH,
    STATES,
    TRIAL_EVERY,
    Stream,
    Wished,
)

READS: Final = ("GET", "HEAD")
METHODS_HERE: Final = (*READS, "POST", "PATCH", "PUT", "DELETE")
HELD: Final = (403, "access_denied", "an administrator has paused it")
GONE: Final = (404, "not_found", "there is no such stream")
LONGEST: Final = 256
LONGEST_STATE: Final = 1024


class Described:
    """A stream as its application reads it."""

    def __init__(self, core: Core) -> None:
        self._issuer = core.settings.server.issuer

    def __call__(self, stream: Stream) -> dict[str, Any]:
        """Shared Signals §8.1.1; what we show where it is pushed to is never read back."""
        address = stream.address if stream.method == PUSH else self._issuer + POLL_PATH
        found: dict[str, Any] = {
            "stream_id": stream.id,
            "iss": self._issuer,
            "aud": stream.application,
            "delivery": {"method": METHODS[stream.method], "endpoint_url": address},
            "events_supported": list(SUPPORTED),
            "events_delivered": [EVENTS[kind] for kind in stream.kinds],
            "min_verification_interval": TRIAL_EVERY,
        }
        if stream.requested is not None:
            found["events_requested"] = list(stream.requested)
        return found | ({"description": stream.description} if stream.description else {})


class StreamEndpoint:
    """GET, POST, PATCH, PUT and DELETE /ssf/stream."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self._core = core
        self._callers = callers
        self._described = Described(core)

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in METHODS_HERE:
            return not_allowed(*METHODS_HERE)
        caller = self._callers.admit(call)
        if isinstance(caller, Reply):
            return caller
        if call.method in READS:
            return self._read(caller)
        act = {"POST": self._make, "DELETE": self._drop}.get(call.method, self._change)
        with self._core.database.write() as tx:
            return act(tx, caller)

    def _read(self, caller: Caller) -> Reply:
        """§8.1.1.2: the one that is named, or all there are: one at most."""
        with self._core.database.read() as tx:
            stream = self._core.streams.of(tx, caller.client.id)
        if "stream_id" not in caller.query:
            return caller.reply([self._described(stream)] if stream else [])
        if stream is None or stream.id != caller.query["stream_id"]:
            return caller.refuse(*GONE)
        return caller.reply(self._described(stream))

    def _make(self, tx: Tx, caller: Caller) -> Reply:
        wished = read_wish(caller.body, None, self._core.settings.outgoing.allow)
        if isinstance(wished, str):
            return caller.refuse(400, "invalid_request", wished)
        origin = caller.call.origin
        made = self._core.streams.make(tx, caller.client.id, wished, origin)
        if made is None:
            return caller.refuse(409, "conflict", "there is a stream already")
        return caller.reply(self._described(made), 201)

    def _change(self, tx: Tx, caller: Caller) -> Reply:
        """§8.1.1.3: what is not said stays; §8.1.1.4: or is gone, by PUT."""
        stream = named_stream(self._core, tx, caller, caller.body)
        if isinstance(stream, Reply):
            return stream
        if other := self._contradicts(stream, caller.body):
            return caller.refuse(400, "invalid_request", f"{other} is not yours to change")
        whole = caller.call.method == "PUT"
        before = None if whole else self._wished(stream)
        wished = read_wish(caller.body, before, self._core.settings.outgoing.allow)
        if isinstance(wished, str):
            return caller.refuse(400, "invalid_request", wished)
        changed = self._core.streams.change(tx, stream, wished, caller.call.origin)
        return caller.reply(self._described(changed)) if changed else caller.refuse(*GONE)

    def _wished(self, stream: Stream) -> Wished:
        shown = self._core.streams.shown(stream)
        return Wished(
            stream.method, stream.address, shown, stream.description, stream.requested, stream.kinds
        )

    def _contradicts(self, stream: Stream, sent: Mapping[str, Any]) -> str:
        """What is ours to say, said otherwise; members that nobody knows are left alone."""
        found = self._described(stream)
        ours = {name: value for name, value in found.items() if name not in THEIRS}
        return next((name for name in ours if name in sent and sent[name] != ours[name]), "")

    def _drop(self, tx: Tx, caller: Caller) -> Reply:
        stream = named_stream(self._core, tx, caller, caller.query)
        if isinstance(stream, Reply):
            return stream
        if stream.held:
            # Another one would begin open.
            return caller.refuse(*HELD)
        event = Event("signals.dropped", application=stream.application)
        done = self._core.streams.drop(tx, stream, event, caller.call.origin)
        return caller.empty() if done else caller.refuse(*GONE)


class StatusEndpoint:
    """GET and POST /ssf/status."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self._core = core
        self._callers = callers

    def __call__(self, call: Call) -> Answer:
        """§8.1.2."""
        if call.method not in {*READS, "POST"}:
            return not_allowed(*READS, "POST")
        caller = self._callers.admit(call)
        if isinstance(caller, Reply):
            return caller
        if call.method in READS:
            with self._core.database.read() as tx:
                stream = named_stream(self._core, tx, caller, caller.query)
            return stream if isinstance(stream, Reply) else caller.reply(_status(stream))
        with self._core.database.write() as tx:
            return self._set(tx, caller)

    def _set(self, tx: Tx, caller: Caller) -> Reply:
        stream = named_stream(self._core, tx, caller, caller.body)
        if isinstance(stream, Reply):
            return stream
        state, reason = caller.body.get("status"), caller.body.get("reason") or ""
        if state not in STATES or not isinstance(reason, str) or len(reason) > LONGEST:
            hint = f"status is one of {', '.join(STATES)}, reason a short text"
            return caller.refuse(400, "invalid_request", hint)
        if stream.held:
            return caller.refuse(*HELD)
        reason = "".join(one for one in reason if one.isprintable())
        if (state, reason) != (stream.state, stream.reason):
            detail = {"state": str(state)}
            event = Event("signals.state", application=stream.application, detail=detail)
            origin = caller.call.origin
            self._core.streams.set_state(tx, stream, str(state), reason, event, origin)
        changed = self._core.streams.load(tx, stream.id)
        if changed is None:
            return caller.refuse(*GONE)
        # An administrator may have come between.
        return caller.refuse(*HELD) if changed.held else caller.reply(_status(changed))


def _status(stream: Stream) -> dict[str, str]:
    said = {"stream_id": stream.id, "status": stream.state}
    return said | ({"reason": stream.reason} if stream.reason else {})


class VerificationEndpoint:
    """POST /ssf/verify."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self._core = core
        self._callers = callers

    def __call__(self, call: Call) -> Answer:
        """§8.1.4: an event on trial, every few seconds at most."""
        if call.method != "POST":
            return not_allowed("POST")
        caller = self._callers.admit(call)
        if isinstance(caller, Reply):
            return caller
        state = caller.body.get("state")
        if state is not None and not (isinstance(state, str) and len(state) <= LONGEST_STATE):
            return caller.refuse(400, "invalid_request", "state is a text, and a short one")
        with self._core.database.write() as tx:
            stream = named_stream(self._core, tx, caller, caller.body)
            if isinstance(stream, Reply):
                return stream
            if stream.state == DISABLED:
                # §8.1.2.1: it is sent no more than any other, and not kept either.
                return caller.empty()
            if self._core.streams.try_out(tx, stream, state):
                return caller.empty()
        wait = ("Retry-After", str(TRIAL_EVERY))
        hint = f"once in {TRIAL_EVERY} seconds at most"
        return caller.refuse(429, "too_many_requests", hint, wait)


def named_stream(core: Core, tx: Tx, caller: Caller, members: Mapping[str, Any]) -> Stream | Reply:
    """The caller's own, which it names: another's is not there for it (OA-112)."""
    name = members.get("stream_id")
    if not isinstance(name, str) or not name:
        return caller.refuse(400, "invalid_request", "stream_id is missing")
    stream = core.streams.of(tx, caller.client.id)
    return stream if stream is not None and stream.id == name else caller.refuse(*GONE)
