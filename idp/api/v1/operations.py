# SPDX-License-Identifier: Apache-2.0
"""Every operation of the first version: what is served, and what is described."""

from idp.api.routing import Operation
from idp.api.v1 import (
    account_acts,
    account_export,
    account_parts,
    accounts,
    applications,
    imports,
    merging,
    myself,
    patient_desk,
    patients,
    places,
    proposals,
    public,
    records,
    requests,
    roles,
    webhooks,
)

OPERATIONS: tuple[Operation, ...] = (
    *myself.OPERATIONS,
    *accounts.OPERATIONS,
    *account_export.OPERATIONS,
    *account_acts.OPERATIONS,
    *account_parts.OPERATIONS,
    *merging.OPERATIONS,
    *roles.OPERATIONS,
    *proposals.OPERATIONS,
    *requests.OPERATIONS,
    *patients.OPERATIONS,
    *patient_desk.OPERATIONS,
    *imports.OPERATIONS,
    *places.OPERATIONS,
    *records.OPERATIONS,
    *public.OPERATIONS,
    *applications.OPERATIONS,
    *webhooks.OPERATIONS,
)
