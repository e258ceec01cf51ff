# SPDX-License-Identifier: Apache-2.0
"""What is decided on requests, and done to applications, keys, webhooks, imports and registers."""

import io
from dataclasses import replace
from typing import Any

from idp.administration.authority import Denied
from idp.administration.imports.runs import NotDone, Upload
from idp.administration.imports.store import Run
from idp.administration.outcomes import Unfit
from idp.administration.region.webhooks import Secret, Webhook, Wished
from idp.administration.requests.outcomes import Approval, Approved
from idp.applications.values import Application
from idp.directory.generations import Generation
from idp.registration.decisions import Stale
from idp.registration.values import Request
from tests.administration.kit import CHU
from tests.administration.requests_kit import ask, someone
from tests.cast import application
from tests.reliability.verbs import Place, Verb
from tests.reliability.verbs_of_people import equals, is_a, named, numbers, somebody

SITE = "https://app.example"
WISHED = Wished("Un", "https://hooks.example/one", ("account.created",))
STALE = is_a(Stale)


def request(place: Place) -> Request:
    """Somebody who asks for an account, and has no namesake."""
    number = next(numbers)
    return ask(place.core, **someone(number, last_name=named(number)))


def refused(place: Place) -> Request:
    """Somebody who was refused."""
    found = request(place)
    with place.core.database.write() as tx:
        done = place.desk.queue.refuse(tx, place.by("chu"), found.id, found.version, "Non")
    assert isinstance(done, Request)
    return done


def attached(place: Place) -> tuple[Request, str]:
    """Somebody who asks, and has an account already."""
    found = somebody(place, CHU)
    said = someone(next(numbers), last_name=found.person.last_name, email=found.person.email)
    return ask(place.core, **said), found.id


def registered(place: Place) -> str:
    """An application of its own."""
    key = f"app-{next(numbers)}"
    document = application(key, site=SITE)
    with place.core.database.write() as tx:
        place.core.applications.register(tx, document)
    return key


def webhook(place: Place) -> Webhook:
    """An address that is told of things."""
    with place.core.database.write() as tx:
        made = place.desk.webhooks.add(tx, place.by("regionale"), WISHED)
    assert isinstance(made, Secret)
    return made.webhook


def removed(place: Place) -> str:
    """All that there are, but one: there may not be many."""
    with place.core.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM webhook_deliveries")
        tx.exec_driver_sql("DELETE FROM webhooks")
    return webhook(place).id


def signing(place: Place) -> str:
    """The key that signs."""
    with place.core.database.write() as tx:
        return str(place.core.signing.ensure(tx, "ES256"))


def settled(place: Place) -> str:
    """No rotation is under way."""
    with place.core.database.write() as tx:
        for one, state in place.desk.keys.listed(tx, place.by("administrateur")):
            if state.value == "pending":
                place.core.signing.revoke(tx, one.kid)
    return signing(place)


def run(place: Place, *steps: str) -> str:
    """An import of two people, brought so far."""
    desk, who = place.desk, place.by("chu")
    names = [named(next(numbers)) for _ in range(2)]
    rows = "".join(f"{name};Ana;{name.lower()}@csv.example\n" for name in names)
    text = f"Nom;Prénom;Adresse e-mail\n{rows}"
    brought = desk.imports.read(who, Upload("accounts", "a.csv", CHU), io.BytesIO(text.encode()))
    assert isinstance(brought, str)
    for step in steps:
        with place.core.database.write() as tx:
            more = (MAPPING,) if step == "map" else ()
            assert isinstance(getattr(desk.imports, step)(tx, who, brought, *more), Run)
        desk.import_work.advance(brought)
    return brought


MAPPING = {"last_name": 0, "first_name": 1, "email": 2}


def import_verb(step: str, *before: str) -> Verb:
    """One step of an import; what it leads to is the work of a thread."""
    more = (MAPPING,) if step == "map" else ()

    def act(place: Place, tx: Any, one: str) -> Any:
        return getattr(place.desk.imports, step)(tx, place.by("chu"), one, *more)

    events = (f"import.{step}",)
    return Verb(lambda place: run(place, *before), act, is_a(Run), events, equals(NotDone.STATE))


