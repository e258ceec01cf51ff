# SPDX-License-Identifier: Apache-2.0
"""By which way a request came: in the address, signed by its client, or set aside beforehand.

Whichever it was, what counts is one set of parameters, for the same checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from idp.credentials import used_once
from idp.db import Tx
from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.oidc.client import Client
from idp.oidc.client_signed import ClientSigned
from idp.oidc.errors import OAuthError
from idp.oidc.request_object import RequestObjects, Signed
from idp.oidc.request_uris import RequestUris

PUSHED: Final = "urn:ietf:params:oauth:request_uri:"
# In the payload of a login: what its answer uses up, once.
USED_UP: Final = "once"
OBJECT: Final = "request_object"


@dataclass(frozen=True, slots=True)
class Came:
    """What counts of a request, and what the answer to it uses up."""

    parameters: Parameters
    once: Mapping[str, Any] = field(default_factory=dict)
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """A request that can't be read. `known`: its address in the open counts for the answer."""

    error: OAuthError
    known: bool = True


UNSIGNED = OAuthError("invalid_request", "this client must sign its requests (RFC 9101)")


class Ways:
    """Reads a request by whichever way it came."""

    def __init__(self, core: Core, signed: ClientSigned) -> None:
        self._core = core
        self._objects = RequestObjects(core, signed)
        self._uris = RequestUris(core, self._objects)

    def read(self, client: Client, parameters: Parameters) -> Came | Lost:
        """At the authorization endpoint."""
        by_value, by_name = parameters.get("request"), parameters.get("request_uri")
        if not by_value and not by_name:
            return Lost(_demanded(client)) if client.asking.demands else Came(parameters)
        if parameters.repeated:
            # Left to the check of all requests, which names them.
            return Came(parameters)
        if by_value and by_name:
            return Lost(OAuthError("invalid_request", "both request and request_uri are given"))
        if by_name.startswith(PUSHED):
            return self._pushed(client, by_name.removeprefix(PUSHED))
        if client.asking.must_push:
            return Lost(_demanded(client))
        if by_name:
            return _came(client, self._uris.read(client, by_name, parameters))
        return self._by_value(client, by_value, parameters)

    def posted(self, client: Client, parameters: Parameters) -> Came | Lost:
        """At the endpoint where requests are set aside (RFC 9126 §2.1, §3)."""
        if parameters.get("request_uri"):
            return Lost(OAuthError("invalid_request", "request_uri has no place here"))
        if parameters.get("request"):
            return self._by_value(client, parameters.get("request"), parameters)
        if client.asking.must_sign:
            return Lost(UNSIGNED)
        return Came(parameters)

    def keep(self, tx: Tx, client: Client, came: Came) -> str | OAuthError:
        """Set a request aside; the address by which it is named."""
        if not use_up(self._core, tx, came.once):
            return OAuthError("invalid_request_object", "the request object was used before")
        kept = {
            "values": came.parameters.values,
            "several": came.parameters.several,
            "signed": came.signed,
        }
        reference = self._core.pushed.push(tx, client.id, kept)
        if reference is None:
            return OAuthError("temporarily_unavailable", "too many requests are set aside")
        return PUSHED + reference

    def _by_value(self, client: Client, token: str, outer: Parameters) -> Came | Lost:
        if not (client.asking.signs or client.asking.old):
            return Lost(OAuthError("request_not_supported", "this client has no keys to sign by"))
        return _came(client, self._objects.read(client, token, outer))

    def _pushed(self, client: Client, reference: str) -> Came | Lost:
        """RFC 9126 §4: nothing of the address counts beside it."""
        with self._core.database.read() as tx:
            found = self._core.pushed.find(tx, client.id, reference)
        if found is None:
            # OA-095: neither a foreign one, nor a guess, nor an old one leads anywhere.
            unknown = OAuthError("invalid_request_uri", "it is unknown, has expired, or was used")
            return Lost(unknown, known=False)
        kept = found.kept
        if client.asking.must_sign and not kept["signed"]:
            return Lost(UNSIGNED, known=False)
        several = {name: tuple(values) for name, values in kept["several"].items()}
        parameters = Parameters(kept["values"], several=several)
        return Came(parameters, {"pushed": found.mark}, kept["signed"])


def use_up(core: Core, tx: Tx, once: Mapping[str, Any]) -> bool:
    """Whether nobody did before, in the transaction of the answer (OA-094)."""
    if "pushed" in once and not core.pushed.use(tx, once["pushed"]):
        return False
    if "object" not in once:
        return True
    hashed, until = once["object"]
    return used_once.claim(tx, OBJECT, bytes.fromhex(hashed), until)


def keep(core: Core, tx: Tx, once: Mapping[str, Any]) -> None:
    """What a login uses up at its end lies there until then."""
    if "pushed" in once:
        core.pushed.keep(tx, once["pushed"])


def _came(client: Client, read: Signed | OAuthError) -> Came | Lost:
    if isinstance(read, OAuthError):
        return Lost(read)
    once = {"object": [read.once[0].hex(), read.once[1]]} if read.once else {}
    return Came(read.parameters, once, signed=not client.asking.unsigned)


def _demanded(client: Client) -> OAuthError:
    """RFC 9126 §5, RFC 9101 §10.5 (OA-093)."""
    if client.asking.must_push:
        return OAuthError("invalid_request", "this client must push its requests (RFC 9126)")
    return UNSIGNED
