# SPDX-License-Identifier: Apache-2.0
"""setup.cfg says what the disk holds: a forgotten package fails here, not at a customer's."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

from tests.architecture.house import (
    PRODUCT,
    ROOT,
    VIEWER,
    here,
    parse,
    python_files,
    settings,
    words,
)

# Sources that the installed product does not read.
NOT_SHIPPED = {".py", ".pyc", ".po", ".pot", ".md"}
# Import packages that come with another one's distribution, and are part of what it promises.
COMES_WITH = {"markupsafe": "jinja2"}


def listed_packages() -> set[str]:
    return set(words("options", "packages"))


def folder_of(package: str) -> Path:
    """Where a package lies, package_dir considered."""
    for line in settings()["options"]["package_dir"].strip().splitlines():
        name, _, folder = (part.strip() for part in line.partition("="))
        if package == name:
            return ROOT / folder
    return ROOT / package.replace(".", "/")


def test_every_package_on_disk_is_listed_and_no_other():
    on_disk = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in python_files()
        if (path.parent / "__init__.py").exists() or path.parent.name == "versions"
    }
    assert listed_packages() == on_disk | {"idp.templates"}


def matches(path: PurePosixPath, pattern: str) -> bool:
    """Whether setuptools takes the file: `**` is any folders, or anything at the end."""
    as_expression = (
        re.escape(pattern)
        .replace(r"\*\*/", "(?:.+/)?")
        .replace(r"\*\*", ".+")
        .replace(r"\*", "[^/]+")
    )
    return re.fullmatch(as_expression, str(path)) is not None


def data_files() -> Iterator[tuple[str, Path, Path]]:
    """Every file that is no code, with the package that must ship it."""
    packages = sorted(listed_packages(), key=lambda name: -len(str(folder_of(name))))
    for top in (*PRODUCT, "templates"):
        for path in sorted((ROOT / top).rglob("*")):
            if not path.is_file() or path.suffix in NOT_SHIPPED or "__pycache__" in path.parts:
                continue
            if VIEWER in path.parents:
                continue
            owner = next(name for name in packages if path.is_relative_to(folder_of(name)))
            yield owner, path, path.relative_to(folder_of(owner))


def test_every_data_file_is_shipped():
    data = settings()["options.package_data"]
    missing = [
        here(path)
        for owner, path, relative in data_files()
        if not any(
            matches(PurePosixPath(relative.as_posix()), pattern)
            for pattern in data.get(owner, "").split()
        )
    ]
    assert not missing


def requirement_names(lines: list[str]) -> set[str]:
    """The distributions that a list of requirements names."""
    names = (
        re.match(r"[A-Za-z0-9._-]+", line.strip()) for line in lines if line.strip()[:1] != "#"
    )
    return {canonical(found.group()) for found in names if found}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(*extras: str) -> set[str]:
    found = requirement_names(settings()["options"]["install_requires"].splitlines())
    for extra in extras:
        found |= requirement_names(settings()["options.extras_require"][extra].splitlines())
    return found


def imported(tree: ast.Module) -> set[str]:
    """The top-level packages that a file imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_everything_imported_is_declared():
    """A package that happens to be installed beside ours is not there at a customer's."""
    declared = requirements("postgres", "agent", "sms", "imaging")
    distributions = packages_distributions()
    faults = []
    for path in python_files():
        for name in sorted(imported(parse(path)) - set(sys.stdlib_module_names) - set(PRODUCT)):
            owners = {
                canonical(COMES_WITH.get(name, owner)) for owner in distributions.get(name, [name])
            }
            if not owners & declared:
                faults.append(f"{here(path)} {name}")
    assert not faults


def test_every_requirement_has_a_tested_version():
    pins = (ROOT / ".ci" / "constraints.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+-]+", line) for line in pins if line[:1] != "#")
    extras = [name for name in settings()["options.extras_require"] if not name.startswith("#")]
    assert requirements(*extras) - requirement_names(pins) == set()


def test_the_change_log_knows_the_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## {settings()['metadata']['version']}" in text
