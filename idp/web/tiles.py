# SPDX-License-Identifier: Apache-2.0
"""One application on the portal: open, open after one more proof, or closed and why."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _

from connectors.base import Level
from idp.accounts.values import Account, Population
from idp.applications.values import Application, Policy
from idp.launches.entrances import entrance_of, opened_at
from idp.login.flow import accepted_proofs, offered_means
from idp.sessions.values import Session
from idp.web.means import label_of, sentence_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the tiles: the person, their session, and what they can prove."""

    account: Account
    session: Session
    levels: Mapping[str, Level]
    # What the person still lacks to use a means; None where nothing.
    lacks: Callable[[str], str | None]
    communities: Mapping[str, str]
    # The server's own policy on cards of which nobody says whether they are revoked.
    card_revocation: str
    # A professional whom nobody finds in the directory.
    hidden: bool
    # Whether an activity of a professional is known, that applications can be told.
    practises: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How an application stands to somebody: what is missing, or the proof it asks on the way."""

    missing: str | None = None
    more: str | None = None
    # Where the person can put it right.
    mend_url: str | None = None


def has_tile(application: Application) -> bool:
    """Whether the portal shows it to somebody."""
    return application.enabled and application.listed and entrance_of(application) is not None


def tile_of(
    viewer: Viewer, application: Application, logo_url: str | None, issuer: str
) -> dict[str, Any]:
    """What the page shows of an application."""
    standing = standing_of(
        viewer, application.key, application.policy.under(viewer.card_revocation)
    )
    return {
        "name": application.name,
        "description": application.description,
        "url": opened_at(application, issuer),
        "logo_url": logo_url,
        "missing": standing.missing,
        "more": standing.more,
        "mend_url": standing.mend_url,
    }


def standing_of(viewer: Viewer, key: str, policy: Policy) -> Standing:
    """The first thing that keeps the person out, in a sentence."""
    account = viewer.account
    if account.person.population not in policy.populations:
        return Standing(_("Not meant for your kind of account."))
    if policy.communities and not account.communities & set(policy.communities):
        names = [viewer.communities.get(key, key) for key in policy.communities]
        return Standing(_("For members of: %(names)s.", names=either(names)))
    if policy.directory == "visible" and viewer.hidden:
        missing = _("It asks you to be visible in the directory.")
        return Standing(missing, mend_url="/account/directory")
    professional = account.person.population is Population.PROFESSIONAL
    if policy.activity == "chosen" and professional and not viewer.practises:
        return Standing(_("It must be told where you practise, and we do not know it."))
    offered = offered_means(policy, viewer.levels, policy.level)
    if not offered:
        return Standing(_("Needs a way of logging in that is not available here yet."))
    accepted = accepted_proofs(policy, viewer.session, key)
    if any(proof.level >= policy.level for proof in accepted):
        return Standing()
    return _with_one_more(viewer, offered)


def _with_one_more(viewer: Viewer, offered: Collection[str]) -> Standing:
    """It opens after another proof: by which means, and whether the person has one of them."""
    lacks = {kind: viewer.lacks(kind) for kind in offered}
    ready = [label_of(kind) for kind, lack in lacks.items() if lack is None]
    if ready:
        return Standing(more=_("Asks for one more proof: %(means)s.", means=either(ready)))
    # Of what the person lacks, what they can put right by themselves comes first.
    own = [label_of(kind) for kind, lack in lacks.items() if lack == "not-set-up"]
    if own:
        return Standing(_("Opens with: %(means)s.", means=either(own)), mend_url="/account")
    return Standing(" ".join(sentence_of(kind, lack or "") for kind, lack in lacks.items()))


def either(names: Collection[str]) -> str:
    """« A, B or C », in the reader's language."""
    return format_list(list(names), style="or", locale=get_locale())
