# SPDX-License-Identifier: Apache-2.0
"""Tokens that go through the browser, for applications registered so (OIDC Core §3.2, §3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.db import Tx
from idp.grants.admission import Admission
from idp.http.services import Core
from idp.oidc.client import Clients
from idp.oidc.details import MEMBER as DETAILS
from idp.oidc.details import encode, granted
from idp.oidc.person_tokens import PersonTokens
from idp.origin import Origin


@dataclass(frozen=True, slots=True)
class FrontChannel:
    """Makes what the authorization response carries beside a code, or in its place."""

    core: Core
    clients: Clients
    people: PersonTokens

    def __call__(
        self,
        tx: Tx,
        admission: Admission,
        payload: Mapping[str, Any],
        code: str,
        origin: Origin,
    ) -> dict[str, str]:
        """The parameters of the answer. Without « code » in it, the code is used up right here."""
        words = payload["type"].split(" ")
        client = self.clients.of(admission.application)
        core, fields = self.core, {}
        if "code" in words:
            fields["code"] = code
        grant = core.codes.open(tx, client.id, code, keep="code" in words)
        scope = tuple(payload["scope"])
        access_token = ""
        if "token" in words:
            subject = self.people.subjects.of(client.sector, grant.account)
            audience = tuple(one for one in payload["audience"] if one in client.audiences)
            details = granted(client, payload)
            fresh = self.people.mint.access(
                client, scope, audience, admission, subject, grant.expires_at, details=details
            )
            core.tokens.give(tx, admission, grant.id, [fresh], origin)
            access_token = fresh.value
            fields |= {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": str(fresh.expires_at - core.clock.now()),
                "scope": " ".join(scope),
            }
            if details:
                fields[DETAILS] = encode(details)
        if "id_token" in words:
            fields["id_token"] = self.people.id_token(
                tx,
                client,
                grant,
                admission,
                access_token=access_token,
                code=fields.get("code", ""),
                scope=scope if words == ["id_token"] else (),
                to=payload.get("id_token_to"),
            )
        return fields
