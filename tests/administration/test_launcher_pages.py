# SPDX-License-Identifier: Apache-2.0
"""Establishments' software in the console: registered, changed, closed, taken back, looked at."""

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from idp.launches import sources
from tests.administration.console_kit import csrf
from tests.administration.kit import CHU, Opened
from tests.launching import SIGNED_WITH, Software

HERE = "/admin/software"
TYPED = {
    "key": "hm",
    "name": "Hôpital Manager",
    "establishment": CHU,
    "issuer": "https://hm.chu.example",
    "algorithm": "ES256",
    "jwks": SIGNED_WITH,
    "level": "2",
    "applications": "dcc",
    "active": "yes",
}


def register(office: Opened, **changes: Any) -> Any:
    browser = office.enter("regionale")
    browser.get(f"{HERE}/new")
    token = csrf(browser)
    typed = MultiDict({"csrf": token})
    for name, value in (TYPED | changes).items():
        typed.setlist(name, value if isinstance(value, list) else [value])
    browser.post(f"{HERE}/new", typed)
    return browser


def of_the(office: Opened, key: str = "hm") -> Any:
    with office.world.core.database.read() as tx:
        return sources.load(tx, key)


def test_software_from_its_registration_to_its_end(office: Opened) -> None:
    browser = register(office)
    assert browser.last.request.path == f"{HERE}/hm"
    made = of_the(office)
    assert (made.level, made.applications, made.enabled) == (2, ("dcc",), True)
    browser.get(f"{HERE}/hm/edit")
    form = browser.form("/edit")[1]
    named = TYPED | {"name": "Autre", "csrf": form["csrf"], "seen": form["seen"]}
    browser.post(f"{HERE}/hm/edit", {**named, "active": ""})
    assert of_the(office).name == "Autre"
    assert not of_the(office).enabled
    late = browser.post(f"{HERE}/hm/edit", named)
    assert late.status_code == 409
    browser.get(f"{HERE}/hm/history")
    browser.submit("/undo")
    assert of_the(office).enabled
    assert of_the(office).name == "Hôpital Manager"
    kinds = [one.kind for one in office.world.events() if one.kind.startswith("launcher.")]
    assert kinds == ["launcher.added", "launcher.changed", "launcher.changed"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "Hôpital"),
        ("name", "two\u2028lines"),
        ("establishment", "370000000"),
        ("issuer", "with spaces"),
        ("algorithm", "HS256"),
        ("algorithm", "none"),
        ("jwks", ""),
        ("jwks", "{}"),
        ("jwks", '{"keys": [{"kty": "oct", "k": "AAAA", "kid": "hm-1"}]}'),
        ("jwks_uri", "https://hm.chu.example/keys"),
        ("certificate", "-----BEGIN CERTIFICATE-----"),
        ("applications", "unheard-of"),
        ("applications", []),
        ("numbers", "whoever"),
    ],
)
def test_what_can_not_be_is_told_at_its_field(
    sqlite_office: Opened, field: str, value: Any
) -> None:
    browser = register(sqlite_office, **{field: value})
    assert browser.last.status_code == 422
    assert browser.page.select_one(f"#{field}-error")
    assert of_the(sqlite_office) is None


@pytest.mark.parametrize(
    "address", ["http://hm.example/keys", "https://10.0.0.1/keys", "https://localhost/keys"]
)
def test_br_015_no_address_inside_is_written_down(sqlite_office: Opened, address: str) -> None:
    browser = register(sqlite_office, jwks="", jwks_uri=address)
    assert browser.last.status_code == 422
    assert browser.page.select_one("#jwks_uri-error")


def test_of_two_one_bears_a_name(sqlite_office: Opened) -> None:
    register(sqlite_office)
    assert register(sqlite_office, key="second").page.select_one("#issuer-error")
    assert register(sqlite_office, issuer="https://b.example").page.select_one("#key-error")


def test_what_came_is_shown_with_what_was_wrong(sqlite_office: Opened) -> None:
    browser = register(sqlite_office)
    software = Software(sqlite_office.world)
    software.push(software.token(header={"kid": "made-up"}))
    software.push(software.token(iss="https://stranger.example"))
    page = browser.get(f"{HERE}/hm").text
    assert "810101234567" not in page
    own = browser.page.select("#received [data-fault], [aria-labelledby=received] [data-fault]")
    shown = {one["data-fault"] for one in own or browser.page.select("[data-fault]")}
    assert "kid" in shown
    events = sqlite_office.world.events("launch.refused")
    assert len(events) == 2


@pytest.mark.parametrize("who", ["chu", "assistance"])
def test_wb_014_software_is_the_region_s(sqlite_office: Opened, who: str) -> None:
    browser = sqlite_office.enter(who)
    assert browser.get(HERE).status_code == 403
    assert browser.get(f"{HERE}/new").status_code == 403
