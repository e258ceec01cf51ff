# SPDX-License-Identifier: Apache-2.0
"""Every route of the console by every role, inside and outside of its perimeter (WB-014, WB-015).

The routes are those of the application's own table of addresses: one without a row fails. Whatever
is named is there, and whoever may is really let do it; what one of them did, the next finds undone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from tests.administration.console_kit import fields_of, form_to
from tests.administration.kit import Opened, open_office
from tests.administration.rewinding import Rewound
from tests.administration.route_rows_region import LOOKED
from tests.administration.route_table import AREAS, PARAMETER, ROWS, address
from tests.administration.routes import expected
from tests.administration.scenes import (
    ABROAD,
    CLERKS,
    HOUSE,
    Scene,
    add_outside,
    clerks,
    set_scenes,
)
from tests.cast import PASSWORD
from tests.world import Browser

# Somebody without a role, and nobody.
VISITORS = ("P", "N")
NOWHERE = "nothing-has-this-id"


@dataclass
class Console:
    """An office, a browser for each role, and something inside and outside."""

    rewound: Rewound
    office: Opened
    browsers: dict[str, Browser]
    scenes: dict[str, Scene]
    forms: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def ask(self, who: str, name: str, scene: Scene, path: str = "") -> TestResponse:
        """One request by somebody, with a form of their own."""
        path = path or address(name, scene)
        method, route = name.partition(" ")[0], ROWS[name]
        browser = self.browsers[who]
        if method == "GET":
            return browser.request("GET", path, query_string=route.query(scene))
        if (name, scene.where) not in self.forms:
            self.forms[name, scene.where] = self.filled_in(name, scene)
        fields = self.forms[name, scene.where] | dict(route.form(scene))
        fields["csrf"] = self.office.world.core.forms.token(browser.cookie("browser"))
        return browser.request("POST", path, data=fields)

    def filled_in(self, name: str, scene: Scene) -> dict[str, Any]:
        """What the form at this address holds for whoever may do everything."""
        page = name.replace("POST ", "GET ")
        if page not in ROWS:
            return {}
        path, clerk = address(page, scene), self.browsers["S"]
        clerk.request("GET", path, query_string=ROWS[page].query(scene))
        try:
            return fields_of(form_to(clerk, path))
        except LookupError:
            return {}


@pytest.fixture(scope="module")
def console(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with Rewound.open(sqlite_template, tmp_path_factory.mktemp("routes")) as rewound:
        office = open_office(rewound.world)
        rewound.world.provider.services.office.providers._look = lambda _address: LOOKED
        clerks(office, PASSWORD)
        office.people["P"] = office["medecin"]
        browsers = {one: office.enter(one) for one in (*CLERKS, "P")}
        browsers["N"] = rewound.world.browser()
        browsers["N"].get("/")
        scenes = {one.where: one for one in set_scenes(office)}
        rewound.keep()
        yield Console(rewound, office, browsers, scenes)


def test_wb_014_every_route_has_its_row(console: Console) -> None:
    found = {
        f"{method} {rule.rule.removeprefix('/admin').removeprefix('/')}"
        for rule in console.office.world.provider.web.url_map.iter_rules()
        if rule.rule == "/admin" or rule.rule.startswith("/admin/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert found == set(ROWS)


@pytest.mark.parametrize("area", AREAS)
def test_wb_014_wb_015_every_role_every_route_every_perimeter(console: Console, area: str) -> None:
    wrong = []
    for name, route in AREAS[area].items():
        for where in ("inside", "outside"):
            for who in (*CLERKS, *VISITORS):
                if where == "outside" and not route.housed and who not in HOUSE:
                    continue
                answer = console.ask(who, name, console.scenes[where])
                wish = expected(route, CLERKS.get(who), where)
                if fault := judged(answer, wish, who):
                    wrong.append(f"{name} {where} by {who}: expected {wish}, {fault}")
                if name.startswith("POST") and answer.status_code < 400:
                    console.rewound.back()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", HOUSE)
def test_wb_015_what_is_outside_is_as_if_it_were_not_there(console: Console, who: str) -> None:
    """The same status and the same words, by whatever it is asked for."""
    outside = console.scenes["outside"]
    for name, route in ROWS.items():
        if not route.housed or not PARAMETER.search(name):
            continue
        nowhere = PARAMETER.sub(NOWHERE, "/admin/" + name.partition(" ")[2])
        there = shape(console.ask(who, name, outside))
        assert there == shape(console.ask(who, name, outside, nowhere)), f"{name} by {who}"
        assert there[0] in {403, 404}, f"{name} by {who}"


@pytest.mark.parametrize("who", HOUSE)
def test_wb_015_what_is_added_outside_changes_no_page(console: Console, who: str) -> None:
    """No list, no count, no figure of anybody of one establishment."""
    inside = console.scenes["inside"]
    names = [name for name in ROWS if name.startswith("GET")]
    before = {name: console.ask(who, name, inside) for name in names}
    add_outside(console.office, inside)
    for name, answer in before.items():
        again = console.ask(who, name, inside)
        assert again.status_code == answer.status_code, name
        assert again.status_code == 403 or again.get_data() == answer.get_data(), name
    console.rewound.back()


def shape(answer: TestResponse) -> tuple[int, str]:
    """The status and the words of a page, but for the reference of the request at its end."""
    page = BeautifulSoup(answer.get_data(), "html.parser")
    words = page.main.get_text(" ").split() if page.main else []
    return answer.status_code, " ".join(words[:-1])


def judged(answer: TestResponse, wish: str, who: str) -> str:
    """What is wrong with an answer, or nothing."""
    status, text = answer.status_code, answer.get_data().decode("utf-8", "replace")
    if who in {*HOUSE, *VISITORS} and any(mark in text for mark in ABROAD):
        return "told of somebody outside"
    if wish == "+":
        return "" if status in {200, 303} else f"got {status}"
    if who == "N":
        led = answer.headers.get("Location", "").startswith("/login/")
        return "" if status == 303 and led else f"got {status}"
    return "" if status == {"-": 403, ".": 404}[wish] else f"got {status}"
