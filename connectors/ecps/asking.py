# SPDX-License-Identifier: Apache-2.0
"""The requests and answers of CIBA Core §7 to §11, as a client in poll mode."""

from collections.abc import Mapping
from typing import Final

from connectors.base import Reason, Refused
from connectors.openid.fetching import OK
from connectors.openid.provider import Provider, Tokens
from connectors.openid.upstream import Failed, Fault
from connectors.phones import Rung, Silent

GRANT: Final = "urn:openid:params:grant-type:ciba"
# Of Pro Santé Connect (facts §2): on the phone, and not by a card elsewhere.
CHANNEL: Final = "MOBILE"
# CIBA Core §7.3: where none is told.
INTERVAL: Final = 5
SHORTEST: Final = 2
LONGEST: Final = 60
LIFE: Final = 120
LONGEST_HANDLE: Final = 8192
# CIBA Core §13, and Keycloak's own word for the same.
UNKNOWN: Final = frozenset({"unknown_user_id", "invalid_user"})
# CIBA Core §11: the words that end a request, and what they come to.
ENDS: Final[Mapping[str, Reason]] = {
    "access_denied": Reason.CANCELLED,
    "expired_token": Reason.EXPIRED,
}


class Asking:
    """Both exchanges, with one provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def ring(self, national_id: str, number: str) -> Rung | Refused:
        """CIBA Core §7.1."""
        described = self._provider.description()
        if isinstance(described, Failed):
            return _refused(described)
        if not described.backchannel:
            return Refused(Reason.NOT_BELIEVED, "description: backchannel")
        upstream = self._provider.upstream
        found = self._provider.post(
            described.backchannel,
            {
                "scope": " ".join(upstream.scope),
                "acr_values": upstream.level_words,
                "login_hint": national_id,
                "binding_message": number,
                "channel": CHANNEL,
            },
        )
        if isinstance(found, Failed):
            return _refused(found)
        status, told = found
        return _rung(told) if status == OK else _not_rung(told.get("error"))

    def poll(self, handle: str) -> Tokens | Silent | Refused:
        """CIBA Core §10.1."""
        found = self._provider.grant({"grant_type": GRANT, "auth_req_id": handle})
        if not isinstance(found, Failed):
            return found
        if found.fault is Fault.NOT_REACHED or found.detail == "slow_down":
            return Silent(slower=True)
        if found.detail == "authorization_pending":
            return Silent()
        if found.detail in ENDS:
            return Refused(ENDS[found.detail])
        if found.fault is Fault.REFUSED:
            # CIBA Core §11, `invalid_grant`: of no request that they know, or know any more.
            return Refused(Reason.UNKNOWN, found.detail)
        return _refused(found)


def _rung(told: Mapping[str, object]) -> Rung | Refused:
    handle = told.get("auth_req_id")
    plain = isinstance(handle, str) and handle.isascii() and handle.isprintable()
    if not plain or not 0 < len(str(handle)) <= LONGEST_HANDLE:
        return Refused(Reason.NOT_BELIEVED, "request: auth_req_id")
    interval = _seconds(told.get("interval", INTERVAL))
    life = _seconds(told.get("expires_in"))
    if not interval or not life:
        return Refused(Reason.NOT_BELIEVED, "request: interval or expires_in")
    return Rung(str(handle), min(max(interval, SHORTEST), LONGEST), min(life, LIFE))


def _not_rung(error: object) -> Refused:
    word = error if isinstance(error, str) and error.isascii() and error.isprintable() else ""
    if word in UNKNOWN:
        return Refused(Reason.UNKNOWN)
    if word == "access_denied":
        return Refused(Reason.CANCELLED)
    return Refused(Reason.NOT_BELIEVED, f"request: {word[:64] or 'an error without a name'}")


def _seconds(value: object) -> int:
    """A positive number of whole seconds; 0 for anything else."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return int(str(value)) if whole and 0 < int(str(value)) < 1 << 31 else 0


def _refused(failed: Failed) -> Refused:
    reached = failed.fault is not Fault.NOT_REACHED
    return Refused(Reason.NOT_BELIEVED if reached else Reason.NOT_REACHED, failed.detail)
