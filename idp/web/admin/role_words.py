# SPDX-License-Identifier: Apache-2.0
"""Roles in the words of the pages."""

from typing import Any

from flask_babel import lazy_gettext as _

from idp.administration.rights import Role

NAMES: dict[Role, Any] = {
    Role.SUPER: _("Super-administrator"),
    Role.REGION: _("Regional administrator"),
    Role.ESTABLISHMENT: _("Establishment administrator"),
    Role.HELP_DESK: _("Help desk"),
    Role.AUDITOR: _("Auditor"),
}
ABOUT: dict[Role, Any] = {
    Role.SUPER: _("Everything, with the keys and the authorities that are trusted."),
    Role.REGION: _("Everything but the keys and the authorities that are trusted."),
    Role.ESTABLISHMENT: _("The accounts and requests of one establishment, and nothing else."),
    Role.HELP_DESK: _("Unlocks, resets, resends; changes nothing of anybody's identity."),
    Role.AUDITOR: _("Sees everything that may be seen, and changes nothing."),
}


def shown_role(role: Role) -> str:
    """A role's name."""
    return str(NAMES[role])


def role_options(given: frozenset[Role]) -> list[tuple[str, str, str]]:
    """Those that somebody may give, to choose from."""
    return [(role.value, shown_role(role), str(ABOUT[role])) for role in Role if role in given]
