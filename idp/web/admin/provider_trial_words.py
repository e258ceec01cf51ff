# SPDX-License-Identifier: Apache-2.0
"""What a login by a provider would do, in words for whoever tries it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from connectors.base import Reason
from idp.web.upstream_words import upstream_words


def foreseen_words(told: Mapping[str, Any]) -> dict[str, str]:
    """Title, sentence and tone."""
    reason = str(told.get("reason", ""))
    if not reason:
        return {
            "tone": "success",
            "title": str(_("It would open an account")),
            "sentence": str(_("At level %(level)s.", level=told["level"])),
        }
    if reason == Reason.NO_ACCOUNT.value and told["could_be_made"]:
        return {
            "tone": "info",
            "title": str(_("There is no account for this person yet")),
            "sentence": str(
                _("Applications that make accounts would make one; others would refuse them.")
            ),
        }
    sentences = {
        Reason.NOT_LINKED.value: _(
            "Nobody here has linked this name. Its owner links it in their account; it opens "
            "nothing before."
        ),
        Reason.NO_ACCOUNT.value: _(
            "Nobody here has this number, and no account would be made: it tells no last name, or "
            "it is not for professionals."
        ),
        Reason.ACCOUNT_CLOSED.value: _("The account that it stands for is closed."),
        Reason.CONFLICT.value: _("The name is one account’s here, and the number another’s."),
        Reason.NOT_FOR_THEM.value: _("It is not for accounts of this kind: see its settings."),
        Reason.CLOSED.value: _("It was changed while you were on your way. Begin once more."),
    }
    return {
        "tone": "warning",
        "title": str(_("It would open nothing")),
        "sentence": str(sentences.get(reason, _("The audit tells more of it."))),
    }


def refused_words(kind: str, reason: str) -> dict[str, str]:
    """Of an answer that was no proof of anybody."""
    known = next((one for one in Reason if one.value == reason), Reason.NOT_BELIEVED)
    found = upstream_words(kind, known)
    return {
        "tone": "warning" if found and found.calm else "error",
        "title": found.title if found else str(_("Nobody came back")),
        "sentence": str(_("Nobody would be logged in. The audit tells what was wrong.")),
    }
