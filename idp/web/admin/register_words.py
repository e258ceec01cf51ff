# SPDX-License-Identifier: Apache-2.0
"""What the console calls registers, the states of an import, and why lines were not taken."""

from typing import Any, Final

from flask_babel import lazy_gettext as _

KINDS: Final[dict[str, Any]] = {
    "practitioners": _("Practitioners (RPPS)"),
    "structures": _("Structures (FINESS)"),
}
STATES: Final[dict[str, tuple[Any, str]]] = {
    "asked": (_("Waiting"), "info"),
    "loading": (_("Being read"), "info"),
    "indexing": (_("Being sorted"), "info"),
    "current": (_("Served"), "good"),
    "old": (_("Replaced"), "quiet"),
    "gone": (_("Replaced"), "quiet"),
    "unchanged": (_("Unchanged"), "quiet"),
    "failed": (_("Not imported"), "bad"),
}
REASONS: Final[dict[str, Any]] = {
    "columns": _("Too few or too many columns"),
    "charset": _("Not UTF-8"),
    "characters": _("Characters that can’t be shown"),
    "id": _("No identifier, or not the form of one"),
    "check": _("Wrong check digit"),
    "name": _("No name"),
    "too-long": _("Too long a line"),
}
FAULTS: Final[dict[str, Any]] = {
    "the file is damaged, or not complete": _("The file is damaged, or not complete."),
    "more comes out of the file than may": _("More comes out of the file than may."),
    "the file is larger than may be read": _("The file is larger than may be read."),
    "the archive is encrypted": _("The archive is encrypted."),
    "the archive can't be read": _("The archive can’t be read."),
    "the archive holds too many files": _("The archive holds too many files."),
    "the archive does not hold one extract": _("The archive does not hold one extract."),
    "the file is empty": _("The file is empty."),
    "the first line is not UTF-8": _("The first line is not UTF-8."),
    "the first line is not that of a FINESS file": _(
        "The first line is not that of a FINESS file."
    ),
    "the file holds no line that can be taken": _("The file holds no line that can be taken."),
    "the file is another one than before": _("The file was replaced while it was read."),
    "the file changed while it was read": _("The file was replaced while it was read."),
    "the file is shorter than it was": _("The file was replaced while it was read."),
    "too many lines were rejected": _("Too many lines were rejected."),
    "it holds less than half of what is served": _("It holds less than half of what is served."),
    "overtaken": _("Another file was asked for."),
}
COLUMNS: Final = "the first line does not name these columns: "


def state_words(state: str) -> tuple[str, str]:
    """A state in words, and its tone."""
    words, tone = STATES.get(state, (state, "quiet"))
    return str(words), tone


def fault_words(fault: str) -> str:
    """Why an import came to nothing."""
    if fault.startswith(COLUMNS):
        named = fault.removeprefix(COLUMNS)
        return str(_("The first line does not name these columns: %(names)s.", names=named))
    if fault.startswith("the file can't be opened"):
        return str(_("The file can’t be opened."))
    return str(FAULTS.get(fault, fault))
