# SPDX-License-Identifier: Apache-2.0
"""Letting people in and keeping them out, from the sheet: each grave act asks first."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts.values import State
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit, Unreachable
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_sheet import LINKED, trail_of
from idp.web.admin.account_words import shown_means
from idp.web.admin.asking import Question, Said, ask, read_reason
from idp.web.admin.entry import refused
from idp.web.admin.typed import read_typed
from idp.web.devices import describe_place, describe_session

WORDS = {State.DISABLED: "disabled", State.ACTIVE: "opened", State.CLOSED: "closed"}


class AccountActPages:
    """State, wrong tries, a new password, sessions."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._people = services.office.people

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{PATH}/<account>"
        for name, view_ask, view_act in (
            ("state", self.ask_state, self.set_state),
            ("reset", self.ask_reset, self.reset),
            ("sessions", self.ask_sessions, self.end_sessions),
        ):
            app.page(f"{one}/{name}", f"admin-account-{name}-ask", view_ask)
            app.page(f"{one}/{name}", f"admin-account-{name}", view_act, methods=("POST",))
        app.page(f"{one}/unlock", "admin-account-unlock", self.unlock, methods=("POST",))

    def ask_state(self, account: str) -> Answer:
        """« Disable? », « Open again? », « Close for good? »"""
        wished = _state_of(request.args.get("to", ""))
        looking = self._looking(account, f"/state?to={wished.value}", Right.ACCOUNTS_STATE)
        if not isinstance(looking, Looking):
            return looking
        return ask(looking.clerk, _state_question(looking, wished))

    def set_state(self, account: str) -> Answer:
        """The answer: with a reason, which the history keeps."""
        wished = _state_of(read_typed("to")["to"])
        looking = self._looking(account, f"/state?to={wished.value}", Right.ACCOUNTS_STATE)
        if not isinstance(looking, Looking):
            return looking
        reason = read_reason()
        if not reason:
            said = Said(errors={"reason": _("Say why: it is kept in the history of the account.")})
            return ask(looking.clerk, _state_question(looking, wished), said)
        with self._core.database.write() as tx:
            done = self._people.set_state(tx, looking.clerk.authority, account, wished, reason)
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Unfit):
            return see_other(f"{looking.path}?done=nothing")
        self._services.leaving.tell_all(account, done.ended)
        return see_other(f"{looking.path}?done={WORDS[wished]}")

    def unlock(self, account: str) -> Answer:
        """Forget the wrong tries: light, and nothing to ask."""
        looking = self._looking(account, "", Right.ACCOUNTS_UNLOCK)
        if not isinstance(looking, Looking):
            return looking
        with self._core.database.write() as tx:
            done = self._people.unlock(tx, looking.clerk.authority, account)
        if isinstance(done, Denied):
            return denied(done)
        return see_other(f"{looking.path}?done=unlocked")

    def ask_reset(self, account: str) -> Answer:
        """By which way it is sent. Nobody but its owner ever sees what is sent (CR-045)."""
        looking = self._looking(account, "/reset", Right.ACCOUNTS_RESET)
        if not isinstance(looking, Looking):
            return looking
        person = looking.sheet.account.person
        ways = [("link", _("By e-mail"), person.email or _("No address is known"))]
        ways.append(("sms", _("By SMS"), person.phone or _("No number is known")))
        question = Question(
            _("Send %(name)s the way to a new password?", name=looking.name),
            (
                _(
                    "They are sent a link, or a password to use once. You never see it, and it "
                    "goes nowhere but to the address that they have verified."
                ),
            ),
            _("Send"),
            f"{looking.path}/reset",
            looking.path,
            tuple(trail_of(looking)),
            choose=("way", _("How"), tuple(ways)),
            look="primary",
        )
        return ask(looking.clerk, question)

    def reset(self, account: str) -> Answer:
        """Send it."""
        looking = self._looking(account, "/reset", Right.ACCOUNTS_RESET)
        if not isinstance(looking, Looking):
            return looking
        way: Any = "sms" if read_typed("way")["way"] == "sms" else "link"
        with self._core.database.write() as tx:
            sent = self._people.reset(tx, looking.clerk.authority, account, way)
        if isinstance(sent, Denied):
            return denied(sent)
        word = sent.why if isinstance(sent, Unreachable) else "sent"
        return see_other(f"{looking.path}?done={word}")

    def ask_sessions(self, account: str) -> Answer:
        """« End this session? », or all of them."""
        named = request.args.get("session", "")[:64]
        looking = self._looking(account, "/sessions", Right.SESSIONS_END)
        if not isinstance(looking, Looking):
            return looking
        one = next((one for one in looking.sheet.sessions if one.id == named), None)
        if named and one is None:
            return refused(Denied.NOT_FOUND)
        facts: tuple[tuple[str, str], ...] = ()
        if one is not None:
            facts = (
                (_("Browser"), describe_session(one)),
                (_("Place"), describe_place(one.address)),
            )
        everything = _(
            "They are logged out everywhere, and so are the applications opened there. What goes "
            "on in their name elsewhere ends too."
        )
        single = _("That browser is logged out, and so are the applications opened in it.")
        question = Question(
            _("End this session?")
            if one
            else _("End all sessions of %(name)s?", name=looking.name),
            (single if one else everything,),
            _("End it") if one else _("End all of them"),
            f"{looking.path}/sessions",
            looking.path,
            tuple(trail_of(looking)),
            facts=facts,
            hidden={"session": named},
        )
        return ask(looking.clerk, question)

    def end_sessions(self, account: str) -> Answer:
        """End them, and tell their applications."""
        looking = self._looking(account, "/sessions", Right.SESSIONS_END)
        if not isinstance(looking, Looking):
            return looking
        named = read_typed("session")["session"] or None
        with self._core.database.write() as tx:
            ended = self._people.end_sessions(tx, looking.clerk.authority, account, named)
        if isinstance(ended, Denied):
            return denied(ended)
        self._services.leaving.tell_all(account, ended)
        return see_other(f"{looking.path}?done=ended")

    def _looking(self, account: str, page: str, right: Right) -> Looking | Answer:
        return looking_at(self._services, account, page, right)


