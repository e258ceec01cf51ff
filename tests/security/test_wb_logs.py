# SPDX-License-Identifier: Apache-2.0
"""Logs: one line an event whatever is sent, and nowhere a secret of anybody (WB-021, WB-022)."""

import io
import json
import logging
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from idp.config.sections import LogSettings
from idp.errors import Unavailable
from idp.logs import configure
from tests.cast import PASSWORD, SECRET
from tests.reliability.faults import Blow, put_in
from tests.reliability.operations import OPERATIONS
from tests.security.crawl import Recorder, fail, raw, visit_everything
from tests.world import RING, World, open_world

INJECTIONS = (
    'x\r\n{"level":"info","event":"forged"}',
    "x\n2026-01-01 [info] forged",
    "\x1b[2J\x1b[31mred",
    "a\u2028b\u2029c\x85d\x0be",
    '","event":"forged","x":"',
    "\u202eforged\u200b",
    "x" * 100_000,
)


@pytest.fixture
def logged() -> io.StringIO:
    """What is logged, at the usual level."""
    stream = io.StringIO()
    configure(LogSettings(level="info", format="json"), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The events, each on its own line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def break_help(world: World, fault: Exception) -> None:
    """From now on, the page of help breaks."""
    world.provider.web.view_functions["help"] = lambda: fail(fault)


def test_wb_021_a_fault_is_one_line_whatever_was_sent(
    sqlite_world: World, logged: io.StringIO
) -> None:
    for number, text in enumerate(INJECTIONS):
        break_help(sqlite_world, RuntimeError(text))
        wire = text.encode().decode("latin-1")
        environ = {"PATH_INFO": "/help", "HTTP_USER_AGENT": wire, "QUERY_STRING": wire[:500]}
        assert raw(sqlite_world, "GET", "/help", environ_overrides=environ).status_code == 500
        found = lines(logged)
        assert len(found) == number + 1, text[:40]
        assert found[-1]["event"] == "fault"
        assert found[-1]["path"] == "/help"
        assert found[-1]["request_id"]
        assert found[-1]["level"] == "error"
        assert not any(one.get("event") == "forged" for one in found)
    for line in logged.getvalue().split("\n"):
        assert line.isprintable()
        assert len(line.encode()) < 8192


def test_wb_021_paths_and_names_are_escaped_where_they_are_logged(
    world: World, logged: io.StringIO
) -> None:
    fuse = put_in(world.core.database)
    for text in INJECTIONS:
        path = "/login/" + text[:200]
        with fuse.set_to(1, Blow.OUTAGE):
            answer = raw(
                world,
                "GET",
                "/",
                environ_overrides={"PATH_INFO": path.encode().decode("latin-1")},
            )
        assert answer.status_code in {404, 503}
    for line in logged.getvalue().splitlines():
        assert line.isprintable()
        assert json.loads(line)["event"] in {"unavailable", "fault"}


@pytest.mark.parametrize(
    ("fault", "status", "event"),
    [
        (RuntimeError("secret inside"), 500, "fault"),
        (Unavailable("database"), 503, "unavailable"),
        (RecursionError("deep"), 500, "fault"),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), 500, "fault"),
    ],
)
def test_rl_029_a_page_that_breaks_shows_nothing_and_is_logged_once(
    sqlite_world: World, logged: io.StringIO, fault: Exception, status: int, event: str
) -> None:
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    break_help(sqlite_world, fault)
    answer = browser.request("GET", "/help")
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert browser.problem == ("server-error" if status == 500 else "unavailable")
    for word in ("secret inside", "Traceback", "RuntimeError", ".py", "Recursion", "Durand"):
        assert word not in text
    found = lines(logged)
    assert [one["event"] for one in found] == [event]
    # The reference on the page is the one in the log.
    assert found[0]["request_id"] in text


def test_wb_021_the_number_of_a_request_ends_with_it(
    sqlite_world: World, logged: io.StringIO
) -> None:
    raw(sqlite_world, "GET", "/help")
    raw(sqlite_world, "GET", "/oidc/jwks")
    structlog.get_logger("x").info("afterwards")
    assert "request_id" not in lines(logged)[-1]


def test_rl_029_an_endpoint_that_breaks_tells_a_program_and_a_person_in_their_words(
    sqlite_world: World, logged: io.StringIO
) -> None:
    fuse = put_in(sqlite_world.core.database)
    path = sqlite_world.client("plain").authorize_url()
    assert raw(sqlite_world, "GET", path).status_code == 303
    with fuse.set_to(1, Blow.BUG):
        answer = raw(sqlite_world, "GET", path, {"Accept": "text/html"})
    assert answer.status_code == 500
    assert 'data-error="server-error"' in answer.get_data(as_text=True)
    with fuse.set_to(1, Blow.BUG):
        answer = raw(sqlite_world, "GET", path)
    assert answer.get_json() == {"error": "server_error"}
    assert [one["event"] for one in lines(logged)] == ["fault", "fault"]


