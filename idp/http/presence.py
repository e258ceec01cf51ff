# SPDX-License-Identifier: Apache-2.0
"""POST /card/presence: what agents say, with the key that the card vouched for at login.

Whether somebody may say it is in the signature alone: no cookie is read, and none is set.
"""

from connectors.base import Connector
from connectors.capabilities import Watches
from idp.http.wire import Answer, Call, json_reply, not_allowed
from idp.login.absence import Absence
from idp.sessions.presences import Heard

ADDRESS = "/card/presence"
LARGEST = 2048


class PresenceEndpoint:
    """Hears agents."""

    def __init__(self, means: Connector, absence: Absence, heartbeat: int) -> None:
        self._means = means
        self._absence = absence
        self._heartbeat = heartbeat

    def __call__(self, call: Call) -> Answer:
        """One word of one agent."""
        if call.method != "POST":
            return not_allowed("POST")
        if call.content_type != "application/json":
            return json_reply({"error": "malformed"}, 415)
        body = call.body(LARGEST)
        text = body.decode("utf-8", "replace") if body is not None else ""
        word = self._means.word(text) if isinstance(self._means, Watches) else None
        if word is None:
            return json_reply({"error": "malformed"}, 400)
        heard = self._absence.hear(word.public_key, word.sequence, present=word.present)
        if heard is Heard.UNKNOWN:
            # The agent speaks as soon as the card has signed: the login may be on its way.
            return json_reply({"error": "unknown"}, 404)
        if heard is Heard.OVER:
            return json_reply({"error": "over"}, 410)
        return json_reply({"next": self._heartbeat})
