# SPDX-License-Identifier: Apache-2.0
"""Under which name we vouch for somebody, towards a service that leans on us as local provider.

What the service has paired is a tenant and a person. So the tenant stays what it is for as long as
it is true: of several establishments it is the one that somebody has belonged to for longest.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from idp.accounts.establishments import FINESS, served
from idp.applications.faults import Fault, Unfit, What, fault
from idp.db import Tx

TENANT: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
MOST: Final = 500


class Untenable(What):
    """What may be wrong with the names of tenants."""

    TENANT = "1 to 128 letters, digits, dots, colons, hyphens and underscores are expected"
    FINESS = "a FINESS number is expected as its name"


def is_tenant(value: object) -> bool:
    """Whether somebody could be vouched for under it."""
    return isinstance(value, str) and TENANT.fullmatch(value) is not None


def read_tenants(value: object, faults: list[Fault]) -> Mapping[str, str]:
    """The establishments that vouch under a name of their own, by number."""
    if not isinstance(value, Mapping):
        faults.append(fault("oidc.tenants", Unfit.TABLE))
        return {}
    if len(value) > MOST:
        faults.append(fault("oidc.tenants", Unfit.TOO_MANY, most=MOST))
        return {}
    for key, tenant in value.items():
        if not FINESS.fullmatch(str(key)):
            faults.append(fault("oidc.tenants", Untenable.FINESS, row=str(key), part="name"))
        if not is_tenant(tenant):
            faults.append(fault("oidc.tenants", Untenable.TENANT, row=str(key), part="of"))
    return {str(key): str(tenant) for key, tenant in value.items()}


def tenant_of(tx: Tx, account: str, usual: str, tenants: Mapping[str, Any]) -> str:
    """The establishment's, where somebody belongs to one that has a name here; else the usual."""
    if not tenants:
        return usual
    return next((tenants[one] for one in served(tx, account) if one in tenants), usual)
