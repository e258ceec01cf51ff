# SPDX-License-Identifier: Apache-2.0
"""What administrators do with requests, and what whoever they approved does next."""

import itertools
from typing import Any

from idp.administration.requests.outcomes import Approval, Approved
from idp.registration.values import Request
from tests.administration.console_kit import fields_of, form_to
from tests.administration.kit import Opened, open_office
from tests.administration.requests_kit import ask, do, someone
from tests.outbox import waiting
from tests.reliability.operations import HTML, Operation, Scene, address, fill_in, is_page
from tests.world import Browser, World

CHOSEN = "Sept-Renards-Dansent-42"
PAGE = "/admin/requests"
numbers = itertools.count()
offices: dict[int, tuple[World, Opened, Browser]] = {}


def at_work(world: World) -> tuple[Opened, Browser]:
    """An administrator's browser; one office in each world."""
    if id(world) not in offices or offices[id(world)][0] is not world:
        office = open_office(world)
        offices[id(world)] = (world, office, office.enter("chu"))
    _world, office, browser = offices[id(world)]
    return office, browser


def somebody(world: World) -> Request:
    """Somebody who asks for an account, and has no namesake."""
    number = next(numbers)
    name = "Sosie" + "".join("abcdefghij"[int(digit)] for digit in str(number))
    return ask(world.core, **someone(number, last_name=name))


def before_deciding(world: World, act: str) -> Scene:
    """The page of a request, with the form filled in."""
    office, browser = at_work(world)
    request = somebody(world)
    ready = Scene(world, browser, world.client("plain"), {"office": office})
    browser.get(f"{PAGE}/{request.id}")
    form = form_to(browser, f"/{act}")
    ready.held["form"] = (str(form["action"]), fields_of(form))
    return ready


def invited(world: World) -> Scene:
    """The form that the link of an approval leads to."""
    office, _browser = at_work(world)
    request = somebody(world)
    done = do(office, "approve", "chu", request.id, request.version, Approval())
    assert isinstance(done, Approved), done
    letters = waiting(world, "request-approved")
    link = next(one.values["link"] for one in letters if one.account == done.account.id)
    ready = Scene(world, world.browser(address(), **HTML), world.client("plain"))
    ready.browser.get(str(link))
    ready.held["form"] = ready.browser.form("/activate")
    return ready


def decided(word: str) -> Any:
    """It led on, and said so."""
    return lambda answer: answer.status_code == 303 and f"done={word}" in answer.headers["Location"]


OPERATIONS = {
    "approval": Operation(
        lambda world: before_deciding(world, "approve"), fill_in, decided("approved")
    ),
    "refusal": Operation(
        lambda world: before_deciding(world, "refuse"),
        lambda ready: fill_in(ready, reason="Numéro inconnu."),
        decided("refused"),
    ),
    "request for more": Operation(
        lambda world: before_deciding(world, "ask"),
        lambda ready: fill_in(ready, asked="Votre numéro ?"),
        decided("returned"),
    ),
    "activation": Operation(
        invited, lambda ready: fill_in(ready, password=CHOSEN, again=CHOSEN), is_page
    ),
}
# What the same form says once more, where the first one was done: it was decided, or used up.
AFTERWARDS = {
    "approval": lambda _ready, again: again.status_code == 409,
    "refusal": lambda _ready, again: again.status_code == 409,
    "request for more": lambda _ready, again: again.status_code == 409,
    "activation": lambda _ready, again: again.status_code in {200, 410},
}
