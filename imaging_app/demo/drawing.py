# SPDX-License-Identifier: Apache-2.0
"""All exams of the demo, file by file: straight into the portal, or into folders."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from imaging_app.demo.cast import SIGNED, Sent, exams
from imaging_app.demo.papers import paper, wrapped
from imaging_app.demo.series import FULL, Size


def draw(sent: Sent, size: Size = FULL) -> Iterator[bytes]:
    """One exam's files, its report last."""
    yield from sent.draw(sent.visit, size)
    if sent.report:
        yield wrapped(sent.visit, paper(sent.visit, sent.report, SIGNED))


def draw_all(today: date, size: Size = FULL) -> Iterator[tuple[str, str, bytes]]:
    """Of each file its establishment, a name, its bytes."""
    for sent in exams(today):
        for number, content in enumerate(draw(sent, size), 1):
            yield sent.establishment, f"{sent.visit.accession}/IM{number:04}.dcm", content


def write_folders(folder: Path, today: date, size: Size = FULL) -> int:
    """Write them as an import takes them, by establishment; how many."""
    count = 0
    for establishment, name, content in draw_all(today, size):
        path = folder / establishment / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        count += 1
    return count
