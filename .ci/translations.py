# SPDX-License-Identifier: Apache-2.0
"""The catalogues of the interface:  python .ci/translations.py check | update.

Sentences are written in English in the code and the templates. `update` extracts them into
messages.pot, merges them into each language and compiles; `check` says what is missing.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("fr",)
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.xml", "jinja2")]
# silent: a template that does not parse must not pass for one without sentences.
OPTIONS = {pattern: {"silent": "false"} for pattern, method in METHODS if method == "jinja2"}
# gettext under the names that code gives it: lazy ones, and markers translated when shown.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "_n": (1, 2),
    "N_": None,
    "gettext": None,
    "later": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "ngettext": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}


@dataclass(frozen=True)
class Side:
    """One set of catalogues: the provider's, or that of the other side of the protocol."""

    folder: Path
    sources: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def template(self) -> Path:
        """The sentences to translate."""
        return self.folder / "messages.pot"

    def path(self, locale: str, ending: str) -> Path:
        """Where a language's catalogue lies."""
        return self.folder / locale / "LC_MESSAGES" / f"messages.{ending}"

    def load(self, locale: str) -> Catalog:
        """A language's catalogue, as translated."""
        with self.path(locale, "po").open("rb") as file:
            return read_po(file, locale=locale)

    def owns(self, place: str) -> bool:
        """Whether a file's sentences are of this side."""
        return not place.startswith(self.without)


SIDES = (
    Side(
        ROOT / "idp" / "translations",
        ("connectors", "idp", "templates"),
        ("templates/relying_parties/", "templates/imaging_app/"),
    ),
    Side(
        ROOT / "relying_parties" / "translations",
        ("relying_parties", "templates/relying_parties"),
    ),
    Side(
        ROOT / "imaging_app" / "translations",
        ("imaging_app", "templates/imaging_app"),
    ),
)


def extract(side: Side) -> Catalog:
    """Every sentence of one side, as the sources have it now."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for folder in side.sources:
        found = extract_from_dir(
            ROOT / folder,
            METHODS,
            OPTIONS,
            keywords=KEYWORDS,
            comment_tags=("i18n:",),
            strip_comment_tags=True,
        )
        for filename, _line, message, comments, context in found:
            place = f"{folder}/{filename}"
            if side.owns(place):
                catalog.add(message, None, [(place, 0)], auto_comments=comments, context=context)
    return catalog


def render(catalog: Catalog) -> bytes:
    """The catalogue as a file without dates or line numbers: it only moves when words do."""
    out = BytesIO()
    write_po(out, catalog, sort_by_file=True, include_lineno=False, width=100)
    return b"".join(
        line
        for line in out.getvalue().splitlines(keepends=True)
        if not line.startswith(b"# ") and not line.startswith(PLACEHOLDERS)
    )


PLACEHOLDERS = tuple(
    b'"' + name
    for name in (
        b"Generated-By",
        b"Language-Team",
        b"Last-Translator",
        b"PO-Revision-Date",
        b"POT-Creation-Date",
        b"Project-Id-Version",
        b"Report-Msgid-Bugs-To",
    )
)


def compile_catalogue(catalog: Catalog) -> bytes:
    """The binary form that gettext reads."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def update() -> int:
    """Extract, merge into each language, compile."""
    for side in SIDES:
        fresh = extract(side)
        side.folder.mkdir(parents=True, exist_ok=True)
        side.template.write_bytes(render(fresh))
        for locale in LOCALES:
            merge(side, locale, fresh)
    return 0


def merge(side: Side, locale: str, fresh: Catalog) -> None:
    """Bring one language up to date, keeping what is translated."""
    source = side.path(locale, "po")
    source.parent.mkdir(parents=True, exist_ok=True)
    catalog = side.load(locale) if source.exists() else Catalog(locale=locale, charset="utf-8")
    # A guessed translation is worse than a missing one.
    catalog.update(fresh, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    source.write_bytes(render(catalog))
    side.path(locale, "mo").write_bytes(compile_catalogue(side.load(locale)))
    missing = sum(1 for message in catalog if message.id and not is_translated(message.string))
    print(f"{source.relative_to(ROOT)}: {len(catalog)} sentences, {missing} to translate")


def is_translated(text: Any) -> bool:
    """Whether a message, in all its plural forms, has a text."""
    return all(text) if isinstance(text, list | tuple) else bool(text)


def key_of(message: Any) -> tuple[Any, Any]:
    """What tells one sentence from another."""
    return (message.context, frozen(message.id))


def frozen(text: Any) -> Any:
    """Plural forms come as a list from one reader and as a tuple from the other."""
    return tuple(text) if isinstance(text, list | tuple) else text


def faults(side: Side) -> Iterator[str]:
    """What stands between the sources and complete catalogues, one sentence each."""
    where = side.template.relative_to(ROOT)
    fresh = extract(side)
    if not side.template.exists():
        yield f"{where} is not there: run make translations"
    elif render(fresh) != side.template.read_bytes():
        yield f"{where} differs from the sources: run make translations"
    for locale in LOCALES:
        if side.path(locale, "po").exists():
            catalog = side.load(locale)
            for fault in (*gaps(fresh, catalog), *flaws(side, locale, catalog)):
                yield f"{side.path(locale, 'po').relative_to(ROOT)}: {fault}"
        else:
            yield f"{side.path(locale, 'po').relative_to(ROOT)} is not there"


def gaps(fresh: Catalog, catalog: Catalog) -> Iterator[str]:
    """Sentences that one has and the other has not."""
    known = {key_of(message): message for message in catalog if message.id}
    for message in fresh:
        if message.id and known.pop(key_of(message), None) is None:
            yield f"not in the catalogue: {message.id!r}"
    for message in known.values():
        yield f"no longer used: {message.id!r}"


def flaws(side: Side, locale: str, catalog: Catalog) -> Iterator[str]:
    """Sentences without translation, doubtful, with other variables, or not compiled."""
    for message in catalog:
        if not message.id:
            continue
        if not is_translated(message.string):
            yield f"not translated: {message.id!r}"
            continue
        if message.fuzzy:
            yield f"fuzzy: {message.id!r}"
        for error in message.check(catalog):
            yield f"{error}: {message.id!r}"
    if not is_compiled(side.path(locale, "mo"), catalog):
        yield "messages.mo says something else: run make translations"


def is_compiled(path: Path, catalog: Catalog) -> bool:
    """Whether the binary catalogue says what the text says."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        compiled = {
            key_of(message): frozen(message.string) for message in read_mo(file) if message.id
        }
    return compiled == {
        key_of(message): frozen(message.string)
        for message in catalog
        if message.id and is_translated(message.string)
    }


def check() -> int:
    """Print what is missing."""
    found = [fault for side in SIDES for fault in faults(side)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    actions = {"check": check, "update": update}
    if sys.argv[1:] not in (["check"], ["update"]):
        sys.exit(__doc__)
    sys.exit(actions[sys.argv[1]]())
