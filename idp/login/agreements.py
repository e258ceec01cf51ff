# SPDX-License-Identifier: Apache-2.0
"""A person takes back what they agreed to with an application, and with it all that it holds."""

from idp.db import Tx
from idp.grants.codes import Codes
from idp.grants.consents import Consents
from idp.login.approving import Approving
from idp.origin import Origin


class Agreements:
    """The one verb, so that nobody who withdraws a consent forgets a part of it."""

    def __init__(self, consents: Consents, approving: Approving, codes: Codes) -> None:
        self._consents = consents
        self._approving = approving
        self._codes = codes

    def withdraw(self, tx: Tx, account: str, application: str, why: str, origin: Origin) -> bool:
        """End it in the caller's transaction (ASVS 10.7.3, OA-175); False where there is none."""
        if not self._consents.withdraw(tx, account, application, origin):
            return False
        # In this order: an approval that is being taken right now is waited for here, and what it
        # became is among the grants that end next.
        self._approving.withdraw(tx, account, application, origin)
        self._codes.revoke_all_of(tx, account, application, why, origin)
        return True
