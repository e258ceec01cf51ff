# SPDX-License-Identifier: Apache-2.0
"""Searches that somebody keeps by a name, for themselves alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.administration.authority import Authority, Denied
from idp.administration.documents import Documents
from idp.administration.models import SavedViewRow
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.clock import Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Tx, table_of

table = table_of(SavedViewRow)
MOST: Final = 50
LONGEST_NAME: Final = 64
LONGEST_PAGE: Final = 32
LARGEST: Final = 4000
THEIRS = table.c.account_id == bindparam("account")
COUNT = select(func.count()).select_from(table).where(THEIRS)
LISTED = select(table).where(THEIRS, table.c.page == bindparam("page_"))
DROP = delete(table).where(THEIRS, table.c.id == bindparam("view")).returning(table.c.id)
DROP_NAMED = delete(table).where(
    THEIRS, table.c.page == bindparam("page_"), table.c.name == bindparam("name_")
)
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.id)


@dataclass(frozen=True, slots=True)
class View:
    """A search by its name; `fields` as the page's form has them."""

    id: str
    page: str
    name: str
    fields: Mapping[str, str]


class Views:
    """The verbs; each is about the searches of whoever calls it."""

    def __init__(self, clock: Clock, entropy: Entropy, ring: KeyRing) -> None:
        self._clock = clock
        self._entropy = entropy
        self._documents = Documents(ring, table.name)

    def listed(self, tx: Tx, authority: Authority, page: str) -> Denied | tuple[View, ...]:
        """One's own searches in a list, by name."""
        if denied := _refuses(authority):
            return denied
        rows = tx.execute(LISTED, {"account": authority.account, "page_": page}).all()
        found = [
            View(row.id, row.page, row.name, self._documents.open(row.id, row.document))
            for row in rows
        ]
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.name)))

    def keep(
        self, tx: Tx, authority: Authority, page: str, name: str, fields: Mapping[str, str]
    ) -> Denied | Unfit | View:
        """Keep a search; one of the same name is replaced."""
        if denied := _refuses(authority):
            return denied
        known = " ".join(name.split())
        if not known or len(known) > LONGEST_NAME or not known.isprintable():
            return Unfit("name", ("name",))
        if len(page) > LONGEST_PAGE or sum(map(len, (*fields, *fields.values()))) > LARGEST:
            return Unfit("too-large")
        owner = {"account": authority.account}
        tx.execute(DROP_NAMED, owner | {"page_": page, "name_": known})
        if tx.execute(COUNT, owner).scalar_one() >= MOST:
            return Unfit("too-many")
        made = View(self._entropy.token(16), page, known, dict(fields))
        row = {
            "id": made.id,
            "account_id": authority.account,
            "page": page,
            "name": known,
            "document": self._documents.seal(made.id, made.fields),
            "created_at": self._clock.now(),
        }
        return made if tx.execute(ADD, row).first() else Unfit("name", ("name",))

    def drop(self, tx: Tx, authority: Authority, view_id: str) -> Denied | bool:
        """Forget one's own search; False where there is none."""
        if denied := _refuses(authority):
            return denied
        known = {"account": authority.account, "view": view_id}
        return tx.execute(DROP, known).first() is not None


def _refuses(authority: Authority) -> Denied | None:
    """Only people look for people, and only those who may see some."""
    if authority.account is None:
        return Denied.NOT_ALLOWED
    return authority.refuses(Right.ACCOUNTS_SEE)
