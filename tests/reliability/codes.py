# SPDX-License-Identifier: Apache-2.0
"""What people do with one-time codes: log in by one, prove a new address, ask for one."""

import itertools
from typing import Any

from sqlalchemy import text

from idp.credentials.code_sending import Letter
from idp.credentials.one_time_codes import Binding, Purpose
from idp.origin import Origin
from tests.codes import EMAIL, bring_codes, coded, last_code
from tests.protocol.kit import session_of
from tests.reliability.operations import Operation, Scene, address, fill_in, has_code
from tests.world import World

ELSEWHERE = Origin("192.0.2.99", "test", "request-of-the-test")
numbers = itertools.count(1)
prepared: set[int] = set()


def _open(world: World, who: str) -> Scene:
    """Somebody's browser; nothing sent so far, and room for more."""
    if id(world) not in prepared:
        bring_codes(world)
        prepared.add(id(world))
    with world.core.database.write() as tx:
        for table in ("quotas", "one_time_codes"):
            tx.execute(text(f"DELETE FROM {table}"))
        tx.execute(text("DELETE FROM messages WHERE purpose LIKE '%code'"))
    return Scene(world, world.browser(address()), coded(world), {"account": world.cast[who].id})


def _send(ready: Scene, purpose: Purpose, transaction: str, recipient: str) -> None:
    """Write the message, as a server that has carriers would."""
    bound = Binding(ready.held["account"], purpose, transaction)
    with ready.world.core.database.write() as tx:
        letter = Letter("email", recipient, "fr", 300)
        assert ready.world.core.otp.sending.send(tx, bound, letter, ELSEWHERE) is None


def at_the_choice(world: World) -> Scene:
    """The password was given, and nothing sent yet."""
    ready = _open(world, "medecin")
    world.core.post.is_up = lambda _channel: True  # type: ignore[method-assign]
    ready.client.ask(ready.browser)
    ready.browser.log_in()
    ready.held["form"] = (ready.browser.last.request.path.rsplit("/", 1)[0] + "/otp", {})
    csrf = ready.browser.page.select_one("input[name=csrf]")
    ready.held["form"][1]["csrf"] = str(csrf["value"]) if csrf else ""
    return ready


def at_the_code(world: World) -> Scene:
    """The code has arrived."""
    ready = at_the_choice(world)
    journey = ready.held["form"][0].split("/")[2]
    _send(ready, Purpose.LOGIN, journey, EMAIL)
    ready.held["code"] = last_code(world)
    return ready


def at_the_proof(world: World) -> Scene:
    """The code for a new address has arrived there."""
    ready = _open(world, "infirmiere")
    ready.browser.get("/account/contact/email")
    ready.browser.log_in("infirmiere")
    session = session_of(world, ready.browser)
    _send(ready, Purpose.EMAIL, session.id, f"new{next(numbers)}@autre.example")
    ready.held["code"] = last_code(world, "address-code")
    ready.browser.get("/account/contact/email/code")
    ready.held["form"] = ready.browser.form("/email/code")
    return ready


def is_asked_for_it(answer: Any) -> bool:
    return answer.status_code == 200 and 'id="code"' in answer.get_data(as_text=True)


def is_proved(answer: Any) -> bool:
    return answer.status_code == 303 and answer.headers["Location"].endswith("done=email")


OPERATIONS = {
    "one-time code sent": Operation(
        at_the_choice, lambda r: fill_in(r, channel="email"), is_asked_for_it
    ),
    "one-time code": Operation(at_the_code, lambda r: fill_in(r, code=r.held["code"]), has_code),
    "address proved": Operation(at_the_proof, lambda r: fill_in(r, code=r.held["code"]), is_proved),
}
