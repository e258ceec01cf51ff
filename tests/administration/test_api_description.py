# SPDX-License-Identifier: Apache-2.0
"""The description is served, and the API is what it describes, whatever schemathesis sends."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from werkzeug.test import Client

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import EVERY_SCOPE, Program, program
from tests.administration.kit import CHU, open_office
from tests.administration.operation_rows import ACCOUNTS, PARAMETERS, REGION
from tests.administration.operation_rows_desk import DESK, PEOPLE, STANDS
from tests.administration.operation_rows_oversight import OVERSIGHT
from tests.administration.operation_rows_queue import QUEUE
from tests.administration.rewinding import Rewound
from tests.administration.scenes import Scene, set_scenes
from tests.administration.test_api_rules import GRAVE
from tests.world import World

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    ignored_auth,
)


ROLES = {
    "super": Held(Role.SUPER),
    "region": Held(Role.REGION),
    "house": Held(Role.ESTABLISHMENT, CHU),
}
ROWS = ACCOUNTS | REGION | DESK | QUEUE | OVERSIGHT


@dataclass
class Callers:
    """Programs of several roles, and what stands in addresses."""

    rewound: Rewound
    by: dict[str, Program]
    scene: Scene

    @property
    def world(self) -> World:
        return self.rewound.world


@pytest.fixture
def callers(sqlite_template: Any, tmp_path: Any) -> Iterator[Callers]:
    with Rewound.open(sqlite_template, tmp_path, API_CALLS="1000000") as rewound:
        office = open_office(rewound.world)
        by = {role: program(office, held, (*EVERY_SCOPE, *GRAVE)) for role, held in ROLES.items()}
        scene = set_scenes(office)[0]
        rewound.keep()
        yield Callers(rewound, by, scene)


def test_the_description_is_public_and_says_no_version(sqlite_world: Any) -> None:
    web = Client(sqlite_world.provider.web)
    answer = web.get("/api/openapi.json", base_url=sqlite_world.issuer)
    document = answer.get_json()
    assert (answer.status_code, document["openapi"]) == (200, "3.1.0")
    assert document["info"]["version"] == "1"
    assert document["servers"] == [{"url": "https://sceau.example/api/v1"}]
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
    assert web.post("/api/openapi.json", base_url=sqlite_world.issuer).status_code == 405


def test_it_answers_as_described_whatever_is_sent(callers: Callers) -> None:
    web, host = callers.world.provider.web, urlsplit(callers.world.issuer).netloc

    def served(environ: Any, start_response: Any) -> Any:
        return web(environ | {"HTTP_HOST": host}, start_response)

    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", served)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 20
    statuses: Counter[int] = Counter()
    for operation in operations:
        done = _try(operation, GenerationMode.POSITIVE, callers, "super")
        # What takes no document is done: what it names is there, and the caller may, where a
        # program may at all and nothing stands against it.
        known = operation.definition.raw["operationId"] in PEOPLE | STANDS
        if operation.body or known or done.keys() & {200, 201, 204}:
            statuses += done
        else:
            raise AssertionError(f"{operation.label} was never reached: {done}")
        statuses += _try(operation, GenerationMode.POSITIVE, callers, "house")
        # Where nothing is asked for, nothing can be wrong.
        with suppress(Unsatisfiable):
            statuses += _try(operation, GenerationMode.NEGATIVE, callers, "region")
    assert set(statuses) >= {200, 201, 204, 400, 403, 404, 422}, statuses


def _try(operation: Any, mode: GenerationMode, callers: Callers, role: str) -> Counter[int]:
    statuses: Counter[int] = Counter()
    name = operation.definition.raw["operationId"]
    known = _known(name, callers.scene)

    @seed(1)
    @settings(
        max_examples=5 if role != "house" else 2,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            # Those that are there: an address that leads nowhere shows little.
            case.path_parameters.update(
                one for one in known.items() if one[0] in case.path_parameters
            )
            case.query = dict(case.query or {}) | dict(ROWS[name].query(callers.scene))
            case.query.pop("after", None)
            if role == "super" and "If-Match" in case.headers:
                # Whatever stands: a version that was made up would only be refused.
                case.headers["If-Match"] = "*"
        headers = {"Authorization": f"Bearer {callers.by[role].token}"}
        answer = case.call_and_validate(headers=headers, checks=list(CHECKS))
        statuses[answer.status_code] += 1
        if answer.status_code < 300 and case.method != "GET":
            callers.rewound.back()

    send()
    return statuses


def _known(name: str, scene: Scene) -> dict[str, str]:
    known = {one: value(scene) for one, value in PARAMETERS.items()}
    return known | dict(ROWS[name].path(scene))
