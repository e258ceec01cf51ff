# SPDX-License-Identifier: Apache-2.0
"""Hosts, probes, what must not be there, and the files beside (WB-035, WB-038, OA-162)."""

import json
import stat
from pathlib import Path

import pytest

from idp.config import load
from idp.config.faults import ConfigFaults
from tests.databases import open_database
from tests.reliability.faults import Blow, put_in
from tests.security.crawl import endpoints, raw, rules
from tests.world import ISSUER, RING, World, open_world, populate, settings_for

FOREIGN = (
    "evil.example",
    "sceau.example.evil.example",
    "evil.example:443",
    "sceau.example:8443",
    "sceau.example.",
    "sceau.example@evil.example",
    "evil.example, sceau.example",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "sceau.example\x00",
    " sceau.example",
    "",
)
# What scanners ask for first.
NOT_THERE = (
    "/metrics", "/debug", "/docs", "/redoc", "/openapi.json", "/swagger.json", "/console",
    "/server-status", "/actuator/health", "/.git/config", "/.env", "/.well-known/",
    "/static/", "/static/css/", "/static/css", "/static/../app.py", "/static/..%2f..%2fsetup.cfg",
    "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/css/sceau.css.map", "/robots.txt~",
    "/templates/base.html", "/static/.htaccess", "/backup.sql", "/sceau.sqlite3", "/config.toml",
    "/wp-login.php", "/health", "/health/", "/health/live/x", "/__debugger__",
    "/?__debugger__=yes&cmd=x",
)  # fmt: skip


def test_oa_162_a_foreign_host_gets_nothing_on_any_path(sqlite_world: World) -> None:
    paths = [*endpoints(sqlite_world), *[path for path, _ in rules(sqlite_world)], "/nothing"]
    for path in paths:
        for host in FOREIGN:
            for method in ("GET", "POST"):
                environ = {"HTTP_HOST": host}
                answer = raw(sqlite_world, method, path, environ_overrides=environ)
                assert answer.status_code == 400, f"{path} {host}"
                assert answer.get_data() == b"unknown host\n"
                assert not answer.headers.getlist("Set-Cookie")
                assert "no-store" in answer.headers["Cache-Control"]
    assert len(paths) > 20


def test_oa_162_our_own_host_is_answered_however_it_is_written(sqlite_world: World) -> None:
    for host in ("sceau.example", "SCEAU.example"):
        answer = raw(sqlite_world, "GET", "/health/live", environ_overrides={"HTTP_HOST": host})
        assert answer.status_code == 200


def test_oa_162_links_never_come_from_the_request(sqlite_url: str) -> None:
    """Another trusted host is answered, and its pages still lead to the issuer."""
    world = open_world(sqlite_url, SERVER_TRUSTED_HOSTS="sceau.example,inside.example:8000")
    environ = {"HTTP_HOST": "inside.example:8000", "wsgi.url_scheme": "http"}
    answer = raw(world, "GET", "/.well-known/openid-configuration", environ_overrides=environ)
    document = json.loads(answer.get_data())
    assert document["issuer"] == ISSUER
    for name, value in document.items():
        if isinstance(value, str) and "://" in value:
            assert value.startswith(ISSUER + "/") or name == "issuer", name
    ask = world.client("plain").authorize_url()
    answer = raw(world, "GET", ask, environ_overrides=environ)
    assert answer.headers["Location"].startswith(f"{ISSUER}/login/")
    for path in ("/", "/login", "/account", "/help", "/nothing"):
        answer = raw(world, "GET", path, environ_overrides=environ)
        assert "inside.example" not in answer.get_data(as_text=True)
        assert "inside.example" not in answer.headers.get("Location", "")
    world.provider.close()


def test_probes_tell_life_from_readiness(world: World) -> None:
    fuse = put_in(world.core.database)
    for path in ("/health/live", "/health/ready"):
        answer = raw(world, "GET", path)
        assert answer.status_code == 200
        assert answer.get_json() == {"status": path.rpartition("/")[2]}
        assert answer.headers["Cache-Control"] == "no-store"
        assert raw(world, "POST", path).status_code == 405
    with fuse.set_to(1, Blow.OUTAGE):
        assert raw(world, "GET", "/health/live").status_code == 200
        answer = raw(world, "GET", "/health/ready")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.get_json() == {"error": "temporarily_unavailable"}
    assert raw(world, "GET", "/health/ready").status_code == 200


def test_wb_035_there_is_no_back_room(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    for path in NOT_THERE:
        plain = path.partition("?")[0]
        environ = {"PATH_INFO": plain.replace("%2f", "/").replace("%2e", ".")}
        answer = browser.request("GET", path, environ_overrides=environ)
        assert answer.status_code in ({200} if plain == "/" else {404}), path
        text = answer.get_data(as_text=True)
        for word in ("SPDX", "import ", "[metadata]", "root:", "Traceback", "Index of"):
            assert word not in text, path


def test_wb_035_nothing_debugs_and_nothing_tells_the_software(sqlite_world: World) -> None:
    web = sqlite_world.provider.web
    assert web.debug is False
    assert web.testing is False
    assert web.config["TRAP_HTTP_EXCEPTIONS"] is False
    for path in ("/nothing", "/oidc/token", "/help", "/oidc/jwks"):
        for method in ("GET", "TRACE", "POST"):
            answer = raw(sqlite_world, method, path, {"X-Secret": "echoed"})
            text = str(answer.headers) + answer.get_data(as_text=True)
            assert "echoed" not in text
            for word in ("Werkzeug", "Flask", "Python", "gunicorn", "granian", "SQLAlchemy"):
                assert word not in text, path
    assert raw(sqlite_world, "TRACE", "/").status_code == 405


def test_wb_038_the_database_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "sceau.sqlite3"
    populate(f"sqlite:///{file}")
    world = open_world(f"sqlite:///{file}")
    world.client("plain").tokens(world.browser())
    found = sorted(tmp_path.glob("sceau.sqlite3*"))
    assert [one.name for one in found] == [
        "sceau.sqlite3",
        "sceau.sqlite3-shm",
        "sceau.sqlite3-wal",
    ]
    for one in found:
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name
    world.provider.close()


def test_wb_038_a_file_that_is_there_keeps_its_mode_and_its_content(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    database = open_database(f"sqlite:///{file}")
    with database.write() as tx:
        tx.exec_driver_sql("CREATE TABLE t (x INTEGER)")
    database.close()
    again = open_database(f"sqlite:///{file}")
    with again.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0
    again.close()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666])
def test_wb_038_a_database_open_to_others_is_refused_at_the_start(
    sqlite_url: str, mode: int
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    file.chmod(mode)
    with pytest.raises(ConfigFaults, match="open to other users"):
        settings_for(sqlite_url)
    file.chmod(0o600)
    settings_for(sqlite_url)


def test_wb_038_a_key_ring_open_to_others_is_refused_at_the_start(tmp_path: Path) -> None:
    ring = tmp_path / "ring"
    ring.write_text(RING)
    environ = {
        "SCEAU_SERVER_ISSUER": ISSUER,
        "SCEAU_DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite3'}",
        "SCEAU_SECRETS_KEYS_FILE": str(ring),
    }
    for mode in (0o644, 0o640, 0o604):
        ring.chmod(mode)
        with pytest.raises(ConfigFaults, match="open to other users"):
            load(None, environ)
    ring.chmod(0o600)
    load(None, environ)
