# SPDX-License-Identifier: Apache-2.0
"""What the matrices are asked about: somebody in each role, and something of each house.

Whatever a verb, a page or an operation names is there: an id of nothing would be refused anyhow.
"""

from dataclasses import dataclass
from io import BytesIO

from sqlalchemy import insert, update

from connectors.base import Level
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
from idp.administration.rules.trust_desk import Offered
from idp.administration.views import View
from idp.audit.search import search as events_of
from idp.credentials.models import CardRow, PasskeyRow
from idp.db import Tx, table_of
from idp.demo.pki_authority import authority_name, pem, root
from idp.directory import generations
from idp.messages.outbox import Message
from idp.programs.models import WebhookDeliveryRow
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, dump_proofs
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.requests_kit import ask, someone
from tests.pki import key
from tests.world import START

DELIVERIES, CARDS = table_of(WebhookDeliveryRow), table_of(CardRow)
PASSKEYS, SESSIONS = table_of(PasskeyRow), table_of(SessionRow)
PLACES = {"inside": CHU, "outside": CLINIC, "nobody": ""}
YEAR = 86_400 * 365
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


@dataclass(frozen=True)
class Region:
    """What is there once, and belongs to no establishment."""

    # The key that signs, an authority that is believed, an import of a register, a search of
    # somebody who is none of the clerks.
    kid: str
    fingerprint: str
    generation: int
    view: str


@dataclass(frozen=True)
class Scene:
    """Something of the CHU, of the clinic, or of nobody, and what belongs to it."""

    where: str
    # "" where it is nobody's.
    house: str
    region: Region
    professional: str
    double: str
    patient: str
    clerk_there: str
    seen_at: int
    person: Person
    change: str
    request: str
    letter: str
    proposal: str
    announcement: str
    event: int
    run: str
    webhook: str
    delivery: str
    card: str
    passkey: str
    session: str
    message: str


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


def set_scenes(office: Opened) -> list[Scene]:
    """Something inside and outside of the CHU's perimeter, and of nobody."""
    region = _region(office)
    return [set_scene(office, region, where) for where in PLACES]


def _region(office: Opened) -> Region:
    core, desk = office.world.core, office.world.provider.services.office
    command = desk.authorities.of_command(DESK)
    period = (START - 86_400, START + YEAR)
    made = root("essai", authority_name("Essai", "Essais"), period, "http://x.test", key("essai"))
    offered = Offered(pem(made.certificate).decode(), "essai")
    with core.database.write() as tx:
        believed = desk.trust.add(tx, command, offered)
        view = desk.views.keep(tx, office.authority("auditrice"), "accounts", "Mine", {})
        number = generations.ask(tx, generations.PRACTITIONERS, "x.txt", "test", START).id
        generations.give_up(tx, number, START)
        keys = desk.keys.listed(tx, command)
    assert not isinstance(believed, Denied)
    assert not isinstance(keys, Denied)
    assert isinstance(view, View)
    return Region(keys[0][0].kid, believed.certificate.fingerprint, number, view.id)


