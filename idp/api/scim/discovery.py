# SPDX-License-Identifier: Apache-2.0
"""What this server speaks of SCIM (RFC 7644 §4): made of the models that it serves."""

from collections.abc import Callable
from typing import Any

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    ETag,
    External,
    Filter,
    Meta,
    Patch,
    Reference,
    Resource,
    ResourceType,
    ServiceProviderConfig,
    Sort,
)

from idp.administration.authority import Denied
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.scim.address import PREFIX
from idp.api.scim.lists import LARGEST
from idp.api.scim.resources import Group, Person, User
from idp.api.scim.wire import LIST, MEDIA_TYPE, MOST_OPERATIONS, ScimQuery
from idp.http.wire import encode_json


def _config(asked: Asked) -> ServiceProviderConfig:
    largest = asked.services.core.settings.api.max_body
    site = f"{asked.services.core.settings.server.issuer}{PREFIX}"
    return ServiceProviderConfig(
        documentation_uri=Reference[External](f"{asked.services.core.settings.server.issuer}/api"),
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=largest),
        filter=Filter(supported=True, max_results=LARGEST),
        # CR-045: nobody gives somebody else a password.
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="OAuth 2.0 access token",
                description="An access token with the scope scim, in the Authorization header.",
                spec_uri=Reference[External]("https://www.rfc-editor.org/info/rfc6750"),
                primary=True,
            )
        ],
        meta=Meta(resource_type="ServiceProviderConfig", location=f"{site}/ServiceProviderConfig"),
    )


def _types(asked: Asked) -> list[Resource[Any]]:
    site = f"{asked.services.core.settings.server.issuer}{PREFIX}"
    found: list[Resource[Any]] = []
    for model, text in ((User, "Accounts"), (Group, "Communities")):
        one = ResourceType.from_resource(model)
        one.description = text
        location = f"{site}/ResourceTypes/{one.id}"
        one.meta = Meta(resource_type="ResourceType", location=location)
        found.append(one)
    return found


def _schemas(asked: Asked) -> list[Resource[Any]]:
    site = f"{asked.services.core.settings.server.issuer}{PREFIX}"
    found: list[Resource[Any]] = []
    for model in (User, Group, Person):
        one = model.to_schema()
        one.meta = Meta(resource_type="Schema", location=f"{site}/Schemas/{one.id}")
        found.append(one)
    return found


def _dump(resource: Resource[Any]) -> dict[str, Any]:
    found: dict[str, Any] = resource.model_dump(
        scim_ctx=Context.RESOURCE_QUERY_RESPONSE, mode="json"
    )
    return found


def _sent(document: dict[str, Any]) -> Done:
    return Done(raw=(MEDIA_TYPE, encode_json(document).encode()))


def config(asked: Asked) -> Outcome:
    """RFC 7643 §5."""
    return _sent(_dump(_config(asked)))


def listing(of: Callable[[Asked], list[Resource[Any]]]) -> Callable[[Asked], Outcome]:
    """All of them; RFC 7644 §4: a filter is refused here."""

    def run(asked: Asked) -> Outcome:
        if asked.query.filter:
            return Problem("not-allowed", "nothing is filtered here")
        found = [_dump(one) for one in of(asked)]
        document = {"schemas": [LIST], "totalResults": len(found), "startIndex": 1}
        return _sent(document | {"itemsPerPage": len(found), "Resources": found})

    return run


def showing(of: Callable[[Asked], list[Resource[Any]]]) -> Callable[[Asked], Outcome]:
    """One of them, by its id."""

    def run(asked: Asked) -> Outcome:
        found = next((one for one in of(asked) if str(one.id) == asked.path["id"]), None)
        return _sent(_dump(found)) if found else Denied.NOT_FOUND

    return run


def _operation(path: str, name: str, run: Callable[[Asked], Outcome]) -> Operation:
    return Operation("GET", path, name, name, run, query=ScimQuery)


OPERATIONS = (
    _operation("/ServiceProviderConfig", "serviceProviderConfig", config),
    _operation("/ResourceTypes", "listResourceTypes", listing(_types)),
    _operation("/ResourceTypes/{id}", "showResourceType", showing(_types)),
    _operation("/Schemas", "listSchemas", listing(_schemas)),
    _operation("/Schemas/{id}", "showSchema", showing(_schemas)),
)
