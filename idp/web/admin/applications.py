# SPDX-License-Identifier: Apache-2.0
"""« Applications »: all of them, one of them, its versions, whether it is open, its secret."""

from typing import Any
from urllib.parse import quote

from flask import request
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import Faulty, Overtaken
from idp.applications import logos
from idp.applications.pictures import drawn_anew
from idp.applications.values import Application
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp
from idp.web.admin.application_faults import in_words
from idp.web.admin.application_said import sections_in_words
from idp.web.admin.application_versions import changes_of, who_did
from idp.web.admin.application_words import connecting_to, protocol_words
from idp.web.admin.asking import Question, ask
from idp.web.admin.deciding import WAITS, denied_answer, waits_words
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.listing import Filter, read_listing
from idp.web.admin.logo_words import logo_words
from idp.web.admin.typed import whole_number
from idp.web.means import label_of

HERE = "/admin/applications"
SEE, EDIT = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT


def address_of(key: str, part: str = "") -> str:
    """Where an application's page is."""
    return f"{HERE}/{quote(key, safe='')}" + (f"/{part}" if part else "")


class ApplicationsPages:
    """The pages that show; those with the form are in `application_form`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.applications

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin_applications", self.listed)
        app.page(f"{HERE}/<key>", "admin_application", self.one)
        app.page(f"{HERE}/<key>/history", "admin_application_history", self.history)
        app.page(
            f"{HERE}/<key>/history", "admin_application_put_back", self.put_back, methods=["POST"]
        )
        app.page(f"{HERE}/<key>/state", "admin_application_state", self.ask_state)
        app.page(
            f"{HERE}/<key>/state", "admin_application_state_do", self.set_state, methods=["POST"]
        )
        app.page(f"{HERE}/<key>/secret", "admin_application_secret", self.ask_secret)
        app.page(
            f"{HERE}/<key>/secret", "admin_application_secret_do", self.new_secret, methods=["POST"]
        )
        app.page(f"{HERE}/<key>/logo", "admin_application_logo", self.put_logo, methods=["POST"])

    def listed(self) -> Answer:
        """All of them."""
        clerk = clerk_of(self._services, HERE, SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        states = (("", _("All")), ("enabled", _("Open")), ("disabled", _("Closed")))
        listing = read_listing(
            HERE,
            (
                Filter("text", _("Name of an application"), "search"),
                Filter("state", _("State"), "choice", states),
            ),
        )
        with self._core.database.read() as tx:
            found = self._desk.listed(tx, clerk.authority)
            if isinstance(found, Denied):
                return refused(found)
            pictures = logos.addresses(tx)
        context = {
            "listing": listing,
            "applications": [
                _line(one, pictures)
                for one in found
                if _fits(one, listing["text"], listing["state"])
            ],
            "may_edit": clerk.authority.may(EDIT),
            "done": self._done(),
        }
        return show(clerk, "applications", context)

    def one(self, key: str) -> Answer:
        """One of them, whole."""
        clerk = clerk_of(self._services, address_of(key), SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
            if isinstance(sheet, Denied):
                return refused(sheet)
            communities = accounts.community_names(tx)
        speaks = self._desk.speaks(sheet.application)
        context = {
            "application": sheet.application,
            "state": "enabled" if sheet.application.enabled else "disabled",
            "sections": sections_in_words(sheet, speaks, communities, self._core.clock.now()),
            "protocol": protocol_words(sheet.application.protocol),
            "connecting": connecting_to(speaks, sheet.application),
            "logo": sheet.logo,
            "secret": "none" if not sheet.by_secret else "set" if sheet.has_secret else "lacking",
            "created_at": Stamp(sheet.created_at),
            "updated_at": Stamp(sheet.updated_at),
            "version": sheet.version,
            "base": address_of(key),
            "may_edit": sheet.may_change,
            # Closing is open to whoever may change any of them.
            "may_close": sheet.application.enabled and clerk.authority.may(EDIT),
            "done": self._done(),
            "logo_fault": logo_words(request.args.get("fault", "")),
        }
        return show(clerk, "application", context)

    def _done(self) -> str | None:
        news = {
            WAITS: waits_words(),
            "created": _("The application is registered."),
            "saved": _("The changes are saved."),
            "put-back": _("The earlier version is in force again."),
            "opened": _("The application is open."),
            "closed": _("The application is closed."),
            "logo": _("The logo is replaced."),
        }
        return news.get(request.args.get("done", ""))

    def history(self, key: str) -> Answer:
        """What it was before."""
        clerk = clerk_of(self._services, address_of(key, "history"), SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        return self._history(clerk, key)

    def _history(self, clerk: Clerk, key: str, fault: str = "", status: int = 200) -> Answer:
        with self._core.database.read() as tx:
            found = self._desk.history(tx, clerk.authority, key)
            sheet = self._desk.one(tx, clerk.authority, key)
            if isinstance(found, Denied) or isinstance(sheet, Denied):
                return refused(
                    Denied.NOT_FOUND if isinstance(found, Denied) else Denied.NOT_ALLOWED
                )
            lines = [
                {
                    "number": one.number,
                    "at": Stamp(one.at),
                    "by": who_did(tx, one.by),
                    "changes": changes_of(one.registration, before),
                    "current": one.registration == found[0].registration,
                }
                for one, before in zip(
                    found, [*(each.registration for each in found[1:]), ""], strict=True
                )
            ]
        context = {
            "application": sheet.application,
            "versions": lines,
            "base": address_of(key),
            "version": sheet.version,
            "may_edit": sheet.may_change,
            "fault": fault,
        }
        return show(clerk, "application_history", context, status)

    def put_back(self, key: str) -> Answer:
        """An earlier version again."""
        clerk = clerk_of(self._services, address_of(key, "history"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        number, seen = (
            whole_number(request.form.get("number")),
            whole_number(request.form.get("seen")),
        )
        if number is None or seen is None:
            return problem_page("bad-request", status=400)
        with self._core.database.write() as tx:
            done = self._desk.put_back(tx, clerk.authority, key, number, seen)
        if isinstance(done, Denied):
            return denied_answer(done, address_of(key))
        if isinstance(done, Overtaken):
            return self._history(clerk, key, _overtaken(), 409)
        if isinstance(done, Faulty):
            words = _("This version can’t be used any more:")
            return self._history(clerk, key, f"{words} {in_words(done.faults)}", 422)
        return see_other(f"{address_of(key)}?done=put-back")

    def ask_state(self, key: str) -> Answer:
        """What opening or closing does."""
        page = address_of(key, "state")
        clerk = clerk_of(self._services, page, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
        if isinstance(sheet, Denied):
            return refused(sheet)
        # That of the page from which one came here, which showed it.
        seen = whole_number(request.args.get("seen")) or sheet.version
        return ask(clerk, _state_question(sheet.application, seen))

    def set_state(self, key: str) -> Answer:
        """Open or close it."""
        clerk = clerk_of(self._services, address_of(key, "state"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        wanted = request.form.get("state", "")
        opens, seen = wanted == "enabled", whole_number(request.form.get("seen"))
        if wanted not in {"enabled", "disabled"} or (opens and seen is None):
            return problem_page("bad-request", status=400)
        with self._core.database.write() as tx:
            done = self._desk.set_enabled(
                tx, clerk.authority, key, enabled=opens, seen=seen if opens else None
            )
        if isinstance(done, Denied):
            return refused(done)
        if isinstance(done, Overtaken):
            return self._history(clerk, key, _overtaken(), 409)
        word = "opened" if wanted == "enabled" else "closed"
        return see_other(f"{address_of(key)}?done={word}")

    def ask_secret(self, key: str) -> Answer:
        """What a new secret does, for whoever has just proved who they are."""
        page = address_of(key, "secret")
        clerk = proved_clerk(self._services, page, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
        if isinstance(sheet, Denied) or not sheet.by_secret:
            return refused(sheet if isinstance(sheet, Denied) else Denied.NOT_FOUND)
        if not sheet.may_change:
            return refused(Denied.NOT_ALLOWED)
        sentences = [
            _("The secret is shown once, on the next page. Nobody can read it again later."),
        ]
        if sheet.has_secret:
            sentences.append(_("The one of today ends at once: the application needs the new one."))
        question = Question(
            _("A new secret for %(name)s", name=sheet.application.name),
            tuple(sentences),
            _("Make a new secret"),
            page,
            address_of(key),
            trail=_trail(sheet.application),
            look="danger" if sheet.has_secret else "primary",
        )
        return ask(clerk, question)

    def new_secret(self, key: str) -> Answer:
        """Make it, and show it this once."""
        clerk = proved_clerk(self._services, address_of(key, "secret"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            secret = self._desk.new_secret(tx, clerk.authority, key)
            sheet = self._desk.one(tx, clerk.authority, key)
        if isinstance(secret, Denied) or isinstance(sheet, Denied):
            return refused(secret if isinstance(secret, Denied) else Denied.NOT_FOUND)
        context = {"application": sheet.application, "secret": secret, "base": address_of(key)}
        return show(clerk, "application_secret", context)

    def put_logo(self, key: str) -> Answer:
        """Another picture, drawn anew from what was sent; or none."""
        clerk = clerk_of(self._services, address_of(key), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        logo = None
        if request.form.get("act") != "remove":
            sent = request.files.get("logo")
            found = drawn_anew(sent.read(logos.LARGEST + 1) if sent else b"")
            if isinstance(found, str):
                return see_other(f"{address_of(key)}?fault={found}#picture")
            logo = found
        with self._core.database.write() as tx:
            done = self._desk.put_logo(tx, clerk.authority, key, logo)
        if isinstance(done, Denied):
            return refused(done)
        return see_other(f"{address_of(key)}?done=logo")


def _trail(application: Application) -> tuple[tuple[str, str], ...]:
    return ((_("Applications"), HERE), (application.name, address_of(application.key)))


def _overtaken() -> str:
    return str(_("Somebody else has changed it meanwhile. Look at the newest version first."))


def _state_question(application: Application, seen: int) -> Question:
    page, back = address_of(application.key, "state"), address_of(application.key)
    if application.enabled:
        return Question(
            _("Close %(name)s", name=application.name),
            (
                _("Nobody enters it any more, and what it was given is refused at once."),
                _("Everything about it is kept: it can be opened again at any time."),
            ),
            _("Close this application"),
            page,
            back,
            trail=_trail(application),
            hidden={"state": "disabled"},
        )
    return Question(
        _("Open %(name)s", name=application.name),
        (
            _(
                "Who fits its rules enters again. "
                "What it was given before it was closed stays refused."
            ),
        ),
        _("Open this application"),
        page,
        back,
        trail=_trail(application),
        hidden={"state": "enabled", "seen": str(seen)},
        look="primary",
    )


def _fits(application: Application, text: str, state: str) -> bool:
    names = f"{application.key} {application.name} {application.long_name}".casefold()
    here = "enabled" if application.enabled else "disabled"
    return text.casefold() in names and state in {"", here}


def _line(application: Application, pictures: dict[str, str]) -> dict[str, Any]:
    return {
        "url": address_of(application.key),
        "name": application.name,
        "about": application.long_name or application.key,
        "enabled": application.enabled,
        "protocol": protocol_words(application.protocol),
        "level": int(application.policy.level),
        "means": ", ".join(label_of(one) for one in application.policy.means),
        "logo": pictures.get(application.key, ""),
    }
