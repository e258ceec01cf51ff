# SPDX-License-Identifier: Apache-2.0
"""Without assertions, in another country, in another time: nothing changes (WB-056, WB-057)."""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.credentials.one_time_codes import Binding, OneTimeCode, Purpose
from idp.messages.alarms import Cause
from tests.architecture.house import PRODUCT, python_files
from tests.cast import PASSWORD, PEOPLE
from tests.messages.kit import Recorder, delivery_of, put, state_of, work
from tests.reliability.oracle import find_halves, verify_audit
from tests.security.crawl import begin
from tests.world import World

ROOT = Path(__file__).parents[2]
# A login's whole way, forged forms, codes and keys: quick, and full of refusals.
CHOSEN = (
    "tests/functional/test_login.py",
    "tests/security/test_wb_csrf.py",
    "tests/protocol/oidc/test_pkce.py",
    "tests/protocol/oidc/test_codes.py",
    "tests/unit/ground/test_crypto.py",
)
ABROAD = {
    "TZ": "America/St_Johns",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "LANGUAGE": "tr",
    "PYTHONOPTIMIZE": "1",
}
# The last second of 32 bits, 29 February of a year that has one and of 2100, which has none.
MOMENTS = (2**31 - 2, 2**31 + 60, 2_713_910_400, 4_107_542_400, 2**33)


def run_tests(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Tests in a process of their own, abroad and without assertions."""
    command = [sys.executable, "-O", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
    quiet = ["-W", "ignore::pytest.PytestConfigWarning"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [*command, *quiet, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
        cwd=ROOT,
        env=environ | ABROAD,
    )


def test_wb_056_the_tests_hold_without_assertions_and_abroad() -> None:
    done = run_tests(*CHOSEN, "-k", "not postgresql")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_wb_056_such_tests_can_fail(tmp_path: Path) -> None:
    """pytest's own assertions work there: the test above is not empty."""
    (tmp_path / "test_canary.py").write_text(
        "def test_abroad():\n    import time, sys\n"
        "    assert sys.flags.optimize and time.tzname[0] == 'NST'\n"
        "def test_canary():\n    assert False\n"
    )
    done = run_tests(str(tmp_path), "-c", os.devnull, "--rootdir", str(tmp_path))
    assert "1 failed, 1 passed" in done.stdout, done.stdout


def test_wb_056_nothing_in_the_product_is_asserted() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in python_files(*PRODUCT)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


@pytest.fixture
def _in_newfoundland(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_newfoundland")
def test_wb_057_times_are_shown_as_in_the_region_whatever_the_machines_zone(
    sqlite_world: World,
) -> None:
    # 21 September 2026, 14:13:20 UTC: 16:13 in Paris in summer, 11:43 in St John's.
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    browser.get("/account/sessions")
    assert "16:13" in browser.page.get_text()
    # A winter later, across the change of the clocks.
    sqlite_world.clock.pass_by(120 * 86_400)
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    browser.get("/account/sessions")
    assert "15:13" in browser.page.get_text()


def test_wb_057_after_2038(world: World) -> None:
    """Times are 64 bits wide, from the token to the audit."""
    for moment in MOMENTS:
        world.clock.at = float(moment)
        world.core.keys.reload()
        # The one from before has reached its end.
        hashed = world.core.passwords.hashed(PASSWORD)
        with world.core.database.write() as tx:
            world.core.passwords.put(tx, world.cast["medecin"].id, hashed)
        client, browser = world.client("dcc"), world.browser()
        tokens = client.tokens(browser)
        assert client.introspect(tokens["access_token"]).json["exp"] > moment
        assert client.refresh(tokens["refresh_token"]).status == 200
        assert client.userinfo(tokens["access_token"]).status == 200
        browser.get("/account")
        assert PEOPLE["medecin"].last_name in browser.page.get_text()
        assert world.events("login.proved")[-1].at // 1_000_000 == moment
    assert find_halves(world) == []
    assert verify_audit(world).ok


def test_wb_057_codes_links_and_messages_after_2038(world: World) -> None:
    world.clock.at = float(MOMENTS[-1])
    core, claire = world.core, world.cast["medecin"].id
    bound = Binding(claire, Purpose.LOGIN, "a-journey")
    with core.database.write() as tx:
        made = core.otp.codes.make(tx, bound, "sms", "+33612345678", 300)
        assert isinstance(core.otp.codes.use(tx, bound, made.digits), OneTimeCode)
        assert core.reset_links.use(tx, core.reset_links.give(tx, claire)) == claire
        assert not core.alarms.stands(tx, Cause.LOGINS)
    message = put(world)
    work(delivery_of(world, email=Recorder()))
    assert state_of(world, message) == "sent"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("CDURAND", True),
        ("cdurand", True),
        (" cdurand ", True),
        ("ｃｄｕｒａｎｄ", True),
        ("CDURAND@", False),
        ("cdurànd", False),
        ("claire.durand@CHU.example", True),
    ],
)
def test_wb_057_a_name_is_folded_alike_whatever_the_locale(
    sqlite_world: World, typed: str, *, found: bool
) -> None:
    browser = sqlite_world.browser()
    begin(browser, "plain")
    browser.submit("/password", identifier=typed, password=PASSWORD)
    assert bool(browser.cookie("session")) is found
