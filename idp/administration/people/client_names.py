# SPDX-License-Identifier: Apache-2.0
"""What programs call our accounts and communities, given by whoever may change these (WB-014).

A name leads its client to somebody at the next synchronisation: whoever gives it decides whom the
client means.
"""

from typing import Final

from idp.accounts import service as accounts
from idp.administration.authority import Authorities, Authority, Denied
from idp.administration.rights import Right
from idp.administration.target import Targets
from idp.audit.record import Audit
from idp.db import Tx
from idp.programs import external_ids

ACCOUNT: Final = "User"
COMMUNITY: Final = "Group"


class ClientNames:
    """The verbs; each takes the caller's transaction. An empty name is forgotten."""

    def __init__(self, audit: Audit, authorities: Authorities) -> None:
        self._audit = audit
        self._targets = Targets(authorities)

    def call_account(
        self, tx: Tx, authority: Authority, client: str, account: str, name: str
    ) -> Denied | bool:
        """Name an account; False where it is called so already."""
        if external_ids.of(tx, client, ACCOUNT, account) == name:
            return False
        target = self._targets.changed(tx, authority, Right.ACCOUNTS_EDIT, account)
        if isinstance(target, Denied):
            return target
        external_ids.put(tx, client, ACCOUNT, account, name)
        event = authority.event("account.called", account=account, application=client)
        self._audit.record(tx, event, authority.origin)
        return True

    def call_community(
        self, tx: Tx, authority: Authority, client: str, community: str, name: str
    ) -> Denied | bool:
        """Name a community; False where it is called so already."""
        if external_ids.of(tx, client, COMMUNITY, community) == name:
            return False
        if denied := authority.refuses(Right.MEMBERS_EDIT):
            return denied
        if community not in accounts.community_names(tx):
            return Denied.NOT_FOUND
        external_ids.put(tx, client, COMMUNITY, community, name)
        event = authority.event("community.called", application=client, community=community)
        self._audit.record(tx, event, authority.origin)
        return True
