# SPDX-License-Identifier: Apache-2.0
"""Every role by every verb of every service by inside, outside and nobody's (WB-013 to WB-016).

The rows are written by hand in `matrix_rows`; this counts that none is missing, and asks each. All
of it in one world, each call in a part of a transaction that is given up.
"""

import inspect
import io
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import get_type_hints

from sqlalchemy import insert, update

from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population
from idp.administration.authority import Authority, Denied, Held
from idp.administration.imports.runs import Upload
from idp.administration.office import Office
from idp.administration.patients.consents import By
from idp.administration.patients.letters import Printed
from idp.administration.region.announcements import Notice
from idp.administration.region.webhooks import Secret, Wished
from idp.administration.rights import Role
from idp.audit.search import search as events_of
from idp.credentials.models import CardRow
from idp.db import Tx, part, table_of
from idp.messages.outbox import Message
from idp.programs.models import WebhookDeliveryRow
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.matrix_rows import CLERKS, NO_VERBS, ROWS, Scene
from tests.administration.matrix_rows_region import ALONE, REGIONAL
from tests.administration.requests_kit import ask
from tests.world import START

SIGNS = {Denied.NOT_ALLOWED: "-", Denied.NOT_FOUND: ".", Denied.PROPOSED: "p"}
DELIVERIES, CARDS = table_of(WebhookDeliveryRow), table_of(CardRow)
PLACES = {"inside": CHU, "outside": CLINIC, "nobody": ""}


def verbs() -> Iterator[str]:
    """Every public method of a service that takes an authority."""
    for field, service in get_type_hints(Office).items():
        for name, method in inspect.getmembers(service, inspect.isfunction):
            asked = inspect.signature(method).parameters
            if not name.startswith("_") and "authority" in asked:
                yield f"{field}.{name}"


def test_every_verb_has_its_row() -> None:
    assert set(verbs()) - NO_VERBS == {*ROWS, *ALONE}
    assert not set(ROWS) & set(ALONE)
    assert all(ROWS[verb].call is call for verb, (_text, call) in REGIONAL.items())


def make(office: Opened, tx: Tx, house: str, where: str, population: Population) -> Account:
    """Somebody of an establishment, or of none."""
    core = office.world.core
    person = Person(population, f"{where}-{population.value}", "Jean", f"Dupont-{where}")
    made = core.accounts.create(tx, person)
    assert not isinstance(made, NotCreated)
    if house:
        core.establishments.join(tx, made.id, house, DESK)
    return made


def set_scene(office: Opened, where: str, house: str) -> Scene:
    """What a verb may be tried on."""
    core, desk = office.world.core, office.world.provider.services.office
    names = {"last_name": f"Dupont-{where}", "first_name": "Jean"}
    request = ask(core, establishment=house, email=f"{where}@requests.example", **names)
    command = desk.authorities.of_command(DESK)
    with core.database.write() as tx:
        one = make(office, tx, house, where, Population.PROFESSIONAL)
        patient = make(office, tx, house, where, Population.PATIENT)
        if house:
            desk.consents.give(tx, patient, house, "1", By("desk", DESK))
        desk.people.join(tx, command, one.id, "onco-centre")
        history = desk.people.history(tx, command, one.id)
        assert not isinstance(history, Denied)
        letter = desk.letters.print(tx, command, patient.id, "$argon2id$hash")
        assert isinstance(letter, Printed)
        notice = desk.notices.add(tx, command, Notice("Une", "One"))
        assert not isinstance(notice, Denied)
        known = {"kind": "role.give", "needs": "roles.grant"}
        proposed = replace(command, actor=office["regionale"].id)
        facts = {"subject": one.id, "role": Role.AUDITOR.value, "establishment": house}
        desk.proposals.put(tx, proposed, known["kind"], facts)
        listed = desk.proposals.listed(tx, command)
        assert not isinstance(listed, Denied)
        [proposal] = [each for each in listed if each.facts["subject"] == one.id]
        event = events_of(tx)[0].id
        webhook = desk.webhooks.add(
            tx, command, Wished(where, "https://hooks.example/x", ("account.created",))
        )
        assert isinstance(webhook, Secret)
        delivery = desk.webhooks.ping(tx, command, webhook.webhook.id)
        # One that waits is not sent again.
        tx.execute(update(DELIVERIES).values(state="arrived"))
        card = {"serial": f"80250{where}", "account_id": one.id, "kind": "cps"}
        later = {"valid_until": START + 86_400 * 365, "created_at": START}
        tx.execute(insert(CARDS), card | later)
        mail = Message("email", "new-device", "x@y.example", None, "fr", 3600, {})
        message = core.outbox.put(tx, mail)
    run = desk.imports.read(command, Upload("accounts", "a.csv", house), BytesIO(b"a;b\n1;2\n"))
    assert isinstance(run, str)
    return Scene(
        where=where,
        house=house,
        professional=one.id,
        patient=patient.id,
        clerk_there=office["regionale"].id,
        seen_at=START,
        person=one.person,
        change=history[0].id,
        request=request.id,
        letter=letter.letter,
        proposal=proposal.id,
        announcement=notice.id,
        event=event,
        run=run,
        webhook=webhook.webhook.id,
        delivery=str(delivery),
        card=card["serial"],
        message=message,
    )


