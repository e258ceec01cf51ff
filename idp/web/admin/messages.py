# SPDX-License-Identifier: Apache-2.0
"""« Messages »: what was sent and what waits; never what it says (CR-010)."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.administration.authority import Denied
from idp.administration.oversight.post_desk import Asked, Traffic
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.messages.breaker import Health
from idp.messages.post import channels_of
from idp.messages.records import Record
from idp.places import place_after, read_place
from idp.web.account_page import Stamp, stamp
from idp.web.admin.charts import grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.fault_words import fault_words
from idp.web.admin.listing import Filter, read_listing
from idp.web.admin.post_words import (
    CHANNELS,
    STATES,
    cause_words,
    channel_words,
    purpose_words,
    state_words,
)
from idp.web.admin.saved_views import DONE, MESSAGES, views_of
from idp.web.admin.typed import done_sentence

HERE = "/admin/messages"
TONES = {"delivered": "good", "sent": "good", "failed": "bad", "queued": "info", "sending": "info"}


class MessagePages:
    """/admin/messages and /admin/messages/<message>."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.post

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin_messages", self.listed)
        app.page(f"{HERE}/<message>", "admin_message", self.one)
        app.page(f"{HERE}/<message>", "admin_message_act", self.act, methods=["POST"])

    def listed(self) -> Answer:
        """A page of them, newest first, under the state of the channels."""
        clerk = clerk_of(self._services, HERE, Right.MESSAGES_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        listing = read_listing(HERE, _filters())
        with self._core.database.read() as tx:
            who = listing["account"]
            account = (accounts.find(tx, who) or who[:43]) if who else ""
            asked = Asked(
                listing["state"],
                listing["channel"],
                account=account,
                before=read_place(listing.after),
            )
            found = self._desk.listed(tx, clerk.authority, asked)
            traffic = self._desk.traffic(tx, clerk.authority)
            views = views_of(tx, self._services, clerk.authority, MESSAGES)
        if isinstance(found, Denied) or isinstance(traffic, Denied):
            return refused(Denied.NOT_ALLOWED)
        after = place_after(*found.next) if found.next else ""
        context = {
            "listing": listing.leading_to(after),
            "views": views,
            "done": done_sentence(DONE),
            "messages": [_line(one) for one in found.messages],
            "channels": self._channels(traffic),
            "alarms": [
                (cause_words(one.seen.cause), Stamp(one.raised_at), str(one.seen))
                for one in traffic.alarms
            ],
        }
        return show(clerk, "messages", context)

    def _channels(self, traffic: Traffic) -> list[dict[str, Any]]:
        there = channels_of(self._core.settings)
        now = self._core.clock.now()
        lines = []
        for channel in CHANNELS:
            health = traffic.health.get(channel, Health())
            down = health.is_down(now)
            state = _("Up") if not down else _("Left alone until it answers again")
            lines.append(
                {
                    "name": channel_words(channel),
                    "state": state if channel in there else _("Not set up"),
                    "tone": "quiet" if channel not in there else "bad" if down else "good",
                    "waiting": grouped(traffic.numbers.get((channel, "queued"), 0)),
                    "failed": grouped(traffic.numbers.get((channel, "failed"), 0)),
                }
            )
        return lines

    def one(self, message: str) -> Answer:
        """One of them."""
        clerk = clerk_of(self._services, f"{HERE}/{message}", Right.MESSAGES_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.one(tx, clerk.authority, message[:43])
            if isinstance(found, Denied):
                return refused(found)
            owner = accounts.load(tx, found.account) if found.account else None
        news = {
            "hastened": _("It is sent again at once."),
            "cancelled": _("It will not be sent."),
            "over": _("It does not wait any more: nothing was changed."),
        }
        context = {
            "message": _line(found)
            | {
                "id": found.id,
                "owner": owner.person.display_name if owner else "",
                "tries": found.tries,
                "next": stamp(found.next_at),
                "worthless": Stamp(found.worthless_at),
                "ended": stamp(found.ended_at),
                "provider": found.provider_ref or "",
                "waits": found.state == "queued",
            },
            "may_act": clerk.authority.may(Right.MESSAGES_RESEND),
            "done": news.get(request.args.get("done", "")),
        }
        return show(clerk, "message", context)

    def act(self, message: str) -> Answer:
        """Send it now, or never."""
        clerk = clerk_of(self._services, f"{HERE}/{message}", Right.MESSAGES_RESEND)
        if not isinstance(clerk, Clerk):
            return clerk
        cancel = request.form.get("act") == "cancel"
        with self._core.database.write() as tx:
            verb = self._desk.cancel if cancel else self._desk.hasten
            done = verb(tx, clerk.authority, message[:43])
        if isinstance(done, Denied):
            return refused(done)
        word = "over" if not done else "cancelled" if cancel else "hastened"
        return see_other(f"{HERE}/{message[:43]}?done={word}")


def _filters() -> tuple[Filter, ...]:
    everything = ("", _("All"))
    return (
        Filter("account", _("Account (identifier, e-mail address or id)"), "search"),
        Filter(
            "state",
            _("State"),
            "choice",
            (everything, *((one, state_words(one)) for one in STATES)),
        ),
        Filter(
            "channel",
            _("Channel"),
            "choice",
            (everything, *((one, channel_words(one)) for one in CHANNELS)),
        ),
    )


def _line(record: Record) -> dict[str, Any]:
    return {
        "url": f"{HERE}/{record.id}",
        "purpose": purpose_words(record.purpose),
        "channel": channel_words(record.channel),
        "state": state_words(record.state),
        "tone": TONES.get(record.state, "quiet"),
        "recipient": record.recipient,
        "at": Stamp(record.created_at),
        "fault": fault_words(record.fault),
    }
