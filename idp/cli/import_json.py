# SPDX-License-Identifier: Apache-2.0
"""A JSON object a line, as the table that imports read."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from idp.administration.imports.fields import BY_COMMAND, FIELDS
from idp.cli.program import refuse

MEMBERS = (*FIELDS["accounts"], *BY_COMMAND)


@contextmanager
def as_table(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The file, and by how much its lines are off those that were written."""
    with path.open("rb") as file:
        if file.read(1) != b"{":
            file.seek(0)
            yield file, 0
            return
        file.seek(0)
        with tempfile.TemporaryFile() as table:
            text = io.TextIOWrapper(table, "utf-8", newline="")
            writer = csv.writer(text, delimiter=";", lineterminator="\n")
            writer.writerow(MEMBERS)
            for number, written in enumerate(file, 1):
                known = _object(number, written)
                writer.writerow([known.get(name, "") for name in MEMBERS] if known else [])
            text.flush()
            table.seek(0)
            yield cast("BinaryIO", table), 1
            text.detach()


def _object(number: int, written: bytes) -> dict[str, str]:
    if not written.strip():
        return {}
    try:
        known: Any = json.loads(written)
    except ValueError:
        known = None
    if not isinstance(known, dict):
        refuse(f"line {number}: not a JSON object on one line")
    found = {}
    for member, value in known.items():
        name = member.strip().lower().replace("-", "_").replace(" ", "_")
        if name not in MEMBERS:
            refuse(f"line {number}: {member!r} is unknown; known: {', '.join(MEMBERS)}")
        texts = value if isinstance(value, list) and name == "communities" else [value]
        if not all(one is None or isinstance(one, str) for one in texts):
            refuse(f"line {number}: {member}: a text is expected")
        # One line stays one line.
        found[name] = " ".join(" ".join(filter(None, texts)).split())
    return found
