# SPDX-License-Identifier: Apache-2.0
"""« Open sessions »: where one is logged in, and ending these, one or all but this one."""

from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import ngettext

from connectors.base import Level
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Core, Services
from idp.http.wire import Answer, see_other
from idp.login.leave import Reach, Told
from idp.sessions.values import Session
from idp.web.account_page import Stamp, shown_level
from idp.web.account_parts import Owner, Question, ask, done_word, names_of, owner_of, show
from idp.web.devices import describe_place, describe_session
from idp.web.fresh import fresh_proof
from idp.web.means import label_of

HERE = "/account/sessions"
OTHERS = "/account/sessions/others"
# ASVS 7.5.2: at least one factor anew before a session is ended; and no more, even of somebody who
# has two: whoever finds a stranger in their account must be quick, and may have lost the other one.
ENOUGH = Level.PASSWORD


class SessionPages:
    """GET /account/sessions, and what its buttons post."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "account_sessions", self.listed)
        app.page(OTHERS, "ask_end_others", self.ask_others)
        app.page(OTHERS, "end_others", self.end_others, methods=["POST"])
        app.page(f"{HERE}/<session>/end", "ask_end_session", self.ask_one)
        app.page(f"{HERE}/<session>/end", "end_session", self.end_one, methods=["POST"])

    def listed(self) -> Answer:
        """The list."""
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        facts = session_facts(self._core, owner.account.id, owner.session.id)
        sessions = [one | {"end_url": address_of(one["id"])} for one in facts]
        context = {
            "sessions": sessions,
            "others_url": OTHERS if len(sessions) > 1 else None,
            "done": _sentence(done_word()),
        }
        return show("sessions", context)

    def ask_one(self, session: str) -> Answer:
        """The question, for somebody who comes back from proving who they are."""
        found = self._one(session)
        if not isinstance(found, tuple):
            return found
        _owner, one = found
        sentence = _(
            "%(device)s, at %(place)s: that browser is logged out at once, and so are the "
            "applications opened in it.",
            device=describe_session(one),
            place=describe_place(one.address) or _("Unknown"),
        )
        return self._ask(_("End this session?"), sentence, address_of(one.id), [one])

    def end_one(self, session: str) -> Answer:
        """End another session of the same person, and tell its applications."""
        found = self._one(session)
        if not isinstance(found, tuple):
            return found
        owner, one = found
        gone = self._services.leaving.leave(one, "person", owner.visit.call.origin)
        return _back("session", gone.told)

    def ask_others(self) -> Answer:
        """The question."""
        found = self._others()
        if not isinstance(found, tuple):
            return found
        owner, others = found
        sentence = ngettext(
            "%(num)d other browser is logged out at once, and so are the applications opened "
            "in it. This one stays logged in.",
            "%(num)d other browsers are logged out at once, and so are the applications opened "
            "in them. This one stays logged in.",
            len(others),
        )
        further = (_("What applications do for you while you are away ends, too."),)
        with self._core.database.read() as tx:
            lasts = self._core.lasting.of_account(tx, owner.account.id)
        return self._ask(
            _("End all other sessions?"), sentence, OTHERS, others, further if lasts else ()
        )

    def end_others(self) -> Answer:
        """End every session of the person but this one."""
        found = self._others()
        if not isinstance(found, tuple):
            return found
        owner, others = found
        core, ended = self._core, []
        with core.database.write() as tx:
            for one in others:
                opened = core.sessions.opened_in(tx, one.id)
                if core.sessions.end(tx, one.id, "person", owner.visit.call.origin):
                    ended.append((one.id, opened))
            # A logout leaves it; whoever shuts all others out means it, too, also what was let in
            # from here: a device that somebody else held out to them, say.
            core.lasting.end_all(tx, owner.account.id, "person", owner.visit.call.origin)
            if ended:
                core.alerts.account_changed(tx, owner.account, "sessions")
        told = []
        for key, opened in ended:
            told += self._services.leaving.tell(owner.account.id, key, opened)
        return _back("others", told)

    def _one(self, session: str) -> tuple[Owner, Session] | Answer:
        """One of the person's other sessions, for somebody who has just proved who they are."""
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        if session == owner.session.id:
            # One's own browser is cleaned too: that is what logging out does (OA-178).
            return see_other("/logout")
        found = next((one for one in self._every(owner) if one.id == session), None)
        if found is None:
            # Somebody else's looks the same as none at all.
            return problem_page("not-found", status=404)
        page = address_of(found.id)
        return fresh_proof(self._services, owner.visit, page, ENOUGH) or (owner, found)

    def _others(self) -> tuple[Owner, list[Session]] | Answer:
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        others = [one for one in self._every(owner) if one.id != owner.session.id]
        if not others:
            return see_other(HERE)
        return fresh_proof(self._services, owner.visit, OTHERS, ENOUGH) or (owner, others)

    def _every(self, owner: Owner) -> list[Session]:
        with self._core.database.read() as tx:
            # Idle ones too: their tokens live.
            return self._core.sessions.of_account(tx, owner.account.id, even_idle=True)

    def _ask(
        self,
        title: str,
        sentence: str,
        action: str,
        about: list[Session],
        further: tuple[str, ...] = (),
    ) -> Answer:
        names = names_of(self._core)
        with self._core.database.read() as tx:
            opened = [
                one.application
                for session in about
                for one in self._core.sessions.opened_in(tx, session.id)
            ]
        return ask(
            Question(
                title=title,
                sentences=(sentence, *further),
                button=_("End it") if len(about) == 1 else _("End them"),
                action=action,
                back=HERE,
                back_label=_("Change nothing"),
                names=tuple(dict.fromkeys(names.get(key, key) for key in opened)),
            )
        )


def address_of(session: str) -> str:
    """The address that ends a session; its id is ours, never taken from outside."""
    return f"{HERE}/{quote(session, safe='')}/end"


def session_facts(core: Core, account: str, current: str) -> list[dict[str, Any]]:
    """The sessions of a person, the last used first."""
    names = names_of(core)
    with core.database.read() as tx:
        every = core.sessions.of_account(tx, account, even_idle=True)
        awake = {one.id for one in core.sessions.of_account(tx, account)}
        opened = {one.id: core.sessions.opened_in(tx, one.id) for one in every}
    return [
        {
            "id": one.id,
            "device": describe_session(one),
            "browser": one.user_agent,
            "place": describe_place(one.address) or str(_("Unknown")),
            "means": [label_of(kind) for kind in one.means],
            "level": int(one.level),
            "strength": shown_level(one.level),
            "since": Stamp(one.created_at),
            "last_used": Stamp(one.seen_at),
            "ends": Stamp(one.expires_at),
            "applications": [
                names.get(each.application, each.application) for each in opened[one.id]
            ],
            "current": one.id == current,
            "idle": one.id not in awake,
        }
        for one in every
    ]


def _back(done: str, told: list[Told]) -> Answer:
    reached = all(one.reach is Reach.REACHED for one in told)
    return see_other(f"{HERE}?done={done}{'' if reached else '-untold'}")


def _sentence(word: str) -> str | None:
    sentences = {
        "session": _("The session has ended."),
        "session-untold": _(
            "The session has ended, but some applications could not be told: "
            "they may stay open in that browser."
        ),
        "others": _("All other sessions have ended."),
        "others-untold": _(
            "All other sessions have ended, but some applications could not be told: "
            "they may stay open in those browsers."
        ),
    }
    return sentences.get(word)
