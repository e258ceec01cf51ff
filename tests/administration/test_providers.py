# SPDX-License-Identifier: Apache-2.0
"""Providers in the console: looked at, added, changed, closed; and what can't be kept."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from connectors.registry import LEVELS
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rules.provider_faults import faults_of
from idp.demo.sandbox.trouble import Trouble
from tests import cast
from tests.administration.console_kit import form_to, send
from tests.administration.kit import Opened, open_office
from tests.administration.scene_parts import PROVIDER
from tests.prosante import CLIENT, SECRET, Sandbox, known, leave_for, running_sandbox
from tests.provider_values import changed
from tests.providers import APPLICATIONS, KIND, arrive, link, register, settings_of
from tests.world import StandingClock, open_world

TYPED = {
    "alias": "chu",
    "name_fr": "le CHU",
    "name_en": "the hospital",
    "our_name": CLIENT,
    "secret": SECRET,
}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock) -> Iterator[Sandbox]:
    with running_sandbox(clock, known("medecin")) as sandbox:
        yield sandbox


@pytest.fixture
def here(there, clock, database_url, monkeypatch) -> Iterator[Opened]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    world = open_world(database_url, clock, **settings_of(there))
    yield open_office(world)
    world.close()


def description(there: Sandbox) -> str:
    return there.changes()["PSC_DESCRIPTION"]


def look(here: Opened, there: Sandbox):
    """A super-administrator who has looked at it."""
    browser = here.enter("administrateur")
    browser.get("/admin/providers/look")
    assert send(browser, "/look", address=description(there)) == 200
    return browser


def test_a_provider_from_its_address_to_a_login(here, there, clock):
    browser = look(here, there)
    # What was found is shown, and stands in the form.
    assert f"{there.address}/auth" in browser.page.text
    form = form_to(browser, "/new")
    assert form.select_one("#issuer")["value"] == there.issuer
    assert form.select_one("#algorithm option[selected]")["value"] == "RS256"
    assert here.world.events("provider.added") == []
    assert send(browser, "/new", **TYPED) == 200
    assert browser.last.request.path == "/admin/providers/chu"
    assert SECRET not in browser.page.text
    [event] = here.world.events("provider.added")
    assert event.account is None
    # It is offered at once, and opens an account.
    register(here.world.core)
    link(here.world, there, "medecin", known("medecin").subject)
    visitor = arrive(here.world)
    answer = visitor.get(there.log_in(leave_for(visitor, KIND), known("medecin")))
    assert "code" in here.world.client("linked").answered(answer)
    assert browser.get("/admin/providers").status_code == 200
    assert browser.page.select_one("a[href='/admin/providers/chu']") is not None
    # And what happened by it can be looked for.
    browser.get(f"/admin/audit?means={KIND}")
    assert browser.page.select_one(f"option[value='{KIND}'][selected]") is not None
    assert browser.page.select_one("main tbody tr") is not None


def test_a_provider_is_changed_and_its_secret_stays(here, there):
    browser = look(here, there)
    send(browser, "/new", **TYPED)
    browser.get("/admin/providers/chu/edit")
    page = form_to(browser, "/edit")
    assert not page.select_one("#secret").get("value")
    assert send(browser, "/edit", name_fr="la clinique", levels="eidas1 = 2\neidas2=3") == 200
    assert browser.last.request.path == "/admin/providers/chu"
    with here.world.core.database.read() as tx:
        kept = here.world.core.providers.load(tx, "chu")
    assert (kept.name_fr, kept.spoken.secret, kept.version) == ("la clinique", SECRET, 2)
    assert kept.levels == {"eidas1": 2, "eidas2": 3}
    assert len(here.world.events("provider.changed")) == 1


def test_of_two_who_change_it_the_second_is_told(here, there):
    browser = look(here, there)
    send(browser, "/new", **TYPED)
    browser.get("/admin/providers/chu/edit")
    url, fields = browser.form("/edit")
    assert send(browser, "/edit", name_fr="la clinique") == 200
    late = browser.post(url, fields | {"populations": "staff", "finding": "link"} | {
        "algorithm": "RS256", "name_fr": "autre", "origins": "", "levels": ""})  # fmt: skip
    assert late.status_code == 409


@pytest.mark.parametrize("place", ["issuer", "description", "origins"])
def test_br_017_a_secret_that_is_kept_goes_nowhere_else(here, there, place):
    browser = look(here, there)
    send(browser, "/new", **TYPED)
    with here.world.core.database.read() as tx:
        kept = here.world.core.providers.load(tx, "chu")
    moved = {
        "issuer": f"{there.address}/other",
        "description": f"{there.address}/other",
        "origins": ("https://evil.example",),
    }[place]
    desk = here.world.provider.services.office.providers
    wished = changed(kept, **{place: moved}, secret="")
    with here.world.core.database.write() as tx:
        done = desk.edit(tx, here.authority("administrateur"), wished)
    assert done == Unfit("secret-again", ("secret",))
    with here.world.core.database.read() as tx:
        assert here.world.core.providers.load(tx, "chu") == kept


def test_a_provider_is_closed_and_opened(here, there, clock):
    browser = look(here, there)
    send(browser, "/new", **TYPED)
    register(here.world.core)
    browser.get("/admin/providers/chu/state")
    assert send(browser, "/state") == 200
    assert not arrive(here.world).page.select("a[href*='means=idp']")
    browser.get("/admin/providers/chu/state")
    assert send(browser, "/state") == 200
    assert arrive(here.world).page.select("a[href*='means=idp']")
    kinds = [one.kind for one in here.world.events() if one.kind.startswith("provider.")]
    assert kinds == ["provider.added", "provider.closed", "provider.opened"]


@pytest.mark.parametrize(
    "trouble", [Trouble.OTHER_DESCRIPTION, Trouble.HTML, Trouble.BROKEN], ids=lambda one: one.value
)
def test_br_005_what_says_something_else_of_itself_is_not_looked_at(here, there, trouble):
    there.choose(trouble)
    browser = here.enter("administrateur")
    browser.get("/admin/providers/look")
    assert send(browser, "/look", address=description(there)) == 422
    assert browser.page.select_one("#address-error") is not None


def test_br_005_sites_of_others_are_shown_and_have_to_be_agreed_to(here, there):
    there.choose(Trouble.ENDPOINTS_ELSEWHERE)
    browser = look(here, there)
    shown = form_to(browser, "/new").select_one("#origins").text.strip()
    assert shown
    assert urlsplit(shown).netloc not in there.address
    assert send(browser, "/new", **TYPED | {"origins": ""}) == 422
    assert browser.page.select_one("#origins-error") is not None
    assert here.world.events("provider.added") == []


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "https://127.0.0.1:8443/",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/",
        "https://2130706433/",
        "https://localhost/",
        "http://idp.example/",
        "gopher://idp.example/",
        "file:///etc/passwd",
        "https://user@idp.example/",
        "https://idp.example:25/",
        "nothing",
        "",
    ],
)
def test_br_015_nothing_is_looked_at_inside(sqlite_office: Opened, address: str) -> None:
    desk = sqlite_office.world.provider.services.office.providers
    found = desk.look(sqlite_office.authority("administrateur"), address)
    assert isinstance(found, Unfit)
    assert found.why in {"address", "unreachable"}


WRONG = {
    "alias": ["", "A", "1a", "a-", "x" * 29, "a b", "idp:a"],
    "name_fr": ["", " ", "x" * 65, "a\nb"],
    "name_en": [""],
    "issuer": ["", "http://idp.example", "https://idp.example/?x=1", "https://idp.example/#x"],
    "description": ["https://other.example/.well-known/openid-configuration", ""],
    "origins": [("https://a.example/path",), ("http://a.example",), ("nothing",)],
    "algorithm": ["none", "HS256", ""],
    "our_name": ["", "é"],
    "secret": ["", "x" * 513, "a\x00b"],
    "scope": [('a"b',)],
    "level_words": ['a"b'],
    "levels": [{"x": 0}, {"x": 4}, {"": 1}, {"a b": 1}],
    "max_age": [-1, 400 * 86_400],
    "finding": ["", "email"],
    "national_id": ["a b"],
    "first_name": ["a b"],
    "last_name": ["a\x00"],
    "email": ["a b"],
    "populations": [(), ("everybody",)],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, one) for name, values in WRONG.items() for one in values]
)
def test_what_can_not_be_is_told_at_its_field(name: str, value: object) -> None:
    assert faults_of(PROVIDER, ()) == ()
    assert name in faults_of(changed(PROVIDER, **{name: value}), ())


def test_a_number_that_is_trusted_has_a_name() -> None:
    assert faults_of(replace(PROVIDER, finding="number"), ()) == ("national_id",)


def test_an_alias_and_an_issuer_are_taken_once(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    desk, who = (
        sqlite_office.world.provider.services.office.providers,
        sqlite_office.authority("administrateur"),
    )
    with core.database.write() as tx:
        assert not isinstance(desk.add(tx, who, PROVIDER), Denied | Unfit)
    with core.database.write() as tx:
        assert desk.add(tx, who, PROVIDER) == Unfit("taken", ("alias",))
        assert desk.add(tx, who, replace(PROVIDER, alias="autre")) == Unfit("taken", ("issuer",))


def test_an_application_may_name_those_that_are_there(sqlite_office: Opened) -> None:
    """And no other: whoever mistypes one is told."""
    core = sqlite_office.world.core
    desk, who = (
        sqlite_office.world.provider.services.office,
        sqlite_office.authority("administrateur"),
    )
    document = cast.application("named", policy={"means": ["idp:chu"], "level": 1})
    with core.database.write() as tx:
        refused = desk.applications.create(tx, who, document)
        assert not isinstance(desk.providers.add(tx, who, PROVIDER), Denied | Unfit)
        kept = desk.applications.create(tx, who, document)
    assert "policy.means" in str(refused)
    assert "policy.means" not in str(kept)
    assert not any(kind.startswith("idp:") for kind in LEVELS)
