# SPDX-License-Identifier: Apache-2.0
"""What of an exam is kept from somebody: all that may say a result, but what they were told."""

from dataclasses import dataclass
from typing import Final

from imaging_app.dicom.records import says_result
from imaging_app.exams.values import Image


@dataclass(frozen=True, slots=True)
class Untold:
    """By what an object is itself: so one that comes in at this moment is kept back, too."""

    # Images that wrap what was told; None for whoever sees everything.
    told: frozenset[str] | None

    def hides(self, uid: str, kind: str, document: str) -> bool:
        """Whether it stays here."""
        return self.told is not None and uid not in self.told and says_result(kind, document)

    def left(self, images: list[Image]) -> list[Image]:
        """Of these, all but what stays here."""
        return [one for one in images if not self.hides(one.uid, one.kind, one.document)]


NOTHING: Final = Untold(None)
