# SPDX-License-Identifier: Apache-2.0
"""Where and as what somebody practises: as it is written here, and as others tell it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.accounts.activities import FINESS, SIRET, Activity
from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.directory import nomenclature
from idp.directory.nomenclature import SECTORS, Term
from idp.grants.activities import HERE, REGISTER, Sourced
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.web.activity import facts_of, place_of
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_sheet import tabs_of, trail_of
from idp.web.admin.account_words import shown_sector
from idp.web.admin.entry import refused, show
from idp.web.admin.typed import done_sentence, read_typed, said_of
from idp.web.means import label_of

_l = lazy_gettext
# WB-016: what the form holds, and nothing else that somebody adds to it.
FORM = (
    "profession_code",
    "speciality_code",
    "section",
    "mode",
    "sector",
    "structure",
    "finess",
    "siret",
    "structure_number",
    "post_code",
    "town",
)
LONGEST = 128
MODES = "TRE_R23"
SECTIONS = "TRE_G05"
DONE = {
    "kept": _l("It is written down. Applications hear of it at the next login."),
    "nothing": _l("Nothing had to be changed."),
    "taken": _l("It is not written here any more. The history holds it."),
}
SOURCES = {HERE: _l("Written here"), REGISTER: _l("National register")}
UNFIT = {
    "gone": _l("It is not written here any more: somebody else took it away meanwhile."),
    "twice": _l("This structure is written already, for the same work."),
    "too-many": _l("Nobody practises in so many places: take one away first."),
    "population": _l("Only professionals practise."),
}


class AccountActivityPages:
    """GET and POST /admin/accounts/<id>/activities."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.practising

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        path = f"{PATH}/<account>/activities"
        app.page(path, "admin-account-activities", self.every)
        app.page(path, "admin-account-activity-put", self.put, methods=("POST",))
        app.page(f"{path}/take", "admin-account-activity-take", self.take, methods=("POST",))

    def every(self, account: str) -> Answer:
        """All that counts, and the form to write one down, or to correct the one of `of`."""
        looking = looking_at(self._services, account, "/activities")
        if not isinstance(looking, Looking):
            return looking
        return self._show(looking, instead=request.args.get("of", "")[:LONGEST])

    def put(self, account: str) -> Answer:
        """Write one down, or one in the place of another."""
        looking = self._writing(account)
        if not isinstance(looking, Looking):
            return looking
        typed, instead = read_typed(*FORM, longest=LONGEST), read_typed("of")["of"]
        with self._core.database.write() as tx:
            authority = looking.clerk.authority
            seen = self._desk.seen(tx, authority, account)
            if isinstance(seen, Denied):
                return refused(seen)
            old = next((one for one in seen.written if one.mark == instead), Activity())
            # What the form does not hold stays.
            wanted = replace(old, **_unspaced(typed), profession="", speciality="")
            done = self._desk.put(tx, authority, account, wanted, instead)
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Unfit):
            return self._show(looking, typed, done, instead)
        return see_other(f"{looking.path}/activities?done={'kept' if done else 'nothing'}")

    def take(self, account: str) -> Answer:
        """Write it here no more; what the register has stays."""
        looking = self._writing(account)
        if not isinstance(looking, Looking):
            return looking
        mark = read_typed("of")["of"]
        with self._core.database.write() as tx:
            done = self._desk.take_away(tx, looking.clerk.authority, account, mark)
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Unfit):
            return self._show(looking, unfit=done)
        return see_other(f"{looking.path}/activities?done={'taken' if done else 'nothing'}")

    def _writing(self, account: str) -> Looking | Answer:
        return looking_at(self._services, account, "/activities", Right.DIRECTORY_IMPORT)

    def _show(
        self,
        looking: Looking,
        typed: Mapping[str, str] | None = None,
        unfit: Unfit | None = None,
        instead: str = "",
    ) -> Page | Answer:
        with self._core.database.read() as tx:
            authority, person = looking.clerk.authority, looking.sheet.account
            seen = self._desk.seen(tx, authority, person.id)
        if isinstance(seen, Denied):
            return refused(seen)
        own = {one.mark: one for one in seen.written}
        corrected = own.get(instead)
        if typed is None:
            typed = {name: getattr(corrected, name) if corrected else "" for name in FORM}
        rights = {Right.DIRECTORY_IMPORT, Right.ACCOUNTS_EDIT}
        professional = person.person.population is Population.PROFESSIONAL
        context = {
            "path": f"{looking.path}/activities",
            "name": looking.name,
            "tabs": tabs_of(looking, "activities"),
            "back_trail": trail_of(looking),
            # What stands in both counts once, and as it is written here.
            "activities": [_row(one) for one in seen.known],
            "may": professional and rights <= looking.sheet.may,
            "typed": typed,
            "choices": _choices(typed),
            "errors": _errors(unfit, typed),
            "fault": str(UNFIT.get(unfit.why, "")) if unfit else "",
            # Of one that is gone nothing is left to correct: what was typed is a new one.
            "of": instead if corrected else "",
            "corrected": place_of(corrected) if corrected else "",
            "done": done_sentence(DONE),
        }
        status = 200 if unfit is None else 422 if unfit.why == "fields" else 409
        return show(looking.clerk, "account_activities", context, status)


def _unspaced(typed: Mapping[str, str]) -> dict[str, str]:
    """Numbers as they are compared: people write them in groups."""
    numbers = ("finess", "siret", "structure_number")
    return {
        name: text.replace(" ", "").upper() if name in numbers else text
        for name, text in typed.items()
    }


def _row(sourced: Sourced) -> dict[str, Any]:
    one, source = sourced.activity, sourced.source
    return {
        "mark": one.mark,
        "place": place_of(one),
        "facts": facts_of(one),
        "structure": one.structure_id,
        "sector": shown_sector(one.sector),
        "mine": source == HERE,
        "source": str(SOURCES.get(source, "")) or label_of(source),
    }


def _errors(unfit: Unfit | None, typed: Mapping[str, str]) -> dict[str, str]:
    if unfit is None or unfit.why != "fields":
        return {}
    own = {
        "finess": _("This is no FINESS number: nine characters, the last one checks the others."),
        "siret": _("This is no SIRET number: fourteen digits, the last one checks the others."),
    }
    found = said_of(unfit.fields, typed, **own)
    if "structure_number" in found:
        found["structure_number"] = _no_number(typed) or found["structure_number"]
    return {name: text for name, text in found.items() if name in FORM}


def _no_number(typed: Mapping[str, str]) -> str:
    """What is wrong with the third of the numbers; empty where nothing more can be said."""
    if not typed["structure_number"]:
        return str(_("One of the three numbers is needed."))
    if typed["finess"] or typed["siret"]:
        return str(_("There is a FINESS or SIRET number already: leave this one empty."))
    if typed["structure_number"][:1] in {FINESS, SIRET}:
        return str(_("After a 1 a FINESS number is expected, after a 3 a SIRET number."))
    return ""


def _choices(typed: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What there is to choose from; what is written already stays to be chosen."""
    found = {
        "profession_code": _terms(nomenclature.professions()),
        "speciality_code": _terms(nomenclature.specialities()),
        "section": _terms(nomenclature.terms(SECTIONS)),
        "mode": _terms(nomenclature.terms(MODES)),
        "sector": _terms(nomenclature.terms(SECTORS)),
    }
    for name, options in found.items():
        if (known := typed.get(name, "")) and known not in dict(options):
            options.append((known, known))
    return found


def _terms(found: Iterable[Term]) -> list[tuple[str, str]]:
    return [("", "–"), *((one.value, one.plain) for one in found if one.current)]
