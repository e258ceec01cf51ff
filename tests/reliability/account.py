# SPDX-License-Identifier: Apache-2.0
"""What people do about their password, their addresses and their sessions."""

import itertools
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from connectors.base import Level
from idp.audit.record import Event
from idp.credentials.passwords import Reason
from idp.origin import Origin
from idp.sessions.values import Proof
from tests.cast import PASSWORD, PEOPLE
from tests.codes import EMAIL, PHONE, bring_codes, give_addresses
from tests.reliability.operations import (
    HTML,
    Operation,
    Scene,
    address,
    at_the_door,
    fill_in,
    has_code,
    is_page,
    leads_on,
    prove,
    scene,
)
from tests.world import World

DAY = 86_400
TEMPORARY = "tempo-rivage-4821"
HERE = "let in by the test"
numbers = itertools.count(1)
hashes: dict[str, str] = {}
prepared: set[int] = set()


def fresh() -> str:
    """A password that nobody has had."""
    return f"corbeau-lanterne-{next(numbers)}-Nuage"


def origin() -> Origin:
    """Never twice the same: the clock stands still, and no event may be a copy of another."""
    return Origin("192.0.2.98", HERE, f"request{next(numbers)}")


def hashed(world: World, password: str) -> str:
    if password not in hashes:
        hashes[password] = world.core.passwords.hashed(password)
    return hashes[password]


def as_before(world: World, who: str = "infirmiere", *, temporary: bool = False) -> str:
    """The person's password as it was, for ten days; or one that must be replaced."""
    core, account = world.core, world.cast[who].id
    with core.database.write() as tx:
        core.passwords.put(tx, account, hashed(world, PASSWORD), origin())
        if temporary:
            given = hashed(world, TEMPORARY)
            core.passwords.set_temporary(tx, account, given, Reason.RESET, origin())
        tx.execute(text("DELETE FROM password_history"))
        then = world.clock.now() - 10 * DAY
        known = {"then": then, "account": account}
        ten_days = "UPDATE passwords SET changed_at = :then WHERE account_id = :account"
        tx.execute(text(ten_days), known)
    return account


def let_in(world: World, who: str = "medecin", path: str = "", action: str = "") -> Scene:
    """Somebody who has just proved both factors, before a form; those before them have left."""
    core, account = world.core, world.cast[who].id
    with core.database.write() as tx:
        for other in core.sessions.of_account(tx, account, even_idle=True):
            if other.user_agent == HERE:
                core.sessions.end(tx, other.id, "person", origin())
        secret = open_session(world, tx, account)
    ready = Scene(world, world.browser(address(), **HTML), world.client("plain"))
    ready.held["account"] = account
    name = core.jar.name("session")
    ready.browser.client.set_cookie(name, secret, domain="sceau.example", secure=True)
    if path:
        ready.browser.get(path)
        ready.held["form"] = ready.browser.form(action or path)
    return ready


def open_session(world: World, tx: Any, account: str) -> str:
    """A session at level 2; its secret."""
    core = world.core
    proof = Proof("otp", Level.TWO_FACTORS, ("pwd", "otp", "mfa"), core.clock.now(), "journey")
    session, secret = core.sessions.open(tx, account, proof, origin())
    event = Event("login.proved", account=account, session=session.id, means="otp", level=2)
    core.audit.record(tx, event, origin())
    return secret


def changing(world: World) -> Scene:
    """The form for another password is shown."""
    as_before(world)
    return let_in(world, "infirmiere", "/account/password")


def at_the_renewal(world: World) -> Scene:
    """The password given at the login has to be replaced."""
    as_before(world, temporary=True)
    ready = at_the_door(world)
    prove(ready, TEMPORARY, PEOPLE["infirmiere"].identifier)
    ready.browser.get(ready.held["form"][0].removesuffix("/password") + "/renew")
    ready.held["form"] = ready.browser.form("/renew")
    return ready


def with_temporary(world: World) -> Scene:
    """A temporary password has come, beside the person's own."""
    core, account = world.core, as_before(world, "patient")
    arrived = f"{TEMPORARY}-{next(numbers)}"
    with core.database.write() as tx:
        core.reset_links.give_temporary(tx, account, arrived, "sms", DAY)
    ready = at_the_door(world)
    ready.held["arrived"] = arrived
    return ready


def forgetting(world: World) -> Scene:
    """The page that asks who forgot."""
    ready = scene(world)
    ready.browser.get("/password/forgotten")
    ready.held["form"] = ready.browser.form("/password/forgotten")
    return ready


def with_link(world: World) -> Scene:
    """The link of the mail was followed."""
    core, account = world.core, as_before(world)
    with core.database.write() as tx:
        secret = core.reset_links.give(tx, account)
    ready = scene(world)
    ready.browser.get(f"/password/reset/{secret}")
    ready.held["form"] = ready.browser.form("/password/new")
    return ready


