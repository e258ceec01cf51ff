# SPDX-License-Identifier: Apache-2.0
"""`sceau demo` as a newcomer meets it: one command, two applications, one login, one logout."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup
from cryptography.x509 import load_der_x509_crl

from idp.demo.addresses import AGENT, CARDS, PKI
from tests.demo.opened import PATIENCE, Demo, demo, entry
from tests.demo.processes import free_offset, head, none_left, running, wait_until


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo") / "data") as opened:
        yield opened


def run(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command where it must refuse."""
    return subprocess.run(
        [sys.executable, "-m", "idp", "demo", "--data", str(folder), *words],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


class Person:
    """A browser without JavaScript: follows links and fills in forms."""

    def __init__(self, opened: Demo, who: str = "medecin") -> None:
        self.demo = opened
        self.who = entry(opened.cast["people"], who)
        self.web = requests.Session()
        self.web.trust_env = False

    def open(self, url: str) -> requests.Response:
        self.page = self.web.get(url, timeout=PATIENCE)
        return self.page

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.page.text, "html.parser")

    def submit(self, action: str, **values: str) -> requests.Response:
        form = self.soup.find("form", method="post", action=lambda given: action in given)
        assert form, self.page.text
        fields = {
            one["name"]: one.get("value", "")
            for one in form.find_all("input", attrs={"name": True})
        }
        url = requests.compat.urljoin(self.page.url, form["action"])
        self.page = self.web.post(url, fields | values, timeout=PATIENCE)
        return self.page

    def log_in(self) -> requests.Response:
        return self.submit(
            "password", identifier=self.who["identifier"], password=self.who["password"]
        )

    def is_inside(self, url: str) -> bool:
        """Whether a page that needs a login is shown, without going anywhere for it."""
        return self.web.get(url, timeout=PATIENCE, allow_redirects=False).status_code == 200


def test_the_ready_line_comes_soon_with_addresses_and_logins(shared):
    first = shared.lines[0]
    assert first.startswith("Ready after ")
    assert float(first.split()[2]) > 0
    for url in shared.cast["addresses"].values():
        assert url + "/" in shared.text
    for person in shared.cast["people"]:
        assert person["identifier"] in shared.text
        assert person["password"] in shared.text
    assert shared.cast["desk"] in shared.text


def test_the_desk_leads_to_everything_that_is_served(shared):
    page = BeautifulSoup(requests.get(shared.cast["desk"], timeout=PATIENCE).text, "html.parser")
    places = {one["href"] for one in page.select(".desk-places a")}
    others = {url + "/" for name, url in shared.cast["addresses"].items() if name != "sceau"}
    assert others <= places


def test_cast_json_tells_programs_all_they_need(shared):
    cast = shared.cast
    assert {"medecin", "infirmiere", "patient", "administrateur"} <= {
        one["key"] for one in cast["people"]
    }
    assert {one["population"] for one in cast["people"]} == {
        "professional", "patient", "staff",
    }  # fmt: skip
    assert {one["state"] for one in cast["people"]} == {"active", "disabled", "closed"}
    assert all(len(one["password"]) >= 12 for one in cast["people"])
    seen = {one["key"]: one["subjects"] for one in cast["people"]}
    # An application that keeps people apart sees a name of its own.
    assert seen["patient"]["imaging"] == seen["patient"]["imaging-desk"]
    assert len({one["imaging"] for one in seen.values()}) == len(seen)
    assert "messagerie" not in seen["patient"]
    for key in ("dcc", "rcp"):
        one = entry(cast["applications"], key)
        assert one["url"] == cast["addresses"][key]
        assert all(uri.startswith(one["url"] + "/") for uri in one["redirect_uris"])
        assert len(one["client_secret"]) >= 32
        assert {"key", "protocol", "client_id"} <= set(one)
    mail = entry(cast["applications"], "messagerie")
    assert (mail["protocol"], mail["url"]) == ("saml", cast["addresses"]["messagerie"])
    assert all(url.startswith(mail["url"] + "/") for url in (mail["entity_id"], *mail["acs"]))
    assert Path(mail["key_file"]).is_file()
    assert "client_secret" not in mail


def test_cards_and_who_reads_them_are_told_and_there(shared):
    cast = shared.cast
    assert {one["state"] for one in cast["cards"]} == {"valid", "expired", "revoked"}
    for one in cast["cards"]:
        assert Path(one["file"]).is_file()
        assert one["pin"] in shared.text
        assert len(one["serial"]) == 10
    read = requests.post(
        f"{cast['agent']}/v1/state",
        json={},
        headers={"Origin": shared.address("sceau")},
        timeout=PATIENCE,
    ).json()
    assert [one["card"] for one in read["readers"]] == ["absent"]
    lists = requests.get(f"{cast['authorities']}/CRL/ACI-FO-PP.crl", timeout=PATIENCE)
    assert load_der_x509_crl(lists.content).issuer
    door = f"{cast['card_door']}/health/ready"
    root = str(shared.folder / "pki" / "ACR-EL.pem")
    assert wait_until(lambda: is_ready(door, root))


