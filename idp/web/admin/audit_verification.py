# SPDX-License-Identifier: Apache-2.0
"""Proving the audit whole: asked for here, done in the background, told here."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.administration.authority import Denied
from idp.administration.oversight.verifying import Verification
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp, stamp
from idp.web.admin.audit_words import kept_words
from idp.web.admin.charts import grouped
from idp.web.admin.entry import Clerk, clerk_of, refused, show

HERE = "/admin/audit/verification"


class VerificationPages:
    """GET and POST /admin/audit/verification."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(HERE, "admin_audit_verification", self.shown)
        app.page(HERE, "admin_audit_verification_ask", self.asked, methods=["POST"])

    def shown(self) -> Answer:
        """The last ones."""
        clerk = clerk_of(self._services, HERE, Right.AUDIT_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._services.office.verifying.listed(tx, clerk.authority)
            if isinstance(found, Denied):
                return refused(found)
            proofs = [_told(tx, one) for one in found]
            kept = kept_words(tx, self._core.retention)
        news = {
            "begun": _("The proof has begun. It goes on in the background."),
            "running": _("A proof is under way already."),
        }
        context = {
            "proofs": proofs,
            "running": any(one["state"] == "running" for one in proofs),
            "kept": kept,
            "anchored": bool(self._core.settings.audit.anchor_file),
            "done": news.get(request.args.get("done", "")),
        }
        return show(clerk, "audit_verification", context)

    def asked(self) -> Answer:
        """Begin, unless one is under way."""
        clerk = clerk_of(self._services, HERE, Right.AUDIT_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        verifying = self._services.office.verifying
        with self._core.database.write() as tx:
            begun = verifying.ask(tx, clerk.authority)
        if isinstance(begun, Denied):
            return refused(begun)
        if begun is None:
            return see_other(f"{HERE}?done=running")
        verifying.start(begun)
        return see_other(f"{HERE}?done=begun")


def _told(tx: Tx, one: Verification) -> dict[str, Any]:
    by = accounts.load(tx, one.asked_by) if len(one.asked_by) <= 43 else None
    words = {
        "whole": (_("Whole"), "good"),
        "broken": (_("Not whole"), "bad"),
        "failed": (_("Did not come to an end"), "warn"),
        "given-up": (_("Broken off"), "warn"),
        "running": (_("Under way"), "info"),
    }
    return {
        "state": one.state,
        "words": words[one.state][0],
        "tone": words[one.state][1],
        "at": Stamp(one.asked_at),
        "ended": stamp(one.ended_at),
        "by": by.person.display_name if by else one.asked_by,
        "proved": grouped(one.done),
        "percent": one.percent,
        "unsealed": grouped(one.unsealed) if one.unsealed else "",
        "faults": [(where, fault_words(what)) for where, what in one.faults],
        "more": grouped(one.more) if one.more else "",
    }


def fault_words(what: str) -> str:
    """What was found, in words."""
    words = {
        "edited": _("The event was changed after it was sealed"),
        "inserted": _("The event was not written by this installation, or was changed"),
        "copied": _("The event is a copy of another"),
        "moved": _("The seal does not follow from the one before"),
        "event_removed": _("The event was removed, its seal is left"),
        "seals_removed": _("Seals were removed"),
        "truncated": _("The end of the chain was removed"),
        "batch_removed": _("A batch was removed"),
        "batch_changed": _("A batch was changed, or not made here"),
        "head_differs": _("The chain does not pass through the head that was signed"),
        "unbatched": _("Seals have no signed batch"),
        "start_changed": _("A start of the chain was changed, or not made here"),
        "start_removed": _("A start of the chain was removed"),
        "out_of_time": _("It was sealed long after its date: removed once, or a clock was wrong"),
        "before_start": _("It lies before the start of the chain, where everything was removed"),
        "anchor_missing": _("The anchor file is missing or empty"),
        "anchor_changed": _("A line of the anchor file was removed, or is not ours"),
        "anchor_differs": _("The batch is not the one that the anchor file holds"),
    }
    return str(words.get(what, what))
