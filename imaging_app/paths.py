# SPDX-License-Identifier: Apache-2.0
"""Folders of files that are no code, in a checkout as in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
STATIC = PACKAGE / "static"
TRANSLATIONS = PACKAGE / "translations"


def templates(package: Path = PACKAGE) -> Path:
    """The pages: beside this package in a checkout, packed with the provider's when installed."""
    for folder in (package.parent / "templates", package.parent / "idp" / "templates"):
        if (folder / "imaging_app").is_dir():
            return folder
    raise FileNotFoundError(f"no templates/imaging_app near {package}")
