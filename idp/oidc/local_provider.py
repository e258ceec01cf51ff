# SPDX-License-Identifier: Apache-2.0
"""What the ID token says more to a service that leans on us as its local provider.

Pro Santé Connect asks for three claims: `tid`, who vouches; `oid`, a person, under a name that
never changes and is never given again; `amr`, by what they came. All that the token says of the
login is said of one proof, and not of several put together: who reads it must not take a passkey of
this minute and a card of this morning for one login.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.base import Level
from idp.accounts.subjects import Subjects
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.codes import Grant
from idp.oidc.client import Client
from idp.oidc.levels import ACR, LEVEL
from idp.oidc.tenants import tenant_of

# RFC 8176, in the order in which the agency's guides write it for a card; nothing else is told.
METHODS: Final = ("swk", "sc", "pin", "user", "mfa", "hwk")
# No sector of an application: `sub` hangs on its addresses, and this on nothing.
SECTOR: Final = "oid of the local provider"


def object_of(subjects: Subjects, account: str) -> str:
    """`oid`: the account's, whose id is never given again (WB-017); the same for each of them."""
    return subjects.of(SECTOR, account)


def methods_of(methods: Sequence[str]) -> list[str]:
    """`amr`, in words that are known there."""
    return [one for one in METHODS if one in methods]


def said(
    tx: Tx, subjects: Subjects, client: Client, grant: Grant, admission: Admission
) -> Mapping[str, Any]:
    """The claims, in the place of what any other application is told; none for these."""
    if not client.local_provider:
        return {}
    told: dict[str, Any] = {
        "tid": tenant_of(tx, grant.account, client.tenant, client.tenants),
        "oid": object_of(subjects, grant.account),
        "amr": methods_of(admission.methods),
    }
    wanted = Level(max(client.application.policy.level, grant.payload.get("wished", 0)))
    fit = [one for one in admission.proofs if one.level >= min(wanted, admission.level)]
    if not fit:
        # A later login of the same session took the place of the proof: the grant still tells.
        return told
    proof = max(fit, key=lambda one: one.at)
    told["amr"] = methods_of(proof.methods)
    told["auth_time"] = proof.at
    told["acr"] = ACR[_published(grant, proof.level)]
    return told


def _published(grant: Grant, level: Level) -> Level:
    """Where certain values were essential, the best of them that it covers."""
    wanted = [LEVEL[one] for one in grant.payload.get("levels", ())]
    return max((one for one in wanted if one <= level), default=level)
