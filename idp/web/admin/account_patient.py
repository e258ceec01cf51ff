# SPDX-License-Identifier: Apache-2.0
"""What the sheet of an account tells of a patient: the consents it stands on, and their desk."""

from typing import Any

from idp.accounts import establishments
from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.services import Services
from idp.web.account_page import stamp
from idp.web.admin.account_door import Looking
from idp.web.admin.patients import HERE


def patient_facts(tx: Tx, services: Services, looking: Looking) -> dict[str, Any] | None:
    """None for anybody else."""
    authority, sheet = looking.clerk.authority, looking.sheet
    account = sheet.account
    if account.person.population is not Population.PATIENT:
        return None
    desk = services.office.patient_desk.sheet(tx, authority, account.id)
    here = not isinstance(desk, Denied) and desk.account is not None
    letters = services.office.letters.of_account(tx, authority, account.id)
    names = {one.key: one.name for one in establishments.every(tx)}
    return {
        "desk": f"{HERE}/{account.id}" if here else "",
        "may_print": here and Right.LETTERS_PRINT in sheet.may,
        "printed": bool(letters) and not isinstance(letters, Denied),
        "consents": [
            {
                "name": names.get(one.establishment, one.establishment),
                "given": stamp(one.given_at),
                "version": one.text_version,
                "withdrawn": stamp(one.withdrawn_at),
            }
            for one in sheet.consents
        ],
    }
