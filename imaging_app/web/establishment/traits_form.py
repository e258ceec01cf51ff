# SPDX-License-Identifier: Apache-2.0
"""Who somebody is, as a desk types it; back to where it is wrong."""

from collections.abc import Mapping
from typing import Final

from imaging_app.people.files import LONGEST_NUMBER
from imaging_app.people.traits import INS_STATUSES, QUALIFIED, Ins, Traits, read_date

OIDS: Final = {
    "nir": "1.2.250.1.213.1.4.8",
    "nia": "1.2.250.1.213.1.4.9",
    "test": "1.2.250.1.213.1.4.10",
}
# The field at which each fault is told.
FIELDS: Final = {
    "name": "birth_name",
    "first_name": "first_names",
    "ins_oid": "ins",
    "ins_status": "ins",
    "patient": "number",
    "establishment": "number",
}


def read_traits(form: Mapping[str, str]) -> tuple[str, Traits, dict[str, str]]:
    """The number, the traits, and what is wrong at which field."""
    faults: dict[str, str] = {}
    born = form.get("birth_date", "")
    birth_date = read_date(born) or ""
    if not birth_date and "unknown" not in form:
        faults["birth_date"] = "date" if born else "missing"
    typed = "".join(form.get("ins", "").split()).upper()
    status = QUALIFIED if "qualified" in form else INS_STATUSES[0]
    number = form.get("number", "").strip()
    traits = Traits(
        birth_name=form.get("birth_name", ""),
        first_names=tuple(form.get("first_names", "").replace(",", " ").split()),
        birth_date="" if "unknown" in form else birth_date,
        sex=form.get("sex", ""),
        birth_place=form.get("birth_place", "").upper(),
        used_name=form.get("used_name", ""),
        used_first_name=form.get("used_first_name", ""),
        ins=Ins(typed, OIDS.get(form.get("ins_kind", ""), ""), status) if typed else None,
    )
    for name in ("number", "birth_name", "first_names", "sex"):
        if not form.get(name, "").strip():
            faults[name] = "missing"
    if number and (len(number) > LONGEST_NUMBER or not number.isprintable()):
        faults["number"] = "wrong"
    for name in traits.faults():
        faults.setdefault(FIELDS.get(name, name), "wrong")
    return number, traits, faults


def told_apart(differs: tuple[str, ...]) -> dict[str, str]:
    """By what the file can't be this person's, at its field."""
    return {FIELDS.get(name, name): "differs" for name in differs}
