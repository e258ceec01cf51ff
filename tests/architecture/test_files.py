# SPDX-License-Identifier: Apache-2.0
"""What every file and every folder has."""

import ast
import re
from pathlib import Path

from tests.architecture.house import (
    CORE,
    EDGES,
    GROUND,
    LEFTOVERS,
    PRODUCT,
    ROOT,
    TOP_LEVEL,
    all_python_files,
    here,
    is_built,
    parse,
    python_files,
    words,
)

LICENCE = "# SPDX-License-Identifier: Apache-2.0"
# Written apart, or this file would break its own rule.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
TEXT = {".py", ".html", ".txt", ".xml", ".css", ".js", ".cfg", ".toml", ".md", ".sh", ".mjs"}
# Rooms of the ground floor that everybody imports by one name, as if they were one file.
MAY_PASS_ON = {f"idp/{name}/__init__.py" for name in GROUND}


def test_the_top_level_holds_what_the_owner_fixed():
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - LEFTOVERS == TOP_LEVEL


def test_every_python_file_opens_with_its_licence():
    without = [
        here(path)
        for path in all_python_files()
        if LICENCE not in path.read_text("utf-8").splitlines()[:2]
    ]
    assert not without


def test_every_package_opens_with_a_docstring_and_nothing_else():
    faults = []
    for path in python_files():
        if path.name != "__init__.py":
            continue
        tree = parse(path)
        allowed = 1 if here(path) not in MAY_PASS_ON else len(tree.body)
        if not ast.get_docstring(tree) or len(tree.body) > allowed:
            faults.append(here(path))
    assert not faults


def test_every_folder_of_code_is_a_package():
    folders = {path.parent for path in python_files(*PRODUCT, "tests")}
    folders -= {ROOT / one / "migrations" / "versions" for one in ("idp", "imaging_app")}
    without = [here(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()]
    assert not without


def test_nothing_is_left_for_later():
    faults = [
        here(path, number)
        for folder in (*PRODUCT, "templates", "tests", "docs", ".ci")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in TEXT and "node_modules" not in path.parts and not is_built(path)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not faults


def test_every_package_of_the_provider_is_core_edge_or_ground():
    """Deny by default: a new package says what it may import before it is written."""
    packages = {path.parent.name for path in (ROOT / "idp").glob("*/__init__.py")}
    assert packages - CORE - EDGES - GROUND == set()


def test_the_contract_on_the_core_covers_the_whole_core():
    packages = {f"idp.{name}" for name in CORE if (ROOT / "idp" / name / "__init__.py").exists()}
    listed = set(words("importlinter:contract:core-is-free", "source_modules"))
    assert listed == packages
    jose = set(words("importlinter:contract:core-without-jose", "source_modules"))
    assert jose == packages - {"idp.keys"}


def test_the_composition_root_is_alone_with_every_kind():
    folders = {
        f"connectors.{path.parent.name}" for path in (ROOT / "connectors").glob("*/__init__.py")
    }
    listed = set(words("importlinter:contract:one-composition-root", "forbidden_modules"))
    assert listed == {"connectors.registry", *folders}


def test_scripts_say_their_licence_too():
    scripts: list[Path] = [path for path in (ROOT / ".ci").iterdir() if not path.suffix]
    assert scripts
    without = [
        here(path)
        for path in [*scripts, ROOT / "Makefile"]
        if LICENCE not in path.read_text("utf-8").splitlines()[:2]
    ]
    assert not without
