# SPDX-License-Identifier: Apache-2.0
"""What SCIM clients call our accounts and communities: each client has its own names."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.db import Tx, table_of
from idp.programs.models import ExternalIdRow

table = table_of(ExternalIdRow)
OWN = (
    table.c.client == bindparam("client_"),
    table.c.kind == bindparam("kind_"),
)
ONE = (*OWN, table.c.resource == bindparam("resource_"))
FIND = select(table.c.resource).where(*OWN, table.c.external == bindparam("external_")).limit(100)
OF = select(table.c.external).where(*ONE)
NEW = upsert(table)
PUT = NEW.on_conflict_do_update(
    index_elements=["client", "kind", "resource"], set_={"external": NEW.excluded.external}
)
DROP = delete(table).where(*ONE)


def of(tx: Tx, client: str, kind: str, resource: str) -> str:
    """What this client calls it; nothing where it gave no name."""
    known = {"client_": client, "kind_": kind, "resource_": resource}
    return tx.execute(OF, known).scalar() or ""


def put(tx: Tx, client: str, kind: str, resource: str, external: str) -> None:
    """Keep the name, or forget it where it is empty."""
    if external:
        row = {"client": client, "kind": kind, "resource": resource, "external": external}
        tx.execute(PUT, row)
        return
    tx.execute(DROP, {"client_": client, "kind_": kind, "resource_": resource})


def find(tx: Tx, client: str, kind: str, external: str) -> list[str]:
    """What this client calls so."""
    known = {"client_": client, "kind_": kind, "external_": external}
    return list(tx.execute(FIND, known).scalars())
