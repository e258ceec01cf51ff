# SPDX-License-Identifier: Apache-2.0
"""« Registration requests »: the list, several at once, and how long people wait."""

from typing import Any

from babel.dates import format_date
from flask import request
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.requests.batch import (
    Decided,
    Done,
    Picked,
    Verb,
    Wanted,
    decide,
    each,
    picked_from,
    refuses,
)
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.messages.shown import local_time
from idp.registration.figures import Figures
from idp.web.account_page import stamp
from idp.web.admin import queue_list
from idp.web.admin.asking import LONGEST_REASON, Question, Said, ask, read_reason
from idp.web.admin.charts import Series, columns
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.queue_list import PATH
from idp.web.admin.queue_one import done_of
from idp.web.admin.queue_shown import line_of, name_of
from idp.web.admin.queue_words import UNFITS, outcome_words, waited
from idp.web.admin.saved_views import DONE as KEPT
from idp.web.admin.saved_views import REQUESTS, views_of
from idp.web.admin.typed import done_sentence

BATCH = f"{PATH}/batch"


class QueuePages:
    """GET /admin/requests, /batch, /figures."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._queue = services.office.queue

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(PATH, "admin-requests", self.waiting)
        app.page(f"{PATH}/figures", "admin-requests-figures", self.figures)
        app.page(BATCH, "admin-requests-batch", self.back)
        app.page(BATCH, "admin-requests-ask-batch", self.ask_batch, methods=["POST"])
        app.page(f"{BATCH}/done", "admin-requests-batch-done", self.back)
        app.page(f"{BATCH}/done", "admin-requests-do-batch", self.do_batch, methods=["POST"])

    def back(self) -> Answer:
        """What is left of a report when it is loaded anew."""
        return see_other(PATH)

    def waiting(self) -> Answer:
        """A page of them."""
        clerk = clerk_of(self._services, PATH, Right.REQUESTS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        core, authority = self._core, clerk.authority
        with core.database.read() as tx:
            listing = queue_list.read(tx, authority)
            found = self._queue.list(tx, authority, queue_list.query_of(listing))
            counts = self._queue.counts(tx, authority)
            done = done_of(tx, self._queue, authority)
            views = views_of(tx, self._services, authority, REQUESTS)
        if isinstance(found, Denied):
            return refused(found)
        if isinstance(counts, Denied):
            return refused(counts)
        listing = listing.leading_to(found.next)
        carried, now = queue_list.carried(listing), core.clock.now()
        context = {
            "listing": listing,
            "views": views,
            "stages": queue_list.tabs_of(listing, dict(counts.by_stage)),
            "lines": [line_of(one, now, carried) for one in found.rows],
            "may_decide": authority.may(Right.REQUESTS_DECIDE),
            "batch_url": BATCH,
            "figures_url": f"{PATH}/figures",
            "done": done or done_sentence(KEPT),
        }
        return show(clerk, "queue", context)

    def ask_batch(self) -> Answer:
        """« Do it to all of these? »"""
        clerk = clerk_of(self._services, PATH, Right.REQUESTS_DECIDE)
        if not isinstance(clerk, Clerk):
            return clerk
        picked, wanted = picked_from(request.form.getlist("pick")), _wanted()
        if wanted is None or not picked:
            return see_other(PATH)
        return ask(clerk, _question(wanted.verb, picked))

    def do_batch(self) -> Answer:
        """Do it to each, and say what became of each."""
        clerk = clerk_of(self._services, PATH, Right.REQUESTS_DECIDE)
        if not isinstance(clerk, Clerk):
            return clerk
        picked, wanted = picked_from(request.form.get("picks", "").split(" ")), _wanted()
        if wanted is None or not picked:
            return see_other(PATH)
        refusal = refuses(clerk.authority, wanted)
        if isinstance(refusal, Denied):
            return refused(refusal)
        if refusal is not None:
            said = Said(
                request.form.get("reason", "")[:LONGEST_REASON],
                errors={"reason": UNFITS[refusal.why]},
            )
            return ask(clerk, _question(wanted.verb, picked), said)

        def act(tx: Tx, one: Picked) -> Decided:
            return decide(tx, self._queue, clerk.authority, one, wanted)

        done = each(self._core.database, picked, act)
        return show(clerk, "queue_report", {"lines": self._report(clerk, done), "back": PATH})

    def _report(self, clerk: Clerk, done: list[Done]) -> list[dict[str, str]]:
        lines = []
        for one in done:
            words, tone = outcome_words(one.outcome)
            with self._core.database.read() as tx:
                opened = self._queue.open(tx, clerk.authority, one.picked.request)
            # WB-015: what is not in reach has no name here either.
            hidden = isinstance(opened, Denied)
            name = one.picked.request if isinstance(opened, Denied) else name_of(opened.request)
            lines.append(
                {
                    "name": name,
                    "url": "" if hidden else f"{PATH}/{one.picked.request}",
                    "outcome": words,
                    "tone": tone,
                }
            )
        return lines

    def figures(self) -> Answer:
        """How long people wait, and what came and went each week."""
        clerk = clerk_of(self._services, f"{PATH}/figures", Right.REQUESTS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._queue.figures(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "waiting": found.waiting,
            "oldest": stamp(found.oldest_at),
            "decided": found.decided,
            "median": _shown(found.median),
            "ninth": _shown(found.ninth_decile),
            "chart": _chart(found),
        }
        return show(clerk, "queue_figures", context)


def _wanted() -> Wanted | None:
    verb = request.form.get("act", "")
    if verb not in set(Verb):
        return None
    return Wanted(Verb(verb), read_reason(), request.form.get("grant") == "wished")


def _question(act: Verb, picked: list[Picked]) -> Question:
    number = len(picked)
    titles = {
        "approve": ngettext("Approve %(num)s request?", "Approve %(num)s requests?", number),
        "refuse": ngettext("Refuse %(num)s request?", "Refuse %(num)s requests?", number),
        "claim": ngettext("Take %(num)s request?", "Take %(num)s requests?", number),
    }
    sentences = {
        "approve": (
            _("Each person is sent a link to choose their password. This can’t be undone."),
            _("Where there may be an account already, nothing is done: look at those one by one."),
        ),
        "refuse": (_("Each person is told this reason. You can take it back for a while."),),
        "claim": (_("Others see that you are looking at them."),),
    }
    buttons = {"approve": _("Approve"), "refuse": _("Refuse"), "claim": _("Take")}
    grants = (
        ("none", _("None"), _("Members can be added later.")),
        ("wished", _("Those they asked for"), ""),
    )
    return Question(
        str(titles[act]),
        tuple(str(one) for one in sentences[act]),
        str(buttons[act]),
        f"{BATCH}/done",
        PATH,
        ((_("Registration requests"), PATH),),
        hidden={"act": act.value, "picks": " ".join(f"{one.request}.{one.seen}" for one in picked)},
        reason=_("What the people are told") if act is Verb.REFUSE else "",
        choose=("grant", _("Communities"), grants) if act is Verb.APPROVE else None,
        look="danger" if act is Verb.REFUSE else "primary",
    )


def _shown(seconds: int | None) -> str:
    return "–" if seconds is None else waited(seconds)


def _chart(found: Figures) -> Any:
    locale = get_locale() or "fr"
    days = [local_time(one.begins_at).date() for one in found.weeks]
    return columns(
        "weeks",
        _("Requests by week"),
        _("Each column is one week, from Monday on."),
        [format_date(one, "d MMM", locale=locale) for one in days],
        [
            Series(_("Approved"), tuple(one.approved for one in found.weeks)),
            Series(_("Turned down"), tuple(one.refused for one in found.weeks)),
        ],
        _("Week of"),
    )
