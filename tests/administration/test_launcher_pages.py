# SPDX-License-Identifier: Apache-2.0
"""Establishments' software in the console: registered, changed, closed, taken back, looked at."""

from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey
from werkzeug.datastructures import MultiDict

from connectors.base import Level
from idp.administration.authority import Held, application_subject
from idp.administration.outcomes import Unfit
from idp.administration.rights import Role
from idp.administration.versions import version_of
from idp.launches import sources
from idp.launches.sources import Source
from tests.administration.console_kit import csrf
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.launching import SIGNED_WITH, Software, public_set

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


def source(**changes: Any) -> Source:
    """The same, as it is written down."""
    found = Source("hm", "Hôpital Manager", CHU, TYPED["issuer"], jwks=SIGNED_WITH)
    return replace(found, level=Level.TWO_FACTORS, **changes)


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


def test_wb_016_software_opens_nothing_that_is_above_whoever_registers_it(
    office: Opened,
) -> None:
    """Whoever signs for it enters there as anybody: as grave as to hold it in hand."""
    core, desk = office.world.core, office.world.provider.services.office
    with core.database.write() as tx:
        root = desk.authorities.of_command(DESK)
        assert desk.roles.give(tx, root, application_subject("dcc"), Held(Role.SUPER)) is True
    assert register(office).page.select_one("#applications-error")
    assert of_the(office) is None
    both = source(applications=("dcc", "plain"))

    def tried(who: str, wished: Source) -> object:
        with core.database.write() as tx:
            known = sources.registered(tx, "hm")
            mine = office.authority(who)
            if known is None:
                return desk.launchers.add(tx, mine, wished)
            return desk.launchers.edit(tx, mine, version_of(known.source), wished)

    beyond = Unfit("unfit", ("applications",))
    assert tried("regionale", replace(both, applications=("plain",)))
    assert tried("regionale", both) == beyond
    assert tried("administrateur", both) == both
    for change in (
        {"jwks": public_set(ECKey.generate_key("P-256"))},
        {"issuer": "https://other.example"},
        {"level": Level.CARD},
        {"numbers": ("8",)},
        {"establishment": CLINIC},
    ):
        assert tried("regionale", replace(both, **change)) == beyond, change
    # What gives nobody anything is theirs to change.
    less = replace(both, name="Autre", applications=("plain",), state=sources.State.DISABLED)
    assert tried("regionale", less) == less
    with core.database.write() as tx:
        mine = office.authority("regionale")
        change = desk.launchers.history(tx, mine, "hm")[0].id
        assert desk.launchers.undo(tx, mine, "hm", change) == beyond
    assert of_the(office) == less


@pytest.mark.parametrize("who", ["chu", "assistance"])
def test_wb_014_software_is_the_region_s(sqlite_office: Opened, who: str) -> None:
    browser = sqlite_office.enter(who)
    assert browser.get(HERE).status_code == 403
    assert browser.get(f"{HERE}/new").status_code == 403
