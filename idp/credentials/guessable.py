# SPDX-License-Identifier: Apache-2.0
"""Words that a guesser tries first: those that everybody chooses, and the person's own."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from idp.accounts.identifiers import LETTERS
from idp.accounts.values import Person

FILE = Path(__file__).with_name("guessed_first.txt")
# Shorter ones are in too many other words.
SHORTEST = 4
FEW = 2
DISGUISES = str.maketrans(
    {"@": "a", "4": "a", "8": "b", "3": "e", "€": "e", "1": "i", "!": "i", "|": "i", "0": "o"}
    | {"$": "s", "5": "s", "7": "t"}
)
NOT_PLAIN = re.compile(r"[^a-z0-9]+", re.ASCII)
AROUND = re.compile(r"^[^a-z]+|[^a-z]+$", re.ASCII)


@cache
def guessed_first() -> tuple[str, ...]:
    """The shipped list: plain lower-case words, the most guessed first."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def _known_words() -> frozenset[str]:
    return frozenset(plain(word) for word in guessed_first())


def folded(text: str) -> str:
    """Lower case, without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return "".join(one for one in parts if not unicodedata.combining(one))


def plain(text: str) -> str:
    """Only the letters and digits, folded."""
    return NOT_PLAIN.sub("", folded(text))


def is_guessed_first(password: str) -> bool:
    """Whether it is one of those words, with the usual disguise or not.

    A capital, figures around it and signs for letters are what every guessing program does.
    """
    known = _known_words()
    return any(form in known or _is_repetition(form, known) for form in _forms(password))


def _forms(password: str) -> Iterator[str]:
    text = folded(password)
    yield plain(text)
    undone = text.translate(DISGUISES)
    # Figures around first, then the disguise: `Soleil31` is no `soleiei`.
    for form in (text, AROUND.sub("", text).translate(DISGUISES), undone):
        yield plain(AROUND.sub("", form))


def _is_repetition(form: str, known: Collection[str]) -> bool:
    """Whether one of the words, or a character or two, is said again and again."""
    # A text stands at another place in its double only where it repeats itself.
    period = (form + form).find(form, 1)
    if not 0 < period < len(form):
        return False
    # `bonbon` is a repetition itself.
    parts = (form[:size] for size in range(period, len(form), period) if not len(form) % size)
    return period <= FEW or any(part in known for part in parts)


def own_words(person: Person, site: Collection[str]) -> frozenset[str]:
    """What somebody who knows the person, or the page, would try; plain."""
    address, _, _ = person.email.partition("@")
    names = (person.first_name, person.last_name, person.birth_name)
    found = {plain(one) for one in (*names, person.identifier, address, *site)}
    # Names and addresses are tried in parts as well; a region's name is made of common words.
    for one in (*names, person.identifier, address):
        found |= {plain(part) for part in re.split(r"[\W_]+", one)}
    return frozenset(one for one in found if one)


def says_own_word(password: str, words: Collection[str]) -> bool:
    """Whether it holds a word of one's own, or is a very short one."""
    text = folded(password)
    forms = {plain(text), plain(text.translate(DISGUISES))}
    cores = {plain(AROUND.sub("", text)), *forms}
    long = [word for word in words if len(word) >= SHORTEST]
    return bool(cores & set(words)) or any(word in form for word in long for form in forms)
