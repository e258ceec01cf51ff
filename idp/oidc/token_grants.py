# SPDX-License-Identifier: Apache-2.0
"""The grants of the token endpoint, as classes that Authlib dispatches to."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.accounts.subjects import Subjects
from idp.audit.record import Event
from idp.db import Tx
from idp.grants.admission import Admission, ApplicationAdmission
from idp.grants.codes import Grant, NotRedeemed
from idp.grants.lasting import SCOPE as LASTING
from idp.grants.tokens import Fresh, NotRotated, Rotated
from idp.http.bearer import NONCE, Unproved
from idp.http.services import Core
from idp.login.flow import Refusal
from idp.oidc.binding import CERTIFICATE, UNBOUND, Binding
from idp.oidc.claims import SCOPES
from idp.oidc.client import Client
from idp.oidc.client_tls import TLS_METHODS
from idp.oidc.details import MEMBER as DETAILS
from idp.oidc.details import Detail, granted, is_same
from idp.oidc.holding import Holding
from idp.oidc.launched import launch_context
from idp.oidc.mint import NOTHING_ELSE, Mint, told_scope
from idp.oidc.person_tokens import PersonTokens
from idp.oidc.request import narrow
from idp.oidc.token_server import ProtocolError, WireRequest

# What nobody has in their own name.
OF_PEOPLE = frozenset({*SCOPES, LASTING})
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]


class OurGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """What the grants share; the parts are handed in by `bind`."""

    core: ClassVar[Core]
    mint: ClassVar[Mint]
    subjects: ClassVar[Subjects]
    people: ClassVar[PersonTokens]
    holding: ClassVar[Holding]
    # Whether an ID token may come of it.
    OF_PEOPLE: ClassVar[bool] = True
    request: WireRequest

    def validate_token_request(self) -> None:
        """The client first, and that it may use this grant (OA-041)."""
        client: Client = self.authenticate_token_endpoint_client()
        if self.GRANT_TYPE not in client.grant_types:
            raise ProtocolError("unauthorized_client", "this grant is not registered")
        self.used_client = client
        if self.OF_PEOPLE and (lacking := self.people.lacks_key(client)):
            # Before anything is used up; never told in the open instead.
            raise ProtocolError("invalid_client_metadata", lacking)
        held = self.holding.of_client(self.request.call, client)
        if isinstance(held, Unproved):
            raise ProtocolError(held.code, held.hint, nonce=held.nonce)
        self.binding = held

    def parameter(self, name: str) -> str:
        """A posted parameter, or nothing."""
        return self.request.parameters.get(name)

    def answer(
        self,
        fresh: Fresh,
        refresh: Fresh | None = None,
        id_token: str = "",
    ) -> Answer:
        """RFC 6749 §5.1."""
        body: dict[str, Any] = {
            "access_token": fresh.value,
            "token_type": self.binding.token_type,
            "expires_in": fresh.expires_at - self.core.clock.now(),
            **told_scope(fresh.scope),
        }
        if refresh is not None:
            body["refresh_token"] = refresh.value
        if id_token:
            body["id_token"] = id_token
        # RFC 9449 §8.2: nobody is asked twice who hears of it in time.
        nonce = self.used_client.bound.nonce
        return 200, body, [(NONCE, self.holding.nonces.current())] if nonce else []

    def audience(self, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """RFC 8707: some of the audiences allowed, or all of them (OA-043, OA-104)."""
        # What has left the registration since is gone from the next token.
        allowed = tuple(one for one in allowed if one in self.used_client.audiences)
        asked = self.request.parameters.all("resource")
        if not asked:
            return allowed
        if not set(asked) <= set(allowed):
            raise ProtocolError("invalid_target", "resource is not allowed here")
        return tuple(dict.fromkeys(asked))

    def details(self, kept: Sequence[Detail]) -> Sequence[Detail]:
        """RFC 9396 §6: what was agreed to, and neither more nor another part of it."""
        asked = self.parameter(DETAILS)
        if asked and not is_same(asked, kept):
            raise ProtocolError(
                "invalid_authorization_details", "it differs from what was agreed to"
            )
        return kept

    def readmit(self, tx: Tx, grant: Grant) -> Admission | Refusal:
        """Through the gate again, at the moment of issuing."""
        return self.core.gate.readmit(tx, self.used_client.application, grant)

    def give(
        self,
        tx: Tx,
        grant: Grant,
        admission: Admission,
        scope: tuple[str, ...],
        audience: tuple[str, ...],
        *,
        nonce: bool,
        refreshed: bool = False,
        also: Mapping[str, Any] = NOTHING_ELSE,
    ) -> Answer:
        """Make and store the tokens of an admitted person; `also`: in the ID token."""
        client = self.used_client
        subject = self.subjects.of(client.sector, grant.account)
        details = self.details(granted(client, grant.payload))
        access = self.mint.access(
            client,
            scope,
            audience,
            admission,
            subject,
            grant.expires_at,
            details=details,
            binding=self.binding,
        )
        fresh, refresh = [access], None
        if self._refreshes(grant, refreshed=refreshed):
            refresh = self.mint.refresh(grant, self._refresh_life(grant), self._refresh_binding())
            fresh.append(refresh)
        origin = self.request.call.origin
        if grant.lasting_until is not None:
            self._lasts(tx, grant, refreshed=refreshed)
        self.core.tokens.give(tx, admission, grant.id, fresh, origin)
        id_token = ""
        if "openid" in scope:
            id_token = self.people.id_token(
                tx, client, grant, admission, access_token=access.value, nonce=nonce, also=also
            )
        answer = self.answer(access, refresh, id_token)
        if details:
            # RFC 9396 §7.
            answer[1][DETAILS] = details
        return answer

    def _refreshes(self, grant: Grant, *, refreshed: bool) -> bool:
        """Whether a refresh token goes with it."""
        client = self.used_client
        # FAPI 2.0 §5.3.2.1: theirs is used again, until the grant ends.
        if "refresh_token" not in client.grant_types or (refreshed and client.profile):
            return False
        # OIDC Core §11: where they last, none is given that nobody asked for.
        return client.lasting is None or grant.lasting_until is not None or refreshed

    def _refresh_life(self, grant: Grant) -> int:
        if self.used_client.profile:
            return grant.expires_at
        return self._idle(grant) or self.core.settings.tokens.refresh_idle

    def _idle(self, grant: Grant) -> int:
        lasting = self.used_client.lasting if grant.lasting_until is not None else None
        return lasting.idle if lasting else 0

    def _lasts(self, tx: Tx, grant: Grant, *, refreshed: bool) -> None:
        """It is used: its own end moves away, up to the grant's."""
        core = self.core
        until = min(core.clock.now() + self._idle(grant), grant.expires_at)
        core.lasting.put_off(tx, grant.id, until)
        if not refreshed:
            event = Event(
                "lasting.given",
                account=grant.account,
                application=grant.application,
                session=grant.session,
                detail={"grant": grant.id, "until": grant.expires_at},
            )
            core.audit.record(tx, event, self.request.call.origin)

    def _refresh_binding(self) -> Binding:
        """RFC 9449 §5: who can keep no secret keeps a key; others prove who they are each time."""
        client = self.used_client
        # RFC 8705 §7.1: who proves it by certificates may have a newer one by then (OA-060).
        by_other = self.binding.kind == CERTIFICATE and client.auth_method not in TLS_METHODS
        return self.binding if client.public or by_other else UNBOUND


