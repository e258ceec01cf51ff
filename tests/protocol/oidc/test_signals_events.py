# SPDX-License-Identifier: Apache-2.0
"""What is told, and to whom: of a session that ended, of a credential that changed."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.base import Level
from idp.accounts.values import State
from idp.audit.record import Event
from idp.db import part
from idp.login.elsewhere import NOWHERE
from idp.origin import Origin
from idp.signals.told import READERS
from idp.signals.told import read as signal_of
from tests.protocol.kit import ELSEWHERE, register, session_of, settled, statements_of, store
from tests.protocol.oidc.signals import CREDENTIAL, SESSION, STREAM, Party, party
from tests.protocol.oidc.strict import segment
from tests.world import Browser, World

ADMIN = Origin("192.0.2.1", "test", "request", by="the-administrator")


def entered(app: Party, browser: Browser) -> dict[str, Any]:
    """Somebody's ID token there."""
    return segment(app.client.tokens(browser)["id_token"], 1)


def end(world: World, browser: Browser, why: str = "person") -> None:
    session = session_of(world, browser)
    with world.core.database.write() as tx:
        assert world.core.sessions.end(tx, session.id, why, ELSEWHERE)


def record(world: World, event: Event, origin: Origin = ELSEWHERE) -> None:
    with world.core.database.write() as tx:
        world.core.audit.record(tx, event, origin)


def test_a_session_that_ended_is_told_by_names_of_its_own(world: World) -> None:
    app, other = (party(world, subject_type="pairwise") for _one in range(2))
    stranger = party(world)
    for one in (app, other, stranger):
        one.open()
    browser = settled(world)
    known, theirs = entered(app, browser), entered(other, browser)
    world.clock.pass_by(10)
    end(world, browser)
    (heard,) = app.heard()
    assert heard.event == SESSION
    assert heard.payload == {
        "event_timestamp": world.clock.now(),
        "initiating_entity": "user",
        "reason_admin": {"en": "session ended: person"},
    }
    assert heard.claims["sub_id"] == {
        "format": "complex",
        "user": {"format": "iss_sub", "iss": world.issuer, "sub": known["sub"]},
        "session": {"format": "opaque", "id": known["sid"]},
    }
    (told,) = other.heard()
    subject = told.claims["sub_id"]
    assert (subject["user"]["sub"], subject["session"]["id"]) == (theirs["sub"], theirs["sid"])
    # Nothing in both says that they are about one person.
    assert known["sub"] != theirs["sub"]
    for name in ("jti", "txn"):
        assert told.claims[name] != heard.claims[name]
    assert stranger.heard() == []


@pytest.mark.parametrize(
    ("why", "by"),
    [
        ("person", "user"),
        ("application", "user"),
        ("means-passkey", "user"),
        ("password-changed", "user"),
        ("administrator", "admin"),
        ("account-disabled", "admin"),
        ("passkey-removed", "admin"),
        ("password-administrator", "admin"),
        ("too-many", "policy"),
        ("card-revoked", "policy"),
        ("card-unheard", "system"),
        ("provider", "system"),
    ],
)
def test_who_wished_that_it_ended(sqlite_world: World, why: str, by: str) -> None:
    signal = signal_of(Event("session.ended", account="a", session="s", detail={"why": why}))
    assert signal is not None
    assert signal.facts == {"by": by, "why": why}


def test_the_logout_of_a_person_is_told(world: World) -> None:
    app = party(world)
    app.open()
    browser = settled(world)
    hint = app.client.tokens(browser)["id_token"]
    browser.request("GET", f"/oidc/logout?id_token_hint={hint}")
    (heard,) = app.heard()
    assert (heard.event, heard.payload["initiating_entity"]) == (SESSION, "user")


def test_a_new_password_is_told_with_the_sessions_that_it_ended(world: World) -> None:
    app = party(world)
    app.open()
    browser = settled(world)
    known = entered(app, browser)
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        world.core.elsewhere.end(tx, account, NOWHERE, "password-changed", ELSEWHERE)
        world.core.audit.record(tx, Event("password.set", account=account), ELSEWHERE)
    changed, ended = app.heard()
    assert (changed.event, ended.event) == (CREDENTIAL, SESSION)
    assert changed.payload == {
        "event_timestamp": world.clock.now(),
        "initiating_entity": "user",
        "credential_type": "password",
        "change_type": "update",
    }
    person = {"format": "iss_sub", "iss": world.issuer, "sub": known["sub"]}
    assert changed.claims["sub_id"] == person


