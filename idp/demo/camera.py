# SPDX-License-Identifier: Apache-2.0
"""The camera of the desk's telephone: the QR code that a page of the account shows at this moment.

A picture on another window's screen can't be read from here, but what it stands for can: the
newest seed that waits for its confirmation.
"""

import pyotp
from sqlalchemy import bindparam, select

from idp.accounts import service as accounts
from idp.credentials import pending
from idp.http.services import Core

PURPOSE = "totp"
SHOWN = (
    select(pending.table.c.session_id, pending.table.c.account_id)
    .where(pending.table.c.purpose == bindparam("purpose_"))
    .where(pending.table.c.expires_at > bindparam("now"))
    .order_by(pending.table.c.created_at.desc())
    .limit(1)
)


def address_on_screen(core: Core) -> str | None:
    """Its otpauth address; None where no page shows one."""
    with core.database.read() as tx:
        row = tx.execute(SHOWN, {"purpose_": PURPOSE, "now": core.clock.now()}).first()
        if row is None:
            return None
        seed = core.pending.find(tx, PURPOSE, row.session_id, row.account_id)
        account = accounts.load(tx, row.account_id)
    if seed is None or account is None:
        return None
    issuer = core.settings.region.server_name
    return pyotp.TOTP(seed).provisioning_uri(name=account.person.identifier, issuer_name=issuer)
