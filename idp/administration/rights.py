# SPDX-License-Identifier: Apache-2.0
"""Which role may do what: one table, read by every service. Nothing listed means not allowed."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What an administrator is (SPEC §6)."""

    SUPER = "super-administrator"
    REGION = "regional-administrator"
    ESTABLISHMENT = "establishment-administrator"
    HELP_DESK = "help-desk"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a verb of a service asks of whoever calls it."""

    ACCOUNTS_SEE = "accounts.see"
    ACCOUNTS_CREATE = "accounts.create"
    ACCOUNTS_EDIT = "accounts.edit"
    ACCOUNTS_STATE = "accounts.state"
    ACCOUNTS_UNLOCK = "accounts.unlock"
    ACCOUNTS_RESET = "accounts.reset"
    ACCOUNTS_MERGE = "accounts.merge"
    ACCOUNTS_IMPORT = "accounts.import"
    ACCOUNTS_EXPORT = "accounts.export"
    SESSIONS_SEE = "sessions.see"
    SESSIONS_END = "sessions.end"
    MEANS_SEE = "means.see"
    MEANS_REMOVE = "means.remove"
    # A card or a calculette that somebody is given opens their account to whoever holds it.
    MEANS_ADD = "means.add"
    ROLES_SEE = "roles.see"
    ROLES_GRANT = "roles.grant"
    REQUESTS_SEE = "requests.see"
    REQUESTS_DECIDE = "requests.decide"
    PATIENTS_ENROL = "patients.enrol"
    LETTERS_PRINT = "letters.print"
    ESTABLISHMENTS_SEE = "establishments.see"
    ESTABLISHMENTS_EDIT = "establishments.edit"
    COMMUNITIES_SEE = "communities.see"
    COMMUNITIES_EDIT = "communities.edit"
    MEMBERS_EDIT = "members.edit"
    APPLICATIONS_SEE = "applications.see"
    APPLICATIONS_EDIT = "applications.edit"
    POLICIES_SEE = "policies.see"
    POLICIES_EDIT = "policies.edit"
    MESSAGES_SEE = "messages.see"
    MESSAGES_RESEND = "messages.resend"
    KEYS_SEE = "keys.see"
    KEYS_ROTATE = "keys.rotate"
    TRUST_SEE = "trust.see"
    TRUST_EDIT = "trust.edit"
    AUDIT_SEE = "audit.see"
    AUDIT_EXPORT = "audit.export"
    STATISTICS_SEE = "statistics.see"
    DIRECTORY_SEE = "directory.see"
    DIRECTORY_IMPORT = "directory.import"
    ANNOUNCEMENTS_EDIT = "announcements.edit"
    WEBHOOKS_EDIT = "webhooks.edit"


EVERYTHING: Final = frozenset(Right)
SEEING: Final = frozenset(one for one in Right if one.value.endswith(".see"))
# What decides about the whole installation, and about those who decide.
GRAVEST: Final = frozenset(
    {Right.ROLES_GRANT, Right.KEYS_ROTATE, Right.TRUST_EDIT, Right.POLICIES_EDIT}
)
# These have no perimeter: what they show or change is everybody's.
REGIONAL: Final = frozenset(
    {
        Right.ROLES_GRANT,
        Right.COMMUNITIES_EDIT,
        Right.APPLICATIONS_SEE,
        Right.APPLICATIONS_EDIT,
        Right.POLICIES_SEE,
        Right.POLICIES_EDIT,
        Right.MESSAGES_SEE,
        Right.MESSAGES_RESEND,
        Right.KEYS_SEE,
        Right.KEYS_ROTATE,
        Right.TRUST_SEE,
        Right.TRUST_EDIT,
        Right.AUDIT_SEE,
        Right.AUDIT_EXPORT,
        Right.DIRECTORY_IMPORT,
        Right.ANNOUNCEMENTS_EDIT,
        Right.WEBHOOKS_EDIT,
        Right.ACCOUNTS_MERGE,
        Right.ESTABLISHMENTS_EDIT,
        Right.MEANS_ADD,
    }
)

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.SUPER: EVERYTHING,
        Role.REGION: EVERYTHING - {Right.KEYS_ROTATE, Right.TRUST_EDIT},
        Role.ESTABLISHMENT: frozenset(
            {
                Right.ACCOUNTS_SEE,
                Right.ACCOUNTS_CREATE,
                Right.ACCOUNTS_EDIT,
                Right.ACCOUNTS_STATE,
                Right.ACCOUNTS_UNLOCK,
                Right.ACCOUNTS_RESET,
                Right.ACCOUNTS_IMPORT,
                Right.ACCOUNTS_EXPORT,
                Right.SESSIONS_SEE,
                Right.SESSIONS_END,
                Right.MEANS_SEE,
                Right.MEANS_REMOVE,
                Right.REQUESTS_SEE,
                Right.REQUESTS_DECIDE,
                Right.PATIENTS_ENROL,
                Right.LETTERS_PRINT,
                Right.ESTABLISHMENTS_SEE,
                Right.COMMUNITIES_SEE,
                Right.MEMBERS_EDIT,
                Right.DIRECTORY_SEE,
                # Of their people alone; see `oversight/house_figures.py`.
                Right.STATISTICS_SEE,
            }
        ),
        # Unlock, reset, resend; no medical or secret data.
        Role.HELP_DESK: frozenset(
            {
                Right.ACCOUNTS_SEE,
                Right.ACCOUNTS_UNLOCK,
                Right.ACCOUNTS_RESET,
                Right.SESSIONS_SEE,
                Right.MEANS_SEE,
                Right.ESTABLISHMENTS_SEE,
                Right.COMMUNITIES_SEE,
                Right.MESSAGES_SEE,
                Right.MESSAGES_RESEND,
                Right.DIRECTORY_SEE,
            }
        ),
        Role.AUDITOR: SEEING | {Right.AUDIT_EXPORT},
    }
)
# Roles that mean nothing without an establishment, and those that may be held for one alone.
NEED_PERIMETER: Final = frozenset({Role.ESTABLISHMENT})
MAY_HAVE_PERIMETER: Final = frozenset({Role.ESTABLISHMENT, Role.HELP_DESK, Role.AUDITOR})
# Who may give and take which roles: never one that could do more than the giver (WB-016).
GIVES: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.SUPER: frozenset(Role),
        Role.REGION: frozenset({Role.ESTABLISHMENT, Role.HELP_DESK, Role.AUDITOR}),
    }
)
