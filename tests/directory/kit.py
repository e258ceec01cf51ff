# SPDX-License-Identifier: Apache-2.0
"""Extracts of a few lines, and importing them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from idp.clock import SystemEntropy
from idp.directory import generations
from idp.directory.generations import PRACTITIONERS, Generation
from idp.directory.importer import Importer, Ways
from idp.origin import Origin
from tests.benchmarks.extract import COLUMNS, line_of
from tests.world import World

ORIGIN = Origin("command line", "test", "test")
NUMBERS = ("99900000011", "99900000029", "99900000037", "99900000045", "99900000052")


def somebody(
    number: str = NUMBERS[0], last: str = "LEFÈVRE", first: str = "MARIE", **more: str
) -> str:
    """A line of the practitioners' extract; `more` by the short names below."""
    values = {
        "Type d'identifiant PP": "8",
        "Identifiant PP": number,
        "Identification nationale PP": f"8{number}",
        "Nom d'exercice": last,
        "Prénom d'exercice": first,
        "Code profession": "10",
        "Libellé profession": "Médecin",
        "Code catégorie professionnelle": "C",
        "Code savoir-faire": "SM54",
        "Libellé commune (coord. structure)": "ORLEANS",
    }
    return line_of(values | {SHORT[name]: value for name, value in more.items()})


SHORT = {
    "town": "Libellé commune (coord. structure)",
    "profession": "Code profession",
    "label": "Libellé profession",
    "category": "Code catégorie professionnelle",
    "skill": "Code savoir-faire",
    "site": "Raison sociale site",
    "national_id": "Identification nationale PP",
    "mode": "Code mode exercice",
    "finess": "Numéro FINESS site",
    "house_id": "Ancien identifiant de la structure",
    "sector": "Code secteur d'activité",
    "section": "Code section tableau pharmaciens",
}


def extract(
    folder: Path, lines: Iterable[str], name: str = "extract.txt", head: str = COLUMNS
) -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return path


def importer(world: World, most_bytes: int = 1 << 30) -> Importer:
    """One that another process would have."""
    core = world.core
    return Importer(core.database, core.clock, SystemEntropy(), core.audit, most_bytes)


def ask(world: World, path: Path, kind: str = PRACTITIONERS, **more: Any) -> int:
    """The wish to have a file imported."""
    with world.core.database.write() as tx:
        return generations.ask(tx, kind, str(path), "test", world.clock.now(), **more).id


def bring(world: World, path: Path, kind: str = PRACTITIONERS, **more: Any) -> Generation:
    """Import a file, to its end."""
    done = importer(world).run(ask(world, path, kind, **more), ORIGIN)
    assert done is not None
    return done


def stopping_after(batches: int) -> Ways:
    """Stops when so many batches are written."""
    seen: list[int] = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) >= batches

    return Ways(stop=stop)


def read(world: World, verb: str, *arguments: Any) -> Any:
    """A look-up."""
    with world.core.database.read() as tx:
        return getattr(world.core.directory, verb)(tx, *arguments)


def rejects(world: World, generation: Generation) -> list[tuple[int, str]]:
    """Line numbers and reasons."""
    with world.core.database.read() as tx:
        return [(one.line, one.reason) for one in generations.rejects_of(tx, generation.id)]
