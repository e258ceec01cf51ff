# SPDX-License-Identifier: Apache-2.0
"""What an application asks for in detail, in words for whoever agrees to it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from idp.login.request import DETAIL


def described(details: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each by its kind; all that was asked, so that nothing is agreed to unread."""
    return [_described(one) for one in details]


def kind_of(mark: str) -> str:
    """What is told of one that was agreed to earlier."""
    return mark.removeprefix(DETAIL).rpartition(":")[0]


def _described(one: Mapping[str, Any]) -> dict[str, Any]:
    lines = _lines(one)
    if not lines:
        return {"label": one["kind"], "value": _("without limits that it would name")}
    return {"label": one["kind"], "lines": lines}


def _lines(one: Mapping[str, Any]) -> list[dict[str, str]]:
    """A line for each value, and our words apart from it: none passes for what we say."""
    told = [
        (_("to do: %(what)s"), one.get("actions", ())),
        (_("at: %(what)s"), one.get("places", ())),
        (_("kinds of data: %(what)s"), one.get("data", ())),
        (_("rights: %(what)s"), one.get("rights", ())),
        (_("about: %(what)s"), [one["name"]] if one.get("name") else ()),
        (_("further: %(what)s"), [one["more"]] if one.get("more") else ()),
    ]
    # The words are ours; what is put beside them is text, and no format of its own (WB-008).
    return [_line(words, value) for words, values in told for value in values]


def _line(words: str, value: str) -> dict[str, str]:
    before, _mark, after = words.partition("%(what)s")
    return {"before": before, "value": value, "after": after}
