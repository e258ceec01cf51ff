# SPDX-License-Identifier: Apache-2.0
"""What the demo sent: e-mails and SMS, read from the folder in which its desk keeps them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST = 60
LARGEST = 200_000
CHANNELS = ("sms", "email")
# Kept in the same folder, and no message.
AUTHENTICATOR = "authenticator.json"
# A link; or what is to be typed: a one-time code, a temporary password.
PIECE = re.compile(
    r"(?P<link>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)])"
    r"|(?<![\w./#-])(?:[0-9]{6}|[A-Z][a-z]{2}[0-9](?:-[A-Z][a-z]{2}[0-9]){2,})(?![\w/-])"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it arrived."""

    id: str
    channel: str
    to: str
    subject: str
    text: str
    at: int

    def parts(self) -> list[tuple[str, str]]:
        """The text in pieces: what is plain, what leads somewhere, what is to be typed."""
        found, end = [], 0
        for match in PIECE.finditer(self.text):
            found.append(("plain", self.text[end : match.start()]))
            found.append(("link" if match["link"] else "code", match[0]))
            end = match.end()
        return [one for one in [*found, ("plain", self.text[end:])] if one[1]]

    def links(self) -> list[str]:
        """Where it leads."""
        return [value for kind, value in self.parts() if kind == "link"]


def messages(folder: Path) -> list[Message]:
    """The newest first; what can't be read is no message."""
    try:
        files = sorted(_files(folder), reverse=True)[:MOST]
    except OSError:
        return []
    read = [one for file in files if (one := _read(file)) is not None]
    return sorted(read, key=lambda one: (one.at, one.id), reverse=True)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.glob("*.json") if file.name != AUTHENTICATOR]


def _read(file: Path) -> Message | None:
    try:
        if file.stat().st_size > LARGEST:
            return None
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        # Just emptied, or half written by another hand.
        return None
    if not isinstance(document, dict) or document.get("channel") not in CHANNELS:
        return None
    return Message(
        id=_text(document, "id") or file.stem,
        channel=str(document["channel"]),
        to=_text(document, "to"),
        subject=_text(document, "subject"),
        text=_text(document, "text").strip(),
        at=at if isinstance(at := document.get("at"), int) else 0,
    )


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def empty(folder: Path) -> None:
    """Throw everything away."""
    for file in _files(folder):
        file.unlink(missing_ok=True)
