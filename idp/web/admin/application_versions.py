# SPDX-License-Identifier: Apache-2.0
"""Words about the versions of a registration: what one changed, and who wrote it."""

import json

from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.administration.rules.following import BY as BY_ITSELF
from idp.db import Tx
from idp.web.admin.application_fields import fields_of, protocol_of, shown


def changes_of(registration: str, before: str) -> list[str]:
    """The labels of what a version changed."""
    if not before:
        return []
    now, then = json.loads(registration), json.loads(before)
    here, there = shown(now), shown(then)
    fields = fields_of(protocol_of(now))
    return [str(one.label) for one in fields if here[one.name] != there.get(one.name)]


def who_did(tx: Tx, by: str) -> str:
    """Whoever wrote a version: a person, the command line, the application by its metadata."""
    if not by:
        return ""
    if by == BY_ITSELF:
        return str(_("Its own metadata"))
    known = accounts.load(tx, by) if len(by) <= 43 and ":" not in by else None
    return known.person.display_name if known else str(_("Command line"))
