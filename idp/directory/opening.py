# SPDX-License-Identifier: Apache-2.0
"""Opens everything about national registers and the Annuaire, for whoever builds the services."""

from dataclasses import dataclass

from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.config import Settings
from idp.db import Database
from idp.directory.annuaire import Annuaire
from idp.directory.importer import Importer
from idp.directory.references import References
from idp.directory.service import Directory


@dataclass(frozen=True, slots=True)
class National:
    """The services, side by side."""

    directory: Directory
    importer: Importer
    annuaire: Annuaire


def open_national(
    settings: Settings,
    database: Database,
    clock: Clock,
    entropy: Entropy,
    audit: Audit,
    secret: bytes,
) -> National:
    """All of them, as configured."""
    directory = Directory()
    return National(
        directory,
        Importer(database, clock, entropy, audit, settings.directory.max_bytes),
        Annuaire(References(secret), directory),
    )