class MeansRemovalPages:
    """A means taken away: of a lost telephone, a stolen card."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._people = services.office.people

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        path = f"{PATH}/<account>/means"
        app.page(path, "admin-account-means-ask", self.ask)
        app.page(path, "admin-account-means", self.remove, methods=("POST",))

    def ask(self, account: str) -> Answer:
        """« Take it away? »"""
        kind, key = request.args.get("kind", "")[:32], request.args.get("key", "")[:200]
        looking = looking_at(self._services, account, "", Right.MEANS_REMOVE, proved=True)
        if not isinstance(looking, Looking):
            return looking
        held = [one for one in looking.sheet.means if one.kind == kind and one.key == key]
        if not held or kind in {"password", LINKED}:
            return refused(Denied.NOT_FOUND)
        card = _("A card that is taken away is revoked: nobody can log in by it any more.")
        other = _("They can't log in by it any more, and are told so by e-mail.")
        question = Question(
            _("Take this way of logging in away?"),
            (card if kind == "card" else other,),
            _("Take it away"),
            f"{looking.path}/means",
            looking.path,
            tuple(trail_of(looking)),
            facts=((_("Way of logging in"), shown_means(kind)), (_("Name"), held[0].label or key)),
            hidden={"kind": kind, "key": key},
        )
        return ask(looking.clerk, question)

    def remove(self, account: str) -> Answer:
        """Take it away."""
        looking = looking_at(self._services, account, "", Right.MEANS_REMOVE, proved=True)
        if not isinstance(looking, Looking):
            return looking
        typed = read_typed("kind", "key")
        with self._core.database.write() as tx:
            authority = looking.clerk.authority
            done = self._people.remove_means(tx, authority, account, typed["kind"], typed["key"])
        if isinstance(done, Denied):
            return denied(done)
        return see_other(f"{looking.path}?done={'removed' if done else 'nothing'}")


class PlacePages:
    """Establishments and communities of one account: light, and undone from its history."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._people = services.office.people

    def mount(self, app: PageServer) -> None:
        """The address."""
        path = f"{PATH}/<account>/places"
        app.page(path, "admin-account-places", self.change, methods=("POST",))

    def change(self, account: str) -> Answer:
        """Put them somewhere, or take them out."""
        looking = looking_at(self._services, account)
        if not isinstance(looking, Looking):
            return looking
        people = self._people
        acts = {
            "affiliate": (people.affiliate, "affiliated"),
            "unaffiliate": (people.unaffiliate, "unaffiliated"),
            "join": (people.join, "joined"),
            "leave": (people.leave, "left"),
        }
        typed = read_typed("act", "key", longest=64)
        if typed["act"] not in acts:
            return refused(Denied.NOT_FOUND)
        verb, word = acts[typed["act"]]
        with self._core.database.write() as tx:
            done = verb(tx, looking.clerk.authority, account, typed["key"])
        if isinstance(done, Denied):
            return denied(done)
        # Somebody may have taken themselves out of sight: then the list is the place to be.
        return see_other(f"{looking.path}?done={word if done else 'nothing'}")


def _state_of(text: str) -> State:
    return State(text) if text in set(State) else State.DISABLED


def _state_question(looking: Looking, wished: State) -> Question:
    name, path = looking.name, looking.path
    texts = {
        State.DISABLED: (
            _("Disable the account of %(name)s?", name=name),
            _(
                "They can no longer log in, all of their sessions end at once, and they are told "
                "so by e-mail. The account can be opened again."
            ),
            _("Disable the account"),
        ),
        State.ACTIVE: (
            _("Open the account of %(name)s again?", name=name),
            _("They can log in again by the ways that they have."),
            _("Open it again"),
        ),
        State.CLOSED: (
            _("Close the account of %(name)s for good?", name=name),
            _("It can never be opened again. Its past stays in the audit."),
            _("Close it for good"),
        ),
    }
    title, sentence, button = texts[wished]
    return Question(
        title,
        (sentence,),
        button,
        f"{path}/state",
        path,
        tuple(trail_of(looking)),
        hidden={"to": wished.value},
        reason=_("Reason"),
        reason_help=_("Kept in the history of the account. No medical facts."),
        look="primary" if wished is State.ACTIVE else "danger",
    )
