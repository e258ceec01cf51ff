# SPDX-License-Identifier: Apache-2.0
"""The wheel works where there is no checkout: in an empty environment, elsewhere."""

import base64
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.architecture.house import PRODUCT, ROOT, VIEWER
from tests.ports import free_port

SOURCES = (*PRODUCT, "templates", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
# For whatever may take a while on a busy machine.
PATIENCE = 60
NOT_SHIPPED = {".pyc", ".po", ".pot", ".md"}


def run(*command: object, cwd: Path, **variables: str) -> str:
    """Run to the end, and show what was said when it fails."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**environment, "SOURCE_DATE_EPOCH": "1700000000", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy of the sources, so that nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, cwd=source)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """An environment with this wheel, and the dependencies from the one that runs the tests."""
    place = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", "--without-pip", place / "venv", cwd=place)
    python = place / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--quiet", "--no-cache-dir")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=place)
    # A folder named in a .pth has its own .pth files ignored, so the checkout stays out of reach.
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place)
    Path(site.strip(), "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


def expected() -> set[str]:
    """Every file of the product, where the wheel puts it."""
    found = set()
    for top in (*PRODUCT, "templates"):
        for path in (ROOT / top).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            # What the viewer is made of stays; what it is made into goes along.
            if not path.is_file() or "__pycache__" in name or VIEWER in path.parents:
                continue
            if path.suffix not in NOT_SHIPPED:
                found.add(f"idp/{name}" if top == "templates" else name)
    return found


def test_the_wheel_holds_the_product_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == expected()


def test_the_licence_travels_with_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith("/LICENSE")]
    assert names


def test_the_installed_package_finds_its_folders(environment):
    script = (
        "import idp, pathlib, idp.paths as paths\n"
        "print(pathlib.Path(idp.__file__).parent)\n"
        "print(*(folder() for folder in (paths.templates, paths.static, paths.translations,"
        " paths.migrations)), sep='\\n')"
    )
    found = run(environment / "venv" / "bin" / "python", "-c", script, cwd=environment).split()
    assert len(found) == 5
    assert all(Path(folder).is_relative_to(environment) for folder in found)


PORTAL = """
import pathlib, sys
from imaging_app.__main__ import bring_up, make_parser, read_config
from imaging_app.app import KEY, create_app
from relying_parties.registration import load_registration
registration = load_registration(KEY)
config = read_config(registration, make_parser(registration).parse_args(["--data", sys.argv[1]]))
bring_up(config.settings)
client = create_app(config).test_client()
for path in ("/", "/offline", "/sw.js", "/static/imaging.css", "/static/js/session.js"):
    print(client.get(path, base_url="http://localhost:8004").status_code)
print("Patient" in client.get("/", base_url="http://localhost:8004").text)
print("Votre" in client.get("/", base_url="http://localhost:8004").text)
"""


def test_the_installed_portal_shows_its_pages_in_french(environment):
    """Pages, style, scripts, catalogue and migrations came along."""
    place = environment / "portal"
    place.mkdir()
    python = environment / "venv" / "bin" / "python"
    found = run(python, "-c", PORTAL, place, cwd=environment).split()
    assert found == ["200"] * 5 + ["True", "True"]


def fetch(address: str) -> tuple[int, str]:
    """Status and text, by a client that keeps cookies on the way and knows no proxy."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor()
    )
    with opener.open(address, timeout=PATIENCE) as answer:
        return answer.status, answer.read().decode()


@contextmanager
def serving(command: Path, place: Path, issuer: str, variables: dict[str, str]) -> Iterator[None]:
    """The installed server, until the end of the block."""
    log = place / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [str(command), "run"],
            cwd=place,
            env={"PATH": os.defpath, **variables},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end:
            assert server.poll() is None, log.read_text()
            try:
                fetch(f"{issuer}/.well-known/openid-configuration")
                break
            except OSError:
                # Not there yet, or too busy to answer.
                time.sleep(0.2)
        else:
            pytest.fail(log.read_text())
        yield
    finally:
        server.terminate()
        server.wait(PATIENCE)


def test_the_installed_wheel_serves_the_login_page(environment):
    command = environment / "venv" / "bin" / "sceau"
    port = free_port()
    issuer = f"http://localhost:{port}"
    variables = {
        "SCEAU_SERVER_ISSUER": issuer,
        "SCEAU_SERVER_PORT": str(port),
        "SCEAU_DATABASE_URL": f"sqlite:///{environment / 'sceau.sqlite3'}",
        "SCEAU_SECRETS_KEYS": "k1:" + base64.b64encode(os.urandom(32)).decode(),
    }
    run(command, "init", cwd=environment, **variables)
    with serving(command, environment, issuer, variables):
        status, page = fetch(f"{issuer}/login")
        assert status == 200
        assert 'type="password"' in page
        assert 'lang="fr"' in page
        style = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
        assert fetch(issuer + style)[0] == 200
