# SPDX-License-Identifier: Apache-2.0
"""`sceau establishments`, `webhooks`, `statistics`, `proposals` and `communities`."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from idp.__main__ import program
from idp.administration.authority import Denied, Held
from idp.administration.rights import Role
from idp.audit.record import Event
from idp.audit.seal import Sealer
from tests.administration.command_kit import commands_of
from tests.administration.kit import CHU, CLINIC, Opened, open_office
from tests.world import START, World, open_world

SENT = "account.created"


@pytest.fixture
def office(sqlite_world: World) -> Opened:
    return open_office(sqlite_world)


@pytest.fixture
def sceau(office: Opened, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Any command; its answer, or why it refused."""
    assert office
    commands_of("", sqlite_url, monkeypatch)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(program(), arguments)
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_an_establishment_is_made_corrected_and_closed(office: Opened, sceau: Any) -> None:
    sceau("establishments", "add", "450000104", "CH de Gien", "--town", "Gien")
    assert "already" in sceau("establishments", "add", "450000104", "X", code=1)
    assert "key" in sceau("establishments", "add", "45", "X", code=1)
    edited = sceau("establishments", "edit", "450000104", "--name", "CH du Giennois")
    assert edited == "450000104: name\n"
    assert "support_phone" in sceau(
        "establishments", "edit", "450000104", "--support-phone", "1", code=1
    )
    assert "closed" in sceau("establishments", "close", "450000104")
    assert "unchanged" in sceau("establishments", "close", "450000104")
    listed = {one["key"]: one for one in json.loads(sceau("establishments", "list", "--json"))}
    assert (listed["450000104"]["name"], listed["450000104"]["state"]) == (
        "CH du Giennois",
        "closed",
    )
    assert "active" in sceau("establishments", "open", "450000104")
    shown = json.loads(sceau("establishments", "show", CHU, "--json"))
    assert (shown["accounts"], shown["more"]) == (2, False)
    assert "no establishment" in sceau("establishments", "show", "999999999", code=1)


def test_people_are_put_into_establishments_and_taken_out(office: Opened, sceau: Any) -> None:
    names = ("--population", "professional", "--first-name", "Inès", "--last-name", "Roy")
    new = ("accounts", "add", *names, "--identifier", "iroy", "--no-password", "--establishment")
    assert "no establishment" in sceau(*new, "999999999", code=1)
    sceau("establishments", "close", CLINIC)
    assert "is closed" in sceau(*new, CLINIC, code=1)
    sceau("establishments", "open", CLINIC)
    sceau(*new, CHU)
    assert f"already in {CHU}" in sceau("accounts", "join", "iroy", "--establishment", CHU)
    assert f"now in {CLINIC}" in sceau("accounts", "join", "iroy", "--establishment", CLINIC)
    sceau("accounts", "leave", "iroy", "--establishment", CHU)
    sceau("accounts", "leave", "iroy", "--establishment", CHU, code=1)
    shown = json.loads(sceau("accounts", "show", "iroy", "--json"))
    assert [one["key"] for one in shown["establishments"]] == [CLINIC]
    sceau("accounts", "join", "iroy", code=1)
    sceau("accounts", "join", "iroy", "onco-centre", "--establishment", CHU, code=1)
    kinds = [one.kind for one in office.world.events() if one.account == shown["account"]["id"]]
    assert kinds == ["account.created", *["account.affiliated"] * 2, "account.unaffiliated"]


def test_a_webhook_from_its_making_to_its_end(office: Opened, sceau: Any) -> None:
    made = sceau("webhooks", "add", "Bus", "https://bus.example/in", "--event", SENT)
    webhook, secret = made.partition(":")[0], made.splitlines()[1]
    assert secret.startswith("secret: whsec_")
    (listed,) = json.loads(sceau("webhooks", "list", "--json"))
    assert (listed["id"], listed["events"]) == (webhook, [SENT])
    assert "whsec_" not in sceau("webhooks", "list")
    assert "address" in sceau("webhooks", "add", "X", "http://x", "--event", SENT, code=1)
    sceau("webhooks", "ping", webhook)
    (sent,) = json.loads(sceau("webhooks", "deliveries", webhook, "--json"))
    assert sent["state"] == "waiting"
    assert "whsec_" in sceau("webhooks", "rotate", webhook)
    sceau("webhooks", "stop", webhook)
    assert json.loads(sceau("webhooks", "list", "--json"))[0]["state"] != listed["state"]
    sceau("webhooks", "start", webhook)
    sceau("webhooks", "remove", webhook)
    assert "no such webhook" in sceau("webhooks", "ping", webhook, code=1)


