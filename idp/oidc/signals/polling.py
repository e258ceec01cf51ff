# SPDX-License-Identifier: Apache-2.0
"""Events that an application fetches itself, and says that it has (RFC 8936)."""

from typing import Any, Final

from idp.audit.record import clean
from idp.http.services import Core
from idp.http.wire import Answer, Call, Reply, not_allowed
from idp.oidc.signals.calling import Caller, Callers
from idp.oidc.signals.sets import Sets
from idp.signals.streams import DISABLED, POLL, Stream
from idp.signals.waiting import MOST

AT_ONCE: Final = 100
LONGEST: Final = 64


class PollEndpoint:
    """POST /ssf/poll; answered at once, whether anything waits or not."""

    def __init__(self, core: Core, callers: Callers, sets: Sets) -> None:
        self._core = core
        self._callers = callers
        self._sets = sets

    def __call__(self, call: Call) -> Answer:
        """RFC 8936 §2.4: what was received before is acknowledged, then some more is told."""
        if call.method != "POST":
            return not_allowed("POST")
        caller = self._callers.admit(call)
        if isinstance(caller, Reply):
            return caller
        most, acked, refused = (
            caller.body.get("maxEvents", AT_ONCE),
            _acked(caller),
            _refused(caller),
        )
        # A truth value is a number to Python.
        if type(most) is not int or most < 0 or acked is None or refused is None:
            return self._malformed(caller)
        with self._core.database.read() as tx:
            stream = self._core.streams.of(tx, caller.client.id)
        if stream is None or stream.method != POLL:
            return caller.refuse(404, "not_found", "there is no stream that is polled")
        self._settle(stream, acked, refused)
        return self._told(caller, stream, min(most, AT_ONCE))

    def _settle(self, stream: Stream, acked: list[str], refused: dict[str, str]) -> None:
        """§2.2: gone once it is acknowledged, or refused: neither is told again."""
        if not acked and not refused:
            return
        waiting = self._core.streams.waiting
        with self._core.database.write() as tx:
            waiting.arrived(tx, stream.id, acked)
            for event, why in refused.items():
                waiting.give_up(tx, stream.id, [event], f"refused: {why}")
        for why in dict.fromkeys(refused.values()):
            facts = {"Endpoint": "POST poll"}
            self._core.seen.refused(stream.application, facts, f"signal refused: {why}")

    def _told(self, caller: Caller, stream: Stream, most: int) -> Reply:
        if stream.state == DISABLED or not most:
            # §2.4: whoever wants none only acknowledges.
            return caller.reply({"sets": {}, "moreAvailable": False})
        waiting = self._core.streams.waiting
        with self._core.database.read() as tx:
            found = waiting.oldest(tx, stream.id, most + 1, all_of_it=stream.carries)
        sets = {one.id: self._sets.write(caller.client, one) for one in found[:most]}
        return caller.reply({"sets": sets, "moreAvailable": len(found) > most})

    def _malformed(self, caller: Caller) -> Reply:
        """§2.6."""
        hint = "maxEvents is a number, ack a list of jti, setErrs an object by jti"
        return caller.reply({"err": "invalid_request", "description": hint}, 400)


def _acked(caller: Caller) -> list[str] | None:
    sent = caller.body.get("ack", [])
    if not isinstance(sent, list) or len(sent) > MOST + AT_ONCE or not all(map(_is_id, sent)):
        return None
    return sent


def _refused(caller: Caller) -> dict[str, str] | None:
    """By event, the receiver's word for what is wrong."""
    sent: Any = caller.body.get("setErrs", {})
    if not isinstance(sent, dict) or len(sent) > AT_ONCE:
        return None
    found = {}
    for event, said in sent.items():
        code = said.get("err") if isinstance(said, dict) else None
        if not _is_id(event) or not isinstance(code, str) or not code:
            return None
        found[event] = clean(code, LONGEST)
    return found


def _is_id(one: Any) -> bool:
    return isinstance(one, str) and 0 < len(one) <= LONGEST and "\x00" not in one
