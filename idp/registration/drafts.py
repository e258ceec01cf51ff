# SPDX-License-Identifier: Apache-2.0
"""The person's side of a request: from the terms to the queue, and back where more is asked."""

from dataclasses import dataclass, field, replace
from enum import Enum

from idp.accounts.values import fold
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Tx
from idp.directory.numbers import national_id_of
from idp.lookup import Lookup
from idp.messages.quotas import Quotas, Refused
from idp.origin import Origin
from idp.registration import statements
from idp.registration.letters import KIND, Mail, mailbox_of
from idp.registration.links import Links, Purpose
from idp.registration.store import Store
from idp.registration.values import Content, Request, Stage

EDITED = frozenset({Stage.DRAFT, Stage.RETURNED})
# What is dropped where nobody goes on with it.
PASSING = frozenset({*EDITED, Stage.UNCONFIRMED})
ALIVE = frozenset({*PASSING, Stage.PENDING})
LAST_STEP = 3


class No(Enum):
    """Why nothing was done."""

    # Registration is closed.
    CLOSED = "closed"
    # Too often, by this address or to this mailbox.
    TOO_OFTEN = "too-often"
    # It has changed since it was read, or is at another stage.
    STALE = "stale"
    # A step is missing.
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Held:
    """A request, and the secret by which this browser holds it from now on."""

    request: Request
    holder: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """As configured."""

    open: bool
    draft_life: int


