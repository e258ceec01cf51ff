# SPDX-License-Identifier: Apache-2.0
"""The index of exams, as decisions ask it."""

from imaging_app.access.facts import ExamFacts
from imaging_app.db import Tx
from imaging_app.exams.index import Index


class Indexed:
    """Tells whose an exam is."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def facts(self, tx: Tx, exam: str) -> ExamFacts | None:
        """It, or None where there is no such exam."""
        owner = self._index.owner(tx, exam)
        if owner is None:
            return None
        return ExamFacts(exam, owner.patient, owner.file, owner.establishment, owner.hidden)
