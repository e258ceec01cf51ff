# SPDX-License-Identifier: Apache-2.0
"""Apache by the file of the docs: it logs people in itself, and the application reads headers."""

import os
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.card_kit import host_paper
from tests.cast import SECRET, application
from tests.interop.apache import FOLDERS
from tests.interop.card_proxies import DOCS, program
from tests.interop.echo import running_echo
from tests.interop.header_proxies import Proxied, told
from tests.ports import free_port
from tests.servers import running_site, start

pytestmark = pytest.mark.interop
MODULES = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "socache_shmcb"),
    *("ssl", "headers", "proxy", "proxy_http", "auth_openidc"),
)
AROUND = """\
ServerRoot {folder}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ErrorLog {folder}/error.log
{modules}
{user}
ThreadsPerChild 8
MaxRequestWorkers 8
ServerLimit 1
Include {folder}/old.conf
"""


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """A provider, an application, and Apache between them and everybody."""
    folder = tmp_path_factory.mktemp("site")
    host = f"localhost:{free_port()}"
    document = application(
        "old",
        site=f"https://{host}",
        oidc={
            "redirect_uris": [f"https://{host}/.sceau/callback"],
            "post_logout_redirect_uris": [],
            "scopes": ["openid", "profile"],
        },
    )
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with (
        # Its worker runs as nobody, and must reach what pytest closes to everybody else.
        TemporaryDirectory(prefix="sceau-apache-", dir="/tmp") as place,
        running_echo() as behind,
        running_site(folder, database, documents=[document]) as site,
    ):
        home = Path(place)
        home.chmod(0o755)
        (home / "host.crt").write_text(host_paper().pem)
        (home / "host.key").write_text(host_paper().key_pem)
        values = {
            "LISTEN": host.replace("localhost", "127.0.0.1"),
            "HOST": host,
            "CERTIFICATE": str(home / "host.crt"),
            "KEY": str(home / "host.key"),
            "ISSUER": site.issuer,
            "CLIENT": "old",
            "SECRET": SECRET,
            "PASSPHRASE": "passphrase-of-the-tests",
            "APPLICATION": f"127.0.0.1:{behind}",
        }
        content = (DOCS / "headers-apache.conf").read_text("utf-8")
        for placeholder, value in values.items():
            content = content.replace(f"@{placeholder}@", value)
        (home / "old.conf").write_text(content)
        words = [program("apache2", "httpd"), "-f", str(_around(home)), "-X"]
        # Ready once it listens; who asks by plain HTTP is told so, by 400.
        process = start("apache", words, f"http://{host}", home)
        try:
            yield Proxied("apache", site, f"https://{host}", home / "host.crt", process)
        finally:
            process.stop()


def _around(home: Path) -> Path:
    modules = next((folder for folder in FOLDERS if folder.is_dir()), FOLDERS[0])
    lines = [
        f"LoadModule {name}_module {modules}/mod_{name}.so"
        for name in MODULES
        if (modules / f"mod_{name}.so").exists()
    ]
    user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
    around = home / "around.conf"
    around.write_text(AROUND.format(folder=home, modules="\n".join(lines), user=user))
    return around


def test_a_login_on_the_way_ends_on_the_page_asked_for(apache: Proxied) -> None:
    visitor = apache.visitor()
    wanted = f"{apache.url}/patients?page=2"
    visitor.get(wanted)
    assert visitor.log_in() == wanted, visitor.response.text
    reached = told(visitor.response)
    assert reached["x-remote-user"] == ["cdurand"]
    assert reached["x-remote-name"] == ["Claire Durand"]
    assert reached["x-remote-level"] == ["urn:sceau:level:1"]


def test_wb_031_what_a_visitor_calls_themselves_never_arrives(apache: Proxied) -> None:
    forged = {"OIDC_CLAIM_preferred_username": "admin.region"} | {
        f"{x}{first}{remote}{second}{what}": "admin.region"
        for x, remote, what in (
            *(("X", "Remote", one) for one in ("User", "Name", "Level")),
            ("x", "remote", "user"),
        )
        for first, second in product("-_", repeat=2)
    }
    visitor = apache.entered()
    reached = told(visitor.session.get(apache.url, headers=forged))
    assert reached["x-remote-user"] == ["cdurand"]
    assert reached["x-remote-level"] == ["urn:sceau:level:1"]
    assert reached["x-remote-name"] == ["Claire Durand"]
    # CGI and WSGI know them by one name.
    read_as = [name.replace("_", "-") for name in reached]
    assert [read_as.count(f"x-remote-{what}") for what in ("user", "name", "level")] == [1, 1, 1]
    assert "admin.region" not in chain.from_iterable(reached.values())


def test_scripts_are_told_no(apache: Proxied) -> None:
    session = apache.visitor().session
    answer = session.get(
        f"{apache.url}/api", headers={"Accept": "application/json"}, allow_redirects=False
    )
    assert answer.status_code == 401
