# SPDX-License-Identifier: Apache-2.0
"""« Pro Santé Connect »: when it was last used, and proving one's national identifier by it."""

from enum import Enum
from typing import Final

from flask import request
from flask_babel import gettext as _

from connectors.base import Reason
from connectors.capabilities import Introduction
from idp.accounts import national_ids
from idp.accounts import service as accounts
from idp.accounts.folding import joined
from idp.accounts.national_ids import NotSet
from idp.accounts.renumbered import maybe_renumbered
from idp.accounts.values import Person, Population, State
from idp.audit.history import MICROSECONDS, newest_by
from idp.audit.record import Event
from idp.db import Tx, part
from idp.directory import numbers
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.errands import Errand
from idp.web import errand
from idp.web.account_confirm import proved_beside
from idp.web.account_page import stamp
from idp.web.account_parts import Owner, Question, ask, done_word, owner_of, show
from idp.web.errand import PSC
from idp.web.means import label_of

HERE: Final = "/account/prosante"
LINK: Final = f"{HERE}/link"
REFUSED: Final = f"{HERE}/refused"
WHY: Final = "why"
PURPOSE: Final = "link"
# By which it is used: on its own page, or by the phone on ours.
MEANS: Final = (PSC, "ecps")
LINKED: Final = "linked"


class Unlinked(Enum):
    """Why an account did not get the number that was proved."""

    # Another account has it, or had it.
    TAKEN = "taken"
    # Somebody who may be the same person has an account under a number of before.
    MAYBE_RENUMBERED = "maybe-renumbered"
    # The account has one already, and it is another.
    OTHER_NUMBER = "other-number"
    # It was told of somebody who is called otherwise.
    OTHER_NAME = "other-name"
    CLOSED = "closed"


# What the page of each is called.
PAGES: Final = {
    Unlinked.TAKEN.value: "number-conflict",
    Unlinked.MAYBE_RENUMBERED.value: "number-conflict",
    Unlinked.OTHER_NUMBER.value: "number-conflict",
    Unlinked.OTHER_NAME.value: "link-other-name",
    Unlinked.CLOSED.value: "account-closed",
}


