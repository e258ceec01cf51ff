# SPDX-License-Identifier: Apache-2.0
"""The interfaces for programs put together: their addresses, by prefix."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial

from idp.api.actors import Actors
from idp.api.openapi import describe
from idp.api.page import ReadablePage
from idp.api.reading import accepts
from idp.api.routing import Table
from idp.api.scim.address import PREFIX as SCIM_PREFIX
from idp.api.serving import JSON_KIND, REST, Interface, Parts
from idp.api.v1.operations import OPERATIONS
from idp.cursors import Cursors
from idp.directory.harvest import Allowance as Searches
from idp.http.bearer import ShownReader
from idp.http.services import Services
from idp.http.wire import Answer, Call, Endpoint, Reply, encode_json, not_allowed
from idp.programs.allowance import Allowance
from idp.programs.kept_answers import KeptAnswers

TABLE = Table(OPERATIONS)


class Description:
    """GET /api/openapi.json: public, and the same for everybody."""

    def __init__(self, document: Callable[[], object]) -> None:
        self._document = document

    @cached_property
    def _body(self) -> bytes:
        return encode_json(self._document()).encode()

    def __call__(self, call: Call) -> Answer:
        """The description as it stands."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        if not accepts(call, (JSON_KIND, "application/openapi+json")):
            return Reply(406, [("Content-Type", "text/plain")])
        # Tools of other sites read it in their pages: it is nobody's secret.
        headers = [
            ("Content-Type", JSON_KIND),
            ("Cache-Control", "public, max-age=300"),
            ("Access-Control-Allow-Origin", "*"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
        ]
        return Reply(200, headers, self._body)


class Scim:
    """SCIM, made when it is first spoken: its models are a third of all that a server loads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @cached_property
    def _interface(self) -> Interface:
        from idp.api.scim.operations import OPERATIONS as SPOKEN
        from idp.api.scim.wire import SCIM

        return Interface(Table(SPOKEN), SCIM, self._parts)

    def __call__(self, call: Call) -> Answer:
        """Whatever it answers."""
        return self._interface(call)


def open_api(
    services: Services, reader: ShownReader
) -> tuple[Mapping[str, Endpoint], Mapping[str, Endpoint]]:
    """Endpoints by their address, and by the prefix that they lie under."""
    core = services.core
    issuer = core.settings.server.issuer
    parts = Parts(
        services,
        Actors(services, f"{issuer}/api", reader),
        Allowance(core.clock, core.lookup, core.settings.api.calls),
        KeptAnswers(core.clock, core.lookup, core.ring),
        Cursors(core.ring),
        core.settings.api.max_body,
        Searches(core.clock, core.settings.directory.searches),
    )
    rest = Interface(TABLE, REST, parts)
    # Made when it is first read: a server that starts has people waiting.
    document = cache(partial(describe, TABLE.operations, issuer, REST.prefix))
    exact: dict[str, Endpoint] = {
        "/api": ReadablePage(TABLE.operations, document, issuer, core.settings.api.calls),
        "/api/openapi.json": Description(document),
    }
    return exact, {REST.prefix: rest, SCIM_PREFIX: Scim(parts)}
