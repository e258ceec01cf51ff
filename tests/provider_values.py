# SPDX-License-Identifier: Apache-2.0
"""Providers as values, made and changed by the plain names of their fields."""

from dataclasses import fields, replace
from typing import Any

from idp.providers.spoken import ByBrowser, ByCall
from idp.providers.values import Provider


def provider(part: type[ByCall] | type[ByBrowser] = ByCall, **values: Any) -> Provider:
    """One, of all its fields side by side."""
    names = {one.name for one in fields(part)} & values.keys()
    return Provider(spoken=part(**{name: values.pop(name) for name in names}), **values)


def changed(before: Provider, **changes: Any) -> Provider:
    """The same with some fields changed, whichever part of it they are in."""
    names = {one.name for one in fields(before.spoken)} & changes.keys()
    spoken = replace(before.spoken, **{name: changes.pop(name) for name in names})
    return replace(before, spoken=spoken, **changes)
