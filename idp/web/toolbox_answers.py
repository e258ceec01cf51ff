# SPDX-License-Identifier: Apache-2.0
"""What a check of the toolbox can say: every answer is written here, the script shows one."""

from dataclasses import dataclass

from flask_babel import gettext as _

GOOD, NOTE, BAD = "good", "note", "bad"


@dataclass(frozen=True, slots=True)
class Told:
    """One possible answer: its name for the script, how it looks, the sentence, what to do."""

    name: str
    verdict: str
    sentence: str
    advice: str = ""
    # Where the advice leads: an address and its words.
    link: tuple[str, str] | None = None
    # The script writes a measure behind the sentence.
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, and which of its answers is shown until a script knows better."""

    key: str
    title: str
    answers: tuple[Told, ...]
    shown: str


def unseen() -> Told:
    """The answer where no script could look."""
    return Told("unseen", NOTE, _("Not checked: it needs JavaScript."))


def skipped() -> Told:
    """The answer where an earlier check already failed."""
    return Told("skipped", NOTE, _("Not checked: what it depends on is missing, see above."))
