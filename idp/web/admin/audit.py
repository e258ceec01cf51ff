# SPDX-License-Identifier: Apache-2.0
"""« Audit »: searched, one event whole, taken away as a file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.administration import csv_out
from idp.administration.authority import Denied
from idp.administration.oversight.audit_desk import MOST, names_of
from idp.administration.rights import Right
from idp.audit.pages import Wanted, read_place
from idp.audit.search import Found
from idp.db import Tx
from idp.http.downloads import download
from idp.http.flask_app import PageServer, current_server
from idp.http.services import Services
from idp.http.wire import Answer, encode_json
from idp.messages.shown import SHOWN_ZONE
from idp.web import account_parts
from idp.web.account_page import Stamp
from idp.web.admin.audit_words import (
    COMMAND_LINE,
    KINDS,
    MICROSECONDS,
    facts_of,
    kept_words,
    kind_words,
    means_words,
    outcome_words,
)
from idp.web.admin.charts import grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, Listing, read_listing
from idp.web.admin.saved_views import AUDIT, DONE, views_of
from idp.web.admin.typed import done_sentence
from idp.web.devices import describe_device
from idp.web.means import label_of

HERE = "/admin/audit"
EXPORT = f"{HERE}/export"
FORMS = {"csv": csv_out.MEDIA_TYPE, "jsonl": "application/x-ndjson"}
MEANS = ("password", "otp", "totp", "passkey", "cps", "calculette", "psc", "ecps", "launch")
OUTCOMES = ("ok", "refused", "failed", "flagged")
TONES = {"ok": "good", "refused": "warn", "failed": "bad", "flagged": "info"}


class AuditPages:
    """GET /admin/audit and /admin/audit/<event>, POST /admin/audit/export."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.audit

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin_audit", self.listed)
        app.page(f"{HERE}/<int:number>", "admin_audit_event", self.one)
        app.page(EXPORT, "admin_audit_export", self.exported, methods=["POST"])

    def listed(self) -> Answer:
        """A page of events, newest first."""
        clerk = clerk_of(self._services, HERE, Right.AUDIT_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        names = account_parts.names_of(self._core)
        listing = read_listing(HERE, _filters(names))
        with self._core.database.read() as tx:
            wanted = _wanted(tx, listing)
            found = self._desk.search(tx, clerk.authority, wanted, read_place(listing.after))
            if isinstance(found, Denied):
                return refused(found)
            people = names_of(tx, found.events)
            kept = kept_words(tx, self._core.retention)
            views = views_of(tx, self._services, clerk.authority, AUDIT)
        back = found.looked_back_to
        context = {
            "listing": listing.leading_to(str(found.next) if found.next else ""),
            "views": views,
            "done": done_sentence(DONE),
            "kept": kept,
            "events": [_line(one, people, names) for one in found.events],
            "looked_back_to": Stamp(back // MICROSECONDS) if back else None,
            "export_url": EXPORT if clerk.authority.may(Right.AUDIT_EXPORT) else "",
            "asked": listing.asked,
            "most": grouped(MOST),
        }
        return show(clerk, "audit", context)

    def one(self, number: int) -> Answer:
        """One event, all of it."""
        clerk = clerk_of(self._services, f"{HERE}/{number}", Right.AUDIT_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.one(tx, clerk.authority, number)
            if isinstance(found, Denied):
                return refused(found)
            people = names_of(tx, [found])
            by = _actor(tx, found)
        line = _line(found, people, account_parts.names_of(self._core))
        context = {
            "event": line | {"session": found.session, "request_id": found.request_id, "by": by},
            "kind": found.kind,
            "level": found.level,
            "address": found.address or "",
            "device": describe_device(found.user_agent) if found.user_agent else "",
            "user_agent": found.user_agent or "",
            "facts": facts_of(found),
            "exact": _exact(found.at),
            "ways": _ways(found),
        }
        return show(clerk, "audit_event", context)

    def exported(self) -> Any:
        """The events of a search as a file; that somebody takes it is in the audit before."""
        clerk = clerk_of(self._services, HERE, Right.AUDIT_EXPORT)
        if not isinstance(clerk, Clerk):
            return clerk
        form = request.form.get("form", "csv")
        if form not in FORMS:
            form = "csv"
        filters = _filters(account_parts.names_of(self._core))
        posted = tuple(
            replace(one, value=request.form.get(one.name, "")[:200].strip()) for one in filters
        )
        with self._core.database.write() as tx:
            asked = _wanted(tx, Listing(HERE, posted))
            denied = self._desk.begin_export(tx, clerk.authority, asked, form)
        if denied is not None:
            return refused(denied)
        pieces = self._as_csv(asked) if form == "csv" else self._as_lines(asked)
        name = f"sceau-audit-{self._services.office.statistics.today().isoformat()}.{form}"
        return download(name, FORMS[form], pieces)

    def _as_csv(self, wanted: Wanted) -> Iterator[bytes]:
        names = list(Found.__dataclass_fields__)
        rows = (_cells(one) for batch in self._desk.exported(wanted) for one in batch)
        return csv_out.export(names, rows)

    def _as_lines(self, wanted: Wanted) -> Iterator[bytes]:
        for batch in self._desk.exported(wanted):
            yield "".join(f"{encode_json(_object(one))}\n" for one in batch).encode()


def _filters(names: Mapping[str, str]) -> tuple[Filter, ...]:
    everything = ("", _("All"))
    means = (*MEANS, *current_server().added.providers())
    kinds = sorted(((kind, str(words)) for kind, words in KINDS.items()), key=lambda one: one[1])
    return (
        Filter("text", _("Text of the detail"), "search"),
        Filter("account", _("Account (identifier, e-mail address or id)")),
        Filter("kind", _("Event"), "choice", (everything, *kinds)),
        Filter(
            "outcome",
            _("Outcome"),
            "choice",
            (
                everything,
                ("-ok", _("Everything but done")),
                *((one, outcome_words(one)) for one in OUTCOMES),
            ),
        ),
        Filter("application", _("Application"), "choice", (everything, *sorted(names.items()))),
        Filter(
            "means", _("Means"), "choice", (everything, *((one, label_of(one)) for one in means))
        ),
        Filter("address", _("Network address")),
        Filter("reference", _("Reference of a request")),
        Filter("since", _("From this day on"), "date"),
        Filter("until", _("Up to and including"), "date"),
    )


def _wanted(tx: Tx, listing: Listing) -> Wanted:
    outcome, who = listing["outcome"], listing["account"]
    since, until = _midnight(listing["since"]), _midnight(listing["until"], after=1)
    wanted = Wanted(
        # An id that is no account's any more may still be in the audit.
        account=(accounts.find(tx, who) or who) if who else "",
        address=listing["address"],
        kind=listing["kind"],
        application=listing["application"],
        outcome="" if outcome == "-ok" else outcome,
        means=listing["means"],
        request_id=listing["reference"],
        refused=outcome == "-ok",
        text=listing["text"],
        since=since or 0,
    )
    return replace(wanted, until=until) if until else wanted


def _midnight(text: str, after: int = 0) -> int | None:
    """A day as a form gives it, in microseconds; None where it is none."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        moment = datetime.combine(day, time(), SHOWN_ZONE).timestamp()
    except (ValueError, OverflowError):
        return None
    return int(moment) * MICROSECONDS


def _line(found: Found, people: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    application = found.application or ""
    return {
        "url": f"{HERE}/{found.id}",
        "at": Stamp(found.at // MICROSECONDS),
        "what": kind_words(found.kind),
        "outcome": outcome_words(found.outcome),
        "tone": TONES.get(found.outcome, "quiet"),
        "who": people.get(found.account or "", found.account or ""),
        "account": found.account or "",
        "application": names.get(application, application),
        "means": means_words(found.means),
        "place": _("Command line") if found.address == COMMAND_LINE else found.address or "",
    }


def _actor(tx: Tx, found: Found) -> str:
    """Who did it, where somebody did it to somebody else."""
    try:
        by = str(json.loads(found.detail or "{}").get("by", ""))
    except (ValueError, AttributeError):
        return ""
    known = accounts.load(tx, by) if by and ":" not in by and len(by) <= 43 else None
    return known.person.display_name if known else by


def _ways(found: Found) -> list[tuple[str, str]]:
    """To the events around this one."""
    words = {
        "account": (_("All of this account"), found.account),
        "reference": (_("All of this request"), found.request_id),
        "address": (_("All from this address"), found.address),
        "kind": (_("All of this kind"), found.kind if found.kind in KINDS else None),
    }
    return [
        (label, f"{HERE}?{urlencode({name: value})}")
        for name, (label, value) in words.items()
        if value
    ]


def _object(found: Found) -> dict[str, Any]:
    return asdict(found) | {"detail": dict(facts_of(found))}


def _cells(found: Found) -> list[object]:
    """As the columns of the table; the moment so that people can read it."""
    return list((asdict(found) | {"at": _exact(found.at)}).values())


def _exact(at: int) -> str:
    seconds, micros = divmod(at, MICROSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{micros:06}Z"
