# SPDX-License-Identifier: Apache-2.0
"""Folders of files that are no code, in a checkout as in an installed wheel."""

from pathlib import Path

from idp.errors import Breakdown

PACKAGE = Path(__file__).resolve().parent


class MissingFolder(Breakdown):
    """A folder that the installation should contain is absent."""


def templates(package: Path = PACKAGE) -> Path:
    """The pages: inside the package when installed, beside it in a checkout."""
    inner = package / "templates"
    if inner.is_dir():
        return inner
    # Without setup.cfg beside us, a sibling `templates` is some other package's in site-packages.
    if (package.parent / "setup.cfg").is_file():
        return _existing(package.parent / "templates")
    raise MissingFolder(f"no folder of templates in {package}")


def static(package: Path = PACKAGE) -> Path:
    """Style sheets, scripts, images, fonts."""
    return _existing(package / "static")


def translations(package: Path = PACKAGE) -> Path:
    """Catalogues of the interface, by language."""
    return _existing(package / "translations")


def migrations(package: Path = PACKAGE) -> Path:
    """Alembic's environment and versions."""
    return _existing(package / "migrations")


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise MissingFolder(f"the folder {folder} is missing from this installation")
    return folder
