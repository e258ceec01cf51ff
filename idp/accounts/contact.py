# SPDX-License-Identifier: Apache-2.0
"""Verbs of a person's e-mail address and telephone number, once they are known to be theirs."""

from typing import Any

from sqlalchemy import bindparam, delete, update

from idp.accounts import service as accounts
from idp.accounts import words
from idp.accounts.values import fold
from idp.accounts.versions import NEXT
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx
from idp.origin import Origin

# The names that the address before gave; an identifier that is an address stays a name.
DROP_OTHERS = delete(accounts.names).where(
    accounts.names.c.account_id == bindparam("account"),
    accounts.names.c.kind == "email",
    accounts.names.c.folded != bindparam("kept"),
)
table = accounts.accounts
SET_EMAIL = (
    update(table)
    .where(table.c.id == bindparam("account"))
    .values(email=bindparam("new_email"), email_verified=1, updated_at=NEXT)
)
# CR-047: what has just changed renews no forgotten password for a while.
COOL_EMAIL = (
    update(table)
    .where(table.c.id == bindparam("account"))
    .values(email_changed_at=bindparam("now"))
)
COOL_PHONE = (
    update(table)
    .where(table.c.id == bindparam("account"))
    .values(phone_changed_at=bindparam("now"))
)
SET_PHONE = (
    update(table)
    .where(table.c.id == bindparam("account"))
    .values(
        phone=bindparam("new_phone"),
        phone_verified=bindparam("verified"),
        updated_at=NEXT,
    )
)


class Contact:
    """The verbs; each takes the caller's transaction. Whose address it is was proved before."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def set_email(self, tx: Tx, account: str, email: str, origin: Origin) -> bool:
        """Give an account a verified address, to log in with as well; False where it is taken.

        Its name in the one before goes in the same transaction.
        """
        before = accounts.load(tx, account)
        folded = fold(email)
        name = {"folded": folded, "account_id": account, "kind": "email"}
        # The name decides, not a look before it: two may prove the same address at one moment.
        if before is None or (
            tx.execute(accounts.ADD_NAME, name).first() is None
            and accounts.find(tx, email) != account
        ):
            return False
        tx.execute(DROP_OTHERS, {"account": account, "kept": folded})
        known = {"account": account, "now": self._clock.now()}
        tx.execute(SET_EMAIL, known | {"new_email": email})
        words.keep(tx, account)
        changed = fold(before.person.email) != folded
        if changed:
            tx.execute(COOL_EMAIL, known)
        self._note(tx, account, "email_changed" if changed else "email_verified", origin)
        return True

    def set_phone(self, tx: Tx, account: str, phone: str, origin: Origin) -> None:
        """Give an account a verified number in E.164, or take it away with an empty one."""
        before = accounts.load(tx, account)
        values: dict[str, Any] = {"account": account, "now": self._clock.now()}
        tx.execute(SET_PHONE, values | {"new_phone": phone, "verified": int(bool(phone))})
        same = before is not None and before.person.phone == phone
        if not same:
            tx.execute(COOL_PHONE, values)
        what = "phone_verified" if same else "phone_changed" if phone else "phone_removed"
        self._note(tx, account, what, origin)

    def _note(self, tx: Tx, account: str, what: str, origin: Origin) -> None:
        self._audit.record(tx, Event(f"account.{what}", account=account), origin)
