# SPDX-License-Identifier: Apache-2.0
"""Nomenclatures of the health sector, as shipped in `tables/`: a code means nothing without its
system, since the same codes stand for other things elsewhere.

Sources: CodeSystems of the Agence du Numérique en Santé (ansforge/IG-terminologie-de-sante).
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER = Path(__file__).with_name("tables")
PROFESSIONS: Final = "TRE_G15"
IN_TRAINING: Final = "TRE_G16"
SPECIALITIES: Final = "TRE_R01"
SECTORS: Final = "TRE_R02"
CIVILITIES: Final = "TRE_R81"
TITLES: Final = "TRE_R11"
# All that somebody may be by profession; those in training share their codes with G15.
ALL_PROFESSIONS: Final = (PROFESSIONS, "TRE_R95", "TRE_R94", "TRE_R291", IN_TRAINING)
KIND = re.compile(r" \([A-Z]+\)$")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry: what a code means in its system, and whether it is still given."""

    code: str
    label: str
    system: str
    current: bool = True

    @property
    def value(self) -> str:
        """How a column without a system keeps a profession: G16 shares its codes with G15."""
        return f"G16-{self.code}" if self.system == IN_TRAINING else self.code

    @property
    def plain(self) -> str:
        """The label without its kind: « Cardiologie (C) » is « Cardiologie »."""
        return KIND.sub("", self.label)


@dataclass(frozen=True, slots=True)
class Table:
    """One nomenclature, and the names it goes by."""

    system: str
    name: str
    oid: str
    url: str
    terms: tuple[Term, ...]


@cache
def tables() -> tuple[Table, ...]:
    """Every nomenclature that is shipped."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.txt")))


def table(system: str) -> Table | None:
    """A nomenclature by its short name, its full name, its OID or its address."""
    return _by_name().get(system.removeprefix("urn:oid:"))


def terms(system: str) -> tuple[Term, ...]:
    """The entries of a nomenclature; none where it is not known."""
    found = table(system)
    return found.terms if found else ()


def term(system: str, code: str) -> Term | None:
    """One entry, always by system and code."""
    found = table(system)
    return _entries().get((found.system, code)) if found else None


def label_of(system: str, code: str) -> str:
    """What a code means; empty where it is not known."""
    found = term(system, code)
    return found.label if found else ""


def professions() -> tuple[Term, ...]:
    """Everything that somebody may be by profession, from all their systems."""
    return tuple(one for system in ALL_PROFESSIONS for one in terms(system))


def profession(value: str) -> Term | None:
    """The profession that a column keeps as `Term.value`."""
    return _professions().get(value)


def specialities() -> tuple[Term, ...]:
    """Savoir-faire: specialities, competences, capacities…"""
    return terms(SPECIALITIES)


def speciality(code: str) -> Term | None:
    """A savoir-faire by its code."""
    return term(SPECIALITIES, code)


def civilities() -> tuple[Term, ...]:
    """Madame, Monsieur."""
    return terms(CIVILITIES)


def titles() -> tuple[Term, ...]:
    """Civilities of practice: docteur, professeur…"""
    return terms(TITLES)


# As the rest of this platform writes them, on pages and in letters.
SHORT_CIVILITIES: Final = {"M": "M.", "MME": "Mme", "MLLE": "Mme"}
SHORT_TITLES: Final = {"DR": "Dr", "PR": "Pr"}


def short_civility(code: str) -> str:
    """« Mme » or « M. »; nothing for what is no civility."""
    return SHORT_CIVILITIES.get(code, "")


def short_title(code: str) -> str:
    """« Dr », as it stands before a name; nothing for what is no title of practice."""
    return SHORT_TITLES.get(code) or label_of(TITLES, code)


def title_of(text: str) -> str | None:
    """The code of a title of practice, from that, « Dr » or « Docteur »; None for what is none."""
    wanted = text.strip().rstrip(".").casefold()
    if not wanted:
        return ""
    known = (
        one.code
        for one in titles()
        if wanted in {one.code.casefold(), one.label.casefold(), short_title(one.code).casefold()}
    )
    return next(known, None)


def sectors() -> tuple[Term, ...]:
    """Sectors of activity."""
    return terms(SECTORS)


@cache
def _by_name() -> dict[str, Table]:
    return {
        name: one for one in tables() for name in (one.system, one.name, one.oid, one.url) if name
    }


@cache
def _entries() -> dict[tuple[str, str], Term]:
    return {(entry.system, entry.code): entry for one in tables() for entry in one.terms}


@cache
def _professions() -> dict[str, Term]:
    return {one.value: one for one in professions()}


def _read(path: Path) -> Table:
    """`# name`, `# oid …`, `# url …`, then `code|label` with `|*` where it is no longer given."""
    lines = path.read_text(encoding="utf-8").splitlines()
    heads = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    told = dict(head.split(" ", 1) for head in heads if head.startswith(("oid ", "url ")))
    entries = [line.split("|") for line in lines if line and not line.startswith("#")]
    return Table(
        system=path.stem,
        name=heads[0],
        oid=told.get("oid", ""),
        url=told["url"],
        terms=tuple(Term(one[0], one[1], path.stem, current=len(one) == 2) for one in entries),
    )
