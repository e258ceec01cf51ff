# SPDX-License-Identifier: Apache-2.0
"""An exam as somebody sees it to whom a report of it is not told yet: as if it had not come."""

from dataclasses import dataclass, replace

from imaging_app.db import Tx
from imaging_app.exams.index import Index
from imaging_app.exams.judging import kinds_of
from imaging_app.exams.untold import Untold
from imaging_app.exams.values import Exam, Series


@dataclass(frozen=True, slots=True)
class Seen:
    """It, with its numbers, and without what stays here."""

    exam: Exam
    series: list[Series]
    untold: Untold


def seen(index: Index, tx: Tx, exam: Exam, untold: Untold) -> Seen:
    """Counted anew where anything stays here."""
    series = index.series(tx, exam.id)
    papers = index.papers(tx, exam.id) if untold.told is not None else []
    if untold.left(papers) == papers:
        return Seen(exam, series, untold)
    left = untold.left(index.all_images(tx, exam.id))
    counts = {one.uid: sum(each.place.series == one.uid for each in left) for one in series}
    series = [replace(one, images=counts[one.uid]) for one in series if counts[one.uid]]
    told = replace(
        exam,
        series=len(series),
        images=len(left),
        size=sum(one.size for one in left),
        modalities=kinds_of([one.modality for one in series]),
    )
    return Seen(told, series, untold)
