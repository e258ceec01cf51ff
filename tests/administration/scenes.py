# SPDX-License-Identifier: Apache-2.0
"""What the matrices are asked about: somebody in each role, and something of each house.

Whatever a verb, a page or an operation names is there: an id of nothing would be refused anyhow.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.accounts import particulars
from idp.accounts.listing import EVERYBODY
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.service import NotCreated
from idp.accounts.values import Person, Population
from idp.administration.authority import Authority, Denied, Held
from idp.administration.outcomes import Unfit
from idp.administration.patients.consents import By
from idp.administration.patients.letters import Printed
from idp.administration.rights import Role
from idp.administration.rules.trust_desk import Offered
from idp.administration.views import View
from idp.audit.search import search as events_of
from idp.demo.pki_authority import authority_name, pem, root
from idp.directory import generations
from idp.directory.shown import Found, Query, Viewer
from idp.messages.outbox import Message
from idp.signals.streams import Wished
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.scene_parts import (
    BY_BROWSER,
    PROVIDER,
    YEAR,
    announced,
    hooked,
    make,
    means_of,
    proposed,
    read_card,
    requests_of,
    runs_of,
    undoable,
    undoable_of,
)
from tests.pki import key
from tests.world import START

PLACES = {"inside": CHU, "outside": CLINIC, "nobody": ""}
# What is added when all the rest is there.
LATER = {"later": CLINIC}
DECIDERS = {"inside": "chu", "outside": "clinique", "nobody": "regionale", "later": "clinique"}
# In the order of the letters of a row: super, region, establishment (CHU), help desk of the region
# and of the CHU, auditor of the region and of the CHU.
CLERKS: dict[str, Held] = {
    "S": Held(Role.SUPER),
    "R": Held(Role.REGION),
    "E": Held(Role.ESTABLISHMENT, CHU),
    "H": Held(Role.HELP_DESK),
    "h": Held(Role.HELP_DESK, CHU),
    "A": Held(Role.AUDITOR),
    "a": Held(Role.AUDITOR, CHU),
}
# Those of one establishment, and what only whoever reaches the other one may read, wherever it is.
HOUSE = ("E", "h", "a")
ABROAD = (
    "Dupont-outside",
    "outside@requests",
    "outside-professional",
    "outside.csv",
    "Roy-outside",
)


@dataclass(frozen=True)
class Region:
    """What is there once, and belongs to no establishment."""

    # The key that signs, an authority that is believed, an import of a register, a search of
    # somebody who is none of the clerks.
    kid: str
    fingerprint: str
    generation: int
    view: str
    # Somebody whom the directory shows.
    listed: str
    # Of the application `dcc`, as it stands.
    version: int
    # What was changed of a community, and of the rules of passwords.
    changes: Mapping[str, str]


@dataclass(frozen=True)
class Scene:
    """Something of the CHU, of the clinic, or of nobody, and what belongs to it."""

    where: str
    # "" where it is nobody's.
    house: str
    region: Region
    professional: str
    double: str
    # Of the staff, with a role there.
    helper: str
    patient: str
    # A patient whose consent was withdrawn.
    left: str
    clerk_there: str
    seen_at: int
    person: Person
    change: str
    request: str
    # One that was refused.
    refused: str
    letter: str
    proposal: str
    announcement: str
    event: int
    # One of each state.
    runs: Mapping[str, str]
    webhook: str
    invitation: str
    delivery: str
    card: str
    # One that a reader answers for.
    read_card: str
    # What was changed of the establishment.
    house_change: str
    passkey: str
    session: str
    message: str


def clerks(office: Opened, password: str = "") -> dict[str, Authority]:
    """Somebody in each role, as if logged in; with a password they can log in themselves."""
    found = {}
    hashed = office.world.core.passwords.hashed(password) if password else ""
    core, desk = office.world.core, office.world.provider.services.office
    with core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        for letter, held in CLERKS.items():
            person = Person(Population.STAFF, f"clerk-{ord(letter)}", "Clerk", letter)
            made = core.accounts.create(tx, person)
            assert not isinstance(made, NotCreated)
            assert desk.roles.give(tx, command, made.id, held) is True
            if hashed:
                core.passwords.put(tx, made.id, hashed)
            office.people[letter] = made
    for letter in CLERKS:
        found[letter] = office.authority(letter)
    return found


def set_scenes(office: Opened) -> list[Scene]:
    """Something inside and outside of the CHU's perimeter, and of nobody."""
    region = _region(office)
    return [set_scene(office, region, where) for where in PLACES]