def is_ready(url: str, root: str) -> bool:
    """Whether a server under this authority answers."""
    try:
        return requests.get(url, verify=root, timeout=PATIENCE).status_code == 200
    except requests.RequestException:
        return False


def test_nothing_it_wrote_is_open_to_others(shared):
    for path in (shared.folder, *shared.folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def take_code(opened: Demo, person: Person) -> None:
    """Have a code sent to the telephone of the desk, and type it in."""
    before = {one["id"] for one in messages_of(opened)}
    person.submit("/otp", channel="sms")

    def arrived() -> list[str]:
        fresh = [one["text"] for one in messages_of(opened) if one["id"] not in before]
        return [code for text in fresh for code in re.findall(r"\b[0-9]{6}\b", text)]

    assert wait_until(arrived)
    person.submit("/otp", code=arrived()[-1])


def messages_of(opened: Demo) -> list[dict]:
    """The SMS on the desk's telephone."""
    return [one for one in desk_of(opened).get("messages", ()) if one["channel"] == "sms"]


def test_one_login_opens_both_and_one_logout_ends_both(shared):
    claire = Person(shared)
    dcc, rcp = shared.address("dcc"), shared.address("rcp")
    assert claire.open(f"{dcc}/dossiers").url.startswith(shared.address("sceau"))
    assert "Accès sécurisé à DCC" in claire.page.text
    assert claire.log_in().url == f"{dcc}/dossiers"
    assert "Claire" in claire.page.text
    # The second application wants a second factor, and nothing but that.
    claire.open(f"{rcp}/meetings")
    assert not claire.soup.select("input[type=password]")
    take_code(shared, claire)
    assert claire.page.url == f"{rcp}/meetings"
    assert claire.is_inside(f"{rcp}/meetings")
    claire.open(f"{dcc}/dossiers")
    page = claire.submit("/logout")
    if page.url.startswith(shared.address("sceau")):
        page = claire.submit("logout")
    assert not claire.is_inside(f"{dcc}/dossiers")
    # Told by the back channel: its own session was still good a moment ago.
    assert not claire.is_inside(f"{rcp}/meetings")
    assert claire.open(f"{rcp}/meetings").url.startswith(shared.address("sceau"))


def test_the_application_that_reads_headers_opens_by_the_same_login(shared):
    claire = Person(shared)
    claire.web.headers["Accept"] = "text/html"
    dcc, legacy = shared.address("dcc"), shared.address("legacy") + "/"
    claire.open(f"{dcc}/dossiers")
    claire.log_in()
    assert claire.open(legacy).url == legacy
    assert "X-Remote-User" in claire.page.text
    assert claire.who["display_name"] in claire.page.text
    claire.open(legacy + "logout")
    assert not claire.is_inside(f"{dcc}/dossiers")
    assert claire.open(legacy).url.startswith(shared.address("sceau"))


def test_the_application_that_speaks_saml_asks_for_the_card(shared):
    claire = Person(shared)
    dcc, mail = shared.address("dcc"), shared.address("messagerie")
    claire.open(f"{dcc}/dossiers")
    claire.log_in()
    page = claire.open(f"{mail}/messages")
    assert page.url.startswith(shared.address("sceau"))
    assert "calculette" in page.text
    assert not claire.soup.select("input[type=password]")
    assert not claire.is_inside(f"{mail}/messages")
    # On the portal it is one of the applications that she may open.
    assert claire.open(shared.address("sceau") + "/").ok
    assert claire.soup.find("a", href=lambda given: given and given.startswith(mail))


def test_whoever_gave_both_factors_sees_no_page_on_the_way_to_the_second(shared):
    claire = Person(shared)
    dcc, rcp = shared.address("dcc"), shared.address("rcp")
    claire.open(f"{rcp}/meetings")
    claire.log_in()
    take_code(shared, claire)
    assert claire.page.url == f"{rcp}/meetings"
    page = claire.open(f"{dcc}/dossiers")
    assert page.url == f"{dcc}/dossiers"
    assert all(hop.status_code in {302, 303} for hop in page.history)


@pytest.mark.parametrize("who", ["desactivee", "ferme", "remplacant", "sagefemme"])
def test_those_who_may_not_enter_do_not(shared, who):
    person = Person(shared, who)
    person.open(f"{shared.address('dcc')}/dossiers")
    person.log_in()
    assert not person.is_inside(f"{shared.address('dcc')}/dossiers")


def desk_of(opened: Demo) -> dict:
    """The desk's state; nothing of it while the server starts."""
    try:
        return requests.get(f"{opened.cast['desk']}/messages", timeout=PATIENCE).json()
    except requests.RequestException:
        return {}


def test_the_clock_is_moved_for_all_and_brought_back(shared):
    claire, hand = Person(shared), Person(shared)
    dossiers = f"{shared.address('dcc')}/dossiers"
    for step in ("day", "month", "four-months", "four-months"):
        claire.open(dossiers)
        if step == "month":
            # Tokens are made and read in the same time.
            assert claire.log_in().url == dossiers
            assert claire.is_inside(dossiers)
        hand.open(shared.cast["desk"])
        hand.submit("/desk/clock", step=step)
        # The application's clock is the provider's, or its session would live on.
        assert wait_until(lambda: not claire.is_inside(dossiers))
    assert desk_of(shared)["ahead"] == (1 + 31 + 2 * 124) * 86_400
    claire.web.cookies.clear()
    hand.submit("/desk/clock", step="return")
    assert wait_until(lambda: desk_of(shared).get("ahead") == 0), shared.text
    claire.open(dossiers)
    assert claire.log_in().url == dossiers
    assert shared.process.poll() is None


def test_the_log_of_each_program_is_there(shared):
    for name in ("sceau", "dcc", "imaging", "legacy", "messagerie", "rcp"):
        assert (shared.folder / "log" / f"{name}.log").is_file()
    assert "Traceback" not in (shared.folder / "log" / "sceau.log").read_text()


def test_a_taken_port_is_told_before_anything_is_made(shared, tmp_path):
    done = run(tmp_path / "other", "--port-offset", str(shared.offset))
    assert done.returncode == 1
    others = ((8006, AGENT), (8008, PKI), (8443, CARDS))
    for port, name in ((8000, "Sceau"), (8001, "DCC"), (8004, "Imagerie"), (8007, "RCP"), *others):
        assert f"Port {port + shared.offset}, where {name} would listen, is taken" in done.stderr
        assert f"ss -ltnp 'sport = :{port + shared.offset}'" in done.stderr
    assert not (tmp_path / "other").exists()


def test_a_folder_in_use_is_neither_shared_nor_reset(shared):
    done = run(shared.folder, "--reset", "--port-offset", str(free_offset()))
    assert done.returncode == 1
    assert f"(process {shared.process.pid})" in done.stderr
    assert shared.cast


def test_a_folder_that_is_no_demos_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = run(tmp_path, "--reset", "--port-offset", str(free_offset()))
    assert done.returncode == 1
    assert "no demo's" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCEAU_SERVER_ISSUER", "https://connexion.example"),
        ("SCEAU_SERVER_BIND", "0.0.0.0"),
        ("SCEAU_DEMO_ENABLED", "false"),
        ("SCEAU_DATABASE_URL", "sqlite:////nowhere/real.sqlite3"),
        ("SCEAU_DEMO_CLOCK_FILE", "/nowhere/clock"),
        ("SCEAU_DEMO_DESK", "/nowhere/desk"),
    ],
)
def test_it_refuses_outside_loopback_and_demo_mode(tmp_path, name, value):
    done = run(tmp_path / "data", "--port-offset", str(free_offset()), **{name: value})
    assert done.returncode == 1
    assert name in done.stderr
    assert not (tmp_path / "data" / "sceau.sqlite3").exists()