class CodeGrant(OurGrant):
    """RFC 6749 §4.1.3 with PKCE (RFC 7636 §4.5)."""

    GRANT_TYPE = "authorization_code"

    def create_token_response(self) -> Answer:
        """Redeem the code once, then everything else: a faulty try uses it up."""
        code = self.parameter("code")
        if not code:
            raise ProtocolError("invalid_request", "code is missing")
        client, origin = self.used_client, self.request.call.origin
        with self.core.database.write() as tx:
            grant = self.core.codes.redeem(tx, client.id, code, origin)
            refused = self._refusal(grant)
            if refused is None and isinstance(grant, Grant):
                admission = self.readmit(tx, grant)
                if isinstance(admission, Admission):
                    audience = self.audience(tuple(grant.payload["audience"]))
                    given = self.give(tx, grant, admission, grant.scope, audience, nonce=True)
                    given[1].update(launch_context(self.core, tx, grant, origin))
                    return given
                refused = "the login no longer holds"
        raise ProtocolError("invalid_grant", refused or "the code is not valid")

    def _refusal(self, grant: Grant | NotRedeemed) -> str | None:
        if isinstance(grant, NotRedeemed):
            return "the code is not valid, has expired, or was used before"
        payload = grant.payload
        given = self.parameter("redirect_uri")
        # RFC 6749 §4.1.3: identical to the one in the request, where it was named (OA-034).
        if given != payload["uri"] and (given or payload["uri_given"]):
            return "redirect_uri differs from the authorization request"
        # RFC 9449 §10: the key that the request named, and no other (OA-116).
        if payload.get("jkt", self.binding.key) != self.binding.key:
            return "the proof is not by the key of dpop_jkt"
        return check_verifier(payload["challenge"], self.parameter("code_verifier"))