def queue_verb(verb: str, events: tuple[str, ...], kind: type, *more: object) -> Verb:
    """A decision on a request; of two who decide, the second is told of the first."""

    def act(place: Place, tx: Any, one: Request) -> Any:
        decide = getattr(place.desk.queue, verb)
        return decide(tx, place.by("chu"), one.id, one.version, *more)

    return Verb(request, act, is_a(kind), events, STALE)


VERBS = {
    "request approved": queue_verb(
        "approve",
        ("account.created", "account.affiliated", "registration.approved"),
        Approved,
        Approval(),
    ),
    "request refused": queue_verb("refuse", ("registration.refused",), Request, "Non"),
    "request returned": queue_verb("ask_more", ("registration.returned",), Request, "Quoi ?"),
    "request assigned": queue_verb("claim", ("registration.assigned",), Request),
    "request passed on": replace(
        queue_verb("pass_on", ("registration.passed-on",), Request),
        # It is the region's by now.
        again=equals(Denied.NOT_FOUND),
    ),
    "request attached": Verb(
        attached,
        lambda p, tx, both: p.desk.queue.attach(
            tx, p.by("chu"), both[0].id, both[0].version, both[1]
        ),
        is_a(Approved),
        # The title that the request has and the account lacks.
        ("registration.attached", "account.edited"),
        STALE,
    ),
    "request reopened": Verb(
        refused,
        lambda p, tx, one: p.desk.queue.reopen(tx, p.by("chu"), one.id, one.version),
        is_a(Request),
        ("registration.reopened",),
        STALE,
    ),
    "application registered": Verb(
        lambda _place: application(f"app-{next(numbers)}", site=SITE),
        lambda p, tx, one: p.desk.applications.create(tx, p.by("regionale"), one),
        is_a(Application),
        ("application.registered",),
        lambda done: not isinstance(done, Application | Denied),
    ),
    "secret renewed": Verb(
        registered,
        lambda p, tx, key: p.desk.applications.new_secret(tx, p.by("regionale"), key),
        is_a(str),
        ("application.secret",),
    ),
    "application closed": Verb(
        registered,
        lambda p, tx, key: p.desk.applications.set_enabled(
            tx, p.by("regionale"), key, enabled=False
        ),
        equals(True),
        ("application.state",),
        equals(False),
    ),
    "key rotated": Verb(
        settled,
        lambda p, tx, _one: p.desk.keys.rotate(tx, p.command, "ES256"),
        is_a(str),
        ("signing.rotated",),
        equals(Unfit("under-way")),
    ),
    "key revoked": Verb(
        signing,
        lambda p, tx, kid: p.desk.keys.revoke(tx, p.command, kid),
        is_a(str),
        ("signing.revoked",),
        equals(Unfit("gone")),
    ),
    "webhook added": Verb(
        removed,
        lambda p, tx, _one: p.desk.webhooks.add(tx, p.by("regionale"), WISHED),
        is_a(Secret),
        ("webhook.added",),
    ),
    "webhook's secret renewed": Verb(
        removed,
        lambda p, tx, one: p.desk.webhooks.rotate(tx, p.by("regionale"), one),
        is_a(Secret),
        ("webhook.rotated",),
        overtaken=equals(Denied.NOT_FOUND),
    ),
    "webhook tried out": Verb(
        removed,
        lambda p, tx, one: p.desk.webhooks.ping(tx, p.by("regionale"), one),
        is_a(str),
        (),
    ),
    "webhook given up": Verb(
        removed,
        lambda p, tx, one: p.desk.webhooks.remove(tx, p.by("regionale"), one),
        equals(True),
        ("webhook.removed",),
        equals(Denied.NOT_FOUND),
    ),
    "import mapped": import_verb("map"),
    "import begun": import_verb("start", "map"),
    "import undone": import_verb("undo", "map", "start"),
    "import given up": import_verb("drop", "map"),
    "register asked for": Verb(
        lambda _place: f"extract{next(numbers)}.txt",
        lambda p, tx, path: p.desk.registers.ask(tx, p.command, "structures", path),
        is_a(Generation),
        ("directory.import_asked",),
        is_a(Generation),
    ),
}
