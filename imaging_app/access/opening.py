# SPDX-License-Identifier: Apache-2.0
"""Everything about access, opened once: for the pages, for the façade, for commands."""

from dataclasses import dataclass

from sqlalchemy import FromClause

from imaging_app.access import choosing, desk, finding
from imaging_app.access.choosing import Choosing
from imaging_app.access.closing import Closing
from imaging_app.access.desk import Desk
from imaging_app.access.doors import Doors
from imaging_app.access.facts import Exams, FactsReader
from imaging_app.access.finding import Finding
from imaging_app.access.grants import Grants
from imaging_app.access.joining import Joining
from imaging_app.access.motives import Motives
from imaging_app.access.reachable import Reachable
from imaging_app.access.telling import Telling
from imaging_app.clock import Now
from imaging_app.consents.blocks import Blocks
from imaging_app.consents.consent import Consents
from imaging_app.consents.results import Results
from imaging_app.crypto import Keys
from imaging_app.db import Database
from imaging_app.limits.tries import Tries
from imaging_app.notices.outbox import Outbox
from imaging_app.people.files import Files
from imaging_app.people.involvement import Involvements
from imaging_app.people.patients import Patients
from imaging_app.people.professionals import Professionals
from imaging_app.people.search import Search
from imaging_app.settings import Settings
from imaging_app.sharing.codes import Codes
from imaging_app.sharing.lists import Lists
from imaging_app.trace.record import Trace


@dataclass(frozen=True, slots=True)
class Access:
    """The doors, what is done through them, and what is read once they are open."""

    doors: Doors
    finding: Finding
    choosing: Choosing
    desk: Desk
    telling: Telling
    trace: Trace
    patients: Patients
    files: Files
    professionals: Professionals
    involvements: Involvements
    consents: Consents
    blocks: Blocks
    results: Results
    codes: Codes
    lists: Lists
    grants: Grants
    motives: Motives
    outbox: Outbox
    tries: Tries
    reachable: Reachable


def open_access(
    database: Database,
    keys: Keys,
    now: Now,
    settings: Settings,
    exams: Exams,
    reported: FromClause,
) -> Access:
    """Over the index of exams, and the list of results with the columns that `unseen` names."""
    rules, zone = settings.rules, settings.timezone
    trace = Trace(keys, now)
    doors = Doors(database, FactsReader(keys, now, zone, exams), trace, rules, now)
    files, patients = Files(keys, now), Patients(keys, now)
    professionals, involvements = Professionals(now), Involvements(now)
    consents, blocks, results = Consents(now), Blocks(now), Results(now)
    codes, grants, motives = Codes(keys, now, rules), Grants(keys, now), Motives(now, zone)
    tries, outbox = Tries(keys, now), Outbox(keys, now)
    closing = Closing(consents, codes, grants, exams)
    finds = finding.Services(
        doors, Search(now), codes, grants, motives, consents, tries, outbox, trace, rules, now
    )
    chooses = choosing.Services(
        doors,
        blocks,
        consents,
        codes,
        grants,
        closing,
        involvements,
        patients,
        professionals,
        rules,
    )
    joining = Joining(patients)
    sits = desk.Services(
        doors, files, consents, codes, grants, closing, involvements, patients, joining
    )
    return Access(
        doors=doors,
        finding=Finding(finds),
        choosing=Choosing(chooses),
        desk=Desk(sits),
        telling=Telling(doors, results, reported, rules, now),
        trace=trace,
        patients=patients,
        files=files,
        professionals=professionals,
        involvements=involvements,
        consents=consents,
        blocks=blocks,
        results=results,
        codes=codes,
        lists=Lists(now),
        grants=grants,
        motives=motives,
        outbox=outbox,
        tries=tries,
        reachable=Reachable(now, zone),
    )
