# SPDX-License-Identifier: Apache-2.0
"""The version of an account is the moment of its last change, and never that of an earlier one.

Two changes within a second, or after a clock was set back, are told apart as well: a form that was
made from what was there before never passes for one made from what is there now.
"""

from sqlalchemy import BigInteger, ColumnElement, bindparam, case

from idp.accounts.models import AccountRow
from idp.db import table_of

table = table_of(AccountRow)
NOW = bindparam("now", type_=BigInteger)
NEXT: ColumnElement[int] = case((table.c.updated_at < NOW, NOW), else_=table.c.updated_at + 1)
"""The `updated_at` that every change of `accounts` writes; the statement binds `now`."""