# It starts three times.
@pytest.mark.timeout(550)
def test_ctrl_c_leaves_no_process_and_the_next_start_keeps_what_was_done(tmp_path):
    folder = tmp_path / "data"
    with demo(folder) as first:
        config = str(folder / "sceau.toml")
        sceau = [sys.executable, "-m", "idp"]
        for words in (("disable", "lcelik"), ("join", "joeuvrard", "onco-centre")):
            subprocess.run([*sceau, "accounts", *words, "--config", config], check=True)
        secret = entry(first.cast["applications"], "dcc")["client_secret"]
        own = Path(entry(first.cast["applications"], "messagerie")["key_file"]).read_text()
        assert first.end(signal.SIGINT) == 0
        assert none_left(str(folder))
        assert wait_until(lambda: "no process is left" in first.text)
    with demo(folder) as second:
        listed = subprocess.run(
            [*sceau, "accounts", "list", "--json", "--config", config],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        people = {one["identifier"]: one for one in json.loads(listed.stdout)}
        assert len(people) == len(second.cast["people"])
        assert people["lcelik"]["state"] == "disabled"
        assert "onco-centre" in people["joeuvrard"]["communities"]
        assert entry(second.cast["applications"], "dcc")["client_secret"] == secret
        assert Path(entry(second.cast["applications"], "messagerie")["key_file"]).read_text() == own
        assert second.end(signal.SIGTERM) == 0
        assert none_left(str(folder))
    with demo(folder, "--reset") as third:
        assert entry(third.cast["applications"], "dcc")["client_secret"] != secret
        assert third.end(signal.SIGTERM) == 0


def test_one_program_that_dies_stops_all_and_is_named(tmp_path):
    folder = tmp_path / "data"
    with demo(folder) as opened:
        os.kill(head(str(folder / "applications" / "dcc")), signal.SIGKILL)
        assert opened.process.wait(PATIENCE) == 1
        assert wait_until(lambda: "Everything was stopped." in opened.text)
        assert "DCC ended by itself (by signal 9)" in opened.text
        assert none_left(str(folder))


def test_a_runner_that_was_killed_leaves_no_process(tmp_path):
    folder = tmp_path / "data"
    with demo(folder) as opened:
        assert len(running(str(folder))) >= 6
        opened.process.kill()
        assert wait_until(lambda: not running(str(folder)))
