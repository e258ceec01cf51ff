# SPDX-License-Identifier: Apache-2.0
"""One request: all that helps to decide, the decision, and then the next one."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Authority, Denied
from idp.administration.requests.outcomes import (
    Approval,
    Approved,
    Blocked,
    Opened,
    Temporary,
    Unfit,
    Way,
)
from idp.administration.requests.queue import Queue
from idp.administration.rights import Right
from idp.db import Tx
from idp.directory.values import Practitioner
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.registration.decisions import Stale
from idp.web.account_page import Stamp
from idp.web.admin import queue_list
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.queue_list import PATH
from idp.web.admin.queue_shown import compared, grantable_of, name_of, sheet_of
from idp.web.admin.queue_words import CARDS, DONE, UNFITS, act_words, noted, why_words
from idp.web.admin.typed import done_sentence, read_typed

Decide = Callable[[Tx, Clerk, int], Any]
# Longer than what is kept, so that it is refused and not cut.
LONGEST = 2000
ONWARD = frozenset({"approved", "attached", "refused", "returned", "passed-on"})


class RequestPages:
    """GET /admin/requests/<id>, and what is done to it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._queue = services.office.queue

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{PATH}/<name>"
        app.page(one, "admin-request", self.one)
        app.page(f"{one}/compare/<other>", "admin-request-compare", self.compare)
        for act, view in (
            ("claim", self.claim),
            ("release", self.release),
            ("assign", self.assign),
            ("note", self.note),
            ("pass-on", self.pass_on),
            ("approve", self.approve),
            ("attach", self.attach),
            ("refuse", self.refuse),
            ("ask", self.ask),
            ("reopen", self.reopen),
        ):
            app.page(f"{one}/{act}", f"admin-request-{act}", view, methods=["POST"])

    def one(self, name: str) -> Answer:
        """All of it."""
        clerk = clerk_of(self._services, f"{PATH}/{name}", Right.REQUESTS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        opened = self._open(clerk, name)
        # What was just learned is drawn with the rest; mostly there is nothing to learn.
        again = not isinstance(opened, Denied) and self._ask_elsewhere(opened)
        return self._page(clerk, self._open(clerk, name) if again else opened)

    def compare(self, name: str, other: str) -> Answer:
        """This request beside an account, or beside another request."""
        clerk = clerk_of(self._services, f"{PATH}/{name}/compare/{other}", Right.REQUESTS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            opened = self._queue.open(tx, clerk.authority, name)
        if isinstance(opened, Denied):
            return refused(opened)
        match = next((one for one in opened.matches.seen if one.name == other), None)
        if match is None:
            return refused(Denied.NOT_FOUND)
        account = match.account
        context = {
            "mine": name_of(opened.request),
            "theirs": account.person.display_name if account else _("The other request"),
            "theirs_url": f"/admin/accounts/{other}" if account else f"{PATH}/{other}",
            "why": why_words(match.why),
            "rows": compared(opened.request, match),
            "url": f"{PATH}/{name}",
            "query": self._carried(clerk),
            "seen": opened.request.version,
            "attachable": account is not None
            and opened.may_decide
            and opened.request.stage == "pending",
            "account": other,
            "grantable": grantable_of(opened),
            "wished": list(opened.grantable),
        }
        return show(clerk, "queue_compare", context)

    def claim(self, name: str) -> Answer:
        """Take it."""
        return self._do(
            name,
            "claimed",
            lambda tx, clerk, seen: self._queue.claim(tx, clerk.authority, name, seen),
        )

    def release(self, name: str) -> Answer:
        """Give it back."""
        return self._do(
            name,
            "released",
            lambda tx, clerk, seen: self._queue.release(tx, clerk.authority, name, seen),
        )

    def assign(self, name: str) -> Answer:
        """Give it to somebody."""
        whom = request.form.get("whom", "")[:43]
        return self._do(
            name,
            "assigned",
            lambda tx, clerk, seen: self._queue.assign(tx, clerk.authority, name, seen, whom),
        )

    def note(self, name: str) -> Answer:
        """A remark."""
        text = _text("note")
        return self._do(
            name,
            "noted",
            lambda tx, clerk, _seen: self._queue.note(tx, clerk.authority, name, text),
        )

    def pass_on(self, name: str) -> Answer:
        """To the region."""
        return self._do(
            name,
            "passed-on",
            lambda tx, clerk, seen: self._queue.pass_on(tx, clerk.authority, name, seen),
        )

    def approve(self, name: str) -> Answer:
        """Yes."""
        way = Way.PASSWORD if request.form.get("way") == Way.PASSWORD else Way.LINK
        approval = Approval(
            tuple(request.form.getlist("communities")[:100]),
            way,
            not_the_same=request.form.get("not_the_same") == "yes",
        )
        prepared: list[Temporary] = []

        def decide(tx: Tx, clerk: Clerk, seen: int) -> Any:
            temporary = prepared[0] if prepared else None
            return self._queue.approve(tx, clerk.authority, name, seen, approval, temporary)

        # No password is hashed while a transaction is open, nor for whoever may not approve.
        clerk = clerk_of(self._services, f"{PATH}/{name}", Right.REQUESTS_DECIDE)
        if not isinstance(clerk, Clerk):
            return clerk
        if way is Way.PASSWORD:
            prepared.append(self._queue.prepare())
        return self._do(name, "approved", decide)

    def attach(self, name: str) -> Answer:
        """Yes, to the account that is there."""
        account = request.form.get("account", "")[:43]
        communities = tuple(request.form.getlist("communities")[:100])
        return self._do(
            name,
            "attached",
            lambda tx, clerk, seen: self._queue.attach(
                tx, clerk.authority, name, seen, account, communities
            ),
        )

    def refuse(self, name: str) -> Answer:
        """No."""
        text = _text("reason")
        return self._do(
            name,
            "refused",
            lambda tx, clerk, seen: self._queue.refuse(tx, clerk.authority, name, seen, text),
        )

    def ask(self, name: str) -> Answer:
        """More is needed."""
        text = _text("asked")
        return self._do(
            name,
            "returned",
            lambda tx, clerk, seen: self._queue.ask_more(tx, clerk.authority, name, seen, text),
        )

    def reopen(self, name: str) -> Answer:
        """The refusal is taken back."""
        return self._do(
            name,
            "reopened",
            lambda tx, clerk, seen: self._queue.reopen(tx, clerk.authority, name, seen),
        )

    def _do(self, name: str, done: str, decide: Decide) -> Answer:
        clerk = clerk_of(self._services, f"{PATH}/{name}", Right.REQUESTS_DECIDE)
        if not isinstance(clerk, Clerk):
            return clerk
        seen = request.form.get("seen", "")
        version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0
        with self._core.database.write() as tx:
            outcome = decide(tx, clerk, version)
        if isinstance(outcome, Denied):
            return refused(outcome)
        if isinstance(outcome, (Stale, Unfit, Blocked)):
            return self._page(clerk, self._open(clerk, name), outcome)
        return self._onward(clerk, name, done, outcome)

    def _onward(self, clerk: Clerk, name: str, done: str, outcome: Any) -> Answer:
        """After a decision, the next one of the same list; else the same page."""
        carried = self._carried(clerk)
        joint = "&" if carried else "?"
        if done not in ONWARD:
            return see_other(f"{PATH}/{name}{carried}{joint}done={done}")
        card = outcome.card.value if isinstance(outcome, Approved) else ""
        with self._core.database.read() as tx:
            listing = queue_list.read(tx, clerk.authority)
            found = self._queue.next_one(tx, clerk.authority, queue_list.query_of(listing, 1))
        told = f"{carried}{joint}done={done}&of={name}"
        if card in _card_words():
            told += f"&card={card}"
        if isinstance(found, str) and not listing["stage"]:
            return see_other(f"{PATH}/{found}{told}")
        return see_other(f"{PATH}{told}")

    def _carried(self, clerk: Clerk) -> str:
        with self._core.database.read() as tx:
            return queue_list.carried(queue_list.read(tx, clerk.authority))

    def _open(self, clerk: Clerk, name: str) -> Denied | Opened:
        with self._core.database.read() as tx:
            return self._queue.open(tx, clerk.authority, name)

    def _ask_elsewhere(self, opened: Opened) -> bool:
        """Whether a number that no import knows is known elsewhere; never in a transaction."""
        sante, number = self._core.annuaire_sante, opened.request.national_id
        waits = opened.request.stage == "pending" and opened.practitioner is None
        if not (sante.is_open and number and waits):
            return False
        return isinstance(sante.by_number(number), Practitioner)

    def _page(self, clerk: Clerk, opened: Denied | Opened, outcome: Any = None) -> Answer:
        if isinstance(opened, Denied):
            return refused(opened)
        with self._core.database.read() as tx:
            deciders = self._queue.deciders(tx, clerk.authority, opened.request.id)
            done = done_of(tx, self._queue, clerk.authority)
        context = {
            "one": sheet_of(self._core, opened, self._carried(clerk)),
            "deciders": [] if isinstance(deciders, Denied) else list(deciders.items()),
            "me": clerk.authority.account or "",
            "typed": _typed(opened),
            "unfit": UNFITS.get(outcome.why, outcome.why) if isinstance(outcome, Unfit) else "",
            "blocked": isinstance(outcome, Blocked),
            "changes": _changes(outcome, opened),
            "stale": isinstance(outcome, Stale),
            "done": done,
        }
        status = 200
        if outcome is not None:
            status = 422 if isinstance(outcome, Unfit) else 409
        return show(clerk, "queue_one", context, status)


def _text(name: str) -> str:
    return read_typed(name, longest=LONGEST)[name].replace("\r\n", "\n")


def _typed(opened: Opened) -> dict[str, Any]:
    """What is in the forms: as typed, where they came back."""
    texts = read_typed("reason", "asked", "note", longest=LONGEST)
    sent = request.method == "POST"
    wished = list(opened.grantable)
    return {
        **texts,
        "communities": request.form.getlist("communities") if sent else wished,
        "way": request.form.get("way", Way.LINK.value) if sent else Way.LINK.value,
        "not_the_same": request.form.get("not_the_same") == "yes",
    }


def _changes(outcome: Any, opened: Opened) -> list[dict[str, Any]]:
    """What somebody else did meanwhile."""
    if not isinstance(outcome, Stale):
        return []
    names = dict(opened.names)
    return [
        {
            "at": Stamp(one.at),
            "what": act_words(one, names),
            "who": names.get(one.by, "") or _("the person"),
            "said": noted(one),
        }
        for one in outcome.since
    ]


def _card_words() -> dict[str, Any]:
    return {one.value: words for one, words in CARDS.items()}


def done_of(tx: Tx, queue: Queue, authority: Authority) -> str | None:
    """What was just done, and to whose request: by then the next one may be shown."""
    said = done_sentence(DONE)
    if said is None:
        return None
    name = request.args.get("of", "")[:64]
    other = queue.open(tx, authority, name) if name else Denied.NOT_FOUND
    card = _card_words().get(request.args.get("card", "")[:16])
    told = " ".join([said, *([str(card)] if card else [])])
    if isinstance(other, Denied):
        return told
    return str(_("%(name)s: %(said)s", name=name_of(other.request), said=told))