@pytest.mark.parametrize(
    ("event", "credential", "change", "by"),
    [
        (Event("password.set"), "password", "update", "user"),
        (Event("means.added", means="passkey"), "fido2-roaming", "create", "user"),
        (
            Event("means.removed", means="passkey", detail={"built_in": 1}),
            "fido2-platform",
            "delete",
            "user",
        ),
        (Event("means.added", means="totp"), "app", "create", "user"),
        (Event("means.disabled", means="password"), "password", "revoke", "policy"),
        (Event("otp.enabled", means="otp"), "phone-sms", "create", "user"),
        (Event("otp.disabled", means="otp"), "phone-sms", "delete", "user"),
        (Event("account.phone_changed"), "phone-sms", "update", "user"),
        (Event("account.edited", detail={"what": "email,phone"}), "phone-sms", "update", "admin"),
        (Event("recovery.renewed", means="recovery"), "recovery-code", "update", "user"),
        (Event("card.added"), "x509", "create", "user"),
        (Event("card.revoked", detail={"by": "authority"}), "x509", "revoke", "policy"),
        (Event("card.revoked", detail={"by": "somebody"}), "x509", "revoke", "admin"),
        (Event("card.restored"), "x509", "update", "user"),
        (Event("calculette.removed", means="calculette"), "otp-token", "delete", "user"),
    ],
    ids=lambda one: one.kind if isinstance(one, Event) else "",
)
def test_a_credential_that_changed(
    sqlite_world: World, event: Event, credential: str, change: str, by: str
) -> None:
    world = sqlite_world
    app = party(world)
    app.open()
    entered(app, settled(world))
    account, detail = world.cast["medecin"].id, event.detail
    record(world, Event(event.kind, account=account, means=event.means, detail=detail))
    (heard,) = app.heard()
    said = heard.payload
    assert (said["credential_type"], said["change_type"]) == (credential, change)
    assert said["initiating_entity"] == by


def test_who_did_it_for_them_is_an_administrator_and_not_named(world: World) -> None:
    app = party(world)
    app.open()
    entered(app, settled(world))
    record(world, Event("password.set", account=world.cast["medecin"].id), ADMIN)
    (heard,) = app.heard()
    assert heard.payload["initiating_entity"] == "admin"
    assert "the-administrator" not in str(heard.claims)


def test_a_means_that_nobody_has_a_word_for_is_no_signal(sqlite_world: World) -> None:
    assert signal_of(Event("means.added", account="a", means="other")) is None
    assert signal_of(Event("account.edited", account="a", detail={"what": "email"})) is None
    assert signal_of(Event("password.set", "failed", account="a")) is None
    for kind in READERS:
        assert signal_of(Event(kind)) is None


def test_whoever_is_not_known_there_is_nobody_s_business(world: World) -> None:
    app = party(world)
    app.open()
    entered(app, settled(world, "infirmiere"))
    record(world, Event("password.set", account=world.cast["medecin"].id))
    end(world, settled(world))
    assert app.heard() == []


def test_a_tie_ends_with_the_time_of_the_session(world: World) -> None:
    app = party(world)
    app.open()
    browser = settled(world)
    entered(app, browser)
    end(world, browser)
    account = world.cast["medecin"].id
    record(world, Event("password.set", account=account))
    assert len(app.heard()) == 2
    with world.core.database.write() as tx:
        core = world.core
        core.codes.revoke_all_of(tx, account, app.key, "withdrawn", ELSEWHERE)
    world.clock.pass_by(world.core.settings.session.absolute + 1)
    record(world, Event("card.revoked", account=account))
    app.token = ""
    assert len(app.heard()) == 2


def test_a_stream_is_told_what_it_asked_for(sqlite_world: World) -> None:
    app = party(sqlite_world)
    app.open(events_requested=[CREDENTIAL])
    browser = settled(sqlite_world)
    entered(app, browser)
    end(sqlite_world, browser)
    record(sqlite_world, Event("password.set", account=sqlite_world.cast["medecin"].id))
    assert [one.event for one in app.heard()] == [CREDENTIAL]


