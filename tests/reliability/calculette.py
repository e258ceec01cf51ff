# SPDX-License-Identifier: Apache-2.0
"""What people do with a nomad reader: ask for a number, and answer it."""

from typing import Any

from idp.credentials import throttle
from tests import calculettes
from tests.calculettes import CARD, PLAIN, Reader
from tests.reliability.operations import (
    HTML,
    Operation,
    Scene,
    address,
    fill_in,
    is_inside,
    is_page,
)
from tests.world import World

readers: dict[int, Reader] = {}


def at_the_name(world: World) -> Scene:
    """The form that asks who it is."""
    if id(world) not in readers:
        readers[id(world)] = calculettes.bind(world, suite=PLAIN)
    with world.core.database.write() as tx:
        throttle.clear_means(tx, "calculette", world.cast["medecin"].id)
    ready = Scene(world, world.browser(address(), **HTML), world.client("plain"))
    ready.browser.get("/login")
    ready.browser.get(f"{ready.browser.last.request.path}?means=calculette")
    ready.held["form"] = ready.browser.form("/calculette")
    return ready


def at_the_number(world: World) -> Scene:
    """The number is shown, and the reader has made its answer."""
    ready = at_the_name(world)
    shown = calculettes.name_oneself(ready.browser)
    ready.held["form"] = ready.browser.form("/calculette")
    ready.held["response"] = readers[id(world)].show(shown, world.clock.now())
    return ready


def answer(ready: Scene) -> Any:
    """Copy the answer back."""
    return fill_in(ready, response=ready.held["response"])


OPERATIONS = {
    "number shown": Operation(at_the_name, lambda r: fill_in(r, identifier=CARD), is_page),
    "calculette": Operation(at_the_number, answer, is_inside),
}
