# SPDX-License-Identifier: Apache-2.0
"""Webhooks: told in the transaction of what happened, signed, tried again, never inside."""

import hashlib
import hmac
import json
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

import pytest

from idp.accounts.values import State
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.db import part
from idp.messages.alarms import Cause
from idp.outgoing import Fetched, Fetcher, Unreachable
from idp.programs.webhook_sender import WebhookSender
from tests.administration.api_kit import Program, problem, program
from tests.administration.kit import CHU, Opened
from tests.messages.kit import delivery_of, work
from tests.world import World

WISHED = {
    "name": "Annuaire du CHU",
    "address": "https://hooks.chu.example/sceau",
    "events": ["account.created", "account.state"],
}


@dataclass
class Outside:
    """Stands for the door to the outside, and keeps what goes out."""

    answers: list[int] = field(default_factory=list)
    sent: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def fetch(self, _method: str, url: str, *, headers: Any, body: bytes) -> Any:
        self.sent.append((url, dict(headers), body))
        status = self.answers.pop(0) if self.answers else 204
        return Fetched(status, {}, b"") if status else Unreachable("the connection failed")


def delivery(world: World, outside: Any) -> Any:
    core = world.core
    sender = WebhookSender(
        core.database, core.clock, core.ring, outside, core.audit, core.alarms, 5.0
    )
    return delivery_of(world, webhook=sender)


def verified(secret: str, headers: dict[str, str], body: bytes, now: int) -> bool:
    """What a receiver does; the same as in docs/api.md."""
    moment = headers["Webhook-Timestamp"]
    # Older than five minutes: somebody plays it again.
    if abs(now - int(moment)) > 300:
        return False
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['Webhook-Id']}.{moment}.".encode() + body
    expected = hmac.digest(key, signed, hashlib.sha256)
    given = headers["Webhook-Signature"].split()
    return any(
        hmac.compare_digest(expected, b64decode(one.removeprefix("v1,")))
        for one in given
        if one.startswith("v1,")
    )


def keeper(office: Opened) -> Program:
    return program(office, Held(Role.REGION), ("sceau.read", "sceau.write", "sceau.roles.write"))


def added(caller: Program, **changes: Any) -> dict[str, Any]:
    answer = caller.call("POST", "/webhooks", WISHED | changes)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def disable(caller: Program, account: str) -> None:
    answer = caller.call("PUT", f"/accounts/{account}/state", {"state": "disabled"})
    assert answer.status_code == 200, answer.text


def test_what_happens_is_told_signed_and_with_ids_alone(office: Opened) -> None:
    caller, outside = keeper(office), Outside()
    webhook = added(caller)
    disable(caller, office["medecin"].id)
    assert work(delivery(office.world, outside)) == 1
    ((url, headers, body),) = outside.sent
    told = json.loads(body)
    assert url == WISHED["address"]
    assert (told["type"], told["data"]["account"]) == ("account.state", office["medecin"].id)
    assert told["data"]["state"] == "disabled"
    assert "Durand" not in body.decode()
    now = office.world.clock.now()
    assert verified(webhook["secret"], headers, body, now)
    assert not verified(webhook["secret"], headers, body + b" ", now)
    assert not verified(webhook["secret"], headers, body, now + 301)
    (one,) = caller.get(f"/webhooks/{webhook['id']}/deliveries").get_json()["items"]
    assert (one["state"], one["tries"], one["id"]) == ("arrived", 1, headers["Webhook-Id"])


def test_what_did_not_happen_is_not_told(office: Opened) -> None:
    caller, outside = keeper(office), Outside()
    added(caller)
    core = office.world.core
    with core.database.write() as tx, part(tx) as own:
        assert core.accounts.set_state(tx, office["medecin"].id, State.DISABLED)
        own.give_up()
    # Nor what nobody asked for.
    path = f"/accounts/{office['medecin'].id}/establishments/{CHU}"
    assert caller.call("DELETE", path).status_code == 204
    assert work(delivery(office.world, outside)) == 0


def test_the_secret_is_shown_once_and_changed_with_an_overlap(office: Opened) -> None:
    caller, outside = keeper(office), Outside()
    webhook = added(caller)
    path = f"/webhooks/{webhook['id']}"
    assert "secret" not in caller.get(path).get_json()
    assert webhook["secret"] not in caller.get("/webhooks").text
    renewed = caller.call("POST", f"{path}/secret").get_json()["secret"]
    assert renewed != webhook["secret"]
    caller.call("POST", f"{path}/ping")
    work(delivery(office.world, outside))
    now = office.world.clock.now()
    assert verified(renewed, *outside.sent[0][1:], now)
    assert verified(webhook["secret"], *outside.sent[0][1:], now)
    office.world.clock.pass_by(86_401)
    again = keeper(office)
    again.call("POST", f"{path}/ping")
    work(delivery(office.world, outside))
    now = office.world.clock.now()
    assert verified(renewed, *outside.sent[1][1:], now)
    assert not verified(webhook["secret"], *outside.sent[1][1:], now)


