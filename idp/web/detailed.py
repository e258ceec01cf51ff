# SPDX-License-Identifier: Apache-2.0
"""What an application asks for in detail, in words for whoever agrees to it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from idp.login.request import DETAIL


def described(details: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Each by its kind; all that was asked, so that nothing is agreed to unread."""
    return [{"label": one["kind"], "value": _words(one)} for one in details]


def kind_of(mark: str) -> str:
    """What is told of one that was agreed to earlier."""
    return mark.removeprefix(DETAIL).rpartition(":")[0]


def _words(one: Mapping[str, Any]) -> str:
    told = [
        (_("to do: %(what)s"), one.get("actions", ())),
        (_("at: %(what)s"), one.get("places", ())),
        (_("kinds of data: %(what)s"), one.get("data", ())),
        (_("rights: %(what)s"), one.get("rights", ())),
        (_("about: %(what)s"), [one["name"]] if one.get("name") else ()),
        (_("further: %(what)s"), [one["more"]] if one.get("more") else ()),
    ]
    # The sentence is ours; what is put into it is text, and no format of its own (WB-008).
    parts = [text.replace("%(what)s", ", ".join(values)) for text, values in told if values]
    return "; ".join(parts) or _("without limits that it would name")
