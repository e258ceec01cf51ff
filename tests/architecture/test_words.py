# SPDX-License-Identifier: Apache-2.0
"""Protocol words stay at the edges.

Where OpenID Connect and SAML say the same thing there is one neutral word in the core: level,
means, force, silent, subject, session. A protocol word below the edges is a rule written for one of
the two, and missing from the other.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, core_folders, here, parse

PROTOCOL_WORDS = (
    "acr",
    "acr_values",
    "amr",
    "assertion_consumer_service",
    "authn_context",
    "authncontextclassref",
    "client_assertion",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_verifier",
    "force_authn",
    "forceauthn",
    "grant_type",
    "id_token",
    "id_token_hint",
    "in_response_to",
    "inresponseto",
    "is_passive",
    "ispassive",
    "login_hint",
    "name_id",
    "nameid",
    "openid",
    "pkce",
    "post_logout_redirect_uri",
    "post_logout_redirect_uris",
    "redirect_uri",
    "redirect_uris",
    "relay_state",
    "relaystate",
    "response_mode",
    "response_type",
    "saml",
    "saml_request",
    "samlrequest",
    "samlresponse",
    "session_index",
    "sessionindex",
    "ui_locales",
)
_WORD = "|".join(sorted(PROTOCOL_WORDS, key=len, reverse=True))
# The lists of what the edges speak: they name the protocols, and know nothing of them.
NAMED = {"idp/applications/registration.py": "saml", "idp/providers/spoken.py": "saml"}
# In a name a word ends at an underscore: requested_acr. In a text it ends where a word ends.
IN_NAME = re.compile(rf"(?:^|_)({_WORD})(?:_|$)", re.IGNORECASE)
IN_TEXT = re.compile(rf"(?<![\w-])({_WORD})(?![\w-])", re.IGNORECASE)


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that a file gives or uses."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                for part in value.split("."):
                    yield getattr(node, "lineno", 0), part


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that is not a docstring: prose may explain what an edge will do."""
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def protocol_words(tree: ast.Module) -> list[tuple[int, str]]:
    """Where a file speaks a protocol."""
    found = [(line, text) for line, text in names(tree) if IN_NAME.search(text)]
    found += [(line, text) for line, text in texts(tree) if IN_TEXT.search(text)]
    return sorted(set(found))


def test_the_core_speaks_no_protocol():
    files: list[Path] = [path for folder in core_folders() for path in folder.rglob("*.py")]
    assert files
    faults = [
        f"{here(path, line)} {text!r}"
        for path in files
        for line, text in protocol_words(parse(path))
        if text != NAMED.get(path.relative_to(ROOT).as_posix())
    ]
    assert not faults


@pytest.mark.parametrize(
    "source",
    [
        "redirect_uri = 1",
        "def go(requested_acr): ...",
        "x.NameID",
        "f(client_id=1)",
        "p['id_token']",
        "s = 'no acr given'",
        "from a.saml import b",
    ],
)
def test_a_protocol_word_is_seen(source):
    assert protocol_words(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "massacre = 1",
        "'''What redirect_uri becomes.'''",
        "level = 2",
        "samleness = 1",
        "x = 'macro'",
    ],
)
def test_an_innocent_word_is_left_alone(source):
    assert not protocol_words(ast.parse(source))
