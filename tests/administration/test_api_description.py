# SPDX-License-Identifier: Apache-2.0
"""The description is served, and the API is what it describes, whatever schemathesis sends."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
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
from tests.administration.api_kit import Program, program
from tests.administration.kit import open_office
from tests.world import open_world

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


@pytest.fixture
def caller(sqlite_url: str) -> Iterator[Program]:
    world = open_world(sqlite_url, API_CALLS="1000000")
    office = open_office(world)
    caller = program(office, Held(Role.REGION))
    caller.known = {"account": office["medecin"].id, "subject": office["medecin"].id}
    yield caller
    world.provider.close()


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


def test_it_answers_as_described_whatever_is_sent(caller: Program) -> None:
    web, host = caller.world.provider.web, urlsplit(caller.world.issuer).netloc

    def served(environ: Any, start_response: Any) -> Any:
        return web(environ | {"HTTP_HOST": host}, start_response)

    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", served)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 20
    statuses: Counter[int] = Counter()
    for operation in operations:
        statuses += _try(operation, GenerationMode.POSITIVE, caller)
        # Where nothing is asked for, nothing can be wrong.
        with suppress(Unsatisfiable):
            statuses += _try(operation, GenerationMode.NEGATIVE, caller)
    assert set(statuses) >= {200, 201, 204, 400, 404, 422}, statuses


def _try(operation: Any, mode: GenerationMode, caller: Program) -> Counter[int]:
    statuses: Counter[int] = Counter()

    @seed(1)
    @settings(
        max_examples=5,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            # Those that are there: an address that leads nowhere shows little.
            known = caller.known.items()
            case.path_parameters.update(one for one in known if one[0] in case.path_parameters)
        headers = {"Authorization": f"Bearer {caller.token}"}
        answer = case.call_and_validate(headers=headers, checks=list(CHECKS))
        statuses[answer.status_code] += 1

    send()
    return statuses
