# SPDX-License-Identifier: Apache-2.0
"""The application comes for what somebody agreed to elsewhere (CIBA §10.1, §11)."""

from typing import Final

from idp.credentials import throttle
from idp.credentials.throttle import Limits, Verdict
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.approvals import Answer as Told
from idp.grants.approvals import Approved
from idp.login.flow import is_agreed_still
from idp.login.request import read
from idp.oidc.absent import CIBA
from idp.oidc.token_grants import Answer, OurGrant
from idp.oidc.token_server import ProtocolError

# CIBA §10.3.1, where tokens are pushed; here it ties the ID token to what was asked all the same.
CLAIM: Final = "urn:openid:params:jwt:claim:auth_req_id"
TELLS: Final = {
    Told.UNKNOWN: ("invalid_grant", "the auth_req_id is unknown, or was used before"),
    Told.WAITING: ("authorization_pending", ""),
    Told.HURRIED: ("slow_down", "the interval is 5 seconds longer from now on"),
    Told.TOO_OFTEN: ("invalid_request", "it is asked far too often"),
    Told.REFUSED: ("access_denied", "the person refused"),
    Told.OVER: ("expired_token", "nobody agreed in time"),
}
# OA-140: whoever guesses so often does nothing else for a while.
GUESSES: Final = Limits(
    free_tries=50, first_delay=60, max_delay=60, per_day=0, disable_after=10**9, window=600
)


class AbsentGrant(OurGrant):
    """One approval, taken once."""

    GRANT_TYPE = CIBA

    def create_token_response(self) -> Answer:
        """The tokens; or how it stands."""
        handle = self.parameter("auth_req_id")
        if not handle:
            raise ProtocolError("invalid_request", "auth_req_id is missing")
        approvals = self.core.approving.approvals
        with self.core.database.write() as tx:
            if self._is_shut(tx):
                raise ProtocolError("slow_down", "too many unknown auth_req_id were tried")
            taken = approvals.take(tx, self.used_client.id, handle)
            given = self._redeem(tx, taken, handle) if taken is not None else None
            told = approvals.poll(tx, self.used_client.id, handle) if taken is None else None
            if told is Told.UNKNOWN:
                self._count(tx)
        if given is not None:
            return given
        if told is None:
            # OA-143: whatever closed since the person agreed.
            raise ProtocolError("invalid_grant", "the login no longer holds")
        code, hint = TELLS[told]
        raise ProtocolError(code, hint)

    def _redeem(self, tx: Tx, taken: Approved, handle: str) -> Answer | None:
        """Through the gate once more, as the person was admitted."""
        admission = self.readmit(tx, taken.grant)
        if not isinstance(admission, Admission):
            return None
        wished = read(taken.wished)
        client, core = self.used_client, self.core
        # OA-175: also what was agreed is looked at again now.
        consented = core.consents.given(tx, admission.account, client.id)
        if not is_agreed_still(wished, client.application.policy, consented):
            return None
        payload = wished.payload
        scope = tuple(one for one in payload["scope"] if one in client.scopes)
        if "openid" not in scope:
            return None
        audience = self.audience(tuple(payload["audience"]))
        core.sessions.enter(tx, admission.session, client.id)
        codes, origin = core.codes, self.request.call.origin
        life = core.settings.tokens.refresh_absolute
        code = codes.give(tx, admission, scope, payload, life, origin)
        grant = codes.open(tx, client.id, code, keep=False)
        return self.give(tx, grant, admission, scope, audience, nonce=False, also={CLAIM: handle})

    @property
    def _counter(self) -> str:
        return f"approval|{self.used_client.id}"

    def _is_shut(self, tx: Tx) -> bool:
        now = self.core.clock.now()
        return throttle.look(tx, self._counter, GUESSES, now).verdict is not Verdict.FREE

    def _count(self, tx: Tx) -> None:
        throttle.reserve(tx, self._counter, GUESSES, self.core.clock.now())