def switching(*, on: bool) -> Callable[[World], Scene]:
    """The question whether to switch codes on, or off."""

    def prepare(world: World) -> Scene:
        if id(world) not in prepared:
            bring_codes(world)
            prepared.add(id(world))
        # To switch them off ends the person's other sessions: not those of who was promised some.
        core, who = world.core, "medecin" if on else "infirmiere"
        with core.database.write() as tx:
            (core.otp.disable if on else core.otp.enable)(tx, world.cast[who].id)
        return let_in(world, who, "/account/contact/otp")

    return prepare


def with_number(world: World) -> Scene:
    """The question whether to take one's number away."""
    give_addresses(world, "medecin", PHONE, EMAIL)
    return let_in(world, path="/account/contact/phone/remove")


def with_others(world: World) -> Scene:
    """The question whether to end all other sessions, of which there are two."""
    ready = let_in(world, "patient")
    with world.core.database.write() as tx:
        for _ in range(2):
            open_session(world, tx, ready.held["account"])
    ready.browser.get("/account/sessions/others")
    ready.held["form"] = ready.browser.form("/account/sessions/others")
    return ready


def having_agreed(world: World) -> Scene:
    """The question whether to take back what was agreed."""
    core, account = world.core, world.cast["patient"].id
    with core.database.write() as tx:
        core.consents.give(tx, account, "outside", ("openid", "email"), origin())
    return let_in(world, "patient", "/account/consents/outside/withdraw")


def choose(ready: Scene) -> Any:
    """A new password, twice; the same again where it is sent again."""
    chosen = ready.held.setdefault("chosen", fresh())
    return fill_in(ready, password=chosen, again=chosen)


def leads_to(end: str) -> Callable[[Any], bool]:
    """Whether the answer leads to an address with this end, whatever else it tells there."""
    return lambda answer: (
        answer.status_code == 303 and answer.headers["Location"].partition("&")[0].endswith(end)
    )


OPERATIONS = {
    "changed by the person": Operation(changing, choose, leads_to("done=password")),
    "renewed at the login": Operation(at_the_renewal, choose, has_code),
    "temporary one typed": Operation(
        with_temporary,
        lambda r: prove(r, r.held["arrived"], PEOPLE["patient"].identifier),
        leads_to("/renew"),
    ),
    "forgotten": Operation(
        forgetting,
        lambda r: fill_in(r, identifier=PEOPLE["medecin"].identifier),
        leads_to("/password/sent"),
    ),
    "link used": Operation(with_link, choose, is_page),
    "codes switched on": Operation(
        switching(on=True), lambda r: fill_in(r, answer="on", agree="yes"), leads_to("done=otp-on")
    ),
    "codes switched off": Operation(
        switching(on=False), lambda r: fill_in(r, answer="off"), leads_to("done=otp-off")
    ),
    "number removed": Operation(with_number, fill_in, leads_to("done=phone-removed")),
    "other sessions ended": Operation(with_others, fill_in, leads_to("done=others")),
    "consent taken back": Operation(having_agreed, fill_in, leads_to("done=consent")),
}


def held_by(ready: Scene, statement: str) -> int:
    """A number out of the database, of the person of the scene."""
    with ready.world.core.database.read() as tx:
        known = {"account": ready.held["account"]}
        return int(tx.execute(text(statement), known).scalar_one())


LIVE = "SELECT count(*) FROM sessions WHERE account_id = :account AND ended_at IS NULL"
ENABLED = "SELECT count(*) FROM otp_enrolments WHERE account_id = :account"
AGREED = "SELECT count(*) FROM consents WHERE account_id = :account"
NUMBERED = "SELECT count(*) FROM accounts WHERE id = :account AND phone <> ''"

# What the second try gives, where the first was done but never told. A temporary password is left
# out: its event has no request, and would be a copy where each server's clock stands still.
AFTERWARDS: dict[str, Callable[[Scene, Any], bool]] = {
    # Changed a moment ago: not again today.
    "changed by the person": lambda _ready, again: again.status_code == 200,
    # The login is asked for again, with the new one; or it went through to its end.
    "renewed at the login": lambda _ready, again: again.status_code in {303, 410},
    "forgotten": lambda _ready, again: leads_on(again),
    "link used": lambda _ready, again: again.status_code == 410,
    "codes switched on": lambda ready, again: leads_on(again) and held_by(ready, ENABLED) == 1,
    "codes switched off": lambda ready, again: leads_on(again) and held_by(ready, ENABLED) == 0,
    "number removed": lambda ready, again: leads_on(again) and held_by(ready, NUMBERED) == 0,
    "other sessions ended": lambda ready, again: leads_on(again) and held_by(ready, LIVE) == 1,
    "consent taken back": lambda ready, again: leads_on(again) and held_by(ready, AGREED) == 0,
}
