# SPDX-License-Identifier: Apache-2.0
"""Step 2: who somebody is and where they can be reached, each field judged beside itself."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final

from flask import request as asked

from idp.accounts import establishments
from idp.accounts.establishments import Standing
from idp.accounts.values import sort_key
from idp.directory import nomenclature
from idp.directory.numbers import national_id_of
from idp.directory.sante import NoAnswer
from idp.directory.values import Practitioner
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.messages.numbers import spaced
from idp.registration import details as step
from idp.registration.prefill import with_register
from idp.registration.values import Content, Details, Request
from idp.web.account_page import visibilities
from idp.web.registration import words
from idp.web.registration.entry import STEPS, Draft, draft_of, is_stale, show, standing

HERE: Final = STEPS[1]
# How a browser may fill in a field by itself (WCAG 1.3.5).
COMPLETED: Final = {
    "last_name": "family-name",
    "first_name": "given-name",
    "birth_date": "bday",
    "country": "country-name",
    "street": "street-address",
    "post_code": "postal-code",
    "city": "address-level2",
    "phone": "work tel",
    "mobile": "mobile tel",
    "email": "email",
    "email_again": "off",
}
TYPES: Final = {
    "email": "email",
    "email_again": "email",
    "phone": "tel",
    "emergency_phone": "tel",
    "mobile": "tel",
    "fax": "tel",
}
Look = Callable[[str], Practitioner | NoAnswer | None]


class DetailsPages:
    """GET and POST /registration/details."""

    def __init__(self, services: Services, look: Look) -> None:
        self._services = services
        self._core = services.core
        self._look = look

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "registration_details", self.show)
        app.page(HERE, "registration_details_said", self.answer, methods=["POST"])

    def show(self) -> Answer:
        """The form, as it was left."""
        draft = draft_of(self._services, 2)
        if not isinstance(draft, Draft):
            return draft
        details = draft.request.content.details
        return self._page(draft.request, details, details.email, {})

    def answer(self) -> Answer:
        """What was typed is kept, right or wrong; only what is right leads on."""
        draft = draft_of(self._services, 2)
        if not isinstance(draft, Draft):
            return draft
        content = draft.request.content
        typed = step.read(asked.form, content.vouched)
        again = step.tidy(asked.form.get("email_again", ""), step.LONGEST["email"])
        if is_stale(draft.request) and typed != content.details:
            # Another window has changed it: what was typed here is shown over what is kept.
            return self._page(draft.request, typed, again, {}, stale=True, status=409)
        if asked.form.get("fill"):
            return self._fill(draft, typed, again)
        faults = step.faults(typed, again, self._known(), content.vouched)
        kept = self._keep(draft, typed, complete=not faults)
        if not isinstance(kept, Request):
            return see_other(HERE)
        if faults:
            return self._page(kept, typed, again, faults, status=422)
        return see_other(STEPS[2])

    def _fill(self, draft: Draft, typed: Details, again: str) -> Answer:
        """From the national register, where it knows the number; it is public."""
        fault = step.number_fault(typed.number) if typed.number else "missing"
        found = None
        if not fault:
            # Perhaps by the network: never in a transaction.
            answer = self._look(national_id_of(typed.number))
            found = None if isinstance(answer, NoAnswer) else answer
        filled = with_register(typed, found) if found else typed
        kept = self._keep(draft, filled, complete=False)
        if not isinstance(kept, Request):
            return see_other(HERE)
        if fault:
            return self._page(kept, filled, again, {"number": fault}, status=422)
        return self._page(kept, filled, again, {}, filled="yes" if found else "no")

    def _keep(self, draft: Draft, details: Details, *, complete: bool) -> object:
        request = draft.request
        content: Content = replace(request.content, details=details)
        done = max(request.step, 2) if complete else min(request.step, 1)
        with self._core.database.write() as tx:
            return self._core.registration.drafts.answer(tx, request, content, done)

    def _known(self) -> step.Known:
        now = datetime.fromtimestamp(self._core.clock.now(), UTC)
        return step.Known({key for key, _name in self._establishments()}, now.date())

    def _establishments(self) -> list[tuple[str, str]]:
        with self._core.database.read() as tx:
            every = [one for one in establishments.every(tx) if one.state is Standing.ACTIVE]
        named = [(one.key, f"{one.name} ({one.town})" if one.town else one.name) for one in every]
        return sorted(named, key=lambda one: sort_key(one[1]))

    def _page(
        self,
        request: Request,
        details: Details,
        again: str,
        faults: dict[str, str],
        *,
        stale: bool = False,
        filled: str = "",
        status: int = 200,
    ) -> Answer:
        labels = words.labels()
        shown = asdict(details) | {
            "email_again": again,
            "visibility": details.visibility.value,
            "birth_date": shown_day(details.birth_date),
            **{name: spaced(getattr(details, name)) for name in step.PHONES},
        }
        form: dict[str, Any] = {
            "version": request.version,
            "values": shown,
            "labels": labels,
            "helps": words.helps(),
            "errors": {name: words.sentence(name, fault) for name, fault in faults.items()},
            "needed": (*step.NEEDED, "email_again"),
            "longest": {**step.LONGEST, "email_again": step.LONGEST["email"]},
            "completed": COMPLETED,
            "types": TYPES,
            "choices": self._choices(),
            "by_card": request.content.vouched is not None,
            "stale": stale,
            "findable": request.content.vouched is None or bool(details.number),
            "filled": filled,
            "disowned": self._disowned(request),
        }
        return show("details", {"form": form} | standing(request), 2, status)

    def _disowned(self, request: Request) -> bool:
        """Whether whoever has the mailbox said that it is not theirs (`Drafts.disown`)."""
        if request.sent_at is None or request.content.details.email:
            return False
        with self._core.database.read() as tx:
            past = self._core.requests.history(tx, request.id)
        return bool(past) and past[-1].what == "disowned"

    def _choices(self) -> dict[str, list[tuple[str, str]]]:
        """What each list offers: (value, label)."""
        professions = [(one.value, one.label) for one in nomenclature.professions() if one.current]
        specialities = [(one.code, one.plain) for one in nomenclature.specialities() if one.current]
        return {
            "profession": sorted(professions, key=lambda one: sort_key(one[1])),
            "speciality": sorted(specialities, key=lambda one: sort_key(one[1])),
            "title": [(one.code, one.label) for one in nomenclature.titles() if one.current],
            "civility": [(one.code, one.label) for one in nomenclature.civilities() if one.current],
            "establishment": self._establishments(),
            "visibility": list(visibilities().items()),
        }


def shown_day(text: str) -> str:
    """A date as it is typed here: the day first."""
    parts = text.split("-")
    return "/".join(reversed(parts)) if len(parts) == 3 and len(parts[0]) == 4 else text
