# SPDX-License-Identifier: Apache-2.0
"""The sheet of an account: what is known, and what whoever looks may do."""

from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.accounts import service as accounts
from idp.accounts.particulars import Particulars
from idp.accounts.values import Person, Population, State
from idp.administration.authority import Denied
from idp.administration.people.view import Means
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Core, Services
from idp.http.wire import Answer
from idp.providers.values import kind_of
from idp.registration.statements import of_account
from idp.sessions.values import Session
from idp.web.account_history import told
from idp.web.account_menu import is_mounted
from idp.web.account_page import shown_level, shown_population, stamp
from idp.web.account_parts import names_of
from idp.web.admin.account_door import PATH, Looking, looking_at
from idp.web.admin.account_patient import patient_facts
from idp.web.admin.account_words import (
    MEANS_STATES,
    UNREACHABLE,
    shown_field,
    shown_means,
    shown_pause,
    shown_state,
    shown_value,
)
from idp.web.admin.entry import show
from idp.web.admin.role_words import shown_role
from idp.web.admin.typed import done_sentence
from idp.web.devices import describe_place, describe_session
from idp.web.means import label_of

IDENTITY = (
    "civility",
    "birth_name",
    "birth_date",
    "national_id",
    "profession",
    "speciality",
    "email",
    "phone",
    "town",
)
PARTICULARS = tuple(
    name
    for name in Particulars.__dataclass_fields__
    if name not in {"profession_code", "speciality_code"}
)
_l = lazy_gettext
# A provider that they have linked.
LINKED = "provider"
DONE = {
    "created": _l("The account is there."),
    "created-sent": _l("The account is there, and its owner was sent the way to a password."),
    "created-unsent": _l(
        "The account is there, but nothing could be sent to its owner. See how they can be reached."
    ),
    "kept": _l("What you corrected is kept."),
    "nothing": _l("Nothing had to be changed."),
    "disabled": _l("The account is disabled, and all of its sessions have ended."),
    "opened": _l("The account is open again."),
    "closed": _l("The account is closed for good, and all of its sessions have ended."),
    "unlocked": _l("The wrong tries are forgotten."),
    "sent": _l("The way to a new password is on its way to its owner."),
    "ended": _l("The sessions have ended."),
    "lasting": _l("The access while they are away has ended."),
    "removed": _l("The way of logging in is taken away."),
    "unlinked": _l("It is unlinked: it no longer opens this account."),
    "unlinked-number": _l(
        "It is unlinked. The national identifier goes on opening this account from there."
    ),
    "affiliated": _l("They belong to the establishment now."),
    "unaffiliated": _l("They no longer belong to the establishment."),
    "joined": _l("They are in the community now."),
    "left": _l("They are no longer in the community."),
    "undone": _l("The change is undone."),
    "merged": _l("The two accounts are one."),
}


