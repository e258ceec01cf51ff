# SPDX-License-Identifier: Apache-2.0
"""Pictures of providers: small, drawn anew before they come here, and served by us alone."""

import hashlib
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.db import Tx, table_of
from idp.providers.models import ProviderLogoRow

table = table_of(ProviderLogoRow)
NEW = upsert(table)
PUT = NEW.on_conflict_do_update(
    index_elements=["provider"],
    set_={name: NEW.excluded[name] for name in ("content", "digest")},
)
DROP = delete(table).where(table.c.provider == bindparam("alias_")).returning(table.c.digest)
LOAD = select(table.c.content).where(
    table.c.provider == bindparam("alias_"), table.c.digest == bindparam("digest_")
)
DIGESTS = select(table.c.provider, table.c.digest)
MEDIA_TYPE: Final = "image/png"


def put(tx: Tx, alias: str, content: bytes) -> None:
    """Give a provider its picture, a PNG of ours."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    tx.execute(PUT, {"provider": alias, "content": content, "digest": digest})


def drop(tx: Tx, alias: str) -> bool:
    """Take it away; False where there was none."""
    return tx.execute(DROP, {"alias_": alias}).first() is not None


def load(tx: Tx, alias: str, digest: str) -> bytes | None:
    """The picture of this name; None for one that was replaced since."""
    found = tx.execute(LOAD, {"alias_": alias, "digest_": digest}).scalar()
    return bytes(found) if found is not None else None


def addresses(tx: Tx) -> dict[str, str]:
    """Where each one is served, by alias; the address changes with the picture."""
    return {
        row.provider: f"/providers/{row.provider}/logo?v={row.digest}"
        for row in tx.execute(DIGESTS).all()
    }
