# SPDX-License-Identifier: Apache-2.0
"""A means is a folder, a line in the registry, and its pages."""

import ast

import pytest

from connectors.registry import KINDS
from tests.architecture.house import FOLDERS, ROOT, kinds, parse


def test_the_registry_knows_every_folder_and_no_more():
    assert sorted(KINDS) == kinds()


@pytest.mark.parametrize("kind", kinds())
def test_a_means_has_its_files(kind):
    folder = ROOT / "connectors" / FOLDERS.get(kind, kind)
    assert (folder / "connector.py").is_file()
    assert list((ROOT / "templates" / "connectors" / kind).glob("*.html"))


@pytest.mark.parametrize("kind", kinds())
def test_a_means_says_what_it_resists_and_what_it_does_not(kind):
    docstring = (
        ast.get_docstring(parse(ROOT / "connectors" / FOLDERS.get(kind, kind) / "__init__.py"))
        or ""
    )
    assert "esists" in docstring
    assert "not resist" in docstring