def test_rl_029_even_the_page_of_the_fault_may_break(
    sqlite_world: World, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line of defence: a few words, every header, one line."""

    def broken(*_arguments: Any) -> None:
        raise RuntimeError("no page at all")

    monkeypatch.setattr("idp.http.flask_app.render_template", broken)
    for path, headers in (("/help", {}), ("/oidc/logout", {"Accept": "text/html"})):
        answer = raw(sqlite_world, "GET", path, headers)
        assert answer.status_code == 500, path
        assert answer.get_json() == {"error": "server_error"}
        assert answer.headers["Content-Security-Policy"]
        assert "no page" not in answer.get_data(as_text=True)
    assert {one["event"] for one in lines(logged)} <= {"fault", "no page"}


def secrets_of(world: World, recorder: Recorder) -> set[str]:
    """Everything that was given out and could be presented, and what people typed."""
    found = {PASSWORD, SECRET, RING.partition(":")[2]}
    for seen in recorder.seen:
        for header in seen.headers.get_all("Set-Cookie"):
            found.add(header.partition("=")[2].partition(";")[0])
        for name in ("code=", "ticket="):
            location = seen.headers.get("Location", "")
            if name in location:
                found.add(location.partition(name)[2].partition("&")[0])
        if seen.kind == "application/json" and seen.path.startswith("/oidc/token"):
            document = json.loads(seen.body)
            for name in ("access_token", "refresh_token", "id_token"):
                found.add(str(document.get(name, "")))
                found.update(str(document.get(name, "")).split(".")[2:])
        if seen.kind == "text/html":
            for field in seen.html.find_all("input", attrs={"type": "hidden"}):
                if field.get("name") in {"csrf", "ticket", "code"}:
                    found.add(str(field.get("value")))
    return {one for one in found if len(one) >= 16}


@pytest.fixture(scope="module")
def walk(sqlite_template, tmp_path_factory) -> Iterator[tuple[World, set[str], str]]:
    """A walk through everything, with faults on the way: its secrets and its most talkative log."""
    file = tmp_path_factory.mktemp("walk") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    stream, handlers = io.StringIO(), list(logging.getLogger().handlers)
    configure(LogSettings(level="debug", format="json"), stream)
    world = open_world(f"sqlite:///{file}", THROTTLE_ADDRESS_FREE="3")
    with Recorder(world).listening() as recorder:
        visit_everything(world)
        fuse = put_in(world.core.database)
        for operation in OPERATIONS.values():
            for how in (Blow.OUTAGE, Blow.BUG):
                ready = operation.prepare(world)
                with fuse.set_to(2, how):
                    operation.act(ready)
    log = stream.getvalue()
    yield world, secrets_of(world, recorder), log
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.captureWarnings(False)
    world.provider.close()


def test_wb_022_no_secret_is_in_the_log(walk: tuple[World, set[str], str]) -> None:
    _world, secrets, log = walk
    assert len(secrets) > 100
    assert log.count('"event":"fault"') > 10
    assert not [one for one in secrets if one in log]


def test_wb_022_no_secret_is_in_the_audit(walk: tuple[World, set[str], str]) -> None:
    world, secrets, _log = walk
    told = "\n".join(str(tuple(row)) for row in world.events())
    assert len(told) > 10_000
    assert not [one for one in secrets if one in told]


def test_wb_050_nothing_in_the_database_can_be_presented(
    walk: tuple[World, set[str], str],
) -> None:
    """A dump holds keyed hashes: no cookie, code, token, password or client secret."""
    world, secrets, _log = walk
    with world.core.database.read() as tx:
        tables = tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").all()
        dump = "\n".join(
            str(tuple(row))
            for (table,) in tables
            for row in tx.exec_driver_sql(f"SELECT * FROM {table}").all()
        )
        hashes = tx.exec_driver_sql("SELECT hash FROM passwords").scalars().all()
        keys = tx.exec_driver_sql("SELECT sealed_private FROM signing_keys").scalars().all()
        sealed = tx.exec_driver_sql("SELECT sealed FROM installation_secrets").scalars().all()
    assert len(dump) > 50_000
    assert not [one for one in secrets if one in dump]
    assert all(one.startswith("$argon2id$") for one in hashes)
    assert all(one.startswith("v1.") for one in (*keys, *sealed) if one)
    for word in ("PRIVATE", '"d":'):
        assert word not in dump
    # A token: two parts of JSON. Three letters alone are found in what is sealed, by chance.
    assert not re.search(r"eyJ[\w-]+\.eyJ", dump)
    provider = world.provider.secrets
    for raw_secret in (provider.lookup, provider.audit, provider.pairwise, provider.forms):
        assert repr(raw_secret) not in dump
