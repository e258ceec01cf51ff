# SPDX-License-Identifier: Apache-2.0
"""The device at the token endpoint (RFC 8628 §3.4): it asks until its person has decided."""

from typing import Final

from idp.grants.admission import Admission
from idp.grants.device_requests import NotYet
from idp.oidc.client import DEVICE
from idp.oidc.token_grants import Answer, OurGrant
from idp.oidc.token_server import ProtocolError

LONGEST: Final = 128
# RFC 8628 §3.5.
ERRORS: Final = {
    NotYet.PENDING: ("authorization_pending", ""),
    NotYet.TOO_FAST: ("slow_down", "wait five seconds more between two questions"),
    NotYet.REFUSED: ("access_denied", "the person refused"),
    NotYet.EXPIRED: ("expired_token", "ask for another device_code"),
    NotYet.UNKNOWN: ("invalid_grant", "the device_code is not valid, or was used before"),
}


class DeviceGrant(OurGrant):
    """What a person gave to a device, by the same piece as what a code opens."""

    GRANT_TYPE = DEVICE

    def create_token_response(self) -> Answer:
        """Redeemed once; what the device may not have uses nothing up."""
        code = self.parameter("device_code")
        if not code or len(code) > LONGEST:
            raise ProtocolError("invalid_request", "device_code is missing")
        core, client = self.core, self.used_client
        why = "the login no longer holds"
        with core.database.write() as tx:
            found = core.device_requests.redeem(tx, client.id, code)
            if isinstance(found, str):
                grant = core.codes.load(tx, found)
                admission = self.readmit(tx, grant) if grant else None
                if grant is not None and isinstance(admission, Admission):
                    if grant.payload.get("jkt", self.binding.key) != self.binding.key:
                        # RFC 9449 §10: the key that the device named, and no other.
                        raise ProtocolError("invalid_grant", "the proof is by another key")
                    audience = self.audience(tuple(grant.payload["audience"]))
                    return self.give(tx, grant, admission, grant.scope, audience, nonce=False)
                found = NotYet.UNKNOWN
            else:
                why = ERRORS[found][1]
        raise ProtocolError(ERRORS[found][0], why)
