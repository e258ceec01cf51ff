# SPDX-License-Identifier: Apache-2.0
"""The console's menu: what somebody may open, in groups, and nothing else.

A page that is not mounted is not shown, so that an entry may stand here before its page does.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from idp.administration.authority import Authority
from idp.administration.rights import Right
from idp.web.account_menu import is_mounted


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu; pages below its address belong to it."""

    path: str
    title: Any
    right: Right | None = None
    icon: str = "list"


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that are looked for together; the first group has no title."""

    title: Any
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as it stands on a page."""

    path: str
    title: Any
    icon: str
    current: bool


MENU = (
    Group("", (Entry("/admin", _("Today"), icon="home"),)),
    Group(
        _("People"),
        (
            Entry("/admin/accounts", _("Accounts"), Right.ACCOUNTS_SEE, "people"),
            Entry("/admin/requests", _("Registration requests"), Right.REQUESTS_SEE, "inbox"),
            Entry("/admin/patients", _("Patients"), Right.PATIENTS_ENROL, "person"),
            Entry("/admin/imports", _("Imports"), Right.ACCOUNTS_IMPORT, "upload"),
            Entry("/admin/duplicates", _("Duplicates"), Right.ACCOUNTS_MERGE, "merge"),
            Entry("/admin/roles", _("Roles"), Right.ROLES_SEE, "shield"),
            Entry("/admin/proposals", _("Four eyes"), Right.ROLES_SEE, "eye"),
        ),
    ),
    Group(
        _("Region"),
        (
            Entry(
                "/admin/establishments",
                _("Establishments"),
                Right.ESTABLISHMENTS_SEE,
                "building",
            ),
            Entry("/admin/communities", _("Communities"), Right.COMMUNITIES_SEE, "circle"),
            Entry(
                "/admin/announcements", _("Announcements"), Right.ANNOUNCEMENTS_EDIT, "megaphone"
            ),
            Entry("/admin/directory", _("Directory"), Right.DIRECTORY_SEE, "book"),
        ),
    ),
    Group(
        _("Applications and rules"),
        (
            Entry("/admin/applications", _("Applications"), Right.APPLICATIONS_SEE, "apps"),
            Entry(
                "/admin/software",
                _("Establishments’ software"),
                Right.APPLICATIONS_SEE,
                "building",
            ),
            Entry("/admin/policies", _("Policies"), Right.POLICIES_SEE, "sliders"),
            Entry("/admin/cards", _("Cards"), Right.MEANS_SEE, "cps"),
            Entry("/admin/keys", _("Signing keys"), Right.KEYS_SEE, "password"),
            Entry("/admin/trust", _("Trust"), Right.TRUST_SEE, "shield"),
            Entry("/admin/providers", _("Providers"), Right.TRUST_SEE, "door"),
            Entry("/admin/webhooks", _("Webhooks"), Right.WEBHOOKS_EDIT, "carry"),
        ),
    ),
    Group(
        _("What happens"),
        (
            Entry("/admin/messages", _("Messages"), Right.MESSAGES_SEE, "mail"),
            Entry("/admin/audit", _("Audit"), Right.AUDIT_SEE, "list"),
            Entry("/admin/statistics", _("Statistics"), Right.STATISTICS_SEE, "chart"),
        ),
    ),
)


def menu_for(authority: Authority, here: str) -> list[dict[str, Any]]:
    """The groups with what this person may open, and where they are."""
    open_to = [
        (
            group.title,
            [one for one in group.entries if one.right is None or authority.may(one.right)],
        )
        for group in MENU
    ]
    paths = [one.path for _title, entries in open_to for one in entries]
    current = current_of(paths, here)
    groups = []
    for title, entries in open_to:
        shown = [
            Shown(one.path, one.title, one.icon, one.path == current)
            for one in entries
            if is_mounted(one.path)
        ]
        if shown:
            groups.append({"title": title, "entries": shown})
    return groups


def current_of(paths: list[str], here: str) -> str:
    """The entry that a page belongs to: the longest path that it begins with."""
    above = [one for one in paths if here == one or here.startswith(one + "/")]
    return max(above, key=len, default="")
