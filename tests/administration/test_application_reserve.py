# SPDX-License-Identifier: Apache-2.0
"""WB-016: nobody climbs by an application that holds roles, nor by one that borrows them."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.administration.authority import Authority, Denied, Held, application_subject
from idp.administration.outcomes import Unfit
from idp.administration.rights import GRAVEST, Role
from idp.administration.rules.applications import Faulty
from idp.api.scopes import SCOPES
from idp.applications.values import Application, administers
from idp.db import Tx, part
from tests.administration.api_kit import TWO_FACTORS, give, program
from tests.administration.application_kit import HERE
from tests.administration.kit import CHU, DESK, Opened
from tests.cast import application
from tests.protocol.kit import register

ROBOT = {"redirect_uris": [], "grant_types": ["client_credentials"]}
Verb = Callable[[Any, Tx, Authority, str], Any]
VERBS: dict[str, Verb] = {
    "edit": lambda s, tx, a, key: s.edit(tx, a, key, 2, application(key)),
    "put_back": lambda s, tx, a, key: s.put_back(tx, a, key, 1, 2),
    "set_enabled": lambda s, tx, a, key: s.set_enabled(tx, a, key, enabled=True),
    "new_secret": lambda s, tx, a, key: s.new_secret(tx, a, key),
    "put_logo": lambda s, tx, a, key: s.put_logo(tx, a, key, None),
}


def asked(office: Opened, verb: str, who: str, key: str) -> Any:
    """What a verb answers somebody; nothing of it stays."""
    desk = office.world.provider.services.office.applications
    with office.world.core.database.write() as tx, part(tx) as own:
        answer = VERBS[verb](desk, tx, office.authority(who), key)
        own.give_up()
    return answer


def created(office: Opened, who: str, document: dict[str, Any]) -> Any:
    """What somebody is told who registers this; nothing of it stays."""
    desk = office.world.provider.services.office.applications
    with office.world.core.database.write() as tx, part(tx) as own:
        answer = desk.create(tx, office.authority(who), document)
        own.give_up()
    return answer


def robot(key: str, *scopes: str) -> dict[str, Any]:
    return application(key, oidc=ROBOT | {"scopes": list(scopes)})


def helper(key: str, *scopes: str, **policy: Any) -> dict[str, Any]:
    """An application that people who administer log in to."""
    terms = TWO_FACTORS | {"consent": True} | policy
    return application(key, oidc={"scopes": ["openid", *scopes]}, policy=terms)


@pytest.mark.parametrize("verb", VERBS)
def test_wb_016_an_application_above_somebody_is_not_in_their_hands(
    office: Opened, verb: str
) -> None:
    high = program(office, Held(Role.SUPER), ("sceau.read",)).key
    low = program(office, Held(Role.ESTABLISHMENT, CHU), ("sceau.read",)).key
    assert asked(office, verb, "regionale", high) is Denied.NOT_ALLOWED
    assert asked(office, verb, "regionale", low) is not Denied.NOT_ALLOWED
    assert asked(office, verb, "administrateur", high) is not Denied.NOT_ALLOWED


@pytest.mark.parametrize("verb", VERBS)
def test_wb_016_nor_one_to_which_those_above_lend_their_rights(
    sqlite_office: Opened, verb: str
) -> None:
    """Its next address would be handed the tokens of whoever has agreed already."""
    scopes = ["openid", "sceau.roles.write"]
    key = register(sqlite_office.world, oidc={"scopes": scopes}, policy=TWO_FACTORS).key
    assert asked(sqlite_office, verb, "regionale", key) is Denied.NOT_ALLOWED
    assert asked(sqlite_office, verb, "administrateur", key) is not Denied.NOT_ALLOWED


def test_wb_016_whoever_may_not_open_it_may_close_it(sqlite_office: Opened) -> None:
    key = program(sqlite_office, Held(Role.SUPER), ("sceau.read",)).key
    desk = sqlite_office.world.provider.services.office.applications
    with sqlite_office.world.core.database.write() as tx:
        region = sqlite_office.authority("regionale")
        assert desk.set_enabled(tx, region, key, enabled=False) is True
        assert desk.set_enabled(tx, region, key, enabled=True) is Denied.NOT_ALLOWED


def test_wb_016_pages_offer_what_may_be_done(sqlite_office: Opened) -> None:
    key = program(sqlite_office, Held(Role.SUPER), ("sceau.read",)).key
    browser = sqlite_office.enter("regionale")
    assert browser.get(f"{HERE}/{key}").status_code == 200
    ways = {one["href"] for one in browser.page.select("main a[href]")}
    assert f"{HERE}/{key}/state" in ways
    assert not ways & {f"{HERE}/{key}/edit", f"{HERE}/{key}/secret"}
    assert browser.get(f"{HERE}/{key}/edit").status_code == 403
    assert browser.get(f"{HERE}/{key}/secret").status_code == 403
    sqlite_office.enter("administrateur").get(f"{HERE}/{key}/edit")


def test_wb_016_a_program_needs_the_right_to_give_these_roles(sqlite_office: Opened) -> None:
    """A token for less than its holder may do makes itself none for more."""
    high = program(sqlite_office, Held(Role.SUPER), ("sceau.read",)).key
    scopes = ("sceau.applications.write", "sceau.applications.read")
    caller = program(sqlite_office, Held(Role.SUPER), scopes)
    assert caller.call("POST", f"/applications/{high}/secret").status_code == 403
    full = program(sqlite_office, Held(Role.SUPER))
    assert full.call("POST", f"/applications/{high}/secret").status_code == 200


def test_wb_016_scopes_are_given_out_by_who_holds_their_rights(office: Opened) -> None:
    gravest = {name for name, one in SCOPES.items() if one.rights & GRAVEST}
    assert gravest == {f"sceau.{one}.write" for one in ("roles", "policies", "keys", "trust")}
    for document in (robot, helper):
        for name in SCOPES:
            region = created(office, "regionale", document("another", name))
            if name in gravest:
                assert isinstance(region, Faulty), name
                assert region.faults[0].place == "oidc.scopes", region
            else:
                assert isinstance(region, Application), name
            assert isinstance(
                created(office, "administrateur", document("another", name)), Application
            )


def test_wb_016_nor_by_what_was_registered_before(office: Opened) -> None:
    """An edit and an earlier version open no more than a new application would."""
    core, desk = office.world.core, office.world.provider.services.office.applications
    with core.database.write() as tx:
        core.applications.register(tx, robot("changing", "sceau.roles.write"))
        core.applications.register(tx, robot("changing", "sceau.read"))
        region = office.authority("regionale")
        wider = robot("changing", "sceau.read", "sceau.roles.write")
        assert isinstance(desk.edit(tx, region, "changing", 2, wider), Faulty)
        first = desk.history(tx, region, "changing")[-1]
        assert isinstance(desk.put_back(tx, region, "changing", first.number, 2), Faulty)
        assert isinstance(
            desk.edit(tx, region, "changing", 2, robot("changing", "sceau.write")), Application
        )


@pytest.mark.parametrize(
    ("policy", "field"), [({"consent": False}, "policy.consent"), ({"level": 1}, "policy.level")]
)
def test_wb_016_rights_are_lent_knowingly(
    sqlite_office: Opened, policy: dict[str, Any], field: str
) -> None:
    made = created(sqlite_office, "administrateur", helper("lending", "sceau.read", **policy))
    assert isinstance(made, Faulty)
    assert [one.place for one in made.faults] == [field]
    # What people lend nothing to needs neither.
    plain = application("lending", policy={"consent": False, "level": 1})
    assert isinstance(created(sqlite_office, "administrateur", plain), Application)


def test_wb_016_whoever_administers_is_asked_whatever_the_policy_says(office: Opened) -> None:
    """Registered at the command line without consent: no link of theirs walks in silently."""
    scopes = ["openid", "sceau.roles.write"]
    guest = register(office.world, oidc={"scopes": scopes}, policy=TWO_FACTORS)
    browser = office.enter("administrateur")
    silent = guest.ask(browser, scope=" ".join(scopes), prompt="none")
    assert guest.answered(silent)["error"] == "consent_required"
    guest.ask(browser, scope=" ".join(scopes))
    assert "sceau.roles.write" in browser.page.get_text()
    answer = browser.submit("/consent", answer="accept")
    assert "code" in guest.answered(answer)
    # Without such a scope its policy holds.
    other = register(office.world, oidc={"scopes": scopes}, policy=TWO_FACTORS)
    assert "code" in other.answered(other.ask(browser, scope="openid"))


def test_every_scope_of_ours_is_known_as_one() -> None:
    assert all(map(administers, SCOPES))
    assert not any(map(administers, ("openid", "profile", "email", "offline_access", "sceaux")))


def test_wb_016_no_role_waits_for_whoever_takes_a_name(office: Opened) -> None:
    desk, core = office.world.provider.services.office, office.world.core
    root = desk.authorities.of_command(DESK)
    for subject in (application_subject("not-there"), "program:dcc", "dcc:", ":dcc"):
        with core.database.write() as tx:
            given = desk.roles.give(tx, root, subject, Held(Role.AUDITOR))
        assert given == Unfit("unknown-application"), subject
    give(office, "dcc", Held(Role.AUDITOR))


def test_wb_016_nor_is_a_name_taken_for_which_one_waits(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given before anybody asked whether the application is there."""
    with monkeypatch.context() as patched:
        patched.setattr("idp.administration.roles._unfit", lambda *_: None)
        give(office, "not-there", Held(Role.SUPER))
    document = robot("not-there", "sceau.read")
    assert created(office, "regionale", document) is Denied.NOT_ALLOWED
    assert isinstance(created(office, "administrateur", document), Application)
