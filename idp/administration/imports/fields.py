# SPDX-License-Identifier: Apache-2.0
"""Which column fills what: guessed from its name, in French or English, and changed by hand."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from idp.administration.csv_out import GUARD, is_dangerous, unguarded
from idp.administration.imports.reading import LONGEST_CELL

ACCOUNTS: Final = (
    "last_name",
    "first_name",
    "civility",
    "birth_name",
    "birth_date",
    "identifier",
    "national_id",
    "email",
    "phone",
    "profession",
    "speciality",
    "town",
    "locale",
    "communities",
    "establishment",
    "visibility",
    "title",
)
PATIENTS: Final = (
    "last_name",
    "first_name",
    "birth_date",
    "civility",
    "birth_name",
    "email",
    "phone",
    "ins",
    "locale",
)
# What a file says where whoever brings it holds the server's secrets, and nowhere else: which
# addresses are verified (CR-046), and the passwords of the system before (CR-045).
BY_COMMAND: Final = (
    "population",
    "email_verified",
    "phone_verified",
    "password_hash",
    "must_change",
)
# By their titles; whatever a file says of passwords is shown to nobody.
SECRETS: Final = ("password", "passwd", "motdepasse", "passphrase", "mdp", "pwd", "hash", "secret")
# By what it looks like: `$2b$…`, `{SSHA}…`, `pbkdf2_sha256$…`, digits of a plain digest.
HASHED: Final = re.compile(
    r"\$[a-z0-9-]+\$.+|\{[a-z0-9-]+\}.+|pbkdf2_.+|[0-9a-f]{32,}", re.ASCII | re.IGNORECASE
)
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {"accounts": ACCOUNTS, "patients": PATIENTS}
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("last_name", "first_name"),
    "patients": ("last_name", "first_name", "birth_date"),
}
# A plus is how a number begins.
NUMBERS: Final = frozenset({"phone"})
NAMES: Final[Mapping[str, str]] = {
    "last_name": "nom lastname surname familyname nomusage nomdusage nomutilise nomexercice",
    "first_name": "prenom prenoms firstname givenname premierprenom prenomexercice",
    "civility": "civilite civility",
    "birth_name": "nomdenaissance nomnaissance birthname nomjeunefille nomdejeunefille",
    "birth_date": "datedenaissance datenaissance naissance birthdate dateofbirth ddn nele",
    "identifier": "identifiant identifier login utilisateur username",
    "national_id": (
        "rpps numerorpps norpps nrpps adeli numeroadeli noadeli nadeli nationalid "
        "identifiantnational idnat"
    ),
    "email": "email mail courriel adressemail adresseemail adresseelectronique mel",
    "phone": "mobile telephonemobile portable telephoneportable telephone tel phone gsm",
    "profession": "profession metier libelleprofession",
    "speciality": "specialite speciality specialty savoirfaire",
    "town": "ville commune town city",
    "locale": "langue language locale",
    "communities": "reseaux reseau communautes communaute communities community",
    "establishment": "finess nofiness nfiness numerofiness etablissement establishment",
    "visibility": "confidentialite niveaudeconfidentialite annuaire visibilite visibility",
    "title": "title titre titreexercice titredexercice civiliteexercice civilitedexercice",
    "ins": "ins nir matriculeins numeroins nss numerosecu numerosecuritesociale",
}
_KNOWN: Final = {word: name for name, words in NAMES.items() for word in words.split()}


def fields_of(kind: str, *, commanded: bool) -> tuple[str, ...]:
    """What a column may fill; `commanded`: of a file that the command line brings."""
    return (*FIELDS[kind], *(BY_COMMAND if commanded and kind == "accounts" else ()))


def guess(kind: str, header: Sequence[str], *, commanded: bool = False) -> dict[str, int]:
    """The column of each field, so far as their names tell; each column once."""
    fields = fields_of(kind, commanded=commanded)
    found: dict[str, int] = {}
    for place, written in enumerate(header):
        name = _KNOWN.get(_plain(written)) or _plain_field(written)
        if name in fields:
            found.setdefault(name, place)
    return found


def fits(kind: str, mapping: Mapping[str, int], columns: int, *, commanded: bool = False) -> bool:
    """Whether a mapping that came back names fields and columns that there are."""
    places = list(mapping.values())
    return (
        set(mapping) <= set(fields_of(kind, commanded=commanded))
        and set(NEEDED[kind]) <= set(mapping)
        and all(0 <= place < columns for place in places)
        and len(places) == len(set(places))
    )


def values_of(mapping: Mapping[str, int], cells: Sequence[str]) -> dict[str, str]:
    """A row by field: composed letters, single spaces, a guard of ours taken off."""
    return {
        name: _tidy(unguarded(cells[place])) if place < len(cells) else ""
        for name, place in mapping.items()
    }


def cell_faults(values: Mapping[str, str], cells: int, columns: int) -> list[tuple[str, str]]:
    """What can't even be looked at: too many cells, formulas, characters that nobody sees."""
    found = []
    if cells > columns:
        found.append(("", "cells"))
    for name, text in values.items():
        if len(text) > LONGEST_CELL or not text.isprintable():
            found.append((name, "text"))
        elif name not in NUMBERS and not text.startswith(GUARD) and is_dangerous(text):
            found.append((name, "formula"))
    return found


def holds_secrets(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Whether a file says anything of passwords, by its titles or by what these rows look like."""
    titles = [_plain(one) for one in header]
    if any(word in title for title in titles for word in SECRETS):
        return True
    return any(HASHED.fullmatch(cell.strip()) for row in rows for cell in row)


def mark_of(header: Sequence[str]) -> str:
    """By which a file with the same header is known again."""
    plain = json.dumps([_plain(one) for one in header])
    return hashlib.sha256(plain.encode()).hexdigest()


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return re.sub(r"[^a-z0-9]", "", parts)


def _plain_field(text: str) -> str:
    return text.strip().casefold().replace("-", "_").replace(" ", "_")
