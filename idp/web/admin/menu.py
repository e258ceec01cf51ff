# SPDX-License-Identifier: Apache-2.0
"""The console's menu: what somebody may open, and nothing else."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from idp.administration.authority import Authority
from idp.administration.rights import Right


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu."""

    path: str
    title: Any
    right: Right | None = None


ENTRIES = (Entry("/admin", _("Today")),)


def menu_for(authority: Authority) -> list[Entry]:
    """What this person may open, in order."""
    return [one for one in ENTRIES if one.right is None or authority.may(one.right)]
