# SPDX-License-Identifier: Apache-2.0
"""What people do with a card in a reader, for faults to fall into."""

from typing import Any

from tests.cards import APPLICATIONS, Desk, show_card_page, sign, statement_on
from tests.reliability.operations import Operation, Scene, address, fill_in, has_code, numbers
from tests.world import RelyingParty, World

desks: dict[int, tuple[World, Desk]] = {}


class Registered(RelyingParty):
    """An application that is not of the cast."""

    @property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = APPLICATIONS[self.key]["oidc"]
        return found


def desk_of(world: World) -> Desk:
    """The one workstation of a world."""
    known = desks.get(id(world))
    if known is None or known[0] is not world:
        desks.clear()
        desks[id(world)] = (world, Desk.at(world))
    return desks[id(world)][1]


def at_the_reader(world: World, key: str, **holder: str) -> Scene:
    """The card page is shown, and a card that nobody has seen yet has signed."""
    desk, client = desk_of(world), Registered(world, key)
    ready = Scene(world, world.browser(address()), client)
    client.ask(ready.browser)
    show_card_page(ready.browser)
    statement = statement_on(ready.browser)
    action, fields = ready.browser.form("/cps")
    fields.pop("account")
    answer = sign(desk.card(**holder), statement)
    ready.held["form"] = (action, fields | {"statement": statement, "answer": answer})
    return ready


def arriving(world: World) -> Scene:
    """Somebody whom nobody here has heard of."""
    number = f"8{next(numbers):011}"
    return at_the_reader(world, "newcomers", national_id=number, last_name=f"PETIT{number}")


OPERATIONS = {
    "card login": Operation(lambda w: at_the_reader(w, "card"), fill_in, has_code),
    "arrival": Operation(arriving, fill_in, has_code),
}
