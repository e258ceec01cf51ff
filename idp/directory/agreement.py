# SPDX-License-Identifier: Apache-2.0
"""How far what a person typed agrees with what a register says: shown to whoever decides.

Pure: it decides nothing. Registers know the name that somebody practises under, which may be the
birth name or another; so a name that is close is no fault.
"""

from dataclasses import dataclass
from typing import Final

from idp.accounts.folding import folded_town, joined, words_of
from idp.directory import nomenclature
from idp.directory.values import Practitioner

AGREES: Final = "agrees"
CLOSE: Final = "close"
DIFFERS: Final = "differs"
UNKNOWN: Final = "unknown"
PARTICLES: Final = frozenset({"de", "d", "du", "des", "la", "le", "l"})
# One slip of the finger in a name of four letters, two in a long one.
SHORTEST_SLIP: Final = 4
LONG: Final = 9
LONGEST: Final = 128


@dataclass(frozen=True, slots=True)
class Point:
    """One thing compared."""

    field: str
    typed: str
    known: str
    verdict: str


def compare(
    practitioner: Practitioner,
    last_name: str,
    first_name: str,
    birth_name: str,
    profession_code: str,
    town: str,
) -> tuple[Point, ...]:
    """Point by point, in the order of the form; the birth name only where one was typed."""
    known = practitioner.last_name
    points = [
        Point("last_name", last_name, known, last_name_verdict(last_name, birth_name, known)),
        Point(
            "first_name",
            first_name,
            practitioner.first_name,
            first_name_verdict(first_name, practitioner.first_name),
        ),
    ]
    if birth_name.strip():
        verdict = _same_name(birth_name, known)
        # Registers publish no birth name: that it is another one says nothing.
        points.append(
            Point("birth_name", birth_name, known, UNKNOWN if verdict == DIFFERS else verdict)
        )
    points.append(_profession(practitioner, profession_code))
    points.append(_town(practitioner, town))
    return tuple(points)


def last_name_verdict(typed: str, birth_name: str, known: str) -> str:
    """The name of practice; somebody may practise under their birth name."""
    verdict = _same_name(typed, known)
    if verdict == DIFFERS and birth_name and _same_name(birth_name, known) in (AGREES, CLOSE):
        return CLOSE
    both = f"{birth_name} {typed}"
    if verdict == DIFFERS and birth_name and set(words_of(known)) <= set(words_of(both)):
        return CLOSE
    return verdict


def first_name_verdict(typed: str, known: str) -> str:
    """The first name: an initial stands for it, and so does one of several."""
    verdict = _same_name(typed, known)
    if verdict != DIFFERS:
        return verdict
    return CLOSE if _initials_fit(words_of(typed), words_of(known)) else DIFFERS


def _same_name(typed: str, known: str) -> str:
    ours, theirs = words_of(typed[:LONGEST]), words_of(known[:LONGEST])
    if not ours or not theirs:
        return UNKNOWN
    if "".join(ours) == "".join(theirs):
        return AGREES
    if _compound(ours, theirs) or _slip("".join(ours), "".join(theirs)):
        return CLOSE
    return DIFFERS


def _compound(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """One part of a compound name, the parts in another order, a particle more or less."""
    left, right = set(ours) - PARTICLES, set(theirs) - PARTICLES
    if not left or not right:
        return False
    return left <= right or right <= left


def _initials_fit(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """`J`, `J.-P.` or `Jean P.` for Jean-Pierre, whoever wrote the short form."""
    pairs = list(zip(ours, theirs, strict=False))
    return bool(pairs) and all(
        one == other or (1 in (len(one), len(other)) and one[0] == other[0]) for one, other in pairs
    )


def _slip(one: str, other: str) -> bool:
    """Whether a slip of the finger parts them: a letter more, less, another, or two swapped."""
    short = min(len(one), len(other))
    if short < SHORTEST_SLIP:
        return False
    return distance(one, other) <= (2 if short >= LONG else 1)


def distance(one: str, other: str) -> int:
    """Edits between two words, two letters swapped counting as one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, another in enumerate(other, 1):
            cost = letter != another
            best = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + cost)
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == another:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _profession(practitioner: Practitioner, value: str) -> Point:
    known = {one.profession_code: one.profession for one in practitioner.activities}
    known.pop("", None)
    term = nomenclature.profession(value)
    shown = ", ".join(dict.fromkeys(label or code for code, label in known.items()))
    verdict = AGREES if value in known else DIFFERS
    if not value or not known:
        verdict = UNKNOWN
    return Point("profession", term.label if term else value, shown, verdict)


def _town(practitioner: Practitioner, typed: str) -> Point:
    towns = dict.fromkeys(one.town for one in practitioner.activities if one.town)
    ours = folded_town(typed)
    theirs = [folded_town(one) for one in towns]
    if not ours or not theirs:
        verdict = UNKNOWN
    elif ours in theirs:
        verdict = AGREES
    else:
        verdict = CLOSE if any(_near(ours, one) for one in theirs) else DIFFERS
    return Point("town", typed, ", ".join(towns), verdict)


def _near(ours: str, theirs: str) -> bool:
    one, other = set(ours.split()), set(theirs.split())
    return one <= other or other <= one or _slip(joined(ours), joined(theirs))
