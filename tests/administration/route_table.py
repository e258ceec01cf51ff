# SPDX-License-Identifier: Apache-2.0
"""All routes of the console with what they are held to, and where each is."""

import re

from tests.administration.route_rows import ACCOUNTS, PATIENTS, REQUESTS, VIEWS
from tests.administration.route_rows_region import APPLICATIONS, HAPPENINGS, PLACES
from tests.administration.routes import PARAMETERS
from tests.administration.scenes import Scene

AREAS = {
    "accounts": ACCOUNTS,
    "views": VIEWS,
    "requests": REQUESTS,
    "patients": PATIENTS,
    "places": PLACES,
    "applications": APPLICATIONS,
    "happenings": HAPPENINGS,
}
ROWS = {name: route for rows in AREAS.values() for name, route in rows.items()}
PARAMETER = re.compile(r"<(?:int:)?([a-z]+)>")


def address(name: str, scene: Scene) -> str:
    """Where it is, with what the scene holds."""
    _method, _, rule = name.partition(" ")
    section = rule.partition("/")[0]
    own = ROWS[name].path(scene)
    path = PARAMETER.sub(
        lambda found: str(own.get(found[1]) or PARAMETERS[section, found[1]](scene)), rule
    )
    return f"/admin/{path}".rstrip("/")