class AccountSheetPages:
    """GET /admin/accounts/<id>."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(f"{PATH}/<account>", "admin-account", self.sheet)

    def sheet(self, account: str) -> Answer:
        """Everything that may be seen of it."""
        looking = looking_at(self._services, account)
        if not isinstance(looking, Looking):
            return looking
        sheet, now = looking.sheet, self._core.clock.now()
        person = sheet.account.person
        with self._core.database.read() as tx:
            choices = self._choices(tx, looking)
            asked = asked_of(tx, self._core, sheet.account.id)
            patient = patient_facts(tx, self._services, looking)
        context = {
            "tabs": tabs_of(looking, "sheet"),
            "path": looking.path,
            "name": looking.name,
            "may": {one.name for one in sheet.may},
            "duplicates": is_mounted(f"{looking.path}/duplicates"),
            "state": shown_state(sheet.account.state.value),
            "open": sheet.account.state is State.ACTIVE,
            "closed": sheet.account.state is State.CLOSED,
            "is_patient": person.population is Population.PATIENT,
            "own": looking.clerk.authority.actor == sheet.account.id,
            "identity": [
                (_("Identifier"), person.identifier),
                (_("Kind of account"), shown_population(person.population)),
                *_known(person, IDENTITY),
            ],
            "former": [one for one, _at in sheet.former_national_ids],
            "particulars": _known(sheet.particulars, PARTICULARS),
            "verified": {"email": person.email_verified, "phone": person.phone_verified},
            "created": stamp(sheet.created_at),
            "last_login": stamp(sheet.last_login_at),
            "houses": sheet.establishments,
            "communities": sheet.communities,
            "choices": choices,
            "asked": asked,
            "patient": patient,
            "means": [_means(one) for one in sheet.means],
            "tries": [
                {
                    "means": shown_means(one.means),
                    "streak": one.streak,
                    "until": shown_pause(one.blocked_until, now),
                }
                for one in sheet.tries
            ],
            "sessions": [_session(one, looking.path) for one in sheet.sessions],
            "lasting": self._lasting(looking),
            "logins": told(self._core, list(sheet.logins)),
            "roles": [shown_role(one.role) for one in sheet.roles],
            "done": done_sentence(DONE) or done_sentence(UNREACHABLE),
        }
        return show(looking.clerk, "account", context)

    def _lasting(self, looking: Looking) -> list[dict[str, Any]]:
        """What applications have of them while they are away."""
        names = names_of(self._core)
        return [
            {
                "application": names.get(one.application, one.application),
                "since": stamp(one.since),
                "until": stamp(one.until),
                "at_latest": stamp(one.at_latest),
                "end_url": f"{looking.path}/lasting?application={quote(one.application, safe='')}",
            }
            for one in looking.sheet.lasting
        ]

    def _choices(self, tx: Tx, looking: Looking) -> dict[str, list[tuple[str, str]]]:
        """Where they could be put yet."""
        authority, sheet = looking.clerk.authority, looking.sheet
        houses = self._services.office.houses.every(tx, authority)
        networks = self._services.office.networks.every(tx, authority)
        theirs = {one.key for one in sheet.establishments}
        in_reach = authority.reach(Right.ACCOUNTS_EDIT)
        everywhere = authority.reach(Right.MEMBERS_EDIT).everywhere
        return {
            "houses": []
            if isinstance(houses, Denied)
            else [
                (one.key, one.name)
                for one in houses
                if one.state == "active" and one.key not in theirs and in_reach.touches((one.key,))
            ],
            "communities": []
            if isinstance(networks, Denied)
            else [
                (one.key, one.name)
                for one in networks
                if one.key not in sheet.account.communities and (everywhere or one.to_houses)
            ],
        }


def tabs_of(looking: Looking, current: str) -> list[tuple[str, str, bool]]:
    """The pages of one account that this viewer may open."""
    path, may = looking.path, looking.sheet.may
    found = [("sheet", _("Account"), path), ("history", _("Changes"), f"{path}/history")]
    if looking.sheet.account.person.population is Population.PROFESSIONAL:
        found.append(("activities", _("Activities"), f"{path}/activities"))
    if Right.ROLES_SEE in may:
        found.append(("roles", _("Roles"), f"{path}/roles"))
    if Right.MEANS_SEE in may:
        found.append(("as", _("View as"), f"{path}/as"))
    return [(title, url, name == current) for name, title, url in found]


def trail_of(looking: Looking) -> list[tuple[str, str]]:
    """The way back from a page below the sheet."""
    return [(_("Accounts"), PATH), (looking.name, looking.path)]


def _known(of: Person | Particulars, names: Any) -> list[tuple[str, str]]:
    return [
        (shown_field(name), shown_value(name, value))
        for name in names
        if (value := getattr(of, name))
    ]


def asked_of(tx: Tx, core: Core, account: str) -> list[dict[str, Any]]:
    """What they asked for at registration: an administrator opens services by hand (SPEC §3)."""
    communities = accounts.community_names(tx)
    found = []
    for name in of_account(tx, account):
        request = core.requests.load(tx, name)
        if request is None:
            continue
        wishes = request.content.wishes
        known = {key: core.applications.load(tx, key) for key in wishes.applications}
        facts = [
            (_("Services"), wishes.services),
            (_("Applications"), [one.name if one else key for key, one in known.items()]),
            (_("Communities"), [communities.get(one, one) for one in wishes.communities]),
        ]
        told = [(label, ", ".join(names)) for label, names in facts if names]
        if told:
            found.append({"at": stamp(request.submitted_at), "facts": told})
    return found


def _means(one: Means) -> dict[str, Any]:
    word, tone = MEANS_STATES.get(one.state, (one.state, "quiet"))
    linked = one.kind == LINKED
    return {
        "kind": one.kind,
        "name": label_of(kind_of(one.key)) if linked else shown_means(one.kind),
        "about": _about(one),
        "since": stamp(one.since),
        "used": stamp(one.last_used),
        "until": stamp(one.valid_until),
        "state": word,
        "tone": tone,
        "removal": _removal(one),
        # By whom it may be taken away.
        "needs": (Right.ACCOUNTS_RESET if linked else Right.MEANS_REMOVE).name,
    }


def _removal(one: Means) -> str:
    if one.kind == LINKED:
        return f"/unlink?of={quote(one.key)}"
    return "" if one.kind == "password" else f"/means?kind={quote(one.kind)}&key={quote(one.key)}"


def _about(one: Means) -> str:
    """What tells it from others of its kind: a name, a number, how many are left."""
    if one.kind == "recovery":
        return str(_("%(num)s left", num=one.label))
    number = "" if one.kind in {"passkey", LINKED} else one.key
    return " · ".join(part for part in (one.label, number) if part)


def _session(one: Session, path: str) -> dict[str, Any]:
    return {
        "device": describe_session(one),
        "place": describe_place(one.address),
        "level": shown_level(one.level),
        "since": stamp(one.created_at),
        "seen": stamp(one.seen_at),
        "end_url": f"{path}/sessions?session={quote(one.id, safe='')}",
    }