def closed(world: World, app: Party) -> None:
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, app.key, enabled=False)


def without(world: World, app: Party) -> None:
    document = app.client.document
    store(world, document | {"oidc": document["oidc"] | {"shared_signals": False}})


def disabled(world: World, app: Party) -> None:
    assert app.state("disabled").status_code == 200


@pytest.mark.parametrize("shut", [closed, without, disabled])
def test_oa_047_whoever_is_closed_is_told_nothing(
    world: World, shut: Callable[[World, Party], None]
) -> None:
    app = party(world)
    app.open()
    browser = settled(world)
    entered(app, browser)
    shut(world, app)
    end(world, browser)
    record(world, Event("password.set", account=world.cast["medecin"].id))
    with world.core.database.read() as tx:
        assert world.core.streams.waiting.number(tx, app.stream) == 0


def test_somebody_who_is_locked_out_is_told_of(world: World) -> None:
    """OA-047: their sessions end with their account, and applications hear of it."""
    app = party(world)
    app.open()
    entered(app, settled(world))
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        world.core.elsewhere.end(tx, account, NOWHERE, "account-disabled", ADMIN)
        world.core.accounts.set_state(tx, account, State.DISABLED, ADMIN)
    (heard,) = app.heard()
    assert (heard.event, heard.payload["initiating_entity"]) == (SESSION, "admin")


def test_wb_025_what_is_told_stands_or_falls_with_what_happened(world: World) -> None:
    app = party(world)
    app.open()
    browser = settled(world)
    entered(app, browser)
    session = session_of(world, browser)
    with world.core.database.write() as tx, part(tx) as own:
        assert world.core.sessions.end(tx, session.id, "person", ELSEWHERE)
        own.give_up()
    assert app.heard() == []
    assert session_of(world, browser) is not None


def test_a_thousand_wait_and_then_it_stops(world: World) -> None:
    app = party(world)
    app.open()
    entered(app, settled(world))
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        for _one in range(1003):
            world.core.audit.record(tx, Event("password.set", account=account), ELSEWHERE)
    assert app.status["status"] == "paused"
    (stopped,) = world.events("signals.stopped")
    assert stopped.application == app.key
    # Of what waits nothing is told, but that it stopped.
    (heard,) = app.heard()
    assert (heard.event, heard.payload["status"]) == (STREAM, "paused")
    with world.core.database.read() as tx:
        found = world.core.streams.of(tx, app.key)
        assert world.core.streams.waiting.number(tx, app.stream) == 1001
    assert found is not None
    assert found.lost == 3
    # Its application opens it again itself.
    assert app.state("enabled").status_code == 200
    assert len(app.poll(maxEvents=100)) == 100


def test_what_nobody_fetches_in_a_week_is_dropped(world: World) -> None:
    app, other = party(world), party(world)
    for one in (app, other):
        one.open()
        entered(one, settled(world))
    account = world.cast["medecin"].id
    record(world, Event("password.set", account=account))
    world.clock.pass_by(3 * 86_400)
    with world.core.database.write() as tx:
        assert world.core.hearing.forget_old(tx) == 0
    other.token = ""
    other.call("POST", "/ssf/poll", {"ack": list(other.poll())})
    world.clock.pass_by(4 * 86_400 + 1)
    with world.core.database.write() as tx:
        assert world.core.hearing.forget_old(tx) == 1
    app.token = other.token = ""
    assert app.status["status"] == "paused"
    assert other.status["status"] == "enabled"
    with world.core.database.read() as tx:
        found = world.core.streams.of(tx, app.key)
    assert found is not None
    assert found.lost == 1


def test_a_plain_login_looks_for_no_stream(world: World) -> None:
    app = party(world)
    app.open()
    client = register(world)
    browser = settled(world, level=Level.TWO_FACTORS)
    with statements_of(world) as run:
        client.tokens(browser)
    assert run
    assert not [one for one in run if "signal_" in one]


def test_where_nobody_has_a_stream_an_end_costs_one_look(world: World) -> None:
    browser = settled(world)
    party(world).client.tokens(browser)
    with statements_of(world) as run:
        end(world, browser)
    assert len([one for one in run if "signal_" in one]) == 1