def brought(desk: Office, command: Authority, house: str) -> str:
    """A file of people that was read."""
    file = io.BytesIO(b"Nom;Prenom\nRoy;Ana\n")
    run = desk.imports.read(command, Upload("accounts", "people.csv", house), file)
    assert isinstance(run, str)
    return run


def clerks(office: Opened) -> dict[str, Authority]:
    """Somebody in each role, as if logged in."""
    found = {}
    core, desk = office.world.core, office.world.provider.services.office
    with core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        for letter, held in CLERKS.items():
            person = Person(Population.STAFF, f"clerk-{ord(letter)}", "Clerk", letter)
            made = core.accounts.create(tx, person)
            assert not isinstance(made, NotCreated)
            assert desk.roles.give(tx, command, made.id, held) is True
            office.people[letter] = made
    for letter in CLERKS:
        found[letter] = office.authority(letter)
    return found


def test_wb_013_wb_014_wb_015_every_role_every_verb_every_perimeter(office: Opened) -> None:
    desk, core = office.world.provider.services.office, office.world.core
    people = clerks(office)
    scenes = [set_scene(office, where, house) for where, house in PLACES.items()]
    wrong = []
    for verb, row in ROWS.items():
        service = getattr(desk, verb.partition(".")[0])
        for scene in scenes:
            with core.database.write() as tx:
                got = "".join(_sign(tx, service, verb, one, scene) for one in people.values())
            expected = getattr(row, scene.where)
            if not all(map(_is_so, expected, got)):
                wrong.append(f"{verb} {scene.where}: expected {expected}, got {got}")
    assert not wrong, "\n".join(wrong)


def test_wb_014_wb_015_verbs_that_open_their_own_transactions(office: Opened) -> None:
    desk = office.world.provider.services.office
    people = clerks(office)
    scenes = [set_scene(office, where, house) for where, house in PLACES.items()]
    wrong = []
    for verb, (*expected, call) in ALONE.items():
        field, _, _name = verb.partition(".")
        for scene, row in zip(scenes, expected, strict=True):
            answers = [call(getattr(desk, field), one, scene) for one in people.values()]
            got = "".join(
                SIGNS.get(one, "+") if isinstance(one, Denied) else "+" for one in answers
            )
            if got != row:
                wrong.append(f"{verb} {scene.where}: expected {row}, got {got}")
    assert not wrong, "\n".join(wrong)


def test_wb_016_nobody_touches_whoever_is_above_them(office: Opened) -> None:
    """Every verb that changes an account, on one that holds a role the clerk could not give."""
    desk, core = office.world.provider.services.office, office.world.core
    scene = set_scene(office, "inside", CHU)
    with core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        held = Held(Role.REGION)
        assert desk.roles.give(tx, command, scene.professional, held) is True
    changing = [
        verb
        for verb, row in ROWS.items()
        if verb.startswith("people.") and row.inside in {"+++----", "+++++--"}
    ]
    assert len(changing) > 10
    for who in ("regionale", "chu", "assistance"):
        for verb in changing:
            if verb == "people.create":
                continue
            with core.database.write() as tx, part(tx) as own:
                answer = ROWS[verb].call(desk.people, tx, office.authority(who), scene)
                own.give_up()
            assert answer is Denied.NOT_ALLOWED, (who, verb, answer)


def test_wb_015_what_belongs_to_others_too_is_seen_and_not_changed(office: Opened) -> None:
    """Somebody of two establishments: neither changes them alone, but lets them go by itself."""
    desk, core = office.world.provider.services.office, office.world.core
    scene = set_scene(office, "inside", CHU)
    people = clerks(office)
    with core.database.write() as tx:
        core.establishments.join(tx, scene.professional, CLINIC, DESK)
    alone = {
        "people.create": "+++----",
        "people.search": "+++++++",
        "people.unaffiliate": "+++----",
    }
    wrong = []
    for verb, row in ROWS.items():
        if not verb.startswith("people."):
            continue
        expected = {"+++----": "++-----", "+++++--": "++-+---"}.get(row.inside, row.inside)
        with core.database.write() as tx:
            got = "".join(_sign(tx, desk.people, verb, one, scene) for one in people.values())
        if got != alone.get(verb, expected):
            wrong.append(f"{verb}: expected {alone.get(verb, expected)}, got {got}")
    assert not wrong, "\n".join(wrong)


def _is_so(expected: str, got: str) -> bool:
    return got != "-" if expected == "*" else got == expected


def _sign(tx: Tx, service: object, verb: str, authority: Authority, scene: Scene) -> str:
    with part(tx) as own:
        answer = ROWS[verb].call(service, tx, authority, scene)
        own.give_up()
    return SIGNS.get(answer, "+") if isinstance(answer, Denied) else "+"
