# SPDX-License-Identifier: Apache-2.0
"""No fault of a file that administrators bring is without its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from idp.credentials.delivery.planning import NAME
from idp.web.admin.reader_faults import PATTERNS, SENTENCES, reader_fault
from idp.web.admin.register_words import COLUMNS, FAULTS
from idp.web.admin.register_words import fault_words as register_fault

ROOT = Path(__file__).parents[3]
READERS = (
    "idp/administration/people/readers.py",
    "idp/credentials/delivery/planning.py",
    "idp/credentials/delivery/pskc.py",
    "idp/credentials/delivery/pskc_secrets.py",
    "idp/credentials/delivery/xml_tree.py",
    "connectors/calculette/verifier.py",
)
# Parts that a sentence is put together from, a pattern, a type, and a breakdown.
OTHERS = {
    *("line x", "line x (serial x)", " (serial x)", "x: x", "Element | None", NAME.pattern),
    "no reader has a malformed suite: it is refused when it is brought in",
}


def sentences(file: Path) -> Iterator[str]:
    """Every text with a space in it that is no docstring; x for what differs."""
    tree = ast.parse(file.read_text("utf-8"))
    docs = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    inner = {
        id(part)
        for one in ast.walk(tree)
        if isinstance(one, ast.JoinedStr)
        for part in ast.walk(one)
        if part is not one
    }
    for node in ast.walk(tree):
        if id(node) in docs | inner:
            continue
        match node:
            case ast.Constant(value=str(text)) if " " in text.strip():
                yield text
            case ast.JoinedStr(values=values):
                parts = [one.value if isinstance(one, ast.Constant) else "x" for one in values]
                if " " in (text := "".join(map(str, parts))):
                    yield text.removeprefix("line x: ")


def test_every_fault_of_a_makers_file_has_words() -> None:
    found = {text for one in READERS for text in sentences(ROOT / one) if text not in OTHERS}
    assert {
        "it holds no key",
        "the card x comes twice",
        "x: a challenge has x digits here",
    } <= found
    patterns = [one for one, _words in PATTERNS]
    assert sorted(one for one in found if not any(each.fullmatch(one) for each in patterns)) == []
    # And none has words for what nobody says.
    unsaid = [
        sentence
        for (sentence, _words), pattern in zip(SENTENCES, patterns, strict=True)
        if not any(pattern.fullmatch(one) for one in found)
    ]
    assert unsaid == []


def test_every_fault_of_an_extract_has_words() -> None:
    found = {
        argument
        for name in ("importer", "lines", "reading")
        for argument in told(ROOT / "idp/directory" / f"{name}.py")
    }
    assert {"the file is empty", "the file is shorter than it was"} <= found
    assert {one for one in found if one not in FAULTS} <= {COLUMNS, "the file can't be opened: "}


def told(file: Path) -> Iterator[str]:
    """What `Unreadable` is raised with, as far as it is the same each time."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Unreadable":
            first: ast.expr = node.args[0]
            while isinstance(first, ast.BinOp | ast.JoinedStr):
                first = first.left if isinstance(first, ast.BinOp) else first.values[0]
            assert isinstance(first, ast.Constant)
            yield str(first.value)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            "line 12 (serial 'X7'): its secret has 3 bytes, not 20 to 128",
            "Line 12 (X7): its secret has 3 bytes, not 20 to 128",
        ),
        (
            "line 3: the PIN can't be read: it is not base 64",
            "Line 3: the PIN can’t be read: it is not base 64",
        ),
        (
            "there is no card 26: `sceau cards add` binds it first",
            "there is no card 26: bind it first",
        ),
        ("100% unheard of", "100% unheard of"),
    ],
)
def test_a_fault_is_told_with_its_place_and_its_figures(fault: str, words: str) -> None:
    app = Flask("words")
    Babel(app)
    with app.app_context(), force_locale("en"):
        assert reader_fault(fault) == words
        assert register_fault("the file is shorter than it was").startswith("The file")
