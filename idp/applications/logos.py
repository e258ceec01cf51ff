# SPDX-License-Identifier: Apache-2.0
"""Logos of applications: small pictures kept here, since our pages load nothing from elsewhere."""

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.applications.models import LogoRow
from idp.db import Tx, table_of

table = table_of(LogoRow)
NEW = upsert(table)
PUT = NEW.on_conflict_do_update(
    index_elements=["application"],
    set_={name: NEW.excluded[name] for name in ("media_type", "content", "digest")},
)
DROP = delete(table).where(table.c.application == bindparam("key"))
LOAD = select(table.c.media_type, table.c.content).where(table.c.application == bindparam("key"))
DIGESTS = select(table.c.application, table.c.digest)

LARGEST = 65_536
PNG = b"\x89PNG\r\n\x1a\n"
# Served under a policy that runs nothing; what would run is refused at the door all the same.
ACTIVE = re.compile(
    rb"<script|<foreignobject|<!doctype|<!entity|\bon\w+\s*=|javascript:|href", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, ready to be served."""

    media_type: str
    content: bytes


def read_logo(content: bytes) -> Logo | str:
    """The picture in a file, or why it isn't taken."""
    if len(content) > LARGEST:
        return f"it is larger than {LARGEST // 1024} KiB"
    if content.startswith(PNG):
        return Logo("image/png", content)
    if not content.lstrip().startswith((b"<svg", b"<?xml")) or b"<svg" not in content:
        return "a PNG or SVG picture is expected"
    # The name of the drawing's own namespace is no link.
    if ACTIVE.search(content):
        return "an SVG picture without scripts, links and events is expected"
    return Logo("image/svg+xml", content)


def put(tx: Tx, application: str, logo: Logo | None) -> None:
    """Give an application its logo, or none."""
    if logo is None:
        tx.execute(DROP, {"key": application})
        return
    row = {
        "application": application,
        "media_type": logo.media_type,
        "content": logo.content,
        "digest": hashlib.sha256(logo.content).hexdigest()[:12],
    }
    tx.execute(PUT, row)


def load(tx: Tx, application: str) -> Logo | None:
    """An application's logo."""
    row = tx.execute(LOAD, {"key": application}).first()
    return Logo(row.media_type, bytes(row.content)) if row else None


def addresses(tx: Tx) -> dict[str, str]:
    """Where each application's logo is served; the address changes with the picture."""
    return {
        row.application: f"/applications/{row.application}/logo?v={row.digest}"
        for row in tx.execute(DIGESTS).all()
    }
