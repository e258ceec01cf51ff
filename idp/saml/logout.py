# SPDX-License-Identifier: Apache-2.0
"""A request to log out: whose it is, whose sessions it names, and what becomes of them.

Always signed, whatever the registration says of other requests: nobody is logged out by anybody
but the application that was opened, and by it only from sessions in which it was (SM-060).
"""

from dataclasses import dataclass

from idp.accounts.subjects import Subjects
from idp.credentials import used_once
from idp.db import Tx
from idp.http.services import Core
from idp.login.leave import Gone, Leaving, Reach, Told
from idp.origin import Origin
from idp.saml.application import SamlApplication
from idp.saml.assertion import DONE, DRIFT, Status
from idp.saml.checks import LEEWAY, Place, check_moment, check_version
from idp.saml.fitting import Fitting
from idp.saml.logout_messages import LogoutRequest, LogoutResponse, read_request
from idp.saml.names import (
    PARTIAL_LOGOUT,
    REQUESTER,
    SUCCESS,
    UNKNOWN_PRINCIPAL,
)
from idp.saml.receive import Brought, Receiver, Untrusted
from idp.saml.xml import Element
from idp.sessions.service import Ended, Entered

USED = "saml_logout"
WHY = "application"
UNKNOWN = Status(REQUESTER, UNKNOWN_PRINCIPAL, "no session of this application fits the request")
PARTIAL = Status(SUCCESS, PARTIAL_LOGOUT, "not every application could be told")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request to log out that is believed."""

    application: SamlApplication
    request: LogoutRequest
    relay_state: str


@dataclass(frozen=True, slots=True)
class Left:
    """What came of it; nothing told where no session fits, or all were over before."""

    fits: bool
    gone: Gone

    @property
    def status(self) -> Status:
        """As whoever asked is answered (SAML Core §3.7.3.2)."""
        if not self.fits:
            return UNKNOWN
        missed = any(one.reach is not Reach.REACHED for one in self.gone.told)
        return PARTIAL if missed else DONE


@dataclass(frozen=True, slots=True)
class _Arrived:
    application: SamlApplication
    request: LogoutRequest | LogoutResponse


def doubt_of(
    message: LogoutRequest | LogoutResponse,
    application: SamlApplication,
    place: Place,
    *,
    addressed: bool = True,
) -> Untrusted | None:
    """Why a message is not one for here and now; `addressed`: it must say that it is for here."""
    for doubt in (check_version, check_moment):
        why = doubt(_Arrived(application, message), place)
        if why is not None:
            return why
    # Bindings §3.4.5.2, §3.5.5.2: what is for another door is not for this one.
    if message.destination != place.address and (addressed or message.destination):
        hint = f"Destination is not {place.address}"
        return Untrusted("application-misconfigured", hint, application=application)
    return None


class LogoutDesk:
    """Takes requests to log out, by whatever binding they come."""

    def __init__(
        self, core: Core, receiver: Receiver, leaving: Leaving, subjects: Subjects, entity_id: str
    ) -> None:
        self._core = core
        self._receiver = receiver
        self._leaving = leaving
        self._sessions = Fitting(core.sessions, subjects, entity_id)
        self._entity_id = entity_id

    def read(
        self, tx: Tx, brought: Brought, made: Element, address: str, *, addressed: bool
    ) -> Wanted | Untrusted:
        """The request, if it is one to believe; `addressed`: it must say that it is for us."""
        found = self._receiver.verified(tx, brought, made, always=True)
        if isinstance(found, Untrusted):
            return found
        wanted = Wanted(found.application, read_request(found.element), brought.relay_state)
        place = Place(address, self._entity_id, self._core.clock.now())
        doubt = doubt_of(wanted.request, wanted.application, place, addressed=addressed)
        if doubt is not None:
            return doubt
        until = wanted.request.ends_at
        if until is not None and until + DRIFT <= place.now:
            hint = "NotOnOrAfter is past"
            return Untrusted("journey-expired", hint, application=wanted.application)
        return wanted

    def leave(self, wanted: Wanted, origin: Origin) -> Left | Untrusted:
        """End the sessions that fit, durably, then tell the other applications opened in them."""
        application = wanted.application
        with self._core.database.write() as tx:
            if not self._claim(tx, wanted):
                hint = "this request was used already"
                return Untrusted("journey-expired", hint, application=application)
            fitting = self._fitting(tx, wanted)
            ended = [
                over
                for one in fitting
                if not one.is_over and (over := self._leaving.end(tx, one.session, WHY, origin))
            ]
        loose = tuple(each for one in ended for each in one.loose)
        return Left(bool(fitting), Gone(self._tell(fitting, ended, application), loose))

    def _tell(
        self, fitting: list[Entered], ended: list[Ended], application: SamlApplication
    ) -> list[Told]:
        if not ended:
            return []
        # It asked, and hears of it by the answer: a request of ours would cross its own.
        key = application.application.key
        return self._leaving.tell_all(fitting[0].account, ended, knows=key)

    def _claim(self, tx: Tx, wanted: Wanted) -> bool:
        """A request is taken once, as long as it would be accepted."""
        request = wanted.request
        hashed = self._core.lookup.hash(f"{wanted.application.entity_id}|{request.id}")
        return used_once.claim(tx, USED, hashed, (request.issued_at or 0) + 2 * LEEWAY)

    def _fitting(self, tx: Tx, wanted: Wanted) -> list[Entered]:
        """The sessions in which this very application was opened, by this very name."""
        request = wanted.request
        found = self._sessions.of(tx, wanted.application, request.subject)
        # SAML Core §3.7.3: without an index it means all of them.
        return [one for one in found if not request.indexes or one.label in request.indexes]
