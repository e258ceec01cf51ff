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
from idp.directory.sante import AnnuaireSante
from idp.directory.service import Directory
from idp.outgoing import Fetcher


@dataclass(frozen=True, slots=True)
class National:
    """The services, side by side."""

    directory: Directory
    importer: Importer
    annuaire: Annuaire
    sante: AnnuaireSante


Ground = tuple[Database, Clock, Entropy, Audit]


def open_national(settings: Settings, ground: Ground, secret: bytes, fetcher: Fetcher) -> National:
    """All of them, as configured."""
    database, clock, entropy, audit = ground
    directory, rules = Directory(), settings.directory
    return National(
        directory,
        Importer(database, clock, entropy, audit, rules.max_bytes),
        Annuaire(References(secret), directory),
        AnnuaireSante(database, clock, fetcher, directory, rules),
    )
