# SPDX-License-Identifier: Apache-2.0
"""Who a patient is: strict traits, the national health identity, and whether two agree."""

import re
from dataclasses import dataclass, field
from datetime import date

from imaging_app.people.folding import findable, fold

SEXES = frozenset({"F", "M", "U"})
# NIR, NIA, and those of trials.
INS_OIDS = frozenset(f"1.2.250.1.213.1.4.{number}" for number in (8, 9, 10, 11))
INS_STATUSES = ("provisoire", "récupérée", "validée", "qualifiée")
RETRIEVED, QUALIFIED = "récupérée", "qualifiée"
_INS = re.compile(r"[1-478][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{8}", re.ASCII)
_PLACE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}", re.ASCII)
_TYPED = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)


def read_date(text: str) -> str | None:
    """A birth date as YYYY-MM-DD, from JJ/MM/AAAA, ISO 8601 or DICOM; None where it is none."""
    text = text.strip()
    if match := _TYPED.fullmatch(text):
        day, month, year = map(int, match.groups())
    elif match := _ISO.fullmatch(text):
        year, month, day = map(int, match.groups())
    else:
        return None
    try:
        return date(year, month, day).isoformat() if year >= 1850 else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Ins:
    """A national health identity: its number never travels but qualified."""

    number: str = field(repr=False)
    oid: str
    status: str

    def faults(self) -> list[str]:
        """What can't be."""
        found = []
        if not _INS.fullmatch(self.number) or int(self.number[13:]) != _key(self.number[:13]):
            found.append("ins")
        if self.oid not in INS_OIDS:
            found.append("ins_oid")
        if self.status not in INS_STATUSES:
            found.append("ins_status")
        return found


def _key(body: str) -> int:
    # Corsica's departments count as 19 and 18.
    return 97 - int(body.replace("2A", "19").replace("2B", "18")) % 97


@dataclass(frozen=True, slots=True)
class Traits:
    """What somebody is told from others by. An empty birth date, or sex U, is an unknown one."""

    birth_name: str
    first_names: tuple[str, ...]
    birth_date: str = ""
    sex: str = "U"
    birth_place: str = ""
    used_name: str = ""
    used_first_name: str = ""
    ins: Ins | None = None

    def faults(self) -> list[str]:
        """What can't be, by the trait's name."""
        found = []
        if not fold(self.birth_name) or len(self.birth_name) > 128:
            found.append("birth_name")
        if not self.first_names or not all(fold(one) for one in self.first_names):
            found.append("first_names")
        if len(",".join(self.first_names)) > 256 or any("," in one for one in self.first_names):
            found.append("first_names")
        if self.birth_date and read_date(self.birth_date) != self.birth_date:
            found.append("birth_date")
        if self.sex not in SEXES:
            found.append("sex")
        if self.birth_place and not _PLACE.fullmatch(self.birth_place):
            found.append("birth_place")
        found += [
            name for name in ("used_name", "used_first_name") if len(getattr(self, name)) > 128
        ]
        return found + (self.ins.faults() if self.ins else [])

    @property
    def is_complete(self) -> bool:
        """Whether every strict trait that two must agree on is known."""
        return bool(self.birth_date) and self.sex != "U"

    @property
    def family_names(self) -> frozenset[str]:
        """Names they may be called by, folded."""
        return frozenset(fold(one) for one in (self.birth_name, self.used_name)) - {""}

    @property
    def given_names(self) -> frozenset[str]:
        """First names they may be called by, folded: each, all together, the one in use."""
        names = (*self.first_names, " ".join(self.first_names), self.used_first_name)
        return frozenset(fold(one) for one in names) - {""}

    @property
    def words(self) -> frozenset[str]:
        """What they are found by."""
        return findable((*self.first_names, self.birth_name, self.used_name, self.used_first_name))

    @property
    def sort_key(self) -> str:
        """Their place in a list by name."""
        return f"{fold(self.birth_name)}|{fold(' '.join(self.first_names))}"[:400]


def differences(one: Traits, other: Traits) -> tuple[str, ...]:
    """By which traits two can't be the same person; what is unknown contradicts nothing."""
    found = []
    if not one.family_names & other.family_names:
        found.append("name")
    if not one.given_names & other.given_names:
        found.append("first_name")
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        found.append("birth_date")
    if "U" not in {one.sex, other.sex} and one.sex != other.sex:
        found.append("sex")
    if one.ins and other.ins and (one.ins.number, one.ins.oid) != (other.ins.number, other.ins.oid):
        found.append("ins")
    return tuple(found)


def is_same_person(one: Traits, other: Traits) -> bool:
    """Whether one qualified identity and every strict trait agree: nothing less merges two."""
    return (
        one.ins is not None
        and other.ins is not None
        and one.ins.status == other.ins.status == QUALIFIED
        and (one.ins.number, one.ins.oid) == (other.ins.number, other.ins.oid)
        and one.is_complete
        and (one.birth_date, one.sex) == (other.birth_date, other.sex)
        and fold(" ".join(one.first_names)) == fold(" ".join(other.first_names))
        and not differences(one, other)
    )