class Drafts:
    """The verbs. A request that was read before is handed in: who changed it first wins."""

    def __init__(
        self,
        ground: tuple[Clock, Entropy, Lookup, Audit],
        store: Store,
        links: Links,
        mail: Mail,
        quotas: Quotas,
        rules: Rules,
    ) -> None:
        self._clock, self._entropy, self._lookup, self._audit = ground
        self._store = store
        self._links = links
        self._mail = mail
        self._quotas = quotas
        self._rules = rules

    @property
    def open(self) -> bool:
        """Whether requests are taken (CR-048)."""
        return self._rules.open

    def begin(self, tx: Tx, terms: str, locale: str, origin: Origin) -> Held | No:
        """A new draft, for whoever has just accepted these terms."""
        if not self._rules.open:
            return No.CLOSED
        name, holder, now = self._entropy.token(16), self._entropy.token(), self._clock.now()
        # The name is new, so that only the visitor's address counts (CR-048: mass sign-up).
        if isinstance(self._quotas.take_request(tx, KIND, name, origin.address), Refused):
            return No.TOO_OFTEN
        request = Request(
            id=name,
            stage=Stage.DRAFT,
            version=1,
            content=Content(),
            step=0,
            locale=locale,
            national_id="",
            establishment="",
            terms_version=terms,
            terms_at=now,
            created_at=now,
            updated_at=now,
            expires_at=now + self._rules.draft_life,
        )
        self._store.add(tx, request, self._lookup.hash(holder))
        self._record(tx, "registration.begun", request, origin, terms=terms)
        return Held(request, holder)

    def held(self, tx: Tx, holder: str) -> Request | None:
        """The request that this browser holds, while it lives."""
        found = self._store.held(tx, self._lookup.hash(holder)) if holder else None
        return found if found is not None and self._lives(found) else None

    def answer(self, tx: Tx, request: Request, content: Content, step: int) -> Request | No:
        """Keep what was answered; `step` is the last one that is complete."""
        if request.stage not in EDITED or not self._lives(request):
            return No.STALE
        changed = replace(
            request,
            content=content,
            step=step,
            expires_at=self._clock.now() + self._rules.draft_life,
        )
        # An address that was confirmed stays known as such until the request is sent anew.
        told, address = request.submitted_at is not None, fold(content.details.email)
        kept = self._store.change(tx, changed, {} if told else {"email": address[:512]})
        if kept is not None and address != fold(request.content.details.email):
            # CR-041: whoever reads the other mailbox has no way in by an older letter.
            self._links.void(tx, request.id, Purpose.RESUME)
        return kept or No.STALE

    def send(self, tx: Tx, request: Request, origin: Origin) -> Request | No:
        """All four steps are done: to the administrators, or first to the mailbox."""
        if request.stage not in EDITED or not self._lives(request):
            return No.STALE
        if request.step < LAST_STEP:
            return No.INCOMPLETE
        if not self._rules.open and request.submitted_at is None:
            # CR-048: whoever was asked for more may still answer.
            return No.CLOSED
        details, vouched = request.content.details, request.content.vouched
        address = fold(details.email)
        confirmed = request.submitted_at is not None and (
            statements.email_of(tx, request.id) == address[:512]
        )
        if not confirmed and not self._mail.may_send(tx, details.email, origin):
            return No.TOO_OFTEN
        now = self._clock.now()
        sent = replace(
            request,
            stage=Stage.PENDING if confirmed else Stage.UNCONFIRMED,
            national_id=vouched.national_id if vouched else national_id_of(details.number),
            establishment=details.establishment,
            sent_at=now,
            submitted_at=now if confirmed else None,
            expires_at=now + self._rules.draft_life,
        )
        kept = self._store.change(tx, sent)
        if kept is None:
            return No.STALE
        self._store.note(tx, kept.id, "corrected" if confirmed else "sent")
        self._record(tx, "registration.sent", kept, origin, stage=kept.stage.value)
        if not confirmed:
            self._mail.confirm(tx, kept)
        return kept

    def confirm(self, tx: Tx, secret: str, origin: Origin) -> Request | None:
        """The link came back from the mailbox, once: the request goes to the administrators."""
        found = self._links.use(tx, secret, Purpose.CONFIRM)
        request = self._store.load(tx, found) if found else None
        if request is None or request.stage is not Stage.UNCONFIRMED or not self._lives(request):
            return None
        now = self._clock.now()
        kept = self._store.change(tx, replace(request, stage=Stage.PENDING, submitted_at=now))
        if kept is None:
            return None
        # CR-041: what was sent while nobody knew whose the mailbox is ends here.
        self._links.void(tx, kept.id, Purpose.RESUME)
        self._store.note(tx, kept.id, "confirmed")
        self._record(tx, "registration.confirmed", kept, origin)
        self._mail.received(tx, kept)
        self._mail.warn_owner(tx, kept, origin)
        return kept

    def disown(self, tx: Tx, secret: str, origin: Origin) -> bool:
        """Whoever has the mailbox says that the request is not theirs: it waits for another
        address, and no letter of it leads anywhere any more.
        """
        found = self._links.use(tx, secret, Purpose.CONFIRM)
        request = self._store.hold(tx, found) if found else None
        if request is None or request.stage is not Stage.UNCONFIRMED or not self._lives(request):
            return False
        details = replace(request.content.details, email="")
        content = replace(request.content, details=details)
        draft = replace(request, stage=Stage.DRAFT, content=content, step=min(request.step, 1))
        kept = self._store.change(tx, draft, {"email": ""})
        if kept is None:
            return False
        # CR-041: a way back may have gone to the same mailbox.
        self._links.void(tx, kept.id, Purpose.RESUME)
        self._store.note(tx, kept.id, "disowned")
        self._record(tx, "registration.disowned", kept, origin)
        return True

    def resend(self, tx: Tx, request: Request, origin: Origin) -> No | None:
        """The same letter again; earlier links are void."""
        if request.stage is not Stage.UNCONFIRMED or not self._lives(request):
            return No.STALE
        if not self._mail.may_send(tx, request.content.details.email, origin):
            return No.TOO_OFTEN
        self._mail.confirm(tx, request)
        return None

    def reopen(self, tx: Tx, request: Request) -> Request | No:
        """Back to the form, for whoever mistyped their address: the link that was sent is void."""
        if request.stage is not Stage.UNCONFIRMED or not self._lives(request):
            return No.STALE
        kept = self._store.change(tx, replace(request, stage=Stage.DRAFT))
        if kept is None:
            return No.STALE
        self._links.void(tx, request.id, Purpose.CONFIRM)
        return kept

    def ask_back(self, tx: Tx, email: str, origin: Origin) -> None:
        """Send a link to the draft of this mailbox, if there is one; nobody is told (CR-030)."""
        if not self._mail.may_send(tx, email, origin):
            return
        address = fold(email)
        found = statements.newest(tx, address, self._clock.now())
        # Held: an address that is corrected at this moment gets no link after that.
        request = self._store.hold(tx, found) if found else None
        if request is None or request.stage not in ALIVE:
            return
        if statements.email_of(tx, request.id) == address[:512]:
            self._mail.way_back(tx, request)

    def leave(self, tx: Tx, request: Request, origin: Origin) -> No | None:
        """The holder goes on later: a link goes to their mailbox, the confirmed one if any."""
        if request.stage not in ALIVE or not request.content.details.email:
            return No.INCOMPLETE
        held = self._store.hold(tx, request.id)
        if held is None or held.version != request.version:
            return No.STALE
        address = mailbox_of(tx, request)
        if not self._mail.may_send(tx, address, origin):
            return No.TOO_OFTEN
        self._mail.way_back(tx, request)
        return None

    def look(self, tx: Tx, secret: str, purpose: Purpose) -> Request | None:
        """The request of a live link; looking uses nothing up."""
        found = self._links.find(tx, secret, purpose)
        request = self._store.load(tx, found) if found else None
        return request if request is not None and self._lives(request) else None

    def take_back(self, tx: Tx, secret: str, origin: Origin) -> Held | None:
        """The link to a draft, once: from now on this browser holds it, and no other.

        XC-010: a card vouches for whoever showed it, as a provider does for whoever logged in
        there, and nobody knows yet whose the mailbox is that the link went to: until that is
        confirmed, they are to show it again.
        """
        found = self._links.use(tx, secret, Purpose.RESUME)
        request = self._store.load(tx, found) if found else None
        if request is None or not self._lives(request):
            return None
        if request.stage in PASSING and request.submitted_at is None and request.content.vouched:
            self._links.void(tx, request.id, Purpose.CONFIRM)
            without = replace(request.content, has_card=None, card=None, introduced=None)
            request = replace(request, stage=Stage.DRAFT, content=without, step=0, national_id="")
        holder = self._entropy.token()
        kept = self._store.change(tx, request, {"holder": self._lookup.hash(holder)})
        if kept is None:
            return None
        self._record(tx, "registration.resumed", kept, origin)
        return Held(kept, holder)

    def withdraw(self, tx: Tx, request: Request, origin: Origin) -> No | None:
        """The person gives up: nothing of what they typed is kept."""
        if request.stage not in ALIVE:
            return No.STALE
        given_up = replace(
            request, stage=Stage.ABANDONED, content=Content(), national_id="", establishment=""
        )
        kept = self._store.change(tx, given_up, {"holder": None})
        if kept is None:
            return No.STALE
        statements.forget_links(tx, request.id)
        self._store.note(tx, request.id, "withdrawn")
        self._record(tx, "registration.withdrawn", request, origin)
        return None

    def _lives(self, request: Request) -> bool:
        return request.stage not in PASSING or self._clock.now() < request.expires_at

    def _record(
        self, tx: Tx, kind: str, request: Request, origin: Origin, **detail: str | int
    ) -> None:
        event = Event(kind, detail={"request": request.id, **detail})
        self._audit.record(tx, event, origin)
