# SPDX-License-Identifier: Apache-2.0
"""Parts of a scene (`scenes.py`): people, requests, imports, means, what is told to others."""

from dataclasses import replace
from io import BytesIO
from typing import Any

from sqlalchemy import insert, update

from connectors.base import Level
from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population
from idp.administration.authority import Authority, Denied
from idp.administration.imports.runs import Run, Upload
from idp.administration.office import Office
from idp.administration.region.announcements import Notice
from idp.administration.region.webhooks import Secret, Wished
from idp.administration.rights import Role
from idp.administration.rules.launchers import Launcher
from idp.applications.invitations import Invitation
from idp.applications.terms import Terms
from idp.credentials.calculettes import Added, Batch, NewCalculette
from idp.credentials.cards import Card, Kind
from idp.credentials.models import CardRow, OtpRow, PasskeyRow
from idp.db import Tx, table_of
from idp.grants.models import GrantRow
from idp.launches.sources import Source
from idp.programs.models import WebhookDeliveryRow
from idp.providers.models import ProviderLinkRow
from idp.registration.values import Request
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, dump_proofs
from tests.administration.kit import CHU, DESK, Opened
from tests.administration.requests_kit import ask, someone
from tests.calculettes import COUNTED, SECRET
from tests.launching import SIGNED_WITH
from tests.provider_values import provider
from tests.saml_values import saml_provider
from tests.world import START

# An application that everybody lets in while they are away.
LASTS = "outside"
DELIVERIES, CARDS = table_of(WebhookDeliveryRow), table_of(CardRow)
LINKS = table_of(ProviderLinkRow)
PASSKEYS, SESSIONS = table_of(PasskeyRow), table_of(SessionRow)
YEAR = 86_400 * 365
BORN = "1950-02-01"
# How an import comes to each of its states.
WAYS = {
    "read": (),
    "planned": ("map",),
    "running": ("map", "start"),
    "stopped": ("map", "start", "stop"),
    "done": ("map", "start", "work"),
}
# Nobody answers at its address: it is kept, and never asked.
PROVIDER = provider(
    alias="chu",
    name_fr="le CHU",
    name_en="the hospital",
    issuer="https://login.chu.example",
    description="https://login.chu.example/.well-known/openid-configuration",
    our_name="sceau",
    secret="a secret that it gave",
)
BY_BROWSER = saml_provider(alias="chs", issuer="https://login.chs.example/saml")


def make(
    office: Opened,
    tx: Tx,
    house: str,
    identifier: str,
    population: Population = Population.PROFESSIONAL,
) -> Account:
    """Somebody of an establishment, or of none."""
    core, where = office.world.core, identifier.partition("-")[0]
    person = Person(
        population,
        identifier,
        "Jean",
        f"Dupont-{where}",
        email=f"{identifier}@mail.example",
        email_verified=True,
        birth_date=BORN if population is Population.PATIENT else "",
    )
    made = core.accounts.create(tx, person)
    assert not isinstance(made, NotCreated), made
    if house:
        core.establishments.join(tx, made.id, house, DESK)
    return made


def requests_of(office: Opened, house: str, where: str) -> dict[str, str]:
    """One that waits, and one that was refused."""
    core, desk = office.world.core, office.world.provider.services.office
    names = {"last_name": f"Dupont-{where}", "first_name": "Jean", "establishment": house}
    number = 10 * sum(where.encode()) % 900
    numbers = {"request": number, "refused": number + 1}
    found = {
        name: ask(core, **someone(number, email=f"{where}@{name}s.example", **names)).id
        for name, number in numbers.items()
    }
    with core.database.write() as tx:
        command = desk.authorities.of_command(DESK)
        refused = desk.queue.refuse(tx, command, found["refused"], 1, "Not here")
    assert isinstance(refused, Request), refused
    return found


def runs_of(desk: Office, clerk: Authority, house: str, where: str) -> dict[str, str]:
    """An import in each of its states."""
    return {state: _run(desk, clerk, house, where, state) for state in WAYS}


def _run(desk: Office, clerk: Authority, house: str, where: str, state: str) -> str:
    database = desk.imports._database
    file = BytesIO(f"Nom;Prenom\nRoy-{where};Ana {state}\n".encode())
    run = desk.imports.read(clerk, Upload("accounts", f"{state}-{where}.csv", house), file)
    assert isinstance(run, str)
    for step in WAYS[state]:
        with database.write() as tx:
            if step == "map":
                desk.imports.map(tx, clerk, run, {"last_name": 0, "first_name": 1})
            elif step != "work":
                getattr(desk.imports, step)(tx, clerk, run)
        if step in {"map", "work"}:
            desk.import_work.advance(run)
    with database.read() as tx:
        found = desk.imports.sheet(tx, clerk, run)
    assert isinstance(found, Run)
    assert found.state == state
    return run


