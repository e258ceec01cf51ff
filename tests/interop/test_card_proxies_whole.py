# SPDX-License-Identifier: Apache-2.0
"""Each proxy before the whole of it: the real means, and authorities with lists and responders."""

import shutil
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.clock import SystemClock
from idp.demo.pki import Pki
from idp.demo.pki_authority import Issued
from idp.trust.authorities import NotAdded
from tests import pki
from tests.card_kit import POLICIES, host_paper, register
from tests.card_process import Reached, launch, proxy_settings, settings_of, wait_for
from tests.cards import said_on
from tests.cast import APPLICATIONS, PEOPLE
from tests.interop.card_proxies import HEADERS, Places, running
from tests.ports import free_port
from tests.trusting import der_of
from tests.world import open_world

pytestmark = pytest.mark.interop
NOW = SystemClock().now()
SAID = {
    "expired": "Votre carte a expiré",
    "revoked": "Votre carte a été révoquée",
    "stranger": "Cette carte n’a pas été émise par une autorité reconnue ici",
}


@dataclass
class Authorities:
    """Authorities that are served, others that nobody knows, and cards of both."""

    known: Pki
    host: str
    cards: dict[str, Path]


def card_file(folder: Path, name: str, authorities: Pki, days: int = 900) -> Issued:
    """The doctor's card, in a file of this name."""
    doctor = PEOPLE["medecin"]
    facts = {
        "national_id": doctor.national_id,
        "last_name": doctor.last_name.upper(),
        "first_name": doctor.first_name.upper(),
    }
    period = pki.period(NOW, days)
    issued = authorities.issue(pki.card(**facts), period, key=pki.key("card"))
    path = folder / f"{name}.pem"
    path.touch(0o600)
    path.write_bytes(issued.key_pem + issued.pem)
    return issued


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    """Served once, for all three."""
    folder = tmp_path_factory.mktemp("cards")
    with pki.served_pki(SystemClock().now) as (known, service):
        card_file(folder, "good", known)
        card_file(folder, "expired", known, days=-1)
        known.revoke(card_file(folder, "revoked", known).certificate, NOW - 60)
        card_file(folder, "stranger", pki.new_pki(NOW, service.address, family="other"))
        cards = {path.stem: path for path in folder.glob("*.pem")}
        yield Authorities(known, service.address.removeprefix("http://"), cards)


@pytest.fixture(scope="module", params=sorted(HEADERS))
def proxy(
    request: pytest.FixtureRequest,
    authorities: Authorities,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reached]:
    """Each of them in turn, in front of the program as it is."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    file = folder / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    url, port, door = f"sqlite:///{file}", free_port(), free_port()
    address = f"https://localhost:{port}"
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("tests.world.APPLICATIONS", APPLICATIONS | POLICIES)
        fetching = {"OUTGOING_ALLOW": authorities.host, "OUTGOING_TIMEOUT": "30"}
        world = open_world(url, SystemClock(), CARDS_ADDRESS=address, **fetching)
        stack.callback(world.provider.close)
        register(world)
        above = authorities.known
        with world.core.database.write() as tx:
            for one in (*above.roots, *above.people):
                added = world.core.trust.authorities.add(tx, der_of(one.certificate), "cps")
                assert not isinstance(added, NotAdded), added
        files = authorities.cards | {"host": host_paper().file(folder, "host")}
        reached = Reached(world, address, folder, files, name, door)
        settings = settings_of(url, address, door, **proxy_settings(HEADERS[name]))
        process = launch(folder, settings, module="idp")
        stack.callback(process.stop)
        wait_for(process, door, None, f"localhost:{port}")
        places = Places(port, door, above.bundle().decode())
        stack.enter_context(running(name, folder, places, reached.context()))
        yield reached


def test_a_good_card_opens_the_application(proxy):
    assert "code" in proxy.log_in("good")
    (event,) = proxy.world.events("login.proved")
    assert (event.means, event.level) == ("cps", 3)


@pytest.mark.parametrize("card", SAID)
def test_xc_023_each_wrong_card_is_told_in_french_by_a_page_of_ours(proxy, card):
    browser, path = proxy.set_out(proxy.world.browser(**{"Accept-Language": "fr"}))
    if proxy.name == "apache" and card == "expired":
        # As the docs say.
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_EXPIRED"):
            proxy.get(path, card)
        return
    seen = proxy.get(path, card)
    assert seen.status == 303, seen.body
    browser.get(seen.location)
    assert said_on(browser).startswith(SAID[card])
