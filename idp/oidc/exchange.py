# SPDX-License-Identifier: Apache-2.0
"""Token exchange (RFC 8693): an application that was shown a person's token goes on in their name.

What it gets is never more than what it was shown: no other person, no wider scope, no longer life.
It stands on the same login, and ends with it. The gate is asked twice: whether the person may
still enter where they logged in, and whether they may enter the application that asks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from idp.applications.values import administers
from idp.audit.record import Event
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.codes import Grant
from idp.grants.lasting import SCOPE as LASTING
from idp.grants.tokens import Token
from idp.http.bearer import LONGEST_TOKEN
from idp.http.standing import still_admitted
from idp.oidc.exchanging import DEEPEST, EXCHANGE, acting, depth
from idp.oidc.token_grants import Answer, OurGrant
from idp.oidc.token_server import ProtocolError

ACCESS: Final = "urn:ietf:params:oauth:token-type:access_token"
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Shown:
    """What the client brought, as it stands."""

    subject: Token
    grant: Grant
    # Of where the person logged in, and of the application that asks.
    there: Admission
    here: Admission
    actor: Token | None


class ExchangeGrant(OurGrant):
    """One access token for another."""

    GRANT_TYPE = EXCHANGE
    OF_PEOPLE = False

    def create_token_response(self) -> Answer:
        """RFC 8693 §2.2."""
        self._check_form()
        audience = self._target()
        with self.core.database.write() as tx:
            self._check_open(tx, audience)
            shown = self._shown(tx)
            return self._give(tx, shown, audience)

    def _check_form(self) -> None:
        """RFC 8693 §2.1."""
        if repeated := self.request.parameters.repeated:
            raise ProtocolError("invalid_request", f"given twice: {min(repeated)[:64]}")
        if not self.parameter("subject_token"):
            raise ProtocolError("invalid_request", "subject_token is missing")
        if self.parameter("subject_token_type") != ACCESS:
            raise ProtocolError("invalid_request", "subject_token_type must be an access token")
        if bool(self.parameter("actor_token")) != bool(self.parameter("actor_token_type")):
            raise ProtocolError("invalid_request", "actor_token and its type go together")
        if self.parameter("actor_token_type") not in {"", ACCESS}:
            raise ProtocolError("invalid_request", "actor_token_type must be an access token")
        made = {"", ACCESS} | ({JWT} if self.used_client.access_token_format == "jwt" else set())
        if self.parameter("requested_token_type") not in made:
            raise ProtocolError("invalid_request", "access tokens alone are given")

    def _target(self) -> tuple[str, ...]:
        """RFC 8693 §2.1, RFC 8707: of the audiences registered for it, those asked or all."""
        allowed = self.used_client.exchanging.audiences
        parameters = self.request.parameters
        asked = (*parameters.all("audience"), *parameters.all("resource"))
        if not set(asked) <= set(allowed):
            raise ProtocolError("invalid_target", "it may not exchange tokens for this audience")
        return tuple(dict.fromkeys(asked)) or allowed

    def _check_open(self, tx: Tx, audience: tuple[str, ...]) -> None:
        """OA-131: nobody goes on to an application that an administrator has closed."""
        for one in audience:
            target = self.core.applications.load(tx, one)
            if target is not None and not target.enabled:
                raise ProtocolError("invalid_target", "the application is closed")

    def _shown(self, tx: Tx) -> Shown:
        """The subject token with all that it stands on, or one word for whatever is wrong."""
        refused = ProtocolError("invalid_request", "subject_token is not valid, or not for you")
        client = self.used_client
        subject = self._live(tx, self.parameter("subject_token"))
        if subject is None or subject.grant is None:
            raise refused
        # Theirs, or shown to them by somebody who had it made for them.
        is_for_them = client.id in subject.audience.split()
        if subject.application != client.id and not is_for_them:
            raise refused
        # A proof is made for one receiver: who is named in the audience has checked it, and can
        # bring none of its own. Whoever it was issued to must still hold the key (OA-060, OA-116).
        if subject.bound_to and not is_for_them and subject.bound_to != str(self.binding):
            raise refused
        grant = self.core.codes.load(tx, subject.grant)
        origin = self.core.applications.load(tx, grant.application) if grant else None
        if grant is None or origin is None or not self.core.tokens.descends(tx, subject):
            raise refused
        there = self.core.gate.readmit(tx, origin, grant)
        here = self.core.gate.admit_further(tx, client.application, grant)
        if not isinstance(there, Admission) or not isinstance(here, Admission):
            raise refused
        return Shown(subject, grant, there, here, self._actor(tx))

    def _actor(self, tx: Tx) -> Token | None:
        """RFC 8693 §1.1: who acts, where that is not the client alone; a token of its own."""
        value = self.parameter("actor_token")
        if not value:
            return None
        actor, client = self._live(tx, value), self.used_client
        held = actor is not None and actor.bound_to in {"", str(self.binding)}
        is_theirs = actor is not None and actor.application == client.id and held
        # Whoever acts may still enter, too (OA-047).
        if actor is None or not (
            is_theirs and still_admitted(self.core, tx, client.application, actor)
        ):
            raise ProtocolError("invalid_request", "actor_token is not valid, or not yours")
        return actor

    def _live(self, tx: Tx, value: str) -> Token | None:
        if len(value) > LONGEST_TOKEN:
            return None
        token = self.core.tokens.find(tx, value)
        return token if token is not None and token.kind == "access" else None

    def _scope(self, tx: Tx, shown: Shown) -> tuple[str, ...]:
        """OA-042: what both the token and the client have; neither userinfo nor administration."""
        client, asked = self.used_client, self.parameter("scope").split()
        may = [
            one
            for one in shown.subject.scope
            if one in client.scopes and one not in {"openid", LASTING} and not administers(one)
        ]
        if not set(asked) <= set(may):
            raise ProtocolError("invalid_scope", "scope exceeds what the token or the client has")
        scope = tuple(one for one in may if not asked or one in asked)
        if not scope:
            raise ProtocolError("invalid_scope", "no scope that both the token and the client have")
        if client.application.policy.consent:
            given = self.core.consents.given(tx, shown.here.account, client.id)
            if not set(scope) <= given:
                raise ProtocolError("invalid_scope", "the person did not agree to it")
        return scope

    def _act(self, shown: Shown) -> Mapping[str, Any]:
        """RFC 8693 §4.1: the newest outside, those before inside."""
        before = acting(shown.subject)
        client, actor = self.used_client, shown.actor
        if client.exchanging.impersonates and actor is None:
            return before
        name = client.id
        if actor is not None and actor.account is not None:
            name = self.subjects.of(client.sector, actor.account)
        act = {"sub": name, "client_id": client.id} | ({"act": before} if before else {})
        if depth(act) > DEEPEST:
            raise ProtocolError("invalid_request", "too many act one for the other already")
        return act

    def _give(self, tx: Tx, shown: Shown, audience: tuple[str, ...]) -> Answer:
        client, core, subject = self.used_client, self.core, shown.subject
        scope, act = self._scope(tx, shown), self._act(shown)
        ends = [subject.expires_at, shown.grant.expires_at]
        if shown.actor is not None:
            ends.append(shown.actor.expires_at)
        fresh = self.mint.access(
            client,
            scope,
            audience,
            shown.there,
            self.subjects.of(client.sector, shown.grant.account),
            min(ends),
            binding=self.binding,
            act=act,
        )
        kept = {"from": core.tokens.mark(self.parameter("subject_token")), "act": act}
        fresh = replace(fresh, actor=encode(kept))
        origin = self.request.call.origin
        core.tokens.give(tx, shown.here, shown.grant.id, [fresh], origin)
        event = Event(
            "token.exchanged",
            account=shown.grant.account,
            application=client.id,
            session=shown.grant.session,
            detail={
                "from": subject.application,
                "audience": " ".join(audience)[:200],
                "acts": "yes" if act else "no",
            },
        )
        core.audit.record(tx, event, origin)
        answer = self.answer(fresh)
        # RFC 8693 §2.2.1.
        answer[1]["issued_token_type"] = self.parameter("requested_token_type") or ACCESS
        return answer
