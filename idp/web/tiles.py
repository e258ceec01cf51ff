# SPDX-License-Identifier: Apache-2.0
"""One application on the portal: open, open after one more proof, or closed and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _

from connectors.base import Level
from idp.accounts.values import Account
from idp.applications.values import Application, Policy
from idp.login.flow import accepted_proofs, offered_means
from idp.sessions.values import Session
from idp.web.means import label_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the tiles: the person, their session, and the names of communities."""

    account: Account
    session: Session
    levels: Mapping[str, Level]
    communities: Mapping[str, str]


def tile_of(viewer: Viewer, application: Application, logo_url: str | None) -> dict[str, Any]:
    """What the page shows of an application."""
    missing = _missing(viewer, application.policy)
    return {
        "name": application.name,
        "description": application.description,
        "url": application.home_url,
        "logo_url": logo_url,
        "missing": missing,
        "more": None if missing else _more(viewer, application.policy),
    }


def _missing(viewer: Viewer, policy: Policy) -> str | None:
    """What keeps this person out, in a sentence; nothing where they may enter."""
    account = viewer.account
    if account.person.population not in policy.populations:
        return str(_("Not meant for your kind of account."))
    if policy.communities and not account.communities & set(policy.communities):
        names = [viewer.communities.get(key, key) for key in policy.communities]
        return str(_("For members of: %(names)s.", names=either(names)))
    if not offered_means(policy, viewer.levels, policy.level):
        return str(_("Needs a way of logging in that is not available here yet."))
    return None


def _more(viewer: Viewer, policy: Policy) -> str | None:
    """The means that would open it, where this session's proofs are not enough."""
    proofs = accepted_proofs(policy, viewer.session)
    if any(proof.level >= policy.level for proof in proofs):
        return None
    labels = [label_of(kind) for kind in offered_means(policy, viewer.levels, policy.level)]
    return str(_("Asks for one more proof: %(means)s.", means=either(labels)))


def either(names: Collection[str]) -> str:
    """« A, B or C », in the reader's language."""
    return format_list(list(names), style="or", locale=get_locale())
