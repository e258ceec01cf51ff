# SPDX-License-Identifier: Apache-2.0
"""Four eyes: the grave acts that wait, and agreeing to one or not."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Proposal
from idp.administration.rights import Right, Role
from idp.administration.rules.provider_proposals import AFTER, BEFORE, CHANGE
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import stamp
from idp.web.admin.account_words import shown_actor
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.provider_words import LABELS as PROVIDER_LABELS
from idp.web.admin.provider_words import in_words
from idp.web.admin.role_words import shown_role
from idp.web.admin.typed import done_sentence

PATH = "/admin/proposals"
_l = lazy_gettext
DONE = {
    "proposed": _l("This needs a second administrator: it waits here until somebody else agrees."),
    "agreed": _l("It is done."),
    "declined": _l("It will not be done."),
    "own": _l("Somebody else than whoever proposed it must agree."),
    "over": _l("This was decided already, or waited too long."),
    "proposer": _l("Whoever proposed it may no longer do so: it is not done."),
    "unfit": _l("It could not be done as things stand now."),
}
KINDS = {
    "role.give": _l("Give a role"),
    "role.take": _l("Take a role away"),
    "key.rotate": _l("Rotate a signing key"),
    "key.retire": _l("Retire a signing key"),
    "trust.add": _l("Trust an authority of cards"),
    "trust.remove": _l("Trust an authority of cards no more"),
    "provider.add": _l("Add a provider"),
    "provider.change": _l("Change a provider"),
    "provider.open": _l("Open a provider"),
    "application.entitle": _l("Entitle an application to tell national services who comes"),
    "policy.set": _l("Change a policy"),
}
# For the act alone: the id of the change that is taken back.
UNSAID = {"undoes"}
EMPTY = ("", None)
STATES = {
    "open": (_l("Waits"), "warn"),
    "agreed": (_l("Done"), "good"),
    "declined": (_l("Declined"), "bad"),
    "withdrawn": (_l("Taken back"), "quiet"),
}


class ProposalPages:
    """GET /admin/proposals, and what its buttons post."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._proposals = services.office.proposals

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(PATH, "admin-proposals", self.every)
        app.page(f"{PATH}/<name>/agree", "admin-proposal-agree", self.agree, methods=("POST",))
        app.page(
            f"{PATH}/<name>/decline", "admin-proposal-decline", self.decline, methods=("POST",)
        )

    def every(self) -> Answer:
        """What waits, and what was decided."""
        clerk = clerk_of(self._services, PATH, Right.ROLES_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        decided = request.args.get("show") == "decided"
        with self._core.database.read() as tx:
            found = self._proposals.listed(tx, clerk.authority, decided=decided)
            if isinstance(found, Denied):
                found = ()
            shown = [self._told(tx, one, clerk) for one in found]
        context = {
            "proposals": shown,
            "tabs": [
                (_("What waits"), PATH, not decided),
                (_("Decided"), f"{PATH}?show=decided", decided),
            ],
            "on": self._core.settings.administration.four_eyes,
            "done": done_sentence(DONE),
        }
        return show(clerk, "proposals", context)

    def agree(self, name: str) -> Answer:
        """Do it."""
        clerk = proved_clerk(self._services, PATH, Right.ROLES_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._proposals.agree(tx, clerk.authority, name)
        if isinstance(done, Denied):
            return refused(done)
        if isinstance(done, Unfit):
            word = done.why if done.why in {"own", "over", "proposer"} else "unfit"
            return see_other(f"{PATH}?done={word}")
        return see_other(f"{PATH}?done=agreed")

    def decline(self, name: str) -> Answer:
        """Don't do it."""
        clerk = proved_clerk(self._services, PATH, Right.ROLES_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._proposals.decline(tx, clerk.authority, name)
        if isinstance(done, Denied):
            return refused(done)
        return see_other(f"{PATH}?done={'over' if isinstance(done, Unfit) else 'declined'}")

    def _told(self, tx: Tx, one: Proposal, clerk: Clerk) -> dict[str, Any]:
        word, tone = STATES.get(one.state, (one.state, "quiet"))
        return {
            "id": one.id,
            "what": KINDS.get(one.kind, one.kind),
            "facts": [
                _named(one.kind, name) + _fact(tx, one.kind, name, value)
                for name, value in sorted(one.said.items())
                if value not in EMPTY and name not in UNSAID
            ],
            "by": shown_actor(one.proposed_by, _names(tx, one.proposed_by)),
            "at": stamp(one.proposed_at),
            "until": stamp(one.expires_at),
            "state": word,
            "tone": tone,
            "open": one.state == "open",
            "own": one.proposed_by == clerk.authority.actor,
        }


def _names(tx: Tx, *actors: str) -> dict[str, str]:
    found = {one: accounts.load(tx, one) for one in actors if ":" not in one}
    return {key: one.person.display_name for key, one in found.items() if one is not None}


def _named(kind: str, name: str) -> str:
    """The name of a fact, where there are many of one act."""
    if not kind.startswith("provider."):
        return ""
    label = PROVIDER_LABELS.get(name)
    return str(_("%(name)s: ", name=label)) if label else ""


def _fact(tx: Tx, kind: str, name: str, value: object) -> str:
    """One fact of an act: an account by its name, a role by its own, all else as it is."""
    if kind == CHANGE and isinstance(value, Mapping):
        # What it empties is told, too: a bound that is taken away opens as much as one that is put.
        return f"{in_words(name, value[BEFORE])} → {in_words(name, value[AFTER])}"
    if kind.startswith("provider."):
        return in_words(name, value)
    text = str(value)
    if name in {"subject", "account"}:
        return _names(tx, text).get(text, text)
    if name == "role" and text in set(Role):
        return shown_role(Role(text))
    if name == "establishment":
        house = establishments.load(tx, text)
        return house.name if house else text
    return text
