# SPDX-License-Identifier: Apache-2.0
"""The words that an account is found by, folded: kept by whoever writes what they come from.

In the transaction of the writer, so that nobody is found by a name they no longer have.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts import listing
from idp.accounts.models import (
    AccountNameRow,
    AccountRow,
    AccountWordRow,
    FormerNationalIdRow,
)
from idp.accounts.values import sort_key
from idp.db import Tx, table_of

LONGEST: Final = 64
accounts = table_of(AccountRow)
names = table_of(AccountNameRow)
former = table_of(FormerNationalIdRow)
table = table_of(AccountWordRow)
TEXTS: Final = ("last_name", "first_name", "birth_name", "identifier", "email", "town")
SOURCE = select(
    *(accounts.c[name] for name in (*TEXTS, "national_id")),
).where(accounts.c.id == bindparam("account"))
FORMER = select(former.c.national_id).where(former.c.account_id == bindparam("account"))
# Names of before, and of accounts that were merged into this one, lead here as well.
NAMES = select(names.c.folded).where(names.c.account_id == bindparam("account"))
HELD = select(table.c.word).where(table.c.account_id == bindparam("account"))
ADD = upsert(table).on_conflict_do_nothing()
DROP = delete(table).where(
    table.c.word == bindparam("word_"), table.c.account_id == bindparam("account")
)


def keep(tx: Tx, account: str) -> None:
    """Bring the words of an account up to what is known of it now; and its place in the list of
    the Annuaire, which comes from the same.
    """
    known = {"account": account}
    row = tx.execute(SOURCE, known).first()
    if row is None:
        return
    numbers = [row.national_id, *tx.execute(FORMER, known).scalars()]
    texts = [*(getattr(row, name) for name in TEXTS), *tx.execute(NAMES, known).scalars()]
    wanted = words_of(texts, numbers)
    held = frozenset(tx.execute(HELD, known).scalars())
    if gone := sorted(held - wanted):
        tx.execute(DROP, [{"word_": word, "account": account} for word in gone])
    if new := sorted(wanted - held):
        tx.execute(ADD, [{"word": word, "account_id": account} for word in new])
    listing.keep(tx, account)


def words_of(texts: Iterable[str], numbers: Iterable[str | None]) -> frozenset[str]:
    """The words of texts and national identifiers, each as it is looked for."""
    found: set[str] = set()
    for text in texts:
        found.update(split(text))
        if "@" in text:
            found.add(_whole(text))
    for number in numbers:
        if number:
            found.update(split(number))
            # People know their number without the digit that says which register it is from.
            found.update(split(number[1:]))
    return frozenset(found)


def split(text: str) -> list[str]:
    """The words of a text: folded, at whatever is neither letter nor digit."""
    folded = sort_key(text)[0]
    plain = "".join(one if one.isalnum() else " " for one in folded)
    return [word[:LONGEST] for word in plain.split()]


def looked_for(typed: str) -> list[str]:
    """What somebody who types this looks for: beginnings of words, or of an e-mail address."""
    found: list[str] = []
    for part in typed.split():
        # An address looked for is one word, as long as it is kept as one.
        found.extend([_whole(part)] if "@" in part.strip("@") else split(part))
    return list(dict.fromkeys(word for word in found if word))


def _whole(text: str) -> str:
    folded = sort_key(text)[0]
    return "".join(one for one in folded if one.isprintable() and not one.isspace())[:LONGEST]