def test_it_is_tried_again_under_the_same_id(office: Opened) -> None:
    caller, outside = keeper(office), Outside([500, 0])
    webhook = added(caller)
    disable(caller, office["medecin"].id)
    worker = delivery(office.world, outside)
    for _ in range(3):
        work(worker)
        office.world.clock.pass_by(3600)
    assert len(outside.sent) == 3
    assert len({headers["Webhook-Id"] for _url, headers, _body in outside.sent}) == 1
    moments = [headers["Webhook-Timestamp"] for _url, headers, _body in outside.sent]
    assert len(set(moments)) == 3
    again = keeper(office)
    path = f"/webhooks/{webhook['id']}/deliveries"
    (one,) = again.get(path).get_json()["items"]
    assert (one["state"], one["tries"]) == ("arrived", 3)
    assert again.call("POST", f"{path}/{one['id']}/resend").status_code == 204
    # Once it is under way, it is.
    assert problem(again.call("POST", f"{path}/{one['id']}/resend")) == "not-found"
    work(worker)
    assert outside.sent[3][1]["Webhook-Id"] == one["id"]


def test_one_that_fails_for_days_is_stopped_with_an_alarm(office: Opened) -> None:
    world, outside = office.world, Outside([500] * 200)
    webhook = added(keeper(office))
    worker = delivery(world, outside)
    for day in range(5):
        world.clock.pass_by(86_400)
        caller = keeper(office)
        caller.call("POST", f"/webhooks/{webhook['id']}/ping")
        work(worker)
        assert day < 4 or caller.get(f"/webhooks/{webhook['id']}").get_json()["state"] == "stopped"
    assert [one.kind for one in world.events("webhook.stopped")] == ["webhook.stopped"]
    with world.core.database.read() as tx:
        assert world.core.alarms.stands(tx, Cause.WEBHOOKS)
    before = len(outside.sent)
    disable(keeper(office), office["medecin"].id)
    work(worker)
    assert len(outside.sent) == before
    caller = keeper(office)
    path = f"/webhooks/{webhook['id']}"
    seen = caller.get(path).headers["ETag"]
    assert caller.call("PUT", path, WISHED, If_Match=seen).get_json()["state"] == "active"
    assert problem(caller.call("PUT", path, WISHED, If_Match=seen)) == "changed"
    assert caller.call("DELETE", path).status_code == 204
    assert caller.get(path).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://user@hooks.example/",
        "https://hooks.example:22/",
        "file:///etc/passwd",
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.example/\r\nX: y",
    ],
    ids=range(13),
)
def test_wb_033_addresses_inside_are_refused(sqlite_office: Opened, address: str) -> None:
    answer = keeper(sqlite_office).call("POST", "/webhooks", WISHED | {"address": address})
    assert problem(answer) == "unfit"
    assert answer.get_json()["errors"][0]["pointer"] == "#/address"


def test_wb_033_a_name_that_leads_inside_is_refused_at_each_try(sqlite_office: Opened) -> None:
    webhook = added(keeper(sqlite_office))
    keeper(sqlite_office).call("POST", f"/webhooks/{webhook['id']}/ping")
    inside = Fetcher((), 1.0, 1024, resolver=lambda _host, _port: ["127.0.0.1"])
    work(delivery(sqlite_office.world, inside))
    (one,) = keeper(sqlite_office).get(f"/webhooks/{webhook['id']}/deliveries").get_json()["items"]
    assert one["state"] == "waiting"
    assert "address" in one["fault"]


@pytest.mark.parametrize("held", [Held(Role.ESTABLISHMENT, CHU), Held(Role.AUDITOR)], ids="ea")
def test_wb_014_webhooks_are_for_the_region(sqlite_office: Opened, held: Held) -> None:
    webhook = added(keeper(sqlite_office))
    caller = program(sqlite_office, held)
    path = f"/webhooks/{webhook['id']}"
    for method, end, body in (
        ("GET", "/webhooks", None),
        ("POST", "/webhooks", WISHED),
        ("GET", path, None),
        ("PUT", path, WISHED),
        ("DELETE", path, None),
        ("POST", f"{path}/secret", None),
        ("POST", f"{path}/ping", None),
        ("GET", f"{path}/deliveries", None),
        ("POST", f"{path}/deliveries/x/resend", None),
    ):
        answer = caller.call(method, end, body, If_Match="*")
        assert problem(answer) == "not-allowed", (method, end)
