# SPDX-License-Identifier: Apache-2.0
"""« Are you sure? »: what a grave act will do, its reason, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from idp.http.wire import Page
from idp.web.admin.entry import Clerk, show

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to do. Texts are in the reader's language."""

    title: str
    sentences: tuple[str, ...]
    button: str
    action: str
    back: str
    # The way back: (label, address).
    trail: tuple[tuple[str, str], ...] = ()
    # What it is about: (label, value).
    facts: tuple[tuple[str, str], ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    # Label of a reason that must be given, or "".
    reason: str = ""
    reason_help: str = ""
    # A sentence to agree to by a tick, or "".
    tick: str = ""
    # Things to choose between: (field's name, label, options (value, label, about)).
    choose: tuple[str, str, tuple[tuple[str, str, str], ...]] | None = None
    # danger for what takes away, primary for what gives.
    look: str = "danger"


@dataclass(frozen=True, slots=True)
class Said:
    """What came back: as typed, and what is missing."""

    reason: str = ""
    chosen: str = ""
    ticked: bool = False
    errors: Mapping[str, Any] = field(default_factory=dict)


def ask(clerk: Clerk, question: Question, said: Said | None = None) -> Page:
    """The page of a question; 422 where the answer was not whole."""
    given = said or Said()
    status = 422 if given.errors else 200
    return show(clerk, "question", {"question": question, "said": given}, status)


def read_reason() -> str:
    """The reason as typed, on one or more lines; what can't be shown is no reason."""
    lines = request.form.get("reason", "").replace("\r\n", "\n").strip()[:LONGEST_REASON]
    return lines if lines.replace("\n", "").isprintable() else ""
