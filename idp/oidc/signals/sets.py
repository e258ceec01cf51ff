# SPDX-License-Identifier: Apache-2.0
"""Security event tokens (RFC 8417), signed as the application's ID tokens are."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.accounts.subjects import Subjects
from idp.http.services import Core
from idp.keys.sign import sign
from idp.oidc.client import Client
from idp.oidc.signals.words import EVENTS, TYPE
from idp.signals import told
from idp.signals.waiting import Held

Facts = Mapping[str, str]


class Sets:
    """Writes them; for one event every time the same, but for its signature."""

    def __init__(self, core: Core, subjects: Subjects) -> None:
        self._core = core
        self._issuer = core.settings.server.issuer
        self._subjects = subjects

    def write(self, client: Client, event: Held) -> str:
        """Shared Signals §4.1: neither `sub` nor `exp`, one event, its subject in `sub_id`."""
        claims = {
            "iss": self._issuer,
            "aud": client.id,
            "iat": event.created_at,
            "jti": event.id,
            # Of this token alone: two applications could tell by a common one who is the same.
            "txn": self._core.lookup.text("signal-txn", event.id),
            "sub_id": self._subject(client, event),
            "events": {EVENTS[event.kind]: PAYLOADS[event.kind](event)},
        }
        return sign(self._core.keys.signer(client.id_token_algorithm), {"typ": TYPE}, claims)

    def _subject(self, client: Client, event: Held) -> dict[str, Any]:
        """RFC 9493 §3.2; the person by their name towards this application."""
        if event.account is None:
            return {"format": "opaque", "id": event.stream}
        subject = self._subjects.of(client.sector, event.account)
        person = {"format": "iss_sub", "iss": self._issuer, "sub": subject}
        if event.label is None:
            return person
        # Shared Signals §3.3: the session as its ID token called it.
        session = {"format": "opaque", "id": event.label}
        return {"format": "complex", "user": person, "session": session}


def _session(event: Held) -> dict[str, Any]:
    """CAEP §3.1."""
    said = _said(event)
    if why := event.facts.get("why"):
        said["reason_admin"] = {"en": f"session ended: {why}"}
    return said


def _credential(event: Held) -> dict[str, Any]:
    """CAEP §3.3."""
    facts = event.facts
    kinds = {"credential_type": facts["credential"], "change_type": facts["change"]}
    return {**_said(event), **kinds}


def _said(event: Held) -> dict[str, Any]:
    """CAEP §2."""
    return {"event_timestamp": event.created_at, "initiating_entity": event.facts["by"]}


def _trial(event: Held) -> dict[str, Any]:
    """Shared Signals §8.1.4."""
    return {"state": event.facts["state"]} if "state" in event.facts else {}


def _stream(event: Held) -> dict[str, Any]:
    """Shared Signals §8.1.5."""
    said = {"status": event.facts["state"]}
    return said | ({"reason": event.facts["why"]} if event.facts.get("why") else {})


PAYLOADS: Final[Mapping[str, Callable[[Held], dict[str, Any]]]] = {
    told.SESSION: _session,
    told.CREDENTIAL: _credential,
    told.TRIAL: _trial,
    told.STREAM: _stream,
}
