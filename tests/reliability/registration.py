# SPDX-License-Identifier: Apache-2.0
"""What somebody who asks for an account does with things that are good once."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from idp.origin import Origin
from idp.registration.drafts import Held
from idp.registration.links import Purpose
from idp.registration.puzzles import Kind
from idp.registration.values import Content, Details, Stage
from tests.reliability.account import leads_to
from tests.reliability.operations import HTML, Operation, Scene, address, fill_in, is_page
from tests.world import World

numbers = itertools.count(1)
DETAILS = Details(
    number="10003456786",
    civility="MME",
    last_name="Lefèvre",
    first_name="Élodie",
    street="2 boulevard Tonnellé",
    post_code="37000",
    city="Tours",
    phone="+33247474747",
)


def drafted(world: World) -> Scene:
    """A browser that holds a request, complete but for the last step."""
    core, browser = world.core, world.browser(address(), **HTML)
    email = f"applicant{next(numbers)}@chu.example"
    drafts = core.registration.drafts
    with core.database.write() as tx:
        begun = drafts.begin(tx, "terms", "fr", origin_of(browser.address))
        assert isinstance(begun, Held)
        content = Content(has_card=False, details=replace(DETAILS, email=email))
        drafts.answer(tx, begun.request, content, 3)
        core.registration.puzzles.renew(tx, begun.request.id, Kind.IMAGE, "fr")
    name = core.jar.name("registration")
    secure = world.issuer.startswith("https:")
    host = world.core.settings.server.host
    browser.client.set_cookie(name, begun.holder, domain=host, secure=secure)
    ready = Scene(world, browser, world.client("plain"))
    ready.held |= {"request": begun.request.id, "email": email}
    return ready


def origin_of(where: str) -> Origin:
    """A visitor of this address."""
    return Origin(where, "Firefox", "0" * 16)


def at_the_end(world: World) -> Scene:
    """The last page is shown, and what its picture says is known."""
    ready = drafted(world)
    ready.browser.get("/registration/summary")
    form = ready.browser.page.find("form", action="/registration/summary")
    assert form is not None
    fields = {one["name"]: one.get("value", "") for one in form.find_all("input")}
    with world.core.database.read() as tx:
        puzzle = world.core.registration.puzzles.find(tx, ready.held["request"])
    assert puzzle is not None
    ready.held["form"] = ("/registration/summary", fields | {"answer": puzzle.letters})
    return ready


def giving_up(world: World) -> Scene:
    """The question whether to give a request up is shown."""
    ready = drafted(world)
    ready.browser.get("/registration/withdraw")
    ready.held["form"] = ready.browser.form("/registration/withdraw")
    return ready


def with_link(purpose: Purpose, stage: Stage) -> Callable[[World], Scene]:
    """Somebody in another browser has opened the link of a letter."""

    def prepare(world: World) -> Scene:
        ready = drafted(world)
        registration = world.core.registration
        with world.core.database.write() as tx:
            request = registration.store.load(tx, ready.held["request"])
            assert request is not None
            registration.store.change(tx, replace(request, stage=stage))
            secret = registration.links.give(tx, request.id, purpose, 3600)
        ready.browser = world.browser(address(), **HTML)
        ready.browser.get(f"/registration/{purpose.value}/{secret}")
        ready.held["form"] = ready.browser.form(f"/registration/{purpose.value}")
        return ready

    return prepare


OPERATIONS = {
    "request sent": Operation(at_the_end, fill_in, leads_to("/registration/status")),
    "address confirmed": Operation(with_link(Purpose.CONFIRM, Stage.UNCONFIRMED), fill_in, is_page),
    "request taken back": Operation(
        with_link(Purpose.RESUME, Stage.DRAFT), fill_in, leads_to("/registration/summary")
    ),
    "request given up": Operation(giving_up, fill_in, leads_to("/registration/gone")),
}

# What the second try gives, where the first was done but never told: none is good twice.
AFTERWARDS: dict[str, Callable[[Scene, Any], bool]] = {
    "request sent": lambda _ready, again: leads_to("/registration/status")(again),
    "address confirmed": lambda _ready, again: again.status_code == 410,
    "request taken back": lambda _ready, again: again.status_code == 410,
    # It is gone: the browser is told that it holds none.
    "request given up": lambda _ready, again: again.status_code in {303, 404, 410},
}
