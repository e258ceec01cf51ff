# SPDX-License-Identifier: Apache-2.0
"""The index of exams, as decisions ask it."""

from collections.abc import Collection

from imaging_app.access.facts import ExamFacts
from imaging_app.db import Tx
from imaging_app.exams.index import Index


class Indexed:
    """Tells whose exams are."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def facts(self, tx: Tx, exams: Collection[str]) -> dict[str, ExamFacts]:
        """By exam, of those that there are."""
        return {
            name: ExamFacts(name, one.patient, one.file, one.establishment, one.hidden)
            for name, one in self._index.owners(tx, exams).items()
        }
