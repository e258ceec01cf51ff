# SPDX-License-Identifier: Apache-2.0
"""Telling an application that it may come (CIBA §10.2): what became of it, it asks itself."""

import json
from typing import Final

from idp.applications.registration import BadRegistration
from idp.http.services import Core
from idp.messages.outcome import Dropped, Later, Never, Outcome, Parcel, Sent
from idp.oidc.client import Clients
from idp.outgoing import Fetched

# OA-146: it still asks by itself.
MOST_TRIES: Final = 3
# CIBA §10.2: it does not know the bearer, and will not know it the next time.
UNWELCOME: Final = frozenset({401, 403})


class PingSender:
    """The channel `ping`."""

    # Each application is its own provider: one that is down says nothing of the others.
    one_provider = False

    def __init__(self, core: Core, longest: float) -> None:
        self._core = core
        self._clients = Clients(core.settings.signing.algorithm, core.lasting)
        self.longest = longest

    def send(self, parcel: Parcel) -> Outcome:
        """Try once, through the guarded door: nothing is followed, and nobody reads the answer."""
        address = self._address(parcel.recipient)
        if not address:
            return Dropped()
        values = parcel.values
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {values['bearer']}",
        }
        body = json.dumps({"auth_req_id": values["handle"]}).encode()
        answer = self._core.fetcher.fetch("POST", address, headers=headers, body=body)
        if isinstance(answer, Fetched) and 200 <= answer.status < 300:
            return Sent()
        if not isinstance(answer, Fetched):
            # A redirect among them: it is not followed.
            return self._again(parcel, answer.reason)
        if answer.status in UNWELCOME:
            return Never(f"answered {answer.status}")
        return self._again(parcel, f"answered {answer.status}")

    def _again(self, parcel: Parcel, why: str) -> Outcome:
        return Never(why) if parcel.tries >= MOST_TRIES else Later(why, outage=False)

    def _address(self, key: str) -> str:
        """Where it is told, as it is registered by now."""
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, key)
        if application is None or application.protocol != "oidc" or not application.enabled:
            return ""
        try:
            return self._clients.of(application).absent.address
        except BadRegistration:
            return ""
