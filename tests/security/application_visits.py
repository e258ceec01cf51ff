# SPDX-License-Identifier: Apache-2.0
"""The pages on the way to applications of every kind."""

from tests.security.activity_visits import visit_activities
from tests.security.headers_visits import visit_headers
from tests.security.logout_visits import visit_logout
from tests.security.prosante_visits import visit_prosante
from tests.security.provider_visits import visit_providers
from tests.world import World


def visit_applications(world: World) -> None:
    """One kind after the other."""
    visit_headers(world)
    visit_activities(world)
    visit_logout(world)
    visit_prosante(world)
    visit_providers(world)
