# SPDX-License-Identifier: Apache-2.0
"""What an admitted person's tokens are made of, whichever endpoint hands them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.subjects import Subjects
from idp.administration.belonging import NOWHERE, Belongings
from idp.db import Tx
from idp.errors import Breakdown
from idp.grants.admission import Admission
from idp.grants.codes import Grant
from idp.http.services import Core
from idp.oidc.claims import UPDATED_AT, read_claims, tells_belonging
from idp.oidc.client import Client
from idp.oidc.client_signed import ClientSigned
from idp.oidc.local_provider import said
from idp.oidc.mint import NOTHING_ELSE, Mint
from idp.oidc.recipients import Cipher, encrypt_to
from idp.sessions.standing import standing_of


class Unencrypted(Breakdown):
    """Something that is meant for one reader alone would have gone out for all: a fault of ours."""


@dataclass(frozen=True, slots=True)
class PersonTokens:
    """Makes ID tokens; what they say of the person is read as it stands."""

    core: Core
    mint: Mint
    subjects: Subjects
    belongings: Belongings
    signed: ClientSigned

    def id_token(
        self,
        tx: Tx,
        client: Client,
        grant: Grant,
        admission: Admission,
        *,
        access_token: str = "",
        code: str = "",
        nonce: bool = True,
        scope: tuple[str, ...] = (),
        to: Mapping[str, Any] | None = None,
        also: Mapping[str, Any] = NOTHING_ELSE,
    ) -> str:
        """The ID token of a grant. `scope`: whose claims it tells, where no userinfo can be asked.

        OIDC Core §5.4. `to`: the key that it is encrypted to, where that was chosen before.
        """
        label = self.core.sessions.label(grant.session, client.id)
        extra = {**self._claims(tx, client, grant, admission, scope), **also}
        token = self.mint.id_token(
            client,
            grant,
            admission,
            label,
            access_token,
            extra,
            code=code,
            nonce=nonce,
            said=said(tx, self.subjects, client, grant, admission),
        )
        cipher = client.encrypted.id_token
        return token if cipher is None else self._encrypted(client, cipher, token, to)

    def lacks_key(self, client: Client) -> str:
        """Why it could be given no ID token; asked before the transaction that would make one."""
        cipher = client.encrypted.id_token
        return "" if cipher is None else self.signed.encrypted(client).lacks(cipher)

    def _encrypted(
        self, client: Client, cipher: Cipher, token: str, to: Mapping[str, Any] | None
    ) -> str:
        """OIDC Core §2: signed, then encrypted."""
        if to is not None:
            return encrypt_to(to, token)
        sealed = self.signed.encrypted_by_now(client).encrypt(cipher, token)
        if sealed is None:
            raise Unencrypted("no key was looked for beforehand")
        return sealed

    def _claims(
        self, tx: Tx, client: Client, grant: Grant, admission: Admission, scope: tuple[str, ...]
    ) -> dict[str, Any]:
        asked = grant.payload.get("id_token", ())
        account = accounts.load(tx, grant.account) if asked or scope else None
        if account is None:
            return {}
        person, belonging = account.person, NOWHERE
        if tells_belonging(scope, asked):
            # As they stand: what lets somebody keep what they have makes no proof any surer.
            standing = standing_of(tx, grant.session, self.core.clock.now())
            enough = admission.level >= Level.TWO_FACTORS
            # By what they came by then, or by the same once more.
            proofs = standing.proofs if standing and enough else ()
            allows = client.application.policy.allows
            those = [one for one in proofs if one.means in admission.means and allows(one.means)]
            belonging = self.belongings.of(tx, account.id, person.population, those)
        claims = read_claims(person, scope, asked, belonging)
        tells_when = "profile" in scope or UPDATED_AT in asked
        return claims | ({UPDATED_AT: account.updated_at} if tells_when else {})