def hooked(desk: Office, tx: Tx, command: Authority, where: str) -> dict[str, str]:
    """A webhook with something that it was told, and an application that is invited."""
    wished = Wished(where, "https://hooks.example/x", ("account.created",))
    webhook = desk.webhooks.add(tx, command, wished)
    assert isinstance(webhook, Secret)
    delivery = desk.webhooks.ping(tx, command, webhook.webhook.id)
    # One that waits is not sent again.
    tx.execute(update(DELIVERIES).values(state="arrived"))
    terms = Terms(policy={"means": ["password"]})
    invited = desk.inviting.make(tx, command, where, 1, 86_400, terms)
    assert not isinstance(invited, Denied)
    assert isinstance(invited[0], Invitation)
    made = {"webhook": webhook.webhook.id, "invitation": invited[0].id}
    return made | {"delivery": str(delivery)}


def announced(desk: Office, tx: Tx, command: Authority) -> str:
    """An announcement."""
    notice = desk.notices.add(tx, command, Notice("Une", "One"))
    assert not isinstance(notice, Denied)
    return notice.id


def proposed(office: Opened, tx: Tx, account: str, house: str) -> str:
    """An act that waits for a second administrator."""
    desk = office.world.provider.services.office
    facts = {"subject": account, "role": Role.AUDITOR.value, "establishment": house}
    desk.proposals.put(tx, office.authority("regionale"), "role.give", facts)
    listed = desk.proposals.listed(tx, desk.authorities.of_command(DESK))
    assert not isinstance(listed, Denied)
    [proposal] = [each for each in listed if each.facts["subject"] == account]
    return proposal.id


def means_of(tx: Tx, account: str, where: str) -> dict[str, str]:
    """A card, a passkey, codes by e-mail, and a session of theirs."""
    names = {"card": f"80250{where}", "passkey": f"passkey-{where}", "session": f"of-{where}"}
    later = {"valid_until": START + YEAR, "created_at": START}
    tx.execute(
        insert(CARDS), {"serial": names["card"], "account_id": account, "kind": "cps"} | later
    )
    known = {"id": names["passkey"], "account_id": account, "name": f"Phone-{where}"}
    facts = {"counter": 0, "transports": "", "model": "", "backed_up": 0, "created_at": START}
    bytes_ = {"credential": where.encode(), "public_key": b"key"}
    tx.execute(insert(PASSKEYS), known | facts | bytes_)
    tx.execute(insert(table_of(OtpRow)), {"account_id": account, "enabled_at": START})
    link = {"issuer": PROVIDER.issuer, "subject": f"who-{where}", "provider": PROVIDER.alias}
    known_as = {"account_id": account, "level": 2, "label": "<b>who</b>", "made_at": START}
    tx.execute(insert(LINKS), link | known_as)
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
    tx.execute(insert(table_of(GrantRow)), let_in(account, names["session"]))
    return names


def read_card(core: Any, tx: Tx, account: str, where: str) -> str:
    """A second card, that a reader answers for."""
    serial = f"80251{where}"
    core.cards.add(tx, Card(serial, account, Kind.CPS, START + YEAR))
    reader = NewCalculette(serial, Batch("Delivered", "ocra", COUNTED), SECRET)
    assert core.calculettes.add(tx, reader) is Added.ADDED
    return serial


def undoable_of(desk: Office, tx: Tx, command: Authority, house: str) -> str:
    """A change of an establishment, as it is kept."""
    town = next((one.town for one in establishments.every(tx) if one.key == house), "")
    return desk.houses._history.keep(tx, command, house, {"town": "Blois"}, {"town": town})


def launcher(desk: Office, tx: Tx, command: Authority) -> str:
    """Software of the CHU's, and how it was renamed."""
    made = Source("hm", "Manager", CHU, "https://hm.chu.example", jwks=SIGNED_WITH)
    wished = replace(made, applications=("dcc",))
    assert desk.launchers.add(tx, command, wished) == wished
    found = desk.launchers.load(tx, command, "hm")
    assert isinstance(found, Launcher)
    renamed = replace(wished, name="Hôpital Manager")
    assert desk.launchers.edit(tx, command, found.version, renamed) == renamed
    [newest, _made] = desk.launchers.history(tx, command, "hm")
    return newest.id


def undoable(desk: Office, tx: Tx, command: Authority) -> dict[str, str]:
    """A change of a community, and one of rules."""
    network = accounts.community_names(tx)["perinat-centre"]
    rules = desk.passwords.one(tx, command, Population.STAFF)
    assert not isinstance(rules, Denied)
    before = {"own": True, "length": 20}
    return {
        "launcher": launcher(desk, tx, command),
        "community": desk.networks._history.keep(
            tx, command, "perinat-centre", {"name": "Old"}, {"name": network}
        ),
        "passwords": desk.passwords._history.keep(
            tx, command, "staff", before, {"own": rules.own, "length": rules.policy.length}
        ),
    }


def let_in(account: str, session: str) -> dict[str, Any]:
    """What an application has of them while they are away."""
    texts = dict.fromkeys(("scope", "means", "methods"), "")
    moments = dict.fromkeys(("code_expires_at", "created_at", "authenticated_at"), START)
    return {
        **texts,
        **moments,
        "id": f"grant-{session}",
        "application": LASTS,
        "account_id": account,
        "session_id": session,
        "payload": "{}",
        "level": 1,
        "lasting_until": START + 86_400,
        "expires_at": START + 86_400,
    }
