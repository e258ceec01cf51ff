# SPDX-License-Identifier: Apache-2.0
"""Back-channel logout: a signed notice to each application (OIDC Back-Channel Logout §2.4)."""

from urllib.parse import urlencode

from idp.accounts.subjects import Subjects
from idp.applications.registration import BadRegistration
from idp.http.services import Core
from idp.keys.sign import sign
from idp.oidc.client import Client, Clients
from idp.outgoing import Fetched

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE = 120
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class BackchannelTeller:
    """Tells OpenID Connect applications that a session has ended (`login.answers.Teller`)."""

    def __init__(self, core: Core, clients: Clients, subjects: Subjects) -> None:
        self._core = core
        self.clients = clients
        self.subjects = subjects

    def tell(self, application: str, account: str, session: str, label: str) -> bool | None:
        """Post a logout token through the guarded door; nothing is followed or retried here."""
        with self._core.database.read() as tx:
            loaded = self._core.applications.load(tx, application)
        if loaded is None:
            return None
        try:
            client = self.clients.of(loaded)
        except BadRegistration:
            return None
        if not client.backchannel_logout_uri:
            return None
        body = urlencode({"logout_token": self.logout_token(client, account, label)})
        answer = self._core.fetcher.fetch(
            "POST", client.backchannel_logout_uri, headers=FORM, body=body.encode()
        )
        # OIDC Back-Channel Logout §2.8: 200; 204 is what some frameworks turn it into.
        return isinstance(answer, Fetched) and answer.status in {200, 204}

    def logout_token(self, client: Client, account: str, label: str) -> str:
        """The notice itself; it carries no nonce (OA-179)."""
        now = self._core.clock.now()
        claims = {
            "iss": self._core.settings.server.issuer,
            "aud": client.id,
            "sub": self.subjects.of(client.sector, account),
            "sid": label,
            "iat": now,
            "exp": now + LIFE,
            "jti": self._core.entropy.token(16),
            "events": {EVENT: {}},
        }
        signer = self._core.keys.signer(client.id_token_algorithm)
        return sign(signer, {"typ": "logout+jwt"}, claims)


def open_teller(core: Core, pairwise: bytes) -> BackchannelTeller:
    """For programs that answer no application."""
    clients = Clients(core.settings.signing.algorithm, core.lasting)
    return BackchannelTeller(core, clients, Subjects(pairwise))
