# SPDX-License-Identifier: Apache-2.0
"""The legacy application behind its proxy in miniature, as the demo runs it."""

import sys
from collections.abc import Iterator

import pytest

from tests.cast import SECRET
from tests.interop.visitor import Visitor
from tests.ports import free_port
from tests.servers import Site, registration, running_site, start

PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A provider, the legacy application, and DCC."""
    folder = tmp_path_factory.mktemp("legacy")
    port = free_port()
    url = f"http://localhost:{port}"
    database = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, database, documents=[registration("legacy", url)]) as site:
        secret = folder / "legacy.secret"
        secret.write_text(SECRET)
        words = ["--port", str(port), "--issuer", site.issuer, "--client-secret-file", str(secret)]
        command = [sys.executable, "-m", "relying_parties.legacy", *words]
        ready = "/static/legacy.svg"
        site.processes.append(start("legacy", command, url, folder, ready=ready))
        site.start_example("dcc")
        yield site, url


@pytest.fixture
def legacy(started: tuple[Site, str]) -> Iterator[tuple[Visitor, str]]:
    """Somebody at a fresh browser; what all servers wrote is shown where the test fails."""
    site, url = started
    visitor = Visitor((site.issuer, url, site.url("dcc")))
    visitor.session.headers.update(PAGE)
    yield visitor, url
    site.show_news()


def test_it_knows_who_is_there(legacy: tuple[Visitor, str]) -> None:
    visitor, url = legacy
    visitor.get(f"{url}/")
    assert visitor.log_in() == f"{url}/"
    assert visitor.page.h1.get_text() == "Claire Durand"
    told = [one.get_text() for one in visitor.page.select("dd")]
    assert told[:4] == ["cdurand", "Claire Durand", "Médecin", "1"]
    assert told[4].startswith("eyJ")


def test_one_login_opens_it_and_dcc_and_one_logout_closes_both(
    legacy: tuple[Visitor, str], started: tuple[Site, str]
) -> None:
    visitor, url = legacy
    dossiers = f"{started[0].url('dcc')}/dossiers"
    visitor.get(dossiers)
    assert visitor.log_in() == dossiers
    assert visitor.get(f"{url}/") == f"{url}/"
    visitor.get(f"{url}/logout")
    visitor.get(f"{url}/")
    assert visitor.form("/password")
    visitor.get(dossiers)
    assert visitor.form("/password")


def test_wb_031_a_visitor_may_write_what_they_like(legacy: tuple[Visitor, str]) -> None:
    visitor, url = legacy
    forged = {"X-Remote-User": "x", "X_Remote_User": "x", "X-Remote-Name": "Admin"}
    stranger = visitor.session.get(url, headers=forged, allow_redirects=False)
    assert stranger.status_code == 303
    visitor.get(f"{url}/")
    visitor.log_in()
    shown = visitor.session.get(url, headers=forged).text
    assert "Claire Durand" in shown
    assert "Admin" not in shown


def test_what_is_no_page_gets_no_login(legacy: tuple[Visitor, str]) -> None:
    visitor, url = legacy
    answer = visitor.session.get(url, headers={"Sec-Fetch-Mode": "cors"}, allow_redirects=False)
    assert answer.status_code == 401
    assert visitor.session.get(f"{url}/static/legacy.svg").status_code == 200
