# SPDX-License-Identifier: Apache-2.0
"""« Profile and language », and « Change my account »: what is known of a person, and by whom."""

from dataclasses import asdict, replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from connectors.base import Level
from idp.accounts import particulars
from idp.accounts import service as accounts
from idp.accounts.profile import CIVILITIES, LONGEST, PLACE, Details, Profiles, details_of
from idp.accounts.values import Account, Population
from idp.http.flask_app import PageServer
from idp.http.locale import Languages
from idp.http.services import Core, Services
from idp.http.wire import Answer, Page, see_other
from idp.web.account_page import shown_date, shown_population, visibilities
from idp.web.account_parts import Owner, done_word, owner_of, show
from idp.web.admin.account_words import shown_field, shown_value
from idp.web.fresh import fresh_proof
from idp.web.means import label_of

YEAR = 365 * 86_400


class ProfilePages:
    """GET and POST /account/profile and /account/identity."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._profiles = Profiles(services.core.clock, services.core.audit)
        locale = services.core.settings.locale
        self._languages = Languages(locale.available, locale.default)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/account/profile", "account_profile", self.profile)
        app.page("/account/profile", "account_speak", self.speak, methods=["POST"])
        app.page("/account/identity", "account_identity", self.identity)
        app.page("/account/identity", "account_correct", self.correct, methods=["POST"])

    def profile(self) -> Answer:
        """What is known, and the language."""
        owner = owner_of(self._services, "/account/profile")
        if not isinstance(owner, Owner):
            return owner
        account = owner.account
        context = {
            "profile": {
                "facts": profile_facts(self._core, account),
                "keeper": account.person.population.value,
                "locale": account.person.locale,
                "locales": self._languages.named,
                "done": _sentence(done_word()),
            }
        }
        return show("profile", context)

    def speak(self) -> Answer:
        """The language for this account, and for this browser."""
        owner = owner_of(self._services, "/account/profile")
        if not isinstance(owner, Owner):
            return owner
        chosen = request.form.get("locale", "")
        if chosen not in self._languages.available:
            return see_other("/account/profile")
        with self._core.database.write() as tx:
            self._profiles.speak(tx, owner.account.id, chosen, owner.visit.call.origin)
        answer = see_other("/account/profile?done=language")
        answer.headers.append(self._core.jar.set("lang", chosen, YEAR))
        return answer

    def identity(self) -> Answer:
        """A professional's identity: to be changed after a login by card, and by nothing less."""
        owner = owner_of(self._services, "/account/identity")
        if not isinstance(owner, Owner):
            return owner
        if closed := self._closed(owner):
            return closed
        return self._form(owner, details_of(owner.account.person), ())

    def correct(self) -> Answer:
        """The form came back."""
        owner = owner_of(self._services, "/account/identity")
        if not isinstance(owner, Owner):
            return owner
        if closed := self._closed(owner):
            return closed
        known = details_of(owner.account.person)
        typed = replace(known, **{name: request.form.get(name, "").strip() for name in IDENTITY})
        if faults := typed.faults():
            return self._form(owner, typed, faults)
        with self._core.database.write() as tx:
            place = particulars.load(tx, owner.account.id)
            if self._profiles.correct(tx, owner.account.id, typed, place, owner.visit.call.origin):
                self._core.alerts.account_changed(tx, owner.account, "identity")
        return see_other("/account/profile?done=identity")

    def _closed(self, owner: Owner) -> Answer | None:
        """Why the form isn't shown (yet): not kept by this person, or no card was shown."""
        if owner.account.person.population is not Population.PROFESSIONAL:
            return see_other("/account/profile")
        levels = self._services.attempts.levels
        strong = [label_of(kind) for kind, level in levels.items() if level >= Level.CARD]
        if not strong:
            # SPEC §3: a password is not enough, and nothing stronger is open here yet.
            return show("identity", {"identity": {"open": False}}, 403)
        return fresh_proof(self._services, owner.visit, "/account/identity", Level.CARD)

    def _form(self, owner: Owner, details: Details, faults: tuple[str, ...]) -> Page:
        context = {
            "identity": {
                "open": True,
                "name": owner.account.person.display_name,
                "civilities": [one for one in CIVILITIES if one],
                "typed": asdict(details),
                "faults": faults,
                "longest": dict.fromkeys(IDENTITY, LONGEST),
            }
        }
        return show("identity", context, 422 if faults else 200)


# The town goes with the address (idp/web/account_directory.py).
IDENTITY = ("civility", "birth_name", "speciality")


def _sentence(word: str) -> str | None:
    sentences = {
        "language": _("Your language is kept, for these pages and for what we send you."),
        "identity": _("Your details are changed."),
    }
    return sentences.get(word)


def profile_facts(core: Core, account: Account) -> list[dict[str, Any]]:
    """What is known of a person: a key and a value for programs, a label and a text for people."""
    person = account.person
    with core.database.read() as tx:
        names = accounts.community_names(tx)
        place = particulars.load(tx, account.id)
    communities = sorted(names.get(key, key) for key in account.communities)
    facts = [
        ("name", _("Name"), person.display_name),
        ("civility", _("Title"), person.civility),
        ("birth_name", _("Birth name"), person.birth_name),
        ("birth_date", _("Date of birth"), person.birth_date),
        ("identifier", _("Identifier"), person.identifier),
        ("population", _("Kind of account"), person.population.value),
        ("national_id", _("National identifier"), person.national_id or ""),
        ("profession", _("Profession"), person.profession),
        ("speciality", _("Speciality"), person.speciality),
        ("town", _("Town"), person.town),
        ("email", _("E-mail"), person.email),
        ("phone", _("Mobile"), person.phone),
        ("communities", _("Communities"), ", ".join(communities)),
    ]
    kept = ("title", *PLACE[1:])
    facts += [(name, shown_field(name), str(getattr(place, name))) for name in kept]
    if person.population is Population.PROFESSIONAL:
        facts.append(("visibility", shown_field("visibility"), place.visibility.value))
    read = {
        "visibility": visibilities()[place.visibility.value],
        "title": shown_value("title", place.title),
        "birth_date": shown_date(person.birth_date),
        "population": shown_population(person.population),
    }
    return [
        {"key": key, "label": label, "value": value, "shown": read.get(key, value)}
        for key, label, value in facts
        if value
    ]