class ProSantePages:
    """GET /account/prosante and what its button does."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses; none where nobody can come by it."""
        if not errand.is_set_up(self._services, PSC):
            return
        app.page(HERE, "account_prosante", self.show)
        app.page(LINK, "account_prosante_ask", self.ask)
        app.page(LINK, "account_prosante_link", self.leave, methods=["POST"])
        app.page(REFUSED, "account_prosante_refused", self.refused)

    def show(self) -> Answer:
        """How it stands with this account."""
        owner = self._owner(owner_of(self._services, HERE))
        return self._page(owner) if isinstance(owner, Owner) else owner

    def _owner(self, owner: Owner | Answer) -> Owner | Answer:
        if not isinstance(owner, Owner):
            return owner
        if owner.account.person.population is not Population.PROFESSIONAL:
            return see_other("/account")
        return owner

    def _page(self, owner: Owner) -> Answer:
        number = owner.account.person.national_id
        with self._core.database.read() as tx:
            used = newest_by(tx, owner.account.id, "login.proved", MEANS)
        context = {
            "there": label_of(PSC),
            "number": shown_number(number) if number else "",
            "used": stamp(used // MICROSECONDS) if used else None,
            "linked": done_word() == LINKED,
            "told": errand.told(),
            "link_url": LINK,
        }
        return show("prosante", context)

    def ask(self) -> Answer:
        """What will happen, for somebody who has just proved that the account is theirs."""
        owner = self._unnumbered()
        if not isinstance(owner, Owner):
            return owner
        there = label_of(PSC)
        question = Question(
            title=_("Prove my number"),
            sentences=(
                _(
                    "You log in at %(there)s with your own card or the e-CPS of your phone, and "
                    "come back here. The number that it tells of you is then written into your "
                    "account.",
                    there=there,
                ),
                _(
                    "From then on it opens your account, and applications that ask for your number "
                    "are told it. You are told by e-mail."
                ),
            ),
            button=_("Go on to %(there)s", there=there),
            action=LINK,
            back=HERE,
            back_label=_("Cancel"),
        )
        page = ask(question)
        page.form_targets = errand.sites_of(self._services, PSC)
        return page

    def _unnumbered(self) -> Owner | Answer:
        """CR-009: a number decides who holds the account, as a means of logging in does."""
        return self._without_number(proved_beside(self._services, LINK))

    def _without_number(self, owner: Owner | Answer) -> Owner | Answer:
        owner = self._owner(owner)
        if isinstance(owner, Owner) and owner.account.person.national_id:
            return see_other(HERE)
        return owner

    def leave(self) -> Answer:
        """Off to Pro Santé Connect."""
        owner = self._unnumbered()
        if not isinstance(owner, Owner):
            return owner
        left = errand.leave(self._services, owner.visit, _errand(owner, PSC))
        return see_other(f"{HERE}?{errand.TOLD}={left.value}") if isinstance(left, Reason) else left

    def come_back(self, provider: str) -> Answer:
        """Both are proved, in one session of one browser (BR-011): the number is theirs."""
        # Whoever left had just proved who they are, and what they left with is of this session
        # alone: asked once more, they would lose what they bring.
        owner = self._without_number(owner_of(self._services, HERE))
        if not isinstance(owner, Owner):
            return owner
        # Whatever the address says, nothing else is logged of it.
        owner.visit.call.path = HERE
        if provider != PSC:
            return see_other(HERE)
        came = errand.come_back(self._services, owner.visit, _errand(owner, provider))
        if isinstance(came, Reason):
            return see_other(f"{HERE}?{errand.TOLD}={came.value}")
        return self._link(owner, provider, came)

    def _link(self, owner: Owner, provider: str, who: Introduction) -> Answer:
        core, origin = self._core, owner.visit.call.origin
        with core.database.write() as tx:
            with part(tx) as own:
                refused = self._number(tx, owner, who)
                if refused is not None:
                    own.give_up()
            detail = {"why": refused.value} if refused else {}
            event = Event(
                "account.link_refused" if refused else "account.linked",
                "refused" if refused else "ok",
                account=owner.account.id,
                session=owner.session.id,
                means=provider,
                detail=detail,
            )
            core.audit.record(tx, event, origin)
            if refused is None:
                core.alerts.means_added(tx, owner.account, provider, "")
        if refused is not None:
            return see_other(f"{REFUSED}?{WHY}={refused.value}")
        return see_other(f"{HERE}?done={LINKED}")

    def refused(self) -> Answer:
        """Nothing was changed; and who can put it right."""
        owner = self._owner(owner_of(self._services, HERE))
        if not isinstance(owner, Owner):
            return owner
        name = PAGES.get(request.args.get(WHY, ""))
        if name is None:
            return see_other(HERE)
        ways = [(_("Back to my account"), HERE, True)]
        return problem_page(name, status=409, actions=ways)

    def _number(self, tx: Tx, owner: Owner, who: Introduction) -> Unlinked | None:
        """Give the account its number; call it in a part that is given up where it does not."""
        # Held: of two that come back at the same moment, the second finds the number of the first.
        held = national_ids.hold(tx, owner.account.id)
        account = accounts.load(tx, owner.account.id)
        if account is None or account.state is not State.ACTIVE:
            return Unlinked.CLOSED
        if held:
            return None if held == who.national_id else Unlinked.OTHER_NUMBER
        if not _is_called(account.person, who):
            return Unlinked.OTHER_NAME
        if national_ids.holders(tx, who.national_id) - {account.id}:
            return Unlinked.TAKEN
        if maybe_renumbered(tx, who.national_id, who.first_name, who.last_name):
            return Unlinked.MAYBE_RENUMBERED
        refused = self._core.accounts.renumber(
            tx, account.id, who.national_id, owner.visit.call.origin
        )
        return Unlinked.TAKEN if refused in {NotSet.TAKEN, NotSet.UNKNOWN} else None


def shown_number(national_id: str) -> str:
    """A national identifier as people know theirs."""
    number = numbers.number_of(national_id)
    return number if numbers.national_id_of(number) == national_id else national_id


def _is_called(person: Person, who: Introduction) -> bool:
    """Whether both speak of one name; accents, case and hyphens may differ, and maiden names."""
    last = {joined(person.last_name), joined(person.birth_name)}
    first = not who.first_name or joined(who.first_name) == joined(person.first_name)
    return joined(who.last_name) in last and first


def _errand(owner: Owner, provider: str) -> Errand:
    """BR-011: what was proved there is of this account, in this session and browser."""
    whose = f"{owner.session.id}:{owner.account.id}"
    return Errand(provider, PURPOSE, whose, owner.visit.browser)
