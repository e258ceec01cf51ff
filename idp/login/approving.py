# SPDX-License-Identifier: Apache-2.0
"""Somebody is asked to agree to an application that they are not sitting at.

They are told by a message and on a page of theirs, and agree by a login like any other, which ends
here: the application is handed nothing by it, and comes for what it was given. Where it can be,
their phone is asked at once (`idp.login.ringing`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import Account, State
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.credentials.otp import destinations
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.approvals import Approvals, Decided, Waiting, Wish
from idp.login.answers import Handover
from idp.login.flow import Refusal
from idp.login.freshness import FRESH_FOR
from idp.login.gate import Gate
from idp.login.phone_desk import KIND as PHONE
from idp.login.phone_desk import Wanted
from idp.login.request import APPROVAL, LoginRequest, dump, read
from idp.login.ringing import Ringing
from idp.messages.outbox import Message, Outbox
from idp.messages.quotas import Quotas
from idp.messages.shown import shown_moment
from idp.origin import Origin

# The channel by which an application is told that it may come.
CHANNEL: Final = "ping"
ASKED: Final = "approval-asked"
PAGE: Final = "/account/requests"
# How the page knows which one a journey is about.
NAME: Final = "approval"


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom an application looks for, and what it wants of them."""

    # The account, where one is known.
    account: str | None
    # What was typed, folded, or hinted at.
    hint: str
    level: Level | None
    scope: tuple[str, ...]
    details: Mapping[str, Mapping[str, Any]]
    # The protocol's own, for when the application comes.
    payload: Mapping[str, Any]
    told: str
    life: int
    bearer: str = field(default="", repr=False)
    # So often in ten minutes this application may.
    often: int = 5


