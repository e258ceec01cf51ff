# SPDX-License-Identifier: Apache-2.0
"""An application on the kit, its SAML provider's double, and a browser between them."""

import pytest

from tests.unit.relying_parties.conftest import Clock
from tests.unit.relying_parties.saml_app import SamlBrowser, tiny
from tests.unit.relying_parties.saml_double import SamlDouble


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def double(clock, tmp_path):
    return SamlDouble(clock, tmp_path)


@pytest.fixture
def make_app(double, clock, tmp_path):
    """Applications of this double; the same file is the same application, started again."""
    made = []

    def make(file="app.sqlite3", **changes):
        made.append(tiny(double, clock, tmp_path / file, **changes))
        return made[-1]

    yield make
    for app in made:
        app.extensions["sceau-login"].store.shut()


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def clear(make_app):
    """One that takes assertions in clear, too."""
    return make_app(encrypted=False)


@pytest.fixture
def browser(app, double):
    return SamlBrowser(app, double)
