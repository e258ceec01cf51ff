# SPDX-License-Identifier: Apache-2.0
"""Nothing that « Messages », « Webhooks » and « Trust » show is without its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import paths
from idp.cli.messages import CHANNELS as LISTED
from idp.login.forgotten import TASK
from idp.messages.alarms import Cause
from idp.programs.telling import EVENTS, PING
from idp.web.admin.fault_words import BEGINNINGS, WORDS
from idp.web.admin.post_words import CAUSES, CHANNELS, PURPOSES
from idp.web.admin.webhook_words import LABELS

ROOT = Path(__file__).parents[3]
TELLERS = {"Later", "Never", "Stop", "Unreachable", "Unusable", "NoAnswer"}
SENDING = ("messages", "outgoing", "programs", "sessions", "oidc/signals")
# Here a fault is what a function returns.
RETURNED = ("trust/crl.py", "trust/lists.py", "trust/refresh.py", "programs/webhook_sender.py")


def begins(node: ast.expr | None) -> str:
    """The text that an expression begins with."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[first, *_]):
            return begins(first)
        case ast.BinOp(left=left):
            return begins(left)
        case ast.IfExp(orelse=other):
            return begins(other)
    return ""


def said(node: ast.AST, *, returned: bool) -> str:
    """What a node says is wrong."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TELLERS:
        return begins(node.args[0]) if node.args else ""
    if isinstance(node, ast.Return) and returned:
        return begins(node.value)
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "why":
        return begins(node.value)
    return ""


def faults() -> Iterator[str]:
    """Whatever modules say of what did not leave, and of lists that were not renewed."""
    files = [one for room in SENDING for one in (ROOT / "idp" / room).glob("*.py")]
    files += [ROOT / "idp" / one for one in RETURNED]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            found = said(node, returned=str(file).endswith(RETURNED))
            if " " in found:
                yield found


def test_every_fault_has_words() -> None:
    found = set(faults())
    # The walk above finds what it should.
    assert {"it took too long", "answered ", "the mail server refuses the recipient: "} <= found
    starts = tuple(one for one, _ in BEGINNINGS)
    assert {one for one in found if one not in WORDS and not one.startswith(starts)} == set()


def test_every_purpose_and_channel_has_words() -> None:
    templates = {
        one.stem for room in ("mail", "sms") for one in (paths.templates() / room).iterdir()
    }
    purposes = templates - {"layout", "words"} | {TASK, "logout", "approval", "signal"}
    assert purposes == set(PURPOSES)
    assert {*EVENTS, PING} <= set(LABELS)
    assert tuple(CHANNELS) == LISTED


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_of_an_alarm_has_words_and_is_in_the_handbook(cause: Cause) -> None:
    assert cause.value in CAUSES
    handbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert f"| `{cause.value}` |" in handbook
