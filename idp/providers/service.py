# SPDX-License-Identifier: Apache-2.0
"""Providers as they are kept: added, replaced, and looked at in the transaction that relies on it.

Nothing here asks who may: `idp.administration.rules.providers` does.
"""

import json
from dataclasses import replace

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import Clock
from idp.crypto import CryptoError, KeyRing
from idp.db import Found, Tx, table_of
from idp.logs import get
from idp.providers.models import ProviderRow
from idp.providers.spoken import Spoken
from idp.providers.values import Provider, dump, read

table = table_of(ProviderRow)
ALL = select(table)
LOAD = ALL.where(table.c.alias == bindparam("alias_"))
# FOR SHARE: who closes it waits for the logins under way, and they for who closes it (BR-012).
HOLD = LOAD.with_for_update(read=True)
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.alias)
REPLACE = (
    update(table)
    .where(table.c.alias == bindparam("alias_"), table.c.version == bindparam("seen"))
    .values(
        version=bindparam("new_version"),
        issuer=bindparam("new_issuer"),
        document=bindparam("new_document"),
        updated_at=bindparam("now"),
    )
    .returning(table.c.alias)
)
RESEAL = (
    update(table)
    .where(table.c.alias == bindparam("alias_"), table.c.document == bindparam("before"))
    .values(document=bindparam("new_document"))
)
TAKEN = select(table.c.alias).where(table.c.issuer == bindparam("issuer_"))
log = get("providers")


class Providers:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, ring: KeyRing) -> None:
        self._clock = clock
        self._ring = ring

    def rows(self, tx: Tx) -> list[Found]:
        """As they stand, to compare with what was read before."""
        return list(tx.execute(ALL).all())

    def every(self, tx: Tx) -> list[Provider]:
        """All of them, by alias; what this installation has not sealed is not among them."""
        found = (self.read(row) for row in self.rows(tx))
        return sorted((one for one in found if one is not None), key=lambda one: one.alias)

    def load(self, tx: Tx, alias: str) -> Provider | None:
        """One of them, open or not."""
        row = tx.execute(LOAD, {"alias_": alias}).first()
        return self.read(row) if row else None

    def hold(self, tx: Tx, alias: str) -> Provider | None:
        """The same, and as it is until the end of the transaction."""
        row = tx.execute(HOLD, {"alias_": alias}).first()
        return self.read(row) if row else None

    def closed(self, tx: Tx, aliases: frozenset[str]) -> frozenset[str]:
        """Those among them that nobody logs in by now."""
        found = {alias: self.load(tx, alias) for alias in aliases}
        return frozenset(alias for alias, one in found.items() if one is None or not one.open)

    def issuer_taken(self, tx: Tx, issuer: str, alias: str) -> bool:
        """Whether another one has this issuer."""
        found = tx.execute(TAKEN, {"issuer_": issuer}).scalar()
        return found is not None and found != alias

    def add(self, tx: Tx, provider: Provider) -> bool:
        """Keep a new one; False where there is one of its alias or issuer."""
        now = self._clock.now()
        row = {
            "alias": provider.alias,
            "version": 1,
            "issuer": provider.issuer,
            "document": self._seal(replace(provider, version=1)),
            "created_at": now,
            "updated_at": now,
        }
        return tx.execute(ADD, row).first() is not None

    def replace(self, tx: Tx, provider: Provider) -> bool:
        """Put it in the place of the version that it bears; False where that is gone."""
        newer = replace(provider, version=provider.version + 1)
        known = {
            "alias_": provider.alias,
            "seen": provider.version,
            "new_version": newer.version,
            "new_issuer": provider.issuer,
            "new_document": self._seal(newer),
            "now": self._clock.now(),
        }
        return tx.execute(REPLACE, known).first() is not None

    def note(self, tx: Tx, before: Provider, spoken: Spoken) -> bool:
        """Put down how it fares, in the same version; False where it is not as it was before.

        Logins under way go on: nothing that they go by has changed.
        """
        row = tx.execute(LOAD, {"alias_": before.alias}).first()
        if row is None or self.read(row) != before:
            return False
        known = {
            "alias_": row.alias,
            "before": row.document,
            "new_document": self._seal(replace(before, spoken=spoken)),
        }
        return tx.execute(RESEAL, known).rowcount == 1

    def reseal(self, tx: Tx) -> int:
        """Seal anew what another key than the active one sealed; how many."""
        count = 0
        for row in self.rows(tx):
            provider = self.read(row)
            if provider is None or not self._ring.needs_reseal(row.document):
                continue
            known = {
                "alias_": row.alias,
                "before": row.document,
                "new_document": self._seal(provider),
            }
            count += tx.execute(RESEAL, known).rowcount
        return count

    def read(self, row: Found) -> Provider | None:
        """What a row holds; None where this installation has not sealed it."""
        place = _place(row.alias, row.version)
        try:
            plain = self._ring.open(row.document, table="providers", column="document", row=place)
        except CryptoError:
            log.exception("a provider is not ours", alias=row.alias)
            return None
        found = read(row.alias, row.version, json.loads(plain))
        # What is compared with others is what is relied upon.
        return found if found.issuer == row.issuer else None

    def _seal(self, provider: Provider) -> str:
        plain = json.dumps(dump(provider)).encode()
        place = _place(provider.alias, provider.version)
        return self._ring.seal(plain, table="providers", column="document", row=place)


def _place(alias: str, version: int) -> str:
    return f"{alias}:{version}"