def set_scene(office: Opened, region: Region, where: str) -> Scene:
    """What a verb may be tried on."""
    core, desk = office.world.core, office.world.provider.services.office
    house = PLACES[where]
    names = {"last_name": f"Dupont-{where}", "first_name": "Jean", "establishment": house}
    number = 700 + list(PLACES).index(where)
    request = ask(core, **someone(number, email=f"{where}@requests.example", **names))
    command = desk.authorities.of_command(DESK)
    with core.database.write() as tx:
        one = _make(office, tx, where, Population.PROFESSIONAL)
        double = _make(office, tx, where, Population.STAFF)
        patient = _make(office, tx, where, Population.PATIENT)
        if house:
            desk.consents.give(tx, patient, house, "1", By("desk", DESK))
        desk.people.join(tx, command, one.id, "onco-centre")
        history = desk.people.history(tx, command, one.id)
        assert not isinstance(history, Denied)
        letter = desk.letters.print(tx, command, patient.id, "$argon2id$hash")
        assert isinstance(letter, Printed)
        webhook, delivery = _webhook(desk, tx, command, where)
        mail = Message("email", "new-device", f"{where}@mail.example", one.id, "fr", 3600, {})
        scene = {
            "change": history[0].id,
            "letter": letter.letter,
            "announcement": _announcement(desk, tx, command),
            "proposal": _proposal(office, tx, one.id, house),
            "event": events_of(tx)[0].id,
            "webhook": webhook,
            "delivery": delivery,
            "message": core.outbox.put(tx, mail),
            **_means(tx, one.id, where),
        }
    upload = Upload("accounts", f"{where}.csv", house)
    run = desk.imports.read(command, upload, BytesIO(f"Nom;Prenom\nRoy-{where};Ana\n".encode()))
    assert isinstance(run, str)
    return Scene(
        where=where,
        house=house,
        region=region,
        professional=one.id,
        double=double.id,
        patient=patient.id,
        clerk_there=office["regionale"].id,
        seen_at=START,
        person=one.person,
        request=request.id,
        run=run,
        **scene,
    )


def _make(office: Opened, tx: Tx, where: str, population: Population) -> Account:
    """Somebody of an establishment, or of none."""
    core, house = office.world.core, PLACES[where]
    person = Person(
        population,
        f"{where}-{population.value}",
        "Jean",
        f"Dupont-{where}",
        email=f"{where}-{population.value}@mail.example",
    )
    made = core.accounts.create(tx, person)
    assert not isinstance(made, NotCreated)
    if house:
        core.establishments.join(tx, made.id, house, DESK)
    return made


def _webhook(desk: Office, tx: Tx, command: Authority, where: str) -> tuple[str, str]:
    wished = Wished(where, "https://hooks.example/x", ("account.created",))
    webhook = desk.webhooks.add(tx, command, wished)
    assert isinstance(webhook, Secret)
    delivery = desk.webhooks.ping(tx, command, webhook.webhook.id)
    # One that waits is not sent again.
    tx.execute(update(DELIVERIES).values(state="arrived"))
    return webhook.webhook.id, str(delivery)


def _announcement(desk: Office, tx: Tx, command: Authority) -> str:
    notice = desk.notices.add(tx, command, Notice("Une", "One"))
    assert not isinstance(notice, Denied)
    return notice.id


def _proposal(office: Opened, tx: Tx, account: str, house: str) -> str:
    desk = office.world.provider.services.office
    facts = {"subject": account, "role": Role.AUDITOR.value, "establishment": house}
    desk.proposals.put(tx, office.authority("regionale"), "role.give", facts)
    listed = desk.proposals.listed(tx, desk.authorities.of_command(DESK))
    assert not isinstance(listed, Denied)
    [proposal] = [each for each in listed if each.facts["subject"] == account]
    return proposal.id


def _means(tx: Tx, account: str, where: str) -> dict[str, str]:
    """A card, a passkey, and a session of theirs."""
    names = {"card": f"80250{where}", "passkey": f"passkey-{where}", "session": f"of-{where}"}
    later = {"valid_until": START + YEAR, "created_at": START}
    tx.execute(
        insert(CARDS), {"serial": names["card"], "account_id": account, "kind": "cps"} | later
    )
    known = {"id": names["passkey"], "account_id": account, "name": f"Phone-{where}"}
    facts = {"counter": 0, "transports": "", "model": "", "backed_up": 0, "created_at": START}
    bytes_ = {"credential": where.encode(), "public_key": b"key"}
    tx.execute(insert(PASSKEYS), known | facts | bytes_)
    proof = Proof("password", Level.PASSWORD, ("pwd",), START, "journey")
    row = {
        "id": names["session"],
        "secret_hash": where.encode(),
        "account_id": account,
        "level": 1,
        "authenticated_at": START,
        "proofs": dump_proofs((proof,)),
        "created_at": START,
        "seen_at": START,
        "expires_at": START + 3600,
        "address": "192.0.2.9",
        "user_agent": "Firefox",
    }
    tx.execute(insert(SESSIONS), row)
    return names
