# SPDX-License-Identifier: Apache-2.0
"""Where an application's metadata is followed: named, looked at, taken over, fetched now, left."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import Faulty, Overtaken, Sheet
from idp.administration.rules.following import Found, Named, Plan, Unfollowed
from idp.administration.rules.protocols import Change, Fault
from idp.applications.sources import Source
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.web.account_page import Stamp, stamp
from idp.web.admin.application_faults import in_words
from idp.web.admin.application_partner import SUBJECTS
from idp.web.admin.application_words import tellable_words
from idp.web.admin.applications import HERE, address_of
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.typed import whole_number

SEE, EDIT = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT
LONGEST_CERTIFICATE: Final = 16_384
FIELDS: Final = {"csrf", "act", "url", "certificate", "digest", "seen"}
FAULTS: Final[Mapping[str, Any]] = {
    Fault.UNREACHABLE.value: lazy_gettext(
        "Nothing could be fetched from this address. It must be https and public."
    ),
    Fault.UNREADABLE.value: lazy_gettext("What is there is no metadata of one application."),
    Fault.UNSIGNED.value: lazy_gettext("The metadata bears no signature."),
    Fault.UNPROVED.value: lazy_gettext(
        "The metadata is not signed by this certificate, or was changed since."
    ),
    Fault.OVER.value: lazy_gettext("The metadata is out of date (validUntil)."),
    Fault.ENDLESS.value: lazy_gettext(
        "The metadata does not say until when it holds (validUntil)."
    ),
    Fault.OLDER.value: lazy_gettext("The metadata is older than the one that was taken over."),
    Fault.OTHER_NAME.value: lazy_gettext(
        "The metadata does not describe this application (entityID)."
    ),
    Fault.TWICE.value: lazy_gettext("The metadata describes this application twice."),
    Fault.NO_APPLICATION.value: lazy_gettext("The metadata describes no application."),
    Fault.WEAKER.value: lazy_gettext(
        "The metadata asks for less protection than before: requests without signature, "
        "or less encryption. Decide it here by hand, if it is meant so."
    ),
    Fault.UNFIT.value: lazy_gettext("The metadata would make a registration with faults."),
}
MEMBERS: Final[Mapping[str, Any]] = {
    "acs": lazy_gettext("Address of answers"),
    "slo": lazy_gettext("Address of logout"),
    "signing_certificates": lazy_gettext("Certificate that it signs by"),
    "encryption_certificates": lazy_gettext("Certificate to encrypt for"),
    "encryption_methods": lazy_gettext("Algorithms that it decrypts by"),
}
HOW: Final[Mapping[str, Any]] = {
    "added": (lazy_gettext("Added"), "good"),
    "removed": (lazy_gettext("Removed"), "warn"),
    "set": (lazy_gettext("Changed"), "info"),
}


class ApplicationSourcePages:
    """GET and POST of /admin/applications/<key>/source."""

    def __init__(self, services: Services) -> None:
        self._core = services.core
        self._services = services
        self._desk = services.office.applications
        self._following = services.office.following

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(f"{HERE}/<key>/source", "admin_application_source", self.one)
        app.page(f"{HERE}/<key>/source", "admin_application_source_do", self.do, methods=["POST"])

    def one(self, key: str) -> Answer:
        """How it is followed, or a form to begin."""
        clerk = clerk_of(self._services, address_of(key, "source"), SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        return self._page(clerk, key, request.args.get("url", "")[:2000])

    def do(self, key: str) -> Answer:
        """What one of the buttons says."""
        clerk = clerk_of(self._services, address_of(key, "source"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        acts = {"refresh": self._refresh, "stop": self._stop, "follow": self._follow}
        act = acts.get(request.form.get("act", ""), self._look)
        if set(request.form) - FIELDS:
            return problem_page("bad-request", status=400)
        return act(clerk, key)

    def _refresh(self, clerk: Clerk, key: str) -> Answer:
        done = self._following.again(clerk.authority, key)
        if isinstance(done, Denied):
            return refused(done)
        word = "none" if done is None else "failed" if done.fault else "refreshed"
        return see_other(f"{address_of(key, 'source')}?done={word}")

    def _stop(self, clerk: Clerk, key: str) -> Answer:
        with self._core.database.write() as tx:
            done = self._following.stop(tx, clerk.authority, key)
        if isinstance(done, Denied):
            return refused(done)
        return see_other(f"{address_of(key, 'source')}?done=stopped")

    def _look(self, clerk: Clerk, key: str) -> Answer:
        """Fetch it, and show what it would change; nothing is stored."""
        found = self._following.look(clerk.authority, key, _named())
        if not isinstance(found, Found):
            return self._not_found(clerk, key, found)
        with self._core.database.read() as tx:
            plan = self._following.plan(tx, clerk.authority, key, found)
        return self._planned(clerk, key, plan)

    def _follow(self, clerk: Clerk, key: str) -> Answer:
        """Take over what was looked at: the very same, fetched and proved once more."""
        seen = whole_number(request.form.get("seen", ""))
        if seen is None:
            return problem_page("bad-request", status=400)
        found = self._following.look(clerk.authority, key, _named())
        if not isinstance(found, Found):
            return self._not_found(clerk, key, found)
        looked_at = seen, request.form.get("digest", "")
        with self._core.database.write() as tx:
            done = self._following.follow(tx, clerk.authority, key, found, looked_at)
        if isinstance(done, Source):
            return see_other(f"{address_of(key, 'source')}?done=followed")
        if not isinstance(done, Overtaken):
            return self._planned(clerk, key, done)
        with self._core.database.read() as tx:
            plan = self._following.plan(tx, clerk.authority, key, found)
        return self._planned(clerk, key, plan, overtaken=True)

    def _not_found(self, clerk: Clerk, key: str, why: Denied | Unfollowed) -> Answer:
        if isinstance(why, Denied):
            return refused(why)
        return self._page(clerk, key, _named().url, errors=source_errors(why))

    def _planned(
        self,
        clerk: Clerk,
        key: str,
        plan: Denied | Unfollowed | Faulty | Plan,
        *,
        overtaken: bool = False,
    ) -> Answer:
        if isinstance(plan, Denied):
            return refused(plan)
        if isinstance(plan, Unfollowed):
            return self._page(clerk, key, _named().url, errors=source_errors(plan))
        if isinstance(plan, Faulty):
            told = " ".join([str(FAULTS["unfit"]), in_words(plan.faults)])
            return self._page(clerk, key, _named().url, errors={"url": told})
        return self._page(clerk, key, plan.found.url, plan=plan, overtaken=overtaken)

    def _page(
        self,
        clerk: Clerk,
        key: str,
        url: str,
        *,
        errors: Mapping[str, str] | None = None,
        plan: Plan | None = None,
        overtaken: bool = False,
    ) -> Answer:
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
            source = self._following.of(tx, clerk.authority, key)
        if isinstance(sheet, Denied) or isinstance(source, Denied):
            return refused(Denied.NOT_FOUND)
        context = {
            "application": sheet.application,
            "base": address_of(key),
            "describes": self._following.describes(sheet.application),
            "may_edit": sheet.may_change,
            "source": None if source is None else _shown(source),
            "plan": None if plan is None else _plan(plan, sheet),
            "overtaken": overtaken,
            "url": url,
            "certificate": request.form.get("certificate", "")[:LONGEST_CERTIFICATE],
            "errors": errors or {},
            "done": _done(),
        }
        status = 422 if errors else 409 if overtaken else 200
        return _answer(clerk, context, status)


def _answer(clerk: Clerk, context: Mapping[str, Any], status: int) -> Page:
    return show(clerk, "application_source", context, status)


def _named() -> Named:
    certificate = request.form.get("certificate", "")[:LONGEST_CERTIFICATE]
    return Named(request.form.get("url", "").strip(), certificate)


def source_errors(why: Unfollowed) -> dict[str, str]:
    """A sentence at the field that it is about."""
    if why.fault is None:
        words = {
            "certificate": _("A certificate (PEM), or the 64 hexadecimal digits of its SHA-256."),
            "url": _("An https address is expected."),
            "application": _("Applications of this protocol have no metadata that is signed."),
        }
        return {why.field: words[why.field]}
    return {why.field: fault_words(why.fault)}


def fault_words(fault: Fault) -> str:
    """Why what is signed somewhere is not taken over."""
    return str(FAULTS[fault.value])


def _shown(source: Source) -> dict[str, Any]:
    return {
        "url": source.url,
        "signer": source.signer,
        "good_at": Stamp(source.good_at),
        "valid_until": Stamp(source.valid_until),
        "due_at": Stamp(source.due_at),
        "fault": str(FAULTS.get(source.fault, "")),
        "failing_since": stamp(source.failing_since or None),
    }


def _plan(plan: Plan, sheet: Sheet) -> dict[str, Any]:
    described = plan.found.described
    settings = sheet.application.settings
    return {
        "url": plan.found.url,
        "certificate": described.certificate,
        "signer": described.fingerprint,
        "valid_until": Stamp(described.valid_until),
        "digest": described.digest,
        "version": plan.version,
        "changes": [_change(one) for one in plan.changes],
        "left": ", ".join(described.left),
        "released": [
            (tellable_words(one.get("source", "")), one.get("friendly_name") or one.get("name", ""))
            for one in settings.get("attributes", [])
        ],
        "subject": str(SUBJECTS[settings.get("subject_format", "persistent")]),
    }


def _change(one: Change) -> dict[str, Any]:
    said, tone = HOW[one.how]
    return {
        "member": str(MEMBERS.get(one.member, one.member)),
        "how": str(said),
        "tone": tone,
        "value": one.value,
    }


def _done() -> str | None:
    news = {
        "registered": _("The application is registered. See now how its metadata is followed."),
        "followed": _("The metadata is followed from now on."),
        "stopped": _("The metadata is followed no more. What was taken over stays."),
        "refreshed": _("The metadata was fetched."),
        "failed": _("The metadata was not taken over: see below why."),
    }
    return news.get(request.args.get("done", ""))
