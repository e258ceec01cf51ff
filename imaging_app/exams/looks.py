# SPDX-License-Identifier: Apache-2.0
"""Which series of an exam have pictures, how many, and which of them stands for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select

from imaging_app.db import Tx, table_of
from imaging_app.exams.index import Index
from imaging_app.exams.models import ImageRow
from imaging_app.exams.values import Image, Series

images = table_of(ImageRow)
# What has no rows has no pixels: a report, a note.
COUNTS: Final = (
    select(images.c.series, func.count(), func.sum(images.c.frames))
    .where(images.c.exam == bindparam("exam_"), images.c.rows > 0)
    .group_by(images.c.series)
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A series that has pictures, and the one in its middle."""

    series: Series
    # All frames of all its images, in their order.
    frames: int
    image: Image
    # Of this image, counted from 0; and its place among all.
    frame: int
    place: int


def shown_series(index: Index, tx: Tx, exam: str) -> list[Shown]:
    """In their order."""
    rows = tx.execute(COUNTS, {"exam_": exam}).all()
    counts = {uid: (int(count), int(frames)) for uid, count, frames in rows}
    found = []
    for one in index.series(tx, exam):
        count, frames = counts.get(one.uid, (0, 0))
        if not frames:
            continue
        place = (frames - 1) // 2
        # Where each image is one picture, the one in the middle is asked for by itself.
        alone = count == frames == one.images
        part = index.images(tx, exam, one.uid, *((1, place) if alone else ()))
        picked = _pick(part, 0 if alone else place)
        if picked is not None:
            found.append(Shown(one, frames, *picked, place))
    return found


def has_pictures(tx: Tx, exam: str) -> bool:
    """Whether there is anything to look at: papers alone are none."""
    return tx.execute(COUNTS, {"exam_": exam}).first() is not None


def _pick(part: Iterable[Image], place: int) -> tuple[Image, int] | None:
    for image in part:
        if not image.rows:
            continue
        if place < image.frames:
            return image, place
        place -= image.frames
    return None
