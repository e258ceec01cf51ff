# SPDX-License-Identifier: Apache-2.0
"""The consent desk: patients of one's establishments, and one patient's consents and letters."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts import establishments
from idp.accounts.establishments import Establishment, Standing
from idp.accounts.values import Account
from idp.administration.authority import Authority, Denied
from idp.administration.patients.consents import Withdrawn
from idp.administration.patients.desk import PatientLine, PatientSheet, Search
from idp.administration.patients.enrolment import NotShown, Shown
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import shown_date, stamp
from idp.web.account_parts import done_word
from idp.web.admin.asking import Question, Said, ask
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, read_listing
from idp.web.admin.patient_words import SHOWN, done_sentence, field_error, refusal
from idp.web.admin.saved_views import DONE, PATIENTS, views_of
from idp.web.admin.typed import done_sentence as kept_sentence

HERE = "/admin/patients"
RIGHT = Right.PATIENTS_ENROL


class PatientPages:
    """GET /admin/patients and /admin/patients/<account>; withdrawing and renewing."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._office = services.office

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{HERE}/<account>"
        app.page(HERE, "admin_patients", self.list)
        app.page(one, "admin_patient", self.one)
        app.page(f"{one}/withdraw", "admin_patient_ask_withdraw", self.ask_withdraw)
        app.page(f"{one}/withdraw", "admin_patient_withdraw", self.withdraw, methods=["POST"])
        app.page(f"{one}/renew", "admin_patient_renew", self.renew, methods=["POST"])

    def list(self) -> Answer:
        """Patients, the latest first."""
        clerk = clerk_of(self._services, HERE, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            houses = houses_of(tx, clerk.authority, closed=True)
            listing = read_listing(HERE, _filters(houses))
            search = Search(
                listing["text"], listing["establishment"], listing["state"], listing.after
            )
            found = self._office.patient_desk.search(tx, clerk.authority, search)
            views = views_of(tx, self._services, clerk.authority, PATIENTS)
        if isinstance(found, Denied):
            return refused(found)
        names = {one.key: one.name for one in houses}
        lines = [
            {
                "line": one,
                "url": f"{HERE}/{one.account}",
                "name": _name_of(one),
                "born": shown_date(one.birth_date) if one.birth_date else "–",
                "establishment": names.get(one.establishment, one.establishment),
                "given": stamp(one.given_at),
                "withdrawn": stamp(one.withdrawn_at),
            }
            for one in found.lines
        ]
        context = {
            "listing": listing.leading_to(found.next),
            "views": views,
            "done": kept_sentence(DONE),
            "lines": lines,
            "several": len(houses) > 1,
            "may_print": clerk.authority.may(Right.LETTERS_PRINT),
            "error": refusal(done_word()),
        }
        return show(clerk, "patients", context)

    def one(self, account: str) -> Answer:
        """One patient."""
        page = f"{HERE}/{account}"
        clerk = clerk_of(self._services, page, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        return self.sheet(clerk, account, done=done_sentence(done_word()))

    def sheet(self, clerk: Clerk, account: str, *, done: Any = "", error: str = "") -> Answer:
        """The page of a patient, with what was just done or refused."""
        authority = clerk.authority
        with self._core.database.read() as tx:
            sheet = self._office.patient_desk.sheet(tx, authority, account)
            if isinstance(sheet, Denied):
                return refused(sheet)
            if sheet.account is None:
                known = {"done": done, "error": error}
                return self._left(clerk, sheet, houses_of(tx, authority, closed=True), known)
            letters = self._office.letters.of_account(tx, authority, account)
            names = {one.key: one.name for one in establishments.every(tx)}
            belongs = establishments.of_account(tx, account)
            sees = authority.reach(Right.ACCOUNTS_SEE).touches(belongs)
        context = {
            "done": done,
            "error": error,
            "url": f"{HERE}/{account}",
            "account_url": f"/admin/accounts/{account}" if sees else "",
            "patient": sheet.account.person,
            "born": shown_date(sheet.account.person.birth_date),
            "state": sheet.account.state.value,
            "may_print": sheet.may_print,
            "consents": _consents(sheet, names),
            "letters": [] if isinstance(letters, Denied) else [_letter(one) for one in letters],
            "today": stamp(self._core.clock.now()).iso[:10],  # type: ignore[union-attr]
        }
        return show(clerk, "patient", context, 422 if error else 200)

    def _left(
        self,
        clerk: Clerk,
        sheet: PatientSheet,
        houses: Sequence[Establishment],
        known: dict[str, Any],
    ) -> Answer:
        """The page of whoever has left: their consents, and the way back that they open."""
        names = {one.key: one.name for one in houses}
        given = {one.establishment for one in sheet.consents}
        wrong = request.method == "POST" and request.form.get("consent") != "yes"
        errors = {"consent": field_error("consent", "missing")} if wrong else {}
        if known["error"]:
            errors["identifier"] = known["error"]
        context = {
            "done": known["done"],
            "url": f"{HERE}/{sheet.consents[0].account}",
            "consents": _consents(sheet, names),
            "houses": [
                (one.key, one.name)
                for one in houses
                if one.key in given and one.state is Standing.ACTIVE
            ],
            "house": request.form.get("establishment", "")[:16],
            "identifier": request.form.get("identifier", "")[:256],
            "birth_date": request.form.get("birth_date", "")[:32],
            "errors": errors,
        }
        return show(clerk, "patient_left", context, 422 if errors else 200)

    def ask_withdraw(self, account: str) -> Answer:
        """What it means."""
        return self._withdrawing(account, done=False)

    def withdraw(self, account: str) -> Answer:
        """Note it; with the last consent the account is disabled."""
        return self._withdrawing(account, done=True)

    def _withdrawing(self, account: str, *, done: bool) -> Answer:
        page = f"{HERE}/{account}"
        clerk = clerk_of(self._services, page, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        establishment = request.values.get("establishment", "")[:16]
        with self._core.database.read() as tx:
            sheet = self._office.patient_desk.sheet(tx, clerk.authority, account)
            house = establishments.load(tx, establishment)
        if isinstance(sheet, Denied):
            return refused(sheet)
        stands = {one.establishment for one in sheet.consents if one.stands}
        if house is None or establishment not in stands or sheet.account is None:
            return refused(Denied.NOT_FOUND)
        sure = request.form.get("sure") == "yes"
        if not done or not sure:
            errors = {"sure": _("Tick the box to go on.")} if done else {}
            return ask(clerk, _question(sheet.account, house, page), Said(errors=errors))
        with self._core.database.write() as tx:
            answer = self._office.patients.withdraw(tx, clerk.authority, account, establishment)
        if not isinstance(answer, Withdrawn):
            return refused(answer)
        self._services.leaving.tell_all(account, answer.ended)
        return see_other(f"{page}?done=withdrawn")

    def renew(self, account: str) -> Answer:
        """A patient who withdrew gives their consent here anew."""
        page = f"{HERE}/{account}"
        clerk = clerk_of(self._services, page, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        establishment = request.form.get("establishment", "")[:16]
        shown = None
        if "identifier" in request.form:
            if request.form.get("consent") != "yes":
                return self.sheet(clerk, account)
            identifier, birth_date = (
                request.form[name][:256] for name in ("identifier", "birth_date")
            )
            shown = Shown(identifier, birth_date)
        with self._core.database.write() as tx:
            answer = self._office.patients.renew(tx, clerk.authority, account, establishment, shown)
        if isinstance(answer, Denied):
            return refused(answer)
        if isinstance(answer, NotShown):
            return self.sheet(clerk, account, error=str(SHOWN[answer]))
        return see_other(f"{page}?done=renewed")


def houses_of(tx: Tx, authority: Authority, *, closed: bool = False) -> list[Establishment]:
    """The establishments for which somebody may collect consents."""
    reach = authority.reach(RIGHT)
    return sorted(
        (
            one
            for one in establishments.every(tx)
            if reach.touches({one.key}) and (closed or one.state is Standing.ACTIVE)
        ),
        key=lambda one: one.name.casefold(),
    )


def _filters(houses: list[Establishment]) -> tuple[Filter, ...]:
    states = (
        ("", _("All")),
        ("to-print", _("Letter to print")),
        ("to-hand", _("Letter to hand over")),
        ("withdrawn", _("Consent withdrawn")),
    )
    found = [
        Filter("text", _("Name, identifier or birth date"), "search"),
        Filter("state", _("State"), "choice", states),
    ]
    if len(houses) > 1:
        options = (("", _("All")), *((one.key, one.name) for one in houses))
        found.append(Filter("establishment", _("Establishment"), "choice", options))
    return tuple(found)


def _name_of(line: PatientLine) -> str:
    if line.left:
        return str(_("Consent withdrawn"))
    return f"{line.last_name} {line.first_name}"


def _consents(sheet: PatientSheet, names: dict[str, str]) -> list[dict[str, Any]]:
    stands = {one.establishment for one in sheet.consents if one.stands}
    return [
        {
            "reference": one.id,
            "establishment": one.establishment,
            "name": names.get(one.establishment, one.establishment),
            "given": stamp(one.given_at),
            "withdrawn": stamp(one.withdrawn_at),
            "version": one.text_version,
            "stands": one.stands,
            "renewable": not one.stands and one.establishment not in stands,
        }
        for one in sheet.consents
    ]


def _letter(one: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "printed": stamp(one.printed_at),
        "handed": shown_date(one.handed_on) if one.handed_on else "",
    }


def _question(account: Account, house: Establishment, page: str) -> Question:
    person = account.person
    return Question(
        title=_("Withdraw the consent"),
        sentences=(
            _("The patient takes back the consent that they gave to this establishment."),
            _(
                "Where it is the last one, the account is disabled at once, until an "
                "establishment collects a new consent."
            ),
        ),
        button=_("Note the withdrawal"),
        action=f"{page}/withdraw",
        back=page,
        trail=((_("Patients"), HERE), (person.display_name, page)),
        facts=((_("Patient"), person.display_name), (_("Establishment"), house.name)),
        hidden={"establishment": house.key},
        tick=_("The patient has asked for it."),
    )
