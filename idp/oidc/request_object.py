# SPDX-License-Identifier: Apache-2.0
"""A request that its client signed (RFC 9101, OIDC Core §6): its claims as parameters."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.clock import DRIFT
from idp.http.parameters import SEVERAL, Parameters
from idp.http.services import Core
from idp.keys import compact
from idp.keys.envelope import is_envelope, opened
from idp.oidc.asking import UNSIGNED
from idp.oidc.client import Client
from idp.oidc.client_keys import ALGORITHMS, OLD
from idp.oidc.client_signed import ClientSigned
from idp.oidc.errors import OAuthError
from idp.oidc.response_types import in_order

LONGEST: Final = 16_384
# RFC 8725 §3.11; many libraries name none.
TYPES: Final = {"", "jwt", "oauth-authz-req+jwt"}
LEEWAY: Final = 60
# FAPI 2.0 Message Signing §5.3.1: an hour at most, and no older than that.
LONGEST_LIFE: Final = 3600
LONGEST_ID: Final = 256
# RFC 7519 §4.1: of the envelope, and no parameters.
ENVELOPE: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
NESTED: Final = frozenset({"request", "request_uri"})
# What is JSON inside and out.
DOCUMENTS: Final = frozenset({"claims", "authorization_details"})
# OA-091: said outside as well, they say the same (OIDC Core §6.1, RFC 9101 §5).
SAID_TWICE: Final = ("client_id", "response_type", "redirect_uri", "state")


@dataclass(frozen=True, slots=True)
class Signed:
    """The parameters that a client signed, and what makes the object its only one."""

    parameters: Parameters
    # Hash of its identifier, and until when it must be remembered; nothing where it has none.
    once: tuple[bytes, int] | None = None


class RequestObjects:
    """Reads them."""

    def __init__(self, core: Core, signed: ClientSigned) -> None:
        self._core = core
        self._signed = signed
        self._issuer = core.settings.server.issuer

    def read(
        self, client: Client, token: str, outer: Parameters, *, fetched: bool = False
    ) -> Signed | OAuthError:
        """What it says, where this client signed it for us just now; only that counts.

        `fetched`: from an address that is registered for it, where it may lie for long.
        """
        asking = client.asking
        known = (OLD,) if asking.algorithm == OLD else asking.verified
        wanted, unsigned = asking.algorithm, asking.unsigned
        claims = self._verified(client, token, wanted, known, fetched=fetched, unsigned=unsigned)
        if isinstance(claims, OAuthError):
            return claims
        # Whoever may leave it unsigned may leave out how long it is good.
        bound = not fetched and not unsigned
        fault = self._unfit(client, claims, bound=bound, named=not asking.weak)
        if fault:
            return refused(fault)
        parameters = as_parameters(claims)
        if isinstance(parameters, OAuthError):
            return parameters
        if parameters.get("client_id") != client.id:
            # RFC 9101 §6.3.
            return refused("client_id inside differs")
        for name in SAID_TWICE:
            inside, outside = in_order(parameters.get(name)), in_order(outer.get(name))
            if inside and outside and inside != outside:
                return refused(f"{name} differs inside and outside")
        # What is fetched may lie there for long, and is brought by many.
        return Signed(parameters, None if fetched else self._once(client, claims))

    def read_absent(self, client: Client, token: str) -> Signed | OAuthError:
        """One that asks for somebody elsewhere: every limit told, used once (CIBA §7.1.1)."""
        wanted = client.absent.algorithm
        # What an application is let off in front of people says nothing of this.
        claims = self._verified(client, token, wanted, ALGORITHMS, fetched=False, unsigned=False)
        if isinstance(claims, OAuthError):
            return claims
        missing = next((one for one in ("iat", "nbf", "jti") if one not in claims), "")
        if missing:
            return refused(f"{missing} is missing")
        if fault := self._unfit(client, claims, bound=True, named=True):
            return refused(fault)
        parameters = as_parameters(claims)
        if isinstance(parameters, OAuthError):
            return parameters
        if parameters.get("client_id") not in {"", client.id}:
            return refused("client_id inside differs")
        return Signed(parameters, self._once(client, claims))

    def _verified(
        self,
        client: Client,
        token: str,
        wanted: str,
        known: Collection[str],
        *,
        fetched: bool,
        unsigned: bool,
    ) -> dict[str, Any] | OAuthError:
        if is_envelope(token):
            within = opened(token, self._core.keys, LONGEST)
            # OA-092: what is inside is signed all the same, and is no other envelope. One word for
            # whatever was wrong with it.
            if within is None or is_envelope(within):
                return refused("it cannot be opened")
            token = within
        header = compact.read_object(token.partition(".")[0]) if len(token) <= LONGEST else None
        if header is None or (wanted and header.get("alg") != wanted):
            return refused("it is not signed as registered")
        if wanted == UNSIGNED:
            return self._unsigned(token, header) if fetched else refused("it is not signed")
        if header.get("alg") == UNSIGNED and unsigned:
            # OIDC Core §6.1: it says no more than an address does.
            return self._unsigned(token, header)
        # OA-092: by this client's own key, with an algorithm that we verify with, or not at all.
        claims = self._signed.read(client, token, TYPES, LONGEST, known)
        return refused("its signature does not hold") if claims is None else claims

    def _unsigned(self, token: str, header: Mapping[str, Any]) -> dict[str, Any] | OAuthError:
        """OIDC Core §6.1: what lies at an address of its own, as TLS brought it."""
        payload, _, signature = token.partition(".")[2].partition(".")
        is_plain = not signature and set(header) <= {"alg", "typ"}
        claims = compact.read_object(payload) if is_plain else None
        return refused("it is not what is registered") if claims is None else claims

    def _unfit(self, client: Client, claims: Mapping[str, Any], *, bound: bool, named: bool) -> str:
        """Why it was not made for us, by this client, just now; nothing where it was."""
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        # OIDC Core §6.1: such a request need not name them; one that does names the right ones.
        if not named:
            claims = {"iss": client.id, "aud": self._issuer, **claims}
            audiences = audiences if audience is not None else [self._issuer]
        if claims.get("iss") != client.id:
            return "iss is not the client"
        if self._issuer not in audiences:
            return "aud is not this server"
        if claims.get("sub") == client.id:
            # RFC 9101 §10.8: an assertion by which a client proves itself is no request.
            return "sub is the client"
        return self._untimely(claims, bound=bound, strict=client.asking.must_sign)

    def _untimely(self, claims: Mapping[str, Any], *, bound: bool, strict: bool) -> str:
        now = self._core.clock.now()
        for name in ("exp", "nbf", "iat"):
            if name in claims and type(claims[name]) is not int:
                return f"{name} is not a number of seconds"
        expires, not_before = claims.get("exp"), claims.get("nbf")
        if expires is None and (bound or strict):
            return "exp is missing"
        if expires is not None and now >= expires + LEEWAY:
            return "it has expired"
        if expires is not None and bound and expires > now + LONGEST_LIFE + LEEWAY:
            return "exp is more than an hour ahead"
        if not_before is None and strict:
            return "nbf is missing"
        if not_before is not None and not_before > now + LEEWAY:
            return "it is not valid yet"
        if not_before is not None and bound and not_before < now - LONGEST_LIFE - LEEWAY:
            return "nbf is more than an hour ago"
        return "" if claims.get("iat", now) <= now + LEEWAY else "it was made in the future"

    def _once(self, client: Client, claims: Mapping[str, Any]) -> tuple[bytes, int] | None:
        identifier, expires = claims.get("jti"), claims.get("exp")
        if identifier is None or expires is None:
            return None
        hashed = self._core.lookup.hash(f"{client.id}|{identifier}")
        # Longer than a login could end that it began in its last second, by any node's clock.
        lasts = self._core.settings.journey.lifetime
        return hashed, expires + LEEWAY + lasts + DRIFT


def refused(why: str) -> OAuthError:
    """RFC 9101 §7."""
    return OAuthError("invalid_request_object", f"the request object is refused: {why}")


def as_parameters(claims: Mapping[str, Any]) -> Parameters | OAuthError:
    """RFC 9101 §4: numbers and JSON as what they would be in an address."""
    if NESTED & claims.keys():
        return refused("it holds another one")
    identifier = claims.get("jti")
    if identifier is not None and not (
        isinstance(identifier, str) and 1 <= len(identifier) <= LONGEST_ID
    ):
        return refused("jti is not a short text")
    values: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    for name, value in claims.items():
        if name in ENVELOPE:
            continue
        if isinstance(value, str) and is_text(value):
            values[name] = value
        elif type(value) is int:
            values[name] = str(value)
        elif name in DOCUMENTS and isinstance(value, dict | list):
            values[name] = json.dumps(value)
        elif name in SEVERAL and _are_texts(value):
            several[name] = tuple(value)
        else:
            return refused("one of its members is not of the kind that it should be")
    return Parameters(values, several=several)


def is_text(value: str) -> bool:
    """Whether it can be written: JSON can name half a character, which nothing else can."""
    return not any("\ud800" <= one <= "\udfff" for one in value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and is_text(one) for one in value)
