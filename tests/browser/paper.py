# SPDX-License-Identifier: Apache-2.0
"""A letter that was printed, read and looked at as paper."""

import re
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

IDENTIFIER = re.compile(r"Identifiant\s+(\S+)")
PASSWORD = re.compile(r"temporaire\s+(\S+-\S+)")
A4 = (595.28, 841.89)


@dataclass(frozen=True)
class Letter:
    """One page, its words, and how much ink is on it."""

    text: str
    size: tuple[float, float]
    ink: float

    @property
    def identifier(self) -> str:
        """What the person types to log in."""
        return self._found(IDENTIFIER)

    @property
    def password(self) -> str:
        """What they type once."""
        return self._found(PASSWORD)

    def _found(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.text)
        assert found, self.text
        return found[1]


def read_letter(file: Path) -> Letter:
    """The only page of a letter, drawn as a printer would."""
    document = pypdfium2.PdfDocument(file)
    (page,) = document
    words = page.get_textpage()
    picture = page.render(scale=1, grayscale=True)
    shades = bytes(picture.buffer)
    letter = Letter(
        words.get_text_range().replace("\r\n", "\n"),
        page.get_size(),
        sum(one < 128 for one in shades) / len(shades),
    )
    for part in (picture, words, page, document):
        part.close()
    return letter