def check_verifier(challenge: str, verifier: str) -> str | None:
    """RFC 7636 §4.6; a verifier without challenge is a downgrade (RFC 9700 §4.8.2, OA-036)."""
    if not challenge:
        return "code_verifier without code_challenge" if verifier else None
    if not VERIFIER.fullmatch(verifier):
        return "code_verifier is missing or malformed"
    digest = urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=")
    if not hmac.compare_digest(digest, challenge.encode("ascii")):
        return "code_verifier does not match"
    return None


class RefreshGrant(OurGrant):
    """RFC 6749 §6 with rotation; a second use ends the family (RFC 9700 §4.14.2).

    Not for applications of FAPI 2.0, whose tokens are of use to themselves alone.
    """

    GRANT_TYPE = "refresh_token"

    def create_token_response(self) -> Answer:
        """Use up the token, then hand out the next."""
        value = self.parameter("refresh_token")
        if not value:
            raise ProtocolError("invalid_request", "refresh_token is missing")
        client, origin = self.used_client, self.request.call.origin
        with self.core.database.write() as tx:
            tokens = self.core.tokens
            use = tokens.stands if client.profile else tokens.rotate
            rotated = use(tx, client.id, value)
            if isinstance(rotated, Rotated):
                grant = self.core.codes.load(tx, rotated.grant)
                admission = self.readmit(tx, grant) if grant else Refusal.LOGIN_REQUIRED
                if rotated.bound_to and rotated.bound_to != str(self.binding):
                    # Nothing is used up by whoever does not hold the key (OA-116).
                    raise ProtocolError("invalid_grant", "the refresh token is bound otherwise")
                if grant is not None and isinstance(admission, Admission):
                    scope = self._scope(rotated)
                    audience = self.audience(tuple(grant.payload["audience"]))
                    return self.give(
                        tx, grant, admission, scope, audience, nonce=False, refreshed=True
                    )
            elif rotated[0] is NotRotated.REUSED and rotated[1] is not None:
                # OA-100: whoever holds the newer token, one of the two is a thief.
                self.core.codes.revoke(tx, rotated[1], "refresh_reused", origin)
        raise ProtocolError("invalid_grant", "the refresh token is not valid")

    def _scope(self, rotated: Rotated) -> tuple[str, ...]:
        """RFC 6749 §6: never more than was given (OA-104)."""
        # OIDC Core §11: libraries ask for it whether or not there is such a thing; it widens none.
        asked = set(self.parameter("scope").split()) - ({LASTING} - set(rotated.scope))
        if not asked <= set(rotated.scope):
            raise ProtocolError("invalid_scope", "scope exceeds what was granted")
        # What has left the registration since is gone from the next token.
        registered = self.used_client.scopes
        wanted = [one for one in registered if not asked or one in asked]
        scope = tuple(one for one in rotated.scope if one in wanted)
        if not scope:
            raise ProtocolError("invalid_scope", "no scope that this client may still ask for")
        return scope


class ClientCredentialsGrant(OurGrant):
    """RFC 6749 §4.4: an application in its own name."""

    GRANT_TYPE = "client_credentials"
    OF_PEOPLE = False

    def create_token_response(self) -> Answer:
        """A token that speaks of nobody."""
        client = self.used_client
        asked = self.parameter("scope")
        scope = tuple(one for one in narrow(client, asked) if one not in OF_PEOPLE)
        # RFC 6749 §3.3: what was asked and is not allowed is refused, not silently dropped.
        if asked and len(scope) < len(set(asked.split())):
            raise ProtocolError("invalid_scope", "scope is not allowed for this client")
        admission = self.core.gate.admit_application(client.application)
        if not isinstance(admission, ApplicationAdmission):
            raise ProtocolError("invalid_client", "the application is closed", 401)
        audience = self.audience(client.audiences)
        # Nobody agrees to anything here.
        self.details(())
        fresh = self.mint.access(client, scope, audience, None, client.id, binding=self.binding)
        with self.core.database.write() as tx:
            self.core.tokens.give_application(tx, admission, fresh, self.request.call.origin)
        return self.answer(fresh)


GRANTS: tuple[type[OurGrant], ...] = (CodeGrant, RefreshGrant, ClientCredentialsGrant)


def bind(
    core: Core,
    people: PersonTokens,
    holding: Holding,
    grants: tuple[type[OurGrant], ...] = GRANTS,
) -> list[type[OurGrant]]:
    """The grant classes with their parts: Authlib makes one object a request from them."""
    parts = {
        "core": core,
        "mint": people.mint,
        "subjects": people.subjects,
        "people": people,
        "holding": holding,
    }
    return [type(grant.__name__, (grant,), parts) for grant in grants]
