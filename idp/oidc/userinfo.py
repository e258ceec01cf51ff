# SPDX-License-Identifier: Apache-2.0
"""The userinfo endpoint (OIDC Core §5.3): claims about the person of a live access token."""

import json
import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from connectors.base import Level
from idp.administration.belonging import NOWHERE, Belonging
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.tokens import Bearer
from idp.http.bearer import LONGEST_TOKEN, NONCE, Shown, Unproved, www_authenticate
from idp.http.parameters import FORM, Unreadable, parse, read_form
from idp.http.services import Core
from idp.http.standing import bearer_admitted
from idp.http.wire import NO_STORE, Answer, Call, Headers, Reply, json_reply, not_allowed
from idp.keys.sign import sign
from idp.oidc.claims import UPDATED_AT, read_claims, tells_belonging
from idp.oidc.client import Client, Clients
from idp.oidc.holding import Holding
from idp.oidc.person_tokens import PersonTokens

# RFC 8725 §3.11: it passes for no token of ours.
SIGNED_HEADER = {"typ": "userinfo+jwt"}
NO_KEY = "invalid_client_metadata"
INTERACTION = "x-fapi-interaction-id"
NUMBER = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
INVALID = "the access token is not valid"


class UserinfoEndpoint:
    """GET and POST /oidc/userinfo."""

    def __init__(
        self,
        core: Core,
        clients: Clients,
        people: PersonTokens,
        holding: Holding,
    ) -> None:
        self._core = core
        self._clients = clients
        self._subjects = people.subjects
        self._belongings = people.belongings
        self._published = people.signed
        self._holding = holding

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in {"GET", "POST", "HEAD"}:
            return not_allowed("GET", "HEAD", "POST")
        shown = self._bearer(call)
        if isinstance(shown, Reply):
            return shown
        with self._core.database.read() as tx:
            bearer = self._core.tokens.bearer(tx, shown.token)
            admitted = bearer_admitted(self._core, tx, bearer) if bearer else None
            if bearer is None or admitted is None:
                return challenge(401, "invalid_token", INVALID, by_proof=shown.by_proof)
            misuse = self._holding.misuse(shown, bearer.token.bound_to, bearer.application)
            if misuse is not None:
                return unproved(misuse)
            extra = json.loads(bearer.payload).get("userinfo", ())
            belonging = self._belonging(tx, bearer, admitted, extra)
        client = self._clients.of(bearer.application)
        if "openid" not in bearer.token.scope and not client.profile:
            # RFC 6750 §3.1. To FAPI 2.0 it is a resource like any other, which knows no `openid`.
            return challenge(
                403, "insufficient_scope", "the scope openid is needed", by_proof=shown.by_proof
            )
        account = bearer.token.account or ""
        claims = read_claims(bearer.person, bearer.token.scope, extra, belonging)
        claims["sub"] = self._subjects.of(client.sector, account)
        if "profile" in bearer.token.scope or UPDATED_AT in extra:
            claims[UPDATED_AT] = bearer.updated_at
        headers = [*NO_STORE, *self._interaction(call, bearer.token.bound_to)]
        if client.bound.nonce:
            headers.append((NONCE, self._holding.nonces.current()))
        if client.userinfo_algorithm or client.encrypted.userinfo:
            return self._signed(client, claims, headers)
        return json_reply(claims, 200, headers)

    def _interaction(self, call: Call, bound_to: str) -> Headers:
        """FAPI 1.0 Part 1 §6.2.1: the number of the exchange, as it was sent, or one of ours."""
        sent = call.header(INTERACTION)
        if not sent and not bound_to:
            # Whoever does not speak it is not told.
            return []
        if not NUMBER.fullmatch(sent):
            sent = str(UUID(bytes=self._core.entropy.bytes(16), version=4))
        return [(INTERACTION, sent)]

    def _signed(self, client: Client, claims: dict[str, Any], headers: Headers) -> Reply:
        """OIDC Core §5.3.2: by whom it is said, and to whom."""
        told = {**claims, "iss": self._core.settings.server.issuer, "aud": client.id}
        signer = self._core.keys.signer(client.userinfo_algorithm or client.id_token_algorithm)
        body = sign(signer, SIGNED_HEADER, told)
        if (cipher := client.encrypted.userinfo) is not None:
            found = self._published.encrypted(client)
            sealed = found.encrypt(cipher, body)
            if sealed is None:
                return self._unreadable(client, found.lacks(cipher))
            body = sealed
        return Reply(200, [("Content-Type", "application/jwt"), *headers], body.encode("ascii"))

    def _unreadable(self, client: Client, lacking: str) -> Reply:
        """It has no key to read by: told to whoever connects it, and nothing of the person."""
        facts = {"Endpoint": "userinfo", "client_id": client.id}
        self._core.seen.refused(client.id, facts, f"{NO_KEY}: {lacking}")
        return json_reply({"error": NO_KEY, "error_description": lacking}, 400)

    def _belonging(
        self, tx: Tx, bearer: Bearer, admitted: Admission, extra: Collection[str]
    ) -> Belonging:
        if not tells_belonging(bearer.token.scope, extra):
            return NOWHERE
        # A token that was given below two factors tells no role, whatever was proved since; another
        # one tells it as long as something that is proved is enough.
        enough = (bearer.token.level or Level.PASSWORD) >= Level.TWO_FACTORS
        proofs = admitted.proofs if enough else ()
        return self._belongings.of(tx, admitted.account, bearer.person.population, proofs)

    def _bearer(self, call: Call) -> Shown | Reply:
        """RFC 6750 §2, RFC 9449 §7.1: exactly one method, and never the query (OA-114)."""
        if "access_token" in call.query:
            query = parse(call.query)
            if isinstance(query, Unreadable) or "access_token" in query.values:
                return challenge(400, "invalid_request", "a token never goes into the address")
        posted = self._posted(call)
        if isinstance(posted, Reply):
            return posted
        shown = self._holding.shown(call)
        if isinstance(shown, Unproved):
            return unproved(shown)
        if posted:
            if shown.token:
                return challenge(400, "invalid_request", "more than one access token")
            shown = replace(shown, token=posted)
        if not shown.token:
            # RFC 6750 §3: no error code where no token was presented.
            return challenge(401, "", "", by_proof=shown.by_proof)
        if len(shown.token) > LONGEST_TOKEN:
            return challenge(401, "invalid_token", INVALID, by_proof=shown.by_proof)
        return shown

    def _posted(self, call: Call) -> str | Reply:
        if call.method != "POST" or call.content_type != FORM:
            return ""
        form = read_form(call, self._core.settings.server.max_body)
        if isinstance(form, Unreadable):
            return challenge(form.status, "invalid_request", form.why)
        if "access_token" in form.repeated:
            return challenge(400, "invalid_request", "more than one access token")
        return form.get("access_token")


def unproved(one: Unproved) -> Reply:
    """RFC 9449 §7.1, §9."""
    reply = challenge(401, one.code, one.hint, by_proof=one.by_proof)
    if one.nonce:
        reply.headers.append((NONCE, one.nonce))
    return reply


def challenge(status: int, code: str, hint: str, *, by_proof: bool = False) -> Reply:
    """RFC 6750 §3, RFC 9449 §7.1."""
    document = {"error": code, "error_description": hint} if code else {}
    said = {"error_description": hint} if code else {}
    value = www_authenticate(code, by_proof=by_proof, **said)
    return json_reply(document, status, [*NO_STORE, ("WWW-Authenticate", value)])
