# SPDX-License-Identifier: Apache-2.0
"""« Trust »: whom this server believes when a card comes, and how fresh their lists are."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.rules.trust_desk import Offered
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.login.revoked_cards import RevokedCards
from idp.trust.authority import Authority as Believed
from idp.trust.authority import Role
from idp.trust.lists import Held
from idp.trust.sources import Source
from idp.web.account_page import Stamp, stamp
from idp.web.admin.asking import Question, ask
from idp.web.admin.charts import grouped
from idp.web.admin.deciding import WAITS, denied_answer, waits_words
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.fault_words import fault_words

HERE = "/admin/trust"
ADD, REMOVE, REFRESH = f"{HERE}/add", f"{HERE}/remove", f"{HERE}/refresh"
EDIT = Right.TRUST_EDIT
FIELDS = {"csrf", "pem", "family", "lists", "responder", "sure"}


class TrustPages:
    """/admin/trust."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.trust

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin_trust", self.listed)
        app.page(ADD, "admin_trust_add", self.blank)
        app.page(ADD, "admin_trust_add_do", self.add, methods=["POST"])
        app.page(REMOVE, "admin_trust_remove", self.ask_remove)
        app.page(REMOVE, "admin_trust_remove_do", self.remove, methods=["POST"])
        app.page(REFRESH, "admin_trust_refresh", self.refresh, methods=["POST"])

    def listed(self) -> Answer:
        """Authorities, and their lists."""
        clerk = clerk_of(self._services, HERE, Right.TRUST_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.store(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        now = self._core.clock.now()
        news = {
            "added": _("The authority is believed from now on."),
            "removed": _("The authority is believed no more."),
            "refreshed": _("Every list was fetched."),
            "partly": _("Some lists could not be fetched: see below."),
            WAITS: waits_words(),
        }
        context = {
            "authorities": [_line(one, now) for one in found.authorities],
            "lists": [_list(source, held, now) for source, held in found.lists],
            "may_edit": clerk.authority.may(EDIT),
            "done": news.get(request.args.get("done", "")),
        }
        return show(clerk, "trust", context)

    def blank(self) -> Answer:
        """An empty form."""
        clerk = proved_clerk(self._services, ADD, EDIT)
        return self._form(clerk, Offered("", "")) if isinstance(clerk, Clerk) else clerk

    def add(self) -> Answer:
        """First what is in the certificate is shown; then it is believed."""
        clerk = proved_clerk(self._services, ADD, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        if set(request.form) - FIELDS:
            return problem_page("bad-request", status=400)
        offered = Offered(
            request.form.get("pem", "")[:65_536],
            request.form.get("family", "").strip()[:64],
            tuple(request.form.get("lists", "").split())[:16],
            request.form.get("responder", "").strip()[:2000],
        )
        certificate = self._desk.look(clerk.authority, offered)
        if isinstance(certificate, Denied):
            return refused(certificate)
        if isinstance(certificate, Unfit):
            return self._form(clerk, offered, _errors(certificate))
        if request.form.get("sure") != "yes":
            # Whoever adds an authority compares its print with what its owner publishes.
            shown = {
                "subject": certificate.subject.rfc4514_string(),
                "print": certificate.fingerprint,
                "until": Stamp(certificate.valid_until),
            }
            return self._form(clerk, offered, shown=shown)
        with self._core.database.write() as tx:
            done = self._desk.add(tx, clerk.authority, offered)
        if isinstance(done, Denied):
            return denied_answer(done, HERE)
        if isinstance(done, Unfit):
            return self._form(clerk, offered, _errors(done))
        return see_other(f"{HERE}?done=added")

    def _form(
        self,
        clerk: Clerk,
        offered: Offered,
        errors: Mapping[str, str] | None = None,
        shown: Mapping[str, Any] | None = None,
    ) -> Page:
        context = {
            "values": {
                "pem": offered.pem,
                "family": offered.family,
                "lists": "\n".join(offered.lists),
                "responder": offered.responder,
            },
            "errors": errors or {},
            "shown": shown,
            "action": ADD,
            "back_url": HERE,
        }
        return show(clerk, "trust_add", context, 422 if errors else 200)

    def ask_remove(self) -> Answer:
        """What it takes away."""
        clerk = proved_clerk(self._services, HERE, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        found = self._find(clerk, request.args.get("print", ""))
        if not isinstance(found, Believed):
            return refused(found)
        question = Question(
            _("Believe an authority no more"),
            (
                _("Cards that only it vouches for log nobody in any more."),
                _("The sessions that they have opened end at once."),
            ),
            _("Believe it no more"),
            REMOVE,
            HERE,
            trail=((_("Trust"), HERE),),
            facts=(
                (_("Authority"), found.subject),
                (_("Fingerprint"), found.certificate.fingerprint),
            ),
            hidden={"print": found.certificate.fingerprint},
        )
        return ask(clerk, question)

    def _find(self, clerk: Clerk, fingerprint: str) -> Denied | Believed:
        with self._core.database.read() as tx:
            found = self._desk.store(tx, clerk.authority)
        if isinstance(found, Denied):
            return found
        known = {one.certificate.fingerprint: one for one in found.authorities}
        return known.get(fingerprint, Denied.NOT_FOUND)

    def remove(self) -> Answer:
        """Believe it no more."""
        clerk = proved_clerk(self._services, HERE, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._desk.remove(tx, clerk.authority, request.form.get("print", "")[:128])
        if isinstance(done, Denied):
            return denied_answer(done, HERE)
        return see_other(f"{HERE}?done=removed")

    def refresh(self) -> Answer:
        """Fetch every list now, and follow what it says of the cards bound here."""
        clerk = clerk_of(self._services, HERE, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        done = self._desk.refresh(clerk.authority)
        if isinstance(done, Denied):
            return refused(done)
        core = self._core
        RevokedCards(core.database, core.cards, core.elsewhere, core.trust).sweep()
        return see_other(f"{HERE}?done={'partly' if done[1] else 'refreshed'}")


def _line(one: Believed, now: int) -> dict[str, Any]:
    certificate = one.certificate
    good = certificate.valid_from <= now < certificate.valid_until
    return {
        "subject": one.subject,
        "family": one.family,
        "role": _("Root") if one.role is Role.ROOT else _("Intermediate"),
        "until": Stamp(certificate.valid_until),
        "good": good,
        "print": certificate.fingerprint,
        "responder": one.responder,
        "added": Stamp(one.added_at),
    }


def _list(source: Source, held: Held | None, now: int) -> dict[str, Any]:
    late = held is not None and held.list.next_at <= now
    if held is None:
        state, tone = _("Not there yet"), "warn"
    elif late:
        state, tone = _("Out of date"), "bad"
    else:
        state, tone = _("Fresh"), "good"
    return {
        "url": source.url,
        "state": state,
        "tone": tone,
        "issued": Stamp(held.list.issued_at) if held else None,
        "next": Stamp(held.list.next_at) if held else None,
        "revoked": grouped(held.entries) if held else "",
        "fetched": stamp(source.good_at or None),
        "fault": fault_words(source.fault),
    }


def _errors(unfit: Unfit) -> dict[str, str]:
    words = {
        "family": _("Up to 32 small letters, digits and hyphens are expected."),
        "address": _("A http or https address is expected."),
        "unreadable": _("This is no certificate as it should be."),
        "several": _("One certificate is expected."),
        "there-already": _("It is there already."),
    }
    # Other reasons are sentences of the store itself.
    sentence = str(words.get(unfit.why, unfit.why))
    return dict.fromkeys(unfit.fields or ("pem",), sentence)
