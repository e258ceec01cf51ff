# SPDX-License-Identifier: Apache-2.0
"""The demo's desk: messages end in a folder of this machine instead of with a provider."""

import json
import os
from pathlib import Path

from idp.clock import Clock
from idp.errors import Breakdown
from idp.messages.outcome import Outcome, Parcel, Render, Sent


class NotADemo(Breakdown):
    """The desk was asked for outside demo mode: everybody's codes would lie in a folder."""


class DeskSender:
    """The channels `email` and `sms`, where a demo has no provider: one JSON file a message."""

    longest = 1.0
    one_provider = False

    def __init__(
        self, channel: str, folder: Path, render: Render, clock: Clock, *, demo: bool
    ) -> None:
        if not demo:
            raise NotADemo("the desk exists in demo mode only")
        self._channel = channel
        self._folder = folder
        self._render = render
        self._clock = clock

    def send(self, parcel: Parcel) -> Outcome:
        """Write it down; a second try writes the same file."""
        rendered = self._render(self._channel, parcel.purpose, parcel.locale, parcel.values)
        document = {
            "id": parcel.id,
            "channel": self._channel,
            "purpose": parcel.purpose,
            "to": parcel.recipient,
            "subject": rendered.subject,
            "text": rendered.text,
            "html": rendered.html,
            "at": self._clock.now(),
        }
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        hidden = self._folder / f".{parcel.id}"
        descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False)
        # Whoever looks sees whole messages only; names sort as they came.
        hidden.replace(self._folder / f"{parcel.created_at:012d}-{parcel.id}.json")
        return Sent()