class Approving:
    """The verbs."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        audit: Audit,
        approvals: Approvals,
        quotas: Quotas,
        outbox: Outbox,
        gate: Gate,
        issuer: str,
        ringing: Ringing | None,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._audit = audit
        self.approvals = approvals
        self._quotas = quotas
        self._outbox = outbox
        self._gate = gate
        self._issuer = issuer
        # None where no phone is asked.
        self._ringing = ringing

    def ask(self, tx: Tx, application: Application, sought: Sought, origin: Origin) -> str | None:
        """Put it to them; the application's handle, or nothing where it hints so too often.

        Whoever is unknown, could not be let in, or is asked too often is answered for as everybody
        is: the application learns of no account by it (OA-144), nor by two names of one person.
        """
        if not self._quotas.take_hint(tx, application.key, sought.hint, sought.often):
            self._record(tx, "approval.asked", application.key, sought.account, origin, "refused")
            return None
        account = self._reachable(tx, application, sought.account)
        whom = self.approvals.whom("hint", sought.hint)
        outcome = "ok"
        if account is not None:
            person = self.approvals.whom("account", account.id)
            # The count holds whoever else asks the same person, so that the next look is the last.
            counted = self._quotas.take_approval(tx, person.hex(), sought.often)
            if counted and not self.approvals.is_full(tx, person):
                whom = person
            else:
                # OA-145: it waits for nobody, and is over in time.
                account, outcome = None, "refused"
        login = self._login(application, account, sought)
        wish = Wish(
            application=application.key,
            account=account.id if account else None,
            whom=whom,
            wished=dump(login),
            told=sought.told,
            address=origin.address,
            life=sought.life,
            bearer=sought.bearer,
        )
        handle, name = self.approvals.ask(tx, wish)
        whose = sought.account if outcome == "refused" else wish.account
        means = None
        if account is not None:
            means = self._reach(tx, account, application, login, name, sought, origin)
        self._record(tx, "approval.asked", application.key, whose, origin, outcome, means)
        return handle

    def journey(self, waiting: Waiting) -> LoginRequest:
        """The login by which somebody agrees: theirs alone, fresh, at the level asked."""
        wished = read(waiting.wished)
        return replace(
            wished,
            id=self._entropy.token(16),
            asked_at=self._clock.now(),
            max_age=FRESH_FOR,
            payload={NAME: waiting.name},
        )

    def refuse(
        self, tx: Tx, account: str, name: str, origin: Origin, means: str | None = None
    ) -> bool:
        """The person says no; False where it is decided or over."""
        decided = self.approvals.refuse(tx, account, name)
        if decided is None:
            return False
        self._record(tx, "approval.refused", decided.application, account, origin, "refused", means)
        self._ping(tx, decided)
        return True

    def agree(self, tx: Tx, name: str, admission: Admission, origin: Origin) -> bool:
        """The person was admitted for it; False where it is decided or over."""
        decided = self.approvals.approve(tx, name, admission)
        if decided is None:
            return False
        event = Event(
            "approval.given",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            means=" ".join(admission.means),
            level=int(admission.level),
        )
        self._audit.record(tx, event, origin)
        self._ping(tx, decided)
        return True

    def withdraw(self, tx: Tx, account: str, application: str, origin: Origin) -> None:
        """The person takes back what they agreed to: nothing that they were asked outlives it."""
        for decided in self.approvals.withdraw(tx, account, application):
            self._record(tx, "approval.refused", application, account, origin, "refused")
            self._ping(tx, decided)

    def _reachable(self, tx: Tx, application: Application, account: str | None) -> Account | None:
        found = accounts.load(tx, account) if account else None
        if found is None or found.state is not State.ACTIVE:
            return None
        return None if self._gate.closed_to(tx, application, found) else found

    def _login(
        self, application: Application, account: Account | None, sought: Sought
    ) -> LoginRequest:
        return LoginRequest(
            id="",
            protocol=APPROVAL,
            application=application.key,
            asked_at=0,
            level=sought.level,
            level_required=sought.level is not None,
            hint=account.person.identifier if account else "",
            account=account.id if account else None,
            scope=sought.scope,
            details=sought.details,
            payload=sought.payload,
        )

    def _reach(
        self,
        tx: Tx,
        account: Account,
        application: Application,
        login: LoginRequest,
        name: str,
        sought: Sought,
        origin: Origin,
    ) -> str | None:
        """On their phone, where it can be asked, and by a message; the means that was asked."""
        known = destinations(account.person)
        channel = next((one for one in ("email", "sms") if one in known), None)
        if channel and not self._quotas.take(tx, channel, known[channel], "", ASKED):
            # OA-145: no phone rings more often than somebody would be written to.
            return None
        wanted = Wanted(
            approval=name,
            national_id=account.person.national_id or "",
            account=account.id,
            application=application.key,
            number=sought.told,
            address=origin.address,
            life=sought.life,
        )
        ringing = self._ringing
        rung = ringing is not None and ringing.ring(tx, application, account, login, wanted)
        if channel:
            self._tell(tx, account, application, name, sought.life, channel, rung=rung)
        return PHONE if rung else None

    def _tell(
        self,
        tx: Tx,
        account: Account,
        application: Application,
        name: str,
        life: int,
        channel: str,
        *,
        rung: bool,
    ) -> None:
        """By e-mail, or by SMS where there is no mailbox; the page tells it in any case."""
        person = account.person
        # Nothing of what the application says: a letter of ours carries no words of others.
        values: dict[str, str | int] = {
            "name": person.display_name,
            "application": application.name,
            "at": shown_moment(self._clock.now(), person.locale),
            "minutes": max(life // 60, 1),
            "link": f"{self._issuer}{PAGE}/{name}",
            "phone": int(rung),
        }
        to = destinations(person)[channel]
        message = Message(channel, ASKED, to, account.id, person.locale, life, values)
        self._outbox.put(tx, message)

    def _ping(self, tx: Tx, decided: Decided) -> None:
        if not decided.bearer:
            return
        values = {"handle": decided.handle, "bearer": decided.bearer}
        message = Message(
            CHANNEL, "approval", decided.application, None, "", max(decided.left, 1), values
        )
        self._outbox.put(tx, message)

    def _record(
        self,
        tx: Tx,
        kind: str,
        application: str,
        account: str | None,
        origin: Origin,
        outcome: str = "ok",
        means: str | None = None,
    ) -> None:
        event = Event(kind, outcome, account=account, application=application, means=means)
        self._audit.record(tx, event, origin)


class ApprovalResponder:
    """Fills `login.answers.Responder`: such a login ends on the person's own page."""

    def __init__(self, approving: Approving, issuer: str) -> None:
        self._approving = approving
        self._page = issuer + PAGE

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """It is agreed to."""
        agreed = self._approving.agree(tx, request.payload[NAME], admission, origin)
        return Handover(f"{self._page}?done={'agreed' if agreed else 'over'}")

    def refused(self, _request: LoginRequest, _refusal: Refusal) -> Handover | None:
        """Nothing is decided: the page still offers both."""
        return Handover(self._page)

    def origins(self, _request: LoginRequest) -> tuple[str, ...]:
        """It stays here."""
        return ()