def test_figures_as_a_table_and_for_machines(office: Opened, sceau: Any) -> None:
    known = json.loads(sceau("statistics", "--span", "week", "--json"))
    assert set(known["total"]) >= {"proved", "failed", "refused", "admitted"}
    assert "requests that wait: 0" in sceau("statistics", "--day", "2026-11-01")


def test_a_community_is_opened_to_establishments_and_given_up(office: Opened, sceau: Any) -> None:
    sceau("communities", "add", "diapason", "Diapason")
    assert sceau("communities", "add", "diapason", "Diapason") == "diapason: unchanged\n"
    assert "Diapason 36" in sceau("communities", "add", "diapason", "Diapason 36")
    assert "establishments, too" in sceau("communities", "open", "diapason")
    assert "unchanged" in sceau("communities", "open", "diapason")
    listed = {one["key"]: one for one in json.loads(sceau("communities", "list", "--json"))}
    assert (listed["diapason"]["name"], listed["diapason"]["to_houses"]) == ("Diapason 36", True)
    assert "region alone" in sceau("communities", "close", "diapason")
    assert "small letters" in sceau("communities", "add", "Diapason!", "X", code=1)
    assert "members" in sceau("communities", "remove", "onco-centre", code=1)
    sceau("communities", "remove", "diapason")
    assert "no community" in sceau("communities", "open", "diapason", code=1)
    (event,) = office.world.events("community.removed")
    assert json.loads(event.detail)["by"] == "command line"


def test_wb_016_what_waits_for_two_is_declined_and_never_agreed_to(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = open_world(sqlite_url, ADMINISTRATION_FOUR_EYES="true")
    # Commands live by the clock of the machine.
    world.clock.pass_by(max(int(time.time()) - START, 0))
    office = open_office(world)
    desk = world.provider.services.office
    with world.core.database.write() as tx:
        held = Held(Role.AUDITOR)
        given = desk.roles.give(tx, office.authority("administrateur"), office["chu"].id, held)
        assert given is Denied.PROPOSED
    run = commands_of("proposals", sqlite_url, monkeypatch)
    (one,) = json.loads(run("list", "--json"))
    assert (one["kind"], one["facts"]["role"]) == ("role.give", "auditor")
    assert one["id"] in run("list")
    run("agree", one["id"], code=2)
    assert run("decline", one["id"]) == f"{one['id']}: declined\n"
    assert "decided already" in run("decline", one["id"], code=1)
    assert json.loads(run("list", "--json")) == []
    assert json.loads(run("list", "--decided", "--json"))[0]["state"] == "declined"
    world.provider.close()


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("roles list", {"who", "role", "establishment"}),
        (
            "keys list",
            {"key", "algorithm", "state", "signs_from", "until", "published_until"},
        ),
        ("calculettes list", None),
        ("cards list p.aubry", None),
    ],
    ids=["roles", "keys", "calculettes", "cards"],
)
def test_lists_are_given_to_machines(sceau: Any, command: str, names: set[str] | None) -> None:
    listed = json.loads(sceau(*command.split(), "--json"))
    assert [set(one) for one in listed[:1]] == ([names] if names else [])


def test_what_is_believed_and_whether_the_audit_is_whole(sceau: Any) -> None:
    assert json.loads(sceau("trust", "show", "--json")) == {"authorities": [], "lists": []}
    assert json.loads(sceau("audit", "verify", "--json"))["whole"] is True


def test_old_events_are_removed_by_command(office: Opened, sceau: Any) -> None:
    world, now = office.world, int(time.time())
    for days in (1100, 5, 4, 3, 2):
        world.clock.at = now - days * 86_400
        with world.core.database.write() as tx:
            world.core.audit.record(tx, Event("test.event"))
        sealer = Sealer(world.core.clock, world.provider.secrets.audit)
        while sealer.run_once(world.core.database):
            pass
    assert json.loads(sceau("audit", "retention", "--json"))["begins_after_seal"] == 0
    told = json.loads(sceau("audit", "retention", "--apply", "--json"))
    assert told["removed_now"] == told["begins_after_seal"] > 0
    assert told["kept_days"] == 1095
    assert "removed now" not in sceau("audit", "retention")
    assert "removed by the retention rule" in sceau("audit", "verify")
    sceau("audit", "seal")
    proved = json.loads(sceau("audit", "verify", "--json"))
    assert (proved["whole"], proved["begins_after_seal"]) == (True, told["begins_after_seal"])
