# SPDX-License-Identifier: Apache-2.0
"""A new patient at consent; or the consent of one who has an account from elsewhere."""

from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts.service import NotCreated
from idp.accounts.values import fold
from idp.administration.authority import Denied
from idp.administration.patients.enrolment import Exists, Faulty, NotShown, Shown
from idp.administration.patients.values import NAMES, NewPatient
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.patient_words import SHOWN, field_error, not_created
from idp.web.admin.patients import HERE, RIGHT, houses_of

NEW = f"{HERE}/new"
KNOWN = f"{HERE}/known"
LONGEST = 256


class EnrolPages:
    """GET and POST /admin/patients/new and /admin/patients/known."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._patients = services.office.patients

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(NEW, "admin_patient_new", self.ask)
        app.page(NEW, "admin_patient_enrol", self.enrol, methods=["POST"])
        app.page(KNOWN, "admin_patient_known", self.ask_known)
        app.page(KNOWN, "admin_patient_collect", self.collect, methods=["POST"])

    def ask(self) -> Answer:
        """The empty form."""
        clerk = clerk_of(self._services, NEW, RIGHT)
        return self._form(clerk, NewPatient()) if isinstance(clerk, Clerk) else clerk

    def enrol(self) -> Answer:
        """Make the account, or say what stands in the way."""
        clerk = clerk_of(self._services, NEW, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = NewPatient(**{name: _typed(name) for name in NAMES})
        establishment = self._establishment(clerk)
        errors = self._own_errors(typed, establishment)
        if errors:
            return self._form(clerk, typed, self._with_theirs(typed, errors))
        another = request.form.get("another") == "yes"
        with self._core.database.write() as tx:
            answer = self._patients.enrol(
                tx, clerk.authority, establishment, typed, another=another
            )
        if isinstance(answer, Denied):
            return refused(answer)
        if isinstance(answer, Faulty):
            found = {name: field_error(name, why) for name, why in answer.fields.items()}
            return self._form(clerk, typed, found)
        if isinstance(answer, NotCreated):
            return self._form(clerk, typed, not_created(answer))
        if isinstance(answer, NotShown):
            return self._form(clerk, typed, {"last_name": str(SHOWN[answer])})
        if isinstance(answer, Exists):
            return self._form(clerk, typed, {}, answer.value)
        return see_other(f"{HERE}/{answer.account.id}?done=enrolled")

    def ask_known(self) -> Answer:
        """The form by which an account that exists is found, with its owner at the desk."""
        clerk = clerk_of(self._services, KNOWN, RIGHT)
        return self._known(clerk) if isinstance(clerk, Clerk) else clerk

    def collect(self) -> Answer:
        """Add the consent, where identifier and birth date are one patient's."""
        clerk = clerk_of(self._services, KNOWN, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        establishment = self._establishment(clerk)
        if request.form.get("consent") != "yes":
            return self._known(clerk, {"consent": field_error("consent", "missing")})
        if not establishment:
            return self._known(clerk, {"establishment": field_error("establishment", "missing")})
        shown = Shown(_typed("identifier"), _typed("birth_date"))
        with self._core.database.write() as tx:
            answer = self._patients.collect(tx, clerk.authority, establishment, shown)
        if isinstance(answer, Denied):
            return refused(answer)
        if isinstance(answer, NotShown):
            return self._known(clerk, {"identifier": str(SHOWN[answer])})
        return see_other(f"{HERE}/{answer.account.id}?done=collected")

    def _own_errors(self, typed: NewPatient, establishment: str) -> dict[str, str]:
        found = {}
        if not establishment:
            found["establishment"] = field_error("establishment", "missing")
        if typed.email and fold(typed.email) != fold(_typed("email_again")):
            found["email"] = field_error("email", "differs")
        if request.form.get("consent") != "yes":
            found["consent"] = field_error("consent", "missing")
        return found

    def _with_theirs(self, typed: NewPatient, errors: dict[str, str]) -> dict[str, str]:
        """All that is wrong at once, not one after the other."""
        countries = self._core.settings.sms.countries
        words = typed.tidied().faults(self._core.clock.now(), countries)
        return {name: field_error(name, why) for name, why in words.items()} | errors

    def _establishment(self, clerk: Clerk) -> str:
        with self._core.database.read() as tx:
            houses = houses_of(tx, clerk.authority)
        if len(houses) == 1:
            return houses[0].key
        return request.form.get("establishment", "")[:16]

    def _form(
        self,
        clerk: Clerk,
        typed: NewPatient,
        errors: dict[str, str] | None = None,
        exists: str = "",
    ) -> Answer:
        context = self._shared(clerk) | {
            "typed": replace(typed, locale=typed.locale or "fr"),
            "again": _typed("email_again") if request.method == "POST" else "",
            "consent": request.form.get("consent") == "yes",
            "errors": errors or {},
            "exists": exists,
            "civilities": [("", _("Not given")), ("Mme", "Mme"), ("M.", "M.")],
            "languages": [("fr", "Français"), ("en", "English")],
            "version": self._core.settings.patients.consent_version,
        }
        status = 409 if exists else 422 if errors else 200
        return show(clerk, "patients_new", context, status)

    def _known(self, clerk: Clerk, errors: dict[str, str] | None = None) -> Answer:
        context = self._shared(clerk) | {
            "identifier": _typed("identifier"),
            "birth_date": _typed("birth_date"),
            "errors": errors or {},
        }
        return show(clerk, "patients_known", context, 422 if errors else 200)

    def _shared(self, clerk: Clerk) -> dict[str, Any]:
        with self._core.database.read() as tx:
            houses = houses_of(tx, clerk.authority)
        return {
            "houses": [(one.key, one.name) for one in houses],
            "house": request.form.get("establishment", ""),
        }


def _typed(name: str) -> str:
    return request.form.get(name, "")[:LONGEST]
