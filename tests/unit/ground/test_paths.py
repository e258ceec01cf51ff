# SPDX-License-Identifier: Apache-2.0
"""Folders of files that are no code, in a checkout and in a wheel."""

import pytest

from idp import paths


@pytest.fixture
def package(tmp_path):
    (tmp_path / "idp").mkdir()
    return tmp_path / "idp"


def test_templates_of_a_wheel_are_inside_the_package(package):
    (package / "templates").mkdir()
    (package.parent / "templates").mkdir()
    assert paths.templates(package) == package / "templates"


def test_templates_of_a_checkout_are_beside_the_package(package):
    (package.parent / "templates").mkdir()
    (package.parent / "setup.cfg").touch()
    assert paths.templates(package) == package.parent / "templates"


def test_templates_of_another_package_are_not_ours(package):
    (package.parent / "templates").mkdir()
    with pytest.raises(paths.MissingFolder):
        paths.templates(package)


@pytest.mark.parametrize("name", ["static", "translations", "migrations"])
def test_folders_of_the_package(package, name):
    with pytest.raises(paths.MissingFolder, match=name):
        getattr(paths, name)(package)
    (package / name).mkdir()
    assert getattr(paths, name)(package) == package / name
