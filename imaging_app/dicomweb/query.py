# SPDX-License-Identifier: Apache-2.0
"""Parameters of a search (PS3.18 §8.3.4), parsed once; what is not understood is refused."""

import re
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from imaging_app.access.reachable import Asked
from imaging_app.dicom.uids import is_uid
from imaging_app.dicomweb.problems import wrong
from imaging_app.people.folding import words_of

# By keyword and by tag.
KEYS: Final = {
    "StudyInstanceUID": "0020000D",
    "StudyDate": "00080020",
    "ModalitiesInStudy": "00080061",
    "Modality": "00080060",
    "AccessionNumber": "00080050",
    "PatientID": "00100020",
    "IssuerOfPatientID": "00100021",
    "PatientName": "00100010",
    "SeriesInstanceUID": "0020000E",
    "SOPInstanceUID": "00080018",
}
NAMES: Final = {tag: name for name, tag in KEYS.items()}
# Told apart from what is searched for. Which attributes are told is ours to say.
BESIDE: Final = frozenset({"limit", "offset", "includefield", "fuzzymatching", "motive"})
DATE: Final = re.compile(r"(\d{8})?(-)?(\d{8})?", re.ASCII)
CODE: Final = re.compile(r"[A-Z0-9_ ]{1,16}", re.ASCII)
LONGEST: Final = 64
LIMIT, MOST, FARTHEST = 50, 200, 5_000
MOST_UIDS: Final = 100


@dataclass(frozen=True, slots=True)
class Search:
    """One search, of any of the three kinds."""

    asked: Asked
    series: str = ""
    image: str = ""
    limit: int = LIMIT
    offset: int = 0


def read(args: MultiDict[str, str], *allowed: str) -> Search:
    """What is asked for; only keys that this kind of search knows."""
    told = _told(args, allowed)
    if args.get("fuzzymatching", "false") != "false":
        raise wrong("fuzzymatching", "Names are matched as they are written, or by a beginning.")
    since, until = _dates(told.get("StudyDate", ""))
    return Search(
        Asked(
            studies=_uids(told.get("StudyInstanceUID", "")),
            number=_plain(told.get("PatientID", "")),
            establishment=_plain(told.get("IssuerOfPatientID", "")),
            names=_names(told.get("PatientName", "")),
            since=since,
            until=until,
            modality=_code(told.get("ModalitiesInStudy", "") or told.get("Modality", "")),
            accession=_plain(told.get("AccessionNumber", "")),
        ),
        series=_one(told.get("SeriesInstanceUID", "")),
        image=_one(told.get("SOPInstanceUID", "")),
        limit=_number(args, "limit", LIMIT, MOST),
        offset=_number(args, "offset", 0, FARTHEST),
    )


def _told(args: MultiDict[str, str], allowed: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, values in args.lists():
        if name in BESIDE:
            continue
        key = NAMES.get(name.upper(), name)
        # A key that is overlooked would find too much.
        if key not in allowed or key in found or len(values) != 1:
            raise wrong("unknown-key", f"Not searched for here, or twice: {name[:40]!a}")
        found[key] = values[0].strip()
    return found


def _number(args: MultiDict[str, str], name: str, usual: int, most: int) -> int:
    text = args.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise wrong(name, f"{name}: a whole number.")
    if name == "offset" and int(text) > most:
        raise wrong(name, f"offset: at most {most}; narrow the search.")
    return min(int(text), most)


def _uids(text: str) -> tuple[str, ...]:
    each = tuple(one for one in re.split(r"[,\\]", text) if one)
    if len(each) > MOST_UIDS or not all(is_uid(one) for one in each):
        raise wrong("uid", "Not an identifier, or too many.")
    return each


def _one(text: str) -> str:
    if text and not is_uid(text):
        raise wrong("uid", "Not an identifier.")
    return text


def _plain(text: str) -> str:
    if "*" in text or "?" in text or len(text) > LONGEST or not text.isprintable():
        raise wrong("wildcard", "Only names are searched for by a beginning.")
    return text


def _code(text: str) -> str:
    if text and not CODE.fullmatch(text):
        raise wrong("modality", "Not a modality.")
    return text


def _dates(text: str) -> tuple[str, str]:
    """PS3.4 §C.2.2.2.5: a day, or from one to another, either of which may be left out."""
    found = DATE.fullmatch(text)
    if found is None or text == "-" or (found[1] and found[3] and not found[2]):
        raise wrong("date", "StudyDate: YYYYMMDD, or YYYYMMDD-YYYYMMDD.")
    return found[1] or "", (found[3] or "") if found[2] else found[1] or ""


def _names(text: str) -> tuple[tuple[str, bool], ...]:
    """Family^Given; a part that ends with `*` is a beginning."""
    found: list[tuple[str, bool]] = []
    for part in text[:256].split("^"):
        plain = part.removesuffix("*")
        if "*" in plain or "?" in plain:
            raise wrong("wildcard", "PatientName: an asterisk at the end alone.")
        each = words_of(plain)
        found += [(one, False) for one in each[:-1]]
        found += [(one, part.endswith("*")) for one in each[-1:]]
    if text.strip("^* ") and not found:
        raise wrong("name", "PatientName: no letter in it.")
    if any(begins and len(word) < 2 for word, begins in found):
        raise wrong("name", "PatientName: two letters at least.")
    return tuple(found)
