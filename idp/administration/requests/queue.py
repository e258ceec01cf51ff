# SPDX-License-Identifier: Apache-2.0
"""The queue of requests: what console, API and commands call to look and to decide.

Each verb asks first what whoever calls it may do. A request belongs to its establishment, or to the
region; outside of the perimeter it is not there (WB-015).
"""

from typing import Final

from idp.administration.authority import Authority, Denied
from idp.administration.requests import deciding, views
from idp.administration.requests.ground import QueueGround
from idp.administration.requests.matches import houses_of
from idp.administration.requests.outcomes import (
    Approval,
    Approved,
    Blocked,
    Opened,
    Rows,
    Tally,
    Temporary,
    Unfit,
)
from idp.administration.rights import Right
from idp.db import Tx
from idp.registration import figures as counting
from idp.registration import listing
from idp.registration.decisions import LONGEST_TEXT, SEEN, Stale
from idp.registration.figures import Figures
from idp.registration.listing import Perimeter, Query
from idp.registration.values import Request, Stage

DECIDABLE: Final = frozenset({Stage.PENDING})
MOST_WEEKS: Final = 53
Decided = Denied | Stale | Unfit | Request


class Queue:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, ground: QueueGround) -> None:
        self._ground = ground

    def list(self, tx: Tx, authority: Authority, query: Query) -> Denied | Rows:
        """A page of the requests in reach."""
        if denied := authority.refuses(Right.REQUESTS_SEE):
            return denied
        now = self._ground.clock.now()
        rows, cursor = listing.page(tx, _perimeter(authority), query, authority.account, now)
        return views.rows(tx, self._ground, rows, cursor)

    def next_one(self, tx: Tx, authority: Authority, query: Query) -> Denied | str | None:
        """The id of the first request of such a list: where to go after a decision."""
        if denied := authority.refuses(Right.REQUESTS_SEE):
            return denied
        now = self._ground.clock.now()
        return listing.following(tx, _perimeter(authority), query, authority.account, now)

    def counts(self, tx: Tx, authority: Authority) -> Denied | Tally:
        """How many of each stage there are in reach."""
        if denied := authority.refuses(Right.REQUESTS_SEE):
            return denied
        return Tally(listing.counts(tx, _perimeter(authority)))

    def figures(self, tx: Tx, authority: Authority, weeks: int = 12) -> Denied | Figures:
        """How long people wait, of the requests in reach."""
        if denied := authority.refuses(Right.REQUESTS_SEE):
            return denied
        span = min(max(weeks, 1), MOST_WEEKS)
        return counting.figures(tx, _perimeter(authority), self._ground.clock.now(), span)

    def open(self, tx: Tx, authority: Authority, request: str) -> Denied | Opened:
        """One request, with all that helps to decide on it."""
        found = self._seen(tx, authority, request)
        if not isinstance(found, Request):
            return found
        may = authority.reach(Right.REQUESTS_DECIDE).covers(houses_of(found))
        return views.draw(tx, self._ground, authority, found, may_decide=may)

    def version(self, tx: Tx, authority: Authority, request: str) -> Denied | int:
        """Which version of it is there, for whoever may see it."""
        found = self._seen(tx, authority, request)
        return found.version if isinstance(found, Request) else found

    def claim(self, tx: Tx, authority: Authority, request: str, seen: int) -> Decided:
        """Take it oneself: whoever is no person has nothing in hand."""
        if authority.account is None:
            return Denied.NOT_ALLOWED
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        return self._assign(tx, authority, found, authority.account)

    def assign(
        self, tx: Tx, authority: Authority, request: str, seen: int, account: str
    ) -> Decided:
        """Give it to somebody who may decide on it."""
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        if account not in deciding.deciders(tx, self._ground, authority, found):
            return Unfit("not-a-decider")
        return self._assign(tx, authority, found, account)

    def release(self, tx: Tx, authority: Authority, request: str, seen: int) -> Decided:
        """Give it back to everybody."""
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        return self._assign(tx, authority, found, None)

    def note(self, tx: Tx, authority: Authority, request: str, text: str) -> Decided:
        """A remark for those who decide; a later one does not undo an earlier one."""
        found = self._load(tx, authority, request)
        if not isinstance(found, Request):
            return found
        if unfit := unfit_text(text):
            return unfit
        kept = self._ground.decisions.note(tx, found, text.strip(), authority.actor)
        self._record(tx, authority, "registration.noted", found)
        return kept

    def pass_on(self, tx: Tx, authority: Authority, request: str, seen: int) -> Decided:
        """Leave it to the region, whose people see what lies outside of one's own perimeter."""
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        if not found.establishment:
            return Unfit("regional")
        kept = self._ground.decisions.pass_on(tx, found, authority.actor)
        self._record(tx, authority, "registration.passed-on", found)
        return kept

    def prepare(self) -> Temporary:
        """A temporary password for an approval that is sent so; before its transaction."""
        return deciding.prepare(self._ground)

    def approve(
        self,
        tx: Tx,
        authority: Authority,
        request: str,
        seen: int,
        approval: Approval,
        temporary: Temporary | None = None,
    ) -> Denied | Stale | Unfit | Blocked | Approved:
        """Make the account, with all that was granted, and send the way in; never undone."""
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        return deciding.approve(tx, self._ground, authority, found, approval, temporary)

    def attach(
        self,
        tx: Tx,
        authority: Authority,
        request: str,
        seen: int,
        account: str,
        communities: tuple[str, ...] = (),
    ) -> Denied | Stale | Unfit | Approved:
        """The person has an account: it gets what this request asks for, and keeps its address."""
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        return deciding.attach(tx, self._ground, authority, found, account, communities)

    def refuse(self, tx: Tx, authority: Authority, request: str, seen: int, reason: str) -> Decided:
        """No; the reason is sent to the person."""
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        if unfit := unfit_text(reason):
            return unfit
        kept = self._ground.decisions.refuse(tx, found, reason.strip(), authority.actor)
        if isinstance(kept, Request):
            self._ground.letters.refused(tx, kept)
            self._record(tx, authority, "registration.refused", kept)
        return kept

    def ask_more(
        self, tx: Tx, authority: Authority, request: str, seen: int, asked: str
    ) -> Decided:
        """Back to the person, with what is missing and a link to their form."""
        found = self._held(tx, authority, request, seen)
        if not isinstance(found, Request):
            return found
        if unfit := unfit_text(asked):
            return unfit
        kept = deciding.send_back(tx, self._ground, found, asked.strip(), authority.actor)
        if isinstance(kept, Request):
            self._record(tx, authority, "registration.returned", kept)
        return kept

    def reopen(self, tx: Tx, authority: Authority, request: str, seen: int) -> Decided:
        """Take a refusal back, for a while. An approval made an account: that is not taken back."""
        found = self._load(tx, authority, request)
        if not isinstance(found, Request):
            return found
        if found.version != seen:
            return self._stale(tx, found, seen)
        if found.stage is not Stage.REFUSED:
            return Unfit("approved" if found.stage is Stage.APPROVED else "open")
        if views.reopen_until(self._ground, found) is None:
            return Unfit("too-late")
        kept = self._ground.decisions.reopen(tx, found, authority.actor)
        self._record(tx, authority, "registration.reopened", found)
        return kept

    def deciders(self, tx: Tx, authority: Authority, request: str) -> Denied | dict[str, str]:
        """Who else may decide on it, by id and name."""
        found = self._load(tx, authority, request)
        if not isinstance(found, Request):
            return found
        return deciding.deciders(tx, self._ground, authority, found)

    def _seen(self, tx: Tx, authority: Authority, request: str) -> Denied | Request:
        """A request that may be seen by this person."""
        found = self._ground.store.load(tx, request)
        if found is None or found.stage not in SEEN:
            return _nothing(authority, Right.REQUESTS_SEE)
        return _refuses(authority, Right.REQUESTS_SEE, found) or found

    def _load(self, tx: Tx, authority: Authority, request: str) -> Denied | Request:
        """A request that may be decided on by this person, held until the end."""
        if denied := authority.refuses(Right.REQUESTS_DECIDE):
            return denied
        found = self._ground.decisions.hold(tx, request)
        if found is None:
            return Denied.NOT_FOUND
        return _refuses(authority, Right.REQUESTS_DECIDE, found) or found

    def _held(
        self, tx: Tx, authority: Authority, request: str, seen: int
    ) -> Denied | Stale | Request:
        """The same as it was seen, and still to be decided on: of two who decide, one does."""
        found = self._load(tx, authority, request)
        if not isinstance(found, Request):
            return found
        if found.version != seen or found.stage not in DECIDABLE:
            return self._stale(tx, found, seen)
        return found

    def _stale(self, tx: Tx, found: Request, seen: int) -> Stale:
        return Stale(found, self._ground.decisions.since(tx, found, seen))

    def _assign(
        self, tx: Tx, authority: Authority, found: Request, account: str | None
    ) -> Stale | Request:
        kept = self._ground.decisions.assign(tx, found, account, authority.actor)
        self._record(tx, authority, "registration.assigned", found, to=account or "")
        return kept

    def _record(
        self, tx: Tx, authority: Authority, kind: str, request: Request, to: str = ""
    ) -> None:
        event = authority.event(
            kind, request=request.id, establishment=request.establishment, to=to
        )
        self._ground.audit.record(tx, event, authority.origin)


def _perimeter(authority: Authority) -> Perimeter:
    reach = authority.reach(Right.REQUESTS_SEE)
    return Perimeter(reach.everywhere, reach.establishments)


def _nothing(authority: Authority, right: Right) -> Denied:
    return authority.refuses(right) or Denied.NOT_FOUND


def _refuses(authority: Authority, right: Right, request: Request) -> Denied | None:
    """Seen by whoever may see requests there, and told so; else it is not there."""
    belongs = houses_of(request)
    if authority.reach(right).touches(belongs):
        return None
    if authority.reach(Right.REQUESTS_SEE).touches(belongs):
        return Denied.NOT_ALLOWED
    return _nothing(authority, right)


def unfit_text(text: str) -> Unfit | None:
    """Why a text can't be told to people, or to those who decide."""
    plain = text.strip()
    if not plain:
        return Unfit("missing")
    if len(plain) > LONGEST_TEXT:
        return Unfit("too-long")
    fit = all(one.isprintable() or one in "\r\n\t" for one in plain)
    return None if fit else Unfit("characters")
