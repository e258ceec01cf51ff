# SPDX-License-Identifier: Apache-2.0
"""The JWT bearer grant (RFC 7523 §2.1): others vouch for a person who is not there.

Whose word counts is registered for each application, and how much it counts. It gives access
alone, for a short while: no login, hence neither ID token nor refresh token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from idp.accounts import national_ids
from idp.applications.values import administers
from idp.audit.record import Event
from idp.credentials import used_once
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.lasting import SCOPE as LASTING
from idp.oidc.client_signed import ClientSigned, claims_of
from idp.oidc.request import narrow
from idp.oidc.token_grants import Answer, OurGrant
from idp.oidc.token_server import ProtocolError
from idp.oidc.vouching import BEARER, NATIONAL, Voucher

LONGEST: Final = 16_384
LONGEST_LIFE: Final = 3600
LEEWAY: Final = 60
LONGEST_ID: Final = 256
# RFC 8725 §3.11: an access token, a logout token or an event of that issuer is none (OA-079).
TYPES: Final = frozenset({"", "jwt", "authorization-grant+jwt"})


@dataclass(frozen=True, slots=True)
class Word:
    """An assertion that holds."""

    voucher: Voucher
    subject: str
    mark: str
    expires_at: int


class BearerGrant(OurGrant):
    """Access for somebody whom others name."""

    GRANT_TYPE = BEARER
    OF_PEOPLE = False
    signed: ClassVar[ClientSigned]
    endpoints: ClassVar[frozenset[str]]

    def create_token_response(self) -> Answer:
        """RFC 7523 §3.1."""
        if repeated := self.request.parameters.repeated:
            raise ProtocolError("invalid_request", f"given twice: {min(repeated)[:64]}")
        value = self.parameter("assertion")
        if not value:
            raise ProtocolError("invalid_request", "assertion is missing")
        scope = self._scope()
        audience = self.audience(self.used_client.audiences)
        self.details(())
        word = self._read(value)
        if isinstance(word, str):
            raise ProtocolError("invalid_grant", word)
        with self.core.database.write() as tx:
            given = self._give(tx, word, scope, audience)
        if isinstance(given, str):
            # What was shown is used up: nobody tries it until it fits.
            raise ProtocolError("invalid_grant", given)
        return given

    def _scope(self) -> tuple[str, ...]:
        """OA-042: what is registered; neither userinfo, nor anybody's rights to administer."""
        asked = self.parameter("scope")
        wanted = narrow(self.used_client, asked or " ".join(self.used_client.scopes))
        left = {"openid", LASTING}
        scope = tuple(one for one in wanted if one not in left and not administers(one))
        if not scope or (asked and len(scope) < len(set(asked.split()))):
            raise ProtocolError("invalid_scope", "scope is not allowed for this client")
        return scope

    def _read(self, value: str) -> Word | str:
        """RFC 7523 §3: by whom, about whom, for us, of now. Nothing is tried with another key."""
        told = claims_of(value, LONGEST)
        issuer = told.get("iss") if told else None
        voucher = self.used_client.vouchers.get(issuer) if isinstance(issuer, str) else None
        claims = self.signed.read(voucher, value, TYPES, LONGEST) if voucher else None
        if voucher is None or claims is None:
            return "the assertion is by nobody whom this client is registered to believe"
        why = self._fault(claims)
        if why:
            return why
        mark = f"{issuer}|{claims['jti']}"
        return Word(voucher, claims["sub"], mark, claims["exp"])

    def _fault(self, claims: Mapping[str, Any]) -> str:
        """OA-078, OA-130: each of the type it must be, and in time."""
        now = self.core.clock.now()
        for name in ("sub", "jti"):
            value = claims.get(name)
            if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ID:
                return f"{name} is missing or malformed"
        audience = claims.get("aud")
        audience = audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
        if not isinstance(audience, str) or audience not in self.endpoints:
            return "aud must name this server, and nobody else"
        if type(claims.get("exp")) is not int or not now < claims["exp"] + LEEWAY:
            return "exp is missing, or over"
        if claims["exp"] > now + LONGEST_LIFE + LEEWAY:
            return "exp is more than an hour ahead"
        if type(claims.get("iat")) is not int or claims["iat"] > now + LEEWAY:
            return "iat is missing, or ahead"
        before = claims.get("nbf", 0)
        if type(before) is not int or before > now + LEEWAY:
            return "nbf is ahead"
        return ""

    def _give(
        self, tx: Tx, word: Word, scope: tuple[str, ...], audience: tuple[str, ...]
    ) -> Answer | str:
        core, client, origin = self.core, self.used_client, self.request.call.origin
        hashed = core.lookup.hash(word.mark)
        if not used_once.claim(tx, "bearer_assertion", hashed, word.expires_at + 2 * LEEWAY):
            return "the assertion was used before"
        account = self._account(tx, word)
        admission = (
            core.gate.admit_vouched(tx, client.application, account, word.voucher.level)
            if account
            else None
        )
        agreed = True
        if isinstance(admission, Admission) and client.application.policy.consent:
            agreed = set(scope) <= core.consents.given(tx, admission.account, client.id)
        if not isinstance(admission, Admission) or not agreed:
            # In one word, whoever it names: nobody learns who has an account here (OA-056).
            self._note(tx, word, account, "refused")
            return "the person is not known here, or may not enter"
        self._note(tx, word, account, "ok")
        subject = self.subjects.of(client.sector, admission.account)
        fresh = self.mint.access(client, scope, audience, None, subject, binding=self.binding)
        life = fresh.expires_at - core.clock.now()
        grant = core.codes.vouch(tx, admission, scope, {"audience": list(audience)}, life)
        core.tokens.give(tx, admission, grant.id, [fresh], origin)
        return self.answer(fresh)

    def _account(self, tx: Tx, word: Word) -> str | None:
        if word.voucher.subject == NATIONAL:
            holders = national_ids.holders(tx, word.subject)
            return next(iter(holders)) if len(holders) == 1 else None
        return self.subjects.account_of(self.used_client.sector, word.subject)

    def _note(self, tx: Tx, word: Word, account: str | None, outcome: str) -> None:
        event = Event(
            "assertion.taken",
            outcome,
            account=account if outcome == "ok" else None,
            application=self.used_client.id,
            detail={"issuer": word.voucher.issuer[:200]},
        )
        self.core.audit.record(tx, event, self.request.call.origin)
