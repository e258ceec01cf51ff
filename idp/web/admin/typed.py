# SPDX-License-Identifier: Apache-2.0
"""What was typed into a form of the console, and what is said of a field that can't be kept."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.messages.shown import SHOWN_ZONE

LONGEST = 500


def read_typed(*names: str, longest: int = LONGEST) -> dict[str, str]:
    """These fields and no other (WB-016), without spaces around; what is too long is cut so that
    it is refused, not kept.
    """
    return {name: request.form.get(name, "").strip()[: longest + 1] for name in names}


def done_sentence(sentences: Mapping[str, Any]) -> str | None:
    """What another page has just done before it led here: a word to compare, never to show."""
    word = request.args.get("done", "")[:32]
    return str(sentences[word]) if word in sentences else None


def said_of(unfit: Iterable[str], typed: Mapping[str, Any], **own: Any) -> dict[str, str]:
    """A sentence for each field; `own` are those that some fields have of their own."""
    return {
        name: str(own[name])
        if name in own and typed.get(name)
        else (_("This can't be kept as it is.") if typed.get(name) else _("This is needed."))
        for name in unfit
    }


def whole_number(text: str | None) -> int | None:
    """A number that a form of ours carries."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def read_moment(text: str) -> int | None:
    """A local date and time as `<input type=datetime-local>` gives it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(moment.replace(tzinfo=SHOWN_ZONE).timestamp()) if moment.tzinfo is None else None
