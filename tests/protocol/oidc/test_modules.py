# SPDX-License-Identifier: Apache-2.0
"""The conformance suite's modules, and the status page: each names tests that are there.

The suite itself runs from outside. What is kept here is that nothing it asks is forgotten: a module
without a test of ours stands on the page, by name, until it has one.
"""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from idp.oidc.discovery import PATHS

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PAGE = ROOT / "docs" / "openid.md"
PLANS: dict[str, dict[str, str]] = tomllib.loads((HERE / "modules.toml").read_text("utf-8"))
MODULES = {name: test for plan in PLANS.values() for name, test in plan.items()}
# As the suite's 5.2.4 has them; a plan that repeats another one's is not counted again.
COUNTED = {
    "oidcc-basic-certification": 38,
    "oidcc-config-certification": 1,
    "oidcc-dynamic-certification": 18,
    "oidcc-implicit-certification": 1,
    "oidcc-rp-initiated-logout-certification": 11,
    "oidcc-backchannel-rp-initiated-logout-certification": 2,
    "oidcc-frontchannel-rp-initiated-logout-certification": 2,
    "oidcc-session-management-certification": 2,
    "oidcc-3rdparty-init-login-certification": 2,
    "fapi2-security-profile-final": 57,
    "fapi2-message-signing-final": 14,
    "fapi-ciba-id1": 43,
}
ROW = re.compile(
    r"^\| (?P<name>[^|]+) \|(?P<state>[^|]*)\|(?P<tests>[^|]*)\|(?P<remarks>[^|\n]*)\|$",
    re.MULTILINE,
)
FOREIGN = "Foreign clients that run it"


@cache
def named_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = (one.name for one in tree.body if isinstance(one, ast.FunctionDef))
    return frozenset(one for one in found if one.startswith("test_"))


def test_no_module_is_forgotten() -> None:
    assert {plan: len(modules) for plan, modules in PLANS.items()} == COUNTED


@pytest.mark.parametrize("module", [one for one in MODULES if MODULES[one]])
def test_a_module_names_a_test_that_is_there(module: str) -> None:
    where, _, name = MODULES[module].partition("::")
    assert name in named_in(HERE / f"{where}.py")


def test_the_page_shows_each_module_without_a_test() -> None:
    _, _, told = PAGE.read_text("utf-8").partition("## Modules without a test")
    assert set(re.findall(r"^- `([^`]+)`$", told, re.MULTILINE)) == {
        one for one in MODULES if not MODULES[one]
    }


def table(title: str = "") -> list[re.Match[str]]:
    """The rows below this title, or of the first table."""
    page = PAGE.read_text("utf-8")
    below = page.partition(f"## {title}")[2] if title else page
    rows = list(ROW.finditer(below.partition("\n## ")[0]))
    return [one for one in rows if one["name"] != "Specification" and "---" not in one["name"]]


def test_the_page_names_tests_that_are_there() -> None:
    rows = [one for one in table() if "`test_" in one["tests"]]
    named = [one for row in rows for one in re.findall(r"`(test_[a-z0-9_]+)`", row["tests"])]
    assert len(rows) > 15
    assert not [one for one in named if not (HERE / f"{one}.py").exists()]


def test_the_page_says_of_nothing_that_it_works_without_a_test() -> None:
    assert not [
        row["name"]
        for row in table()
        if row["state"].strip() == "works" and not row["tests"].strip()
    ]


def test_the_page_says_which_foreign_clients_run_each_thing_or_why_none_does() -> None:
    rows = table(FOREIGN)
    assert [row["name"] for row in rows] == [row["name"] for row in table()]
    for row in rows:
        named = re.findall(r"`(test_[a-z0-9_]+)`", row[0])
        assert all(
            any((ROOT / "tests" / place / f"{one}.py").exists() for place in ("interop", "browser"))
            for one in named
        ), row["name"]
        # Where openid-client does not run it, the last column tells why.
        assert "`test_openid_client" in row["state"] or row["remarks"].strip(), row["name"]


def test_each_endpoint_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert not [path for path in PATHS.values() if f"`{path}`" not in page]
