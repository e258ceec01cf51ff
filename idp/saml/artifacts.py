# SPDX-License-Identifier: Apache-2.0
"""Artifacts: what the browser carries instead of an answer, and what waits behind them.

Behind an artifact lies an admission, as behind a code, or the status of a refusal; never an
assertion. That one is made when the application comes for it, through the gate (Bindings §3.6).
"""

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any
from urllib.parse import urlencode

from idp.applications.values import Application
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.codes import Codes, Grant, NotRedeemed
from idp.http.services import Core
from idp.login.answers import Handover
from idp.login.request import LoginRequest
from idp.origin import Origin
from idp.saml.assertion import Status
from idp.saml.names import ARTIFACT
from idp.saml.wire import Unreadable, decode

# Bindings §3.6.4: the type, the index of the service, the source, the handle.
TYPE = b"\x00\x04"
INDEX = 0
HANDLE_BYTES = 20
# SM-073: no longer than a browser needs on its way.
LIFE = 60
# A refusal that waits, among the journeys: it is the end of one, and no page leads to it.
PROTOCOL = "saml-artifact"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who may enter, and what their application asked."""

    admission: Admission
    scope: tuple[str, ...]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WaitingStatus:
    """A request that was refused."""

    status: Status
    payload: Mapping[str, Any]


class Artifacts:
    """Gives them, and takes them back once."""

    def __init__(self, core: Core, entity_id: str) -> None:
        self._core = core
        # Bindings §3.6.4: so that the application knows whom to ask.
        self._head = TYPE + INDEX.to_bytes(2) + sha1(entity_id.encode()).digest()  # noqa: S324
        life = min(core.settings.tokens.code, LIFE)
        self._codes = Codes(
            core.clock, core.entropy, core.lookup, core.audit, life, octets=HANDLE_BYTES
        )
        self.life = life

    def give(
        self,
        tx: Tx,
        admission: Admission,
        scope: tuple[str, ...],
        payload: Mapping[str, Any],
        origin: Origin,
    ) -> Handover:
        """One for an admitted person."""
        handle = self._codes.give(tx, admission, scope, payload, self.life, origin)
        return self._handover(handle, payload)

    def leave(
        self, tx: Tx, application: Application, payload: Mapping[str, Any], status: Status
    ) -> Handover:
        """One for a refusal. It waits longer: people read the page that tells them why."""
        handle = self._core.entropy.token(HANDLE_BYTES)
        told = {"code": status.code, "detail": status.detail, "message": status.message}
        refused = LoginRequest(
            id=self._refusal(handle),
            protocol=PROTOCOL,
            application=application.key,
            asked_at=self._core.clock.now(),
            payload={**payload, "status": told},
        )
        self._core.journeys.begin(tx, refused, handle)
        return self._handover(handle, payload)

    def redeem(
        self, tx: Tx, application: Application, artifact: str, origin: Origin
    ) -> Waiting | WaitingStatus | None:
        """What waits behind one: for the application that it was given to, once (SM-073)."""
        handle = self._read(artifact)
        if handle is None:
            return None
        grant = self._codes.redeem(tx, application.key, handle, origin)
        if grant is NotRedeemed.UNKNOWN:
            return self._refused(tx, application, handle)
        if not isinstance(grant, Grant):
            return None
        # OA-047: whatever closed since the browser left is closed now.
        admission = self._core.gate.readmit(tx, application, grant)
        if not isinstance(admission, Admission):
            return None
        return Waiting(admission, grant.scope, grant.payload)

    def _refused(self, tx: Tx, application: Application, handle: str) -> WaitingStatus | None:
        left = self._refusal(handle)
        found = self._core.journeys.find(tx, left, handle)
        if not isinstance(found, LoginRequest) or found.application != application.key:
            return None
        if not self._core.journeys.finish(tx, left):
            return None
        payload = dict(found.payload)
        return WaitingStatus(Status(**payload.pop("status")), payload)

    def _refusal(self, handle: str) -> str:
        """Under which name a refusal waits: the browser, which knows the handle, does not know."""
        return self._core.lookup.text("saml-artifact", handle)

    def _handover(self, handle: str, payload: Mapping[str, Any]) -> Handover:
        octets = urlsafe_b64decode(handle + "=" * (-len(handle) % 4))
        fields = {"SAMLart": b64encode(self._head + octets).decode()}
        if payload["relay"]:
            fields["RelayState"] = payload["relay"]
        address = str(payload["acs"])
        return Handover(f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}")

    def _read(self, artifact: str) -> str | None:
        """The handle of one of ours; SM-052: what another has given is nothing here."""
        octets = decode(artifact)
        if isinstance(octets, Unreadable) or len(octets) != len(self._head) + HANDLE_BYTES:
            return None
        head, handle = octets[: len(self._head)], octets[len(self._head) :]
        if head != self._head:
            return None
        return urlsafe_b64encode(handle).decode().rstrip("=")


def is_by_artifact(payload: Mapping[str, Any]) -> bool:
    """Whether the answer to a request goes this way."""
    return bool(payload["binding"] == ARTIFACT)
