# SPDX-License-Identifier: Apache-2.0
"""Applications that are given what others believe on this installation's word: a grave thing.

Whoever decides which authorities are believed here decides who is vouched for there, too; and where
two must agree on such things, they agree on the whole registration: where it is told is part of it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.administration.authority import Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Facts, Proposals
from idp.administration.rights import Right
from idp.administration.rules.protocols import Speaks
from idp.applications.values import Application
from idp.db import Tx

KIND: Final = "application.entitle"
NEEDS: Final = Right.TRUST_EDIT
# How a registration is put in place, once it is agreed: the version that was looked at, 0 for none.
Register = Callable[[Tx, Authority, Mapping[str, Any], int], Any]


class Entitlements:
    """Asked by every verb that puts a registration in place."""

    def __init__(self, proposals: Proposals, protocols: Mapping[str, Speaks]) -> None:
        self._proposals = proposals
        self._protocols = protocols

    def carried_by(self, register: Register) -> None:
        """What puts the registration in place when another administrator has agreed."""

        def carry(tx: Tx, authority: Authority, facts: Facts) -> Any:
            document = json.loads(str(facts["registration"]))
            done = register(tx, authority, document, int(str(facts["version"])))
            # What became of it meanwhile is for whoever proposes it anew.
            return done if isinstance(done, Denied | Application) else Unfit("unfit")

        self._proposals.carries(KIND, NEEDS, carry)

    def beyond(self, authority: Authority, application: Application) -> bool:
        """Whether it is entitled, and this person may entitle nobody."""
        return self._is_entitled(application) and not authority.may(NEEDS)

    def begins(self, before: Application | None, after: Application) -> bool:
        """Whether it is entitled from now on."""
        return self._is_entitled(after) and (before is None or not self._is_entitled(before))

    def proposed(
        self,
        tx: Tx,
        authority: Authority,
        application: Application,
        document: Mapping[str, Any],
        seen: int,
    ) -> Denied | None:
        """That somebody else must agree first; None where nobody has to."""
        if not self._is_entitled(application) or not self._proposals.asks(authority, NEEDS):
            return None
        facts = {
            "application": application.key,
            "version": str(seen),
            "registration": json.dumps(document, sort_keys=True, ensure_ascii=False),
        }
        return self._proposals.put(tx, authority, KIND, facts)

    def _is_entitled(self, application: Application) -> bool:
        return self._protocols[application.protocol].vouched_for(application)
