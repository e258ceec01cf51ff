# SPDX-License-Identifier: Apache-2.0
"""Step 4: everything once more, six letters of a picture (or a question), and off it goes."""

from typing import Any, Final

from flask import request as asked
from flask_babel import gettext as _

from idp.accounts import establishments
from idp.directory import nomenclature
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Reply, see_other
from idp.messages.numbers import spaced
from idp.registration.details import PHONES, number_on
from idp.registration.drafts import No
from idp.registration.drawing import draw
from idp.registration.puzzles import Kind, Verdict
from idp.registration.values import Content, Details, Request
from idp.registration.wishes import Offered, incompatible, offered
from idp.web.account_page import visibilities
from idp.web.means import label_of
from idp.web.registration import words
from idp.web.registration.details import shown_day
from idp.web.registration.entry import (
    STATUS,
    STEPS,
    Draft,
    draft_of,
    is_stale,
    locale_of,
    show,
    standing,
)

HERE: Final = STEPS[3]
PICTURE: Final = f"{HERE}/picture"


class SummaryPages:
    """Under /registration/summary."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "registration_summary", self.show)
        app.page(HERE, "registration_finished", self.finish, methods=["POST"])
        app.page(PICTURE, "registration_picture", self.picture)
        app.page(f"{HERE}/puzzle", "registration_puzzle", self.renew, methods=["POST"])

    def show(self) -> Answer:
        """What is about to be sent."""
        draft = draft_of(self._services, 4)
        return self._page(draft.request) if isinstance(draft, Draft) else draft

    def picture(self) -> Answer:
        """The picture of the letters that wait for an answer."""
        draft = draft_of(self._services, 4)
        if not isinstance(draft, Draft):
            return Reply(404, list(NO_STORE))
        with self._core.database.read() as tx:
            puzzle = self._core.registration.puzzles.find(tx, draft.request.id)
        if puzzle is None or puzzle.kind is not Kind.IMAGE:
            return Reply(404, list(NO_STORE))
        headers = [("Content-Type", "image/png"), *NO_STORE]
        return Reply(200, headers, draw(puzzle.letters, puzzle.seed))

    def renew(self) -> Answer:
        """« Actualiser l'image », or the other way of asking."""
        draft = draft_of(self._services, 4)
        if not isinstance(draft, Draft):
            return draft
        kind = Kind.QUESTION if asked.form.get("kind") == Kind.QUESTION else Kind.IMAGE
        with self._core.database.write() as tx:
            self._core.registration.puzzles.renew(tx, draft.request.id, kind, locale_of(self._core))
        return see_other(f"{HERE}?ask={kind.value}#answer")

    def finish(self) -> Answer:
        """« Terminer mon inscription »: once, however often it is pressed."""
        draft = draft_of(self._services, 4)
        if not isinstance(draft, Draft):
            return draft
        request, registration = draft.request, self._core.registration
        if is_stale(request):
            return self._page(request, stale=True, status=409)
        if incompatible(self._offer(), request.content.wishes, request.content.details):
            return see_other(STEPS[2])
        typed = asked.form.get("answer", "")
        if not typed.strip():
            return self._page(request, verdict="missing", status=422)
        with self._core.database.write() as tx:
            verdict = registration.puzzles.answer(tx, request.id, typed)
            sent = (
                registration.drafts.send(tx, request, draft.visit.call.origin)
                if verdict is Verdict.RIGHT
                else None
            )
        if sent is None:
            status = 429 if verdict is Verdict.PAUSED else 422
            return self._page(request, verdict=verdict.value, status=status)
        if sent is No.TOO_OFTEN:
            return self._page(request, verdict="mailbox", status=429)
        if sent is No.CLOSED:
            return problem_page("registration-closed", status=403)
        return see_other(STATUS if isinstance(sent, Request) else HERE)

    def _offer(self) -> Offered:
        core = self._core
        with core.database.read() as tx:
            return offered(tx, core.applications, core.settings.registration.services)

    def _page(
        self, request: Request, *, verdict: str = "", stale: bool = False, status: int = 200
    ) -> Answer:
        wanted = asked.values.get("ask", "")
        kind = Kind.QUESTION if wanted == Kind.QUESTION else Kind.IMAGE
        with self._core.database.write() as tx:
            puzzle = self._core.registration.puzzles.show(
                tx, request.id, kind, locale_of(self._core)
            )
        form: dict[str, Any] = {
            "version": request.version,
            "verdict": verdict,
            "error": _verdict(verdict),
            "stale": stale,
            "kind": kind.value,
            "paused": puzzle is None,
            "question": puzzle.question if puzzle else "",
            "picture": f"{PICTURE}?{puzzle.created_at}-{puzzle.seed % 1000}" if puzzle else "",
            "blocks": self._blocks(request.content),
            "again": request.submitted_at is not None,
        }
        return show("summary", {"form": form} | standing(request), 4, status)

    def _blocks(self, content: Content) -> list[dict[str, Any]]:
        """Each block: a title, where it is changed, its lines."""
        return [
            {"title": _("CPS registration"), "url": STEPS[0], "lines": _card_lines(content)},
            {
                "title": _("Personal details"),
                "url": STEPS[1],
                "lines": self._details(content.details),
            },
            {
                "title": _("Fields of interest"),
                "url": STEPS[2],
                "lines": self._wishes(content),
            },
        ]

    def _details(self, details: Details) -> list[tuple[str, str]]:
        labels = words.labels()
        with self._core.database.read() as tx:
            place = establishments.load(tx, details.establishment)
        shown = {name: getattr(details, name) for name in labels if name != "email_again"}
        shown |= {
            "profession": details.profession_label,
            "speciality": details.speciality_label,
            "title": nomenclature.label_of(nomenclature.TITLES, details.title),
            "civility": nomenclature.label_of(nomenclature.CIVILITIES, details.civility),
            "visibility": visibilities()[details.visibility],
            "birth_date": shown_day(details.birth_date),
            "establishment": place.name if place else "",
            **{name: spaced(shown[name]) for name in PHONES},
        }
        return [(labels[name], text) for name, text in shown.items() if text]

    def _wishes(self, content: Content) -> list[tuple[str, str]]:
        offer, wishes = self._offer(), content.wishes
        names = dict(offer.communities)
        asked_for = [one.name for one in offer.applications if one.key in wishes.applications]
        nothing = _("Nothing asked for")
        return [
            (
                _("Communities"),
                ", ".join(names[one] for one in wishes.communities if one in names) or nothing,
            ),
            (_("Services of the platform"), ", ".join(wishes.services) or nothing),
            (_("Applications"), ", ".join(asked_for) or nothing),
        ]


def _card_lines(content: Content) -> list[tuple[str, str]]:
    card, introduced = content.card, content.introduced
    if introduced is not None:
        return [
            (_("Who you are was told by"), label_of(introduced.means)),
            (_("Name told"), f"{introduced.first_name} {introduced.last_name}".strip()),
            (_("Number told"), number_on(introduced) or introduced.national_id),
        ]
    if card is None:
        return [(_("Your CPS card"), _("Not shown"))]
    return [
        (_("Your CPS card"), card.serial),
        (_("Name on the card"), f"{card.first_name} {card.last_name}".strip()),
        (_("Number on the card"), number_on(card) or card.national_id),
    ]


def _verdict(verdict: str) -> str:
    told: dict[str, str] = {
        "": "",
        "missing": _("Type your answer."),
        "wrong": _("That was not it. Here is another one: try again."),
        "over": _("This one was used already, or is too old. Here is another one."),
        "paused": _("Too many wrong answers. Try again in a quarter of an hour: nothing is lost."),
        "mailbox": _(
            "Several letters have gone to this address already. Try again in an hour: nothing is "
            "lost."
        ),
    }
    return told.get(verdict, "")