def add_outside(office: Opened, scene: Scene) -> None:
    """More of everything, where the establishment's own people see nothing."""
    set_scene(office, scene.region, "later")


def _region(office: Opened) -> Region:
    core, desk = office.world.core, office.world.provider.services.office
    command = desk.authorities.of_command(DESK)
    period = (START - 86_400, START + YEAR)
    made = root("essai", authority_name("Essai", "Essais"), period, "http://x.test", key("essai"))
    offered = Offered(pem(made.certificate).decode(), "essai")
    with core.database.write() as tx:
        believed = desk.trust.add(tx, command, offered)
        for one in (PROVIDER, BY_BROWSER):
            assert not isinstance(desk.providers.add(tx, command, one), Denied | Unfit)
        view = desk.views.keep(tx, office.authority("auditrice"), "accounts", "Mine", {})
        number = generations.ask(tx, generations.PRACTITIONERS, "x.txt", "test", START).id
        generations.give_up(tx, number, START)
        keys = desk.keys.listed(tx, command)
        seen = Particulars(visibility=Visibility.PUBLIC)
        particulars.put(tx, office["infirmiere"].id, seen)
        found = core.annuaire.search(
            tx, Viewer(EVERYBODY, "test"), Query(name=office["infirmiere"].person.last_name)
        )
        dcc = desk.applications.one(tx, command, "dcc")
        changes = undoable(desk, tx, command)
        core.streams.make(tx, "dcc", Wished("poll"), command.origin)
    assert not isinstance(believed, Denied)
    assert not isinstance(keys, Denied)
    assert isinstance(view, View)
    assert isinstance(found, Found)
    assert not isinstance(dcc, Denied)
    print_ = believed.certificate.fingerprint
    return Region(
        keys[0][0].kid, print_, number, view.id, found.entries[0].reference, dcc.version, changes
    )


def set_scene(office: Opened, region: Region, where: str) -> Scene:
    """What a verb may be tried on."""
    core, desk = office.world.core, office.world.provider.services.office
    house, command = (PLACES | LATER)[where], desk.authorities.of_command(DESK)
    with core.database.write() as tx:
        one = make(office, tx, house, f"{where}-professional")
        double = make(office, tx, house, f"{where}-double")
        helper = make(office, tx, house, f"{where}-helper", Population.STAFF)
        patient = make(office, tx, house, f"{where}-patient", Population.PATIENT)
        left = make(office, tx, "", f"{where}-left", Population.PATIENT)
        if house:
            desk.consents.give(tx, patient, house, "1", By("desk", DESK))
            desk.consents.give(tx, left, house, "1", By("desk", DESK))
            desk.consents.withdraw(tx, left, house, By("desk", DESK))
        assert desk.roles.give(tx, command, helper.id, Held(Role.HELP_DESK, house)) is True
        desk.people.join(tx, command, one.id, "onco-centre")
        history = desk.people.history(tx, command, one.id)
        assert not isinstance(history, Denied)
        letter = desk.letters.print(tx, command, patient.id, "$argon2id$hash")
        assert isinstance(letter, Printed)
        mail = Message("email", "new-device", f"{where}@mail.example", one.id, "fr", 3600, {})
        scene = {
            "change": history[0].id,
            "letter": letter.letter,
            "announcement": announced(desk, tx, command),
            "proposal": proposed(office, tx, one.id, house),
            "house_change": undoable_of(desk, tx, command, house),
            "event": events_of(tx)[0].id,
            "message": core.outbox.put(tx, mail),
            **hooked(desk, tx, command, where),
            **means_of(tx, one.id, where),
            "read_card": read_card(core, tx, one.id, where),
        }
    return Scene(
        where=where,
        house=house,
        region=region,
        professional=one.id,
        double=double.id,
        helper=helper.id,
        patient=patient.id,
        left=left.id,
        clerk_there=office[DECIDERS[where]].id,
        seen_at=START,
        person=one.person,
        runs=runs_of(desk, office.authority(DECIDERS[where]), house, where),
        **requests_of(office, house, where),
        **scene,
    )
