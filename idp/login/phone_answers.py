# SPDX-License-Identifier: Apache-2.0
"""What a phone says to what an application asks of somebody elsewhere: agreed, refused, or nothing.

The same hops as on a page: the proof becomes a session of the person's, which the gate admits to
the application or not; the first answer counts, whether the phone's or a page's. Whatever else
comes of it leaves the request waiting.
"""

from typing import Final, Protocol, runtime_checkable

from connectors.base import Connector
from connectors.capabilities import Introduces
from connectors.phones import Heard, Rings
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx, part
from idp.grants.admission import Admission
from idp.login.approving import Approving
from idp.login.attempt import Arrival, Counted, proof_of
from idp.login.attempt import Proven as Proved
from idp.login.finalize import Finalizer, LoggedIn
from idp.login.flow import Refusal
from idp.login.phone_desk import KIND
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.origin import Origin

# Nobody knows where the phone was.
NOWHERE: Final = Origin("", "", "")
# It was heard, and led to nothing: of a request that waits no more, and of one that still does.
DROPPED: Final = "dropped"
NOT_BELIEVED: Final = "not-believed"


@runtime_checkable
class Phone(Connector, Introduces, Rings, Protocol):
    """A means that somebody answers on their phone."""


class PhoneAnswers:
    """In the transaction in which the answer is noted."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        approving: Approving,
        finalizer: Finalizer,
        steering: Steering,
        means: Phone,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._approving = approving
        self._finalizer = finalizer
        self._steering = steering
        self._means = means

    def refused(self, tx: Tx, account: str, approval: str) -> str | None:
        """They said no there; what becomes of the request on the phone, where not that."""
        said = self._approving.refuse(tx, account, approval, NOWHERE, KIND)
        return None if said else DROPPED

    def accepted(self, tx: Tx, account: str, approval: str, heard: Heard) -> str | None:
        """They confirmed it there; what becomes of the request on the phone, where not that."""
        waiting = self._approving.approvals.find(tx, account, approval)
        if waiting is None:
            return DROPPED
        wished = self._approving.journey(waiting)
        with part(tx) as own:
            found = self._enter(tx, wished, account, approval, heard)
            # Without an admission no session is left behind, nor with a page that was first.
            if isinstance(found, Refusal) or found == DROPPED:
                own.give_up()
        if not isinstance(found, Refusal):
            return found
        event = Event(
            "login.refused",
            "refused",
            account=account,
            application=wished.application,
            means=KIND,
            detail={"why": found.value},
        )
        self._audit.record(tx, event, NOWHERE)
        return NOT_BELIEVED

    def _enter(
        self, tx: Tx, wished: LoginRequest, account: str, approval: str, heard: Heard
    ) -> Refusal | str | None:
        application = self._steering.application(tx, wished)
        if application is None:
            return Refusal.APPLICATION_CLOSED
        verified = self._means.proof(heard)
        proof = proof_of(verified, self._means, wished, self._clock.now())
        who = self._means.introduce(verified.identity)
        # OA-180: whoever answered is whom the application asked for, or nobody.
        arrival = Arrival(who, account, verified.identity.claims)
        proved = Proved("", proof, Counted((), None), verified.mark, arrival)
        kept = self._finalizer.keep(tx, wished, proved, None, None, "", NOWHERE)
        if not isinstance(kept, LoggedIn):
            # Why is in the audit by now.
            return NOT_BELIEVED
        admission = self._steering.admit(tx, wished, application, kept.session)
        if not isinstance(admission, Admission):
            return admission
        agreed = self._approving.agree(tx, approval, admission, NOWHERE)
        return None if agreed else DROPPED
