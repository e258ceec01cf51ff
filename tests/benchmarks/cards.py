# SPDX-License-Identifier: Apache-2.0
"""Logins by card: what the server does for one, beside the signature and the chain alone; and how
soon a session is over once the card is out.
"""

import json
import os
import re
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPSConnection
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from connectors.cps_card.statement import (
    Heartbeat,
    Signed,
    presence_bytes,
    read_statement,
    signed_bytes,
    write_answer,
    write_heartbeat,
)
from connectors.strict_json import to_text
from idp.demo.pki import Pki
from idp.demo.pki_authority import Issued
from idp.demo.pki_service import PkiService
from tests.benchmarks.costs import cost
from tests.benchmarks.machine import Cores, free_port
from tests.benchmarks.population import application, bring_in, opened, person
from tests.benchmarks.scenarios import authorize_path
from tests.benchmarks.servers import Served, launch, provider, settings_of, stop
from tests.benchmarks.visitor import Visitor, address_of, connect
from tests.pki import card, key, new_pki, period

HANDS = 4
PATIENCE = 60.0
TICK = os.sysconf("SC_CLK_TCK")
STATEMENT = re.compile(r'data-statement="([^"]+)"')
BROWSER = re.compile(r'formaction="([^"]+)"')


@dataclass(frozen=True)
class CardLogins:
    """Logins by card on one database."""

    name: str
    way: str
    logins: int
    # Of the server's processes, for a whole login; and of one signature and one chain alone.
    cpu_ms: float
    bare_ms: float
    per_second: float
    # From the agent's word that the card is out to the answer: the session is over.
    ended_p95: float = 0.0


@dataclass
class Scene:
    """A server that believes a PKI's cards, and people who carry one."""

    served: Served
    issuer: str
    cards: Sequence[Issued]
    folder: Path


def card_logins(
    name: str, environ: Mapping[str, str], cores: Cores, folder: Path, people: int
) -> list[CardLogins]:
    """By the agent's signature, then by the browser's certificate."""
    now = int(time.time())
    with ExitStack() as running:
        running.enter_context(cores.beside())
        service = running.enter_context(PkiService(lambda: int(time.time())))
        pki = new_pki(now, service.address)
        service.show(pki)
        port, door = int(environ["SCEAU_SERVER_PORT"]), free_port()
        environ = environ | _settings(pki, folder, now, door, service.address)
        cards = _prepare(environ, pki, people, now)
        served = launch(provider(f"cards-{name}", port, environ), cores, folder)
        running.callback(stop, served.process)
        _wait_for(door)
        scene = Scene(served, environ["SCEAU_SERVER_ISSUER"], cards, folder)
        bare = cost(lambda: _verify_alone(pki, cards[0]), 0.4) / 1000
        ended: list[float] = []
        by_agent = _measure(scene, lambda one: ended.append(_by_agent(scene, one)))
        by_browser = _measure(scene, lambda one: _by_browser(scene, one, door))
    return [
        CardLogins(name, "agent", people, by_agent[0], bare, by_agent[1], _p95(ended)),
        CardLogins(name, "browser", people, by_browser[0], bare, by_browser[1]),
    ]


def _wait_for(door: int) -> None:
    """Until the card's own address listens: it starts beside the main one."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", door), 5).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _settings(pki: Pki, folder: Path, now: int, door: int, lists: str) -> dict[str, str]:
    server = pki.server(("localhost",), period(now))
    chain, private = folder / "door.pem", folder / "door.key"
    chain.write_bytes(server.certificate.public_bytes(serialization.Encoding.PEM))
    private.touch(mode=0o600)
    private.write_bytes(_pem(server))
    return {
        "SCEAU_CARDS_ADDRESS": f"https://localhost:{door}",
        "SCEAU_CARDS_PORT": str(door),
        "SCEAU_CARDS_TLS_CERTIFICATE": str(chain),
        "SCEAU_CARDS_TLS_KEY": str(private),
        "SCEAU_OUTGOING_ALLOW": urlsplit(lists).netloc,
        "SCEAU_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
    }


def _prepare(environ: Mapping[str, str], pki: Pki, people: int, now: int) -> list[Issued]:
    """People with a card each, an application that asks for it, and authorities believed."""
    cards = []
    with opened(settings_of(environ)) as core, core.database.write() as tx:
        for number in range(people):
            national = f"89970{number:07d}"
            who = replace(person(number), national_id=national)
            bring_in(core, tx, who)
            facts = card(national_id=national, serial=f"{2600000000 + number}")
            cards.append(pki.issue(facts, period(now), key=key("card")))
        document = application("carded") | {
            "policy": {"means": ["cps"], "level": 3, "consent": False}
        }
        core.applications.register(tx, document)
        for one in (*pki.roots, *pki.people):
            der = one.certificate.public_bytes(serialization.Encoding.DER)
            core.trust.authorities.add(tx, der, "cps")
    return cards


def _verify_alone(pki: Pki, issued: Issued) -> None:
    """One signature, and a chain of two: nobody can log somebody in for less."""
    message = b"m" * 300
    issued.certificate.verify_directly_issued_by(pki.authorities["ACI-FO-PP"].certificate)
    above = pki.authorities["ACI-FO-PP"].certificate
    above.verify_directly_issued_by(pki.authorities["ACR-FO"].certificate)
    public = issued.key.public_key()
    public.verify(_signature_of(issued, message), message, _pss(), SHA256())


_SIGNATURES: dict[bytes, bytes] = {}


def _signature_of(issued: Issued, message: bytes) -> bytes:
    if message not in _SIGNATURES:
        _SIGNATURES[message] = issued.key.sign(message, _pss(), SHA256())
    return _SIGNATURES[message]


def _pss() -> padding.PSS:
    return padding.PSS(padding.MGF1(SHA256()), 32)


def _measure(scene: Scene, log_in: Callable[[int], object]) -> tuple[float, float]:
    """CPU of the server for each login, in milliseconds; and how many come in a second."""
    before, began = _cpu(scene.served), time.perf_counter()
    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(log_in, range(len(scene.cards))))
    seconds = time.perf_counter() - began
    return (_cpu(scene.served) - before) * 1000 / len(scene.cards), len(scene.cards) / seconds


def _cpu(served: Served) -> float:
    """Seconds of user and system time of the server's processes."""
    total = 0
    for pid in served.pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def _by_agent(scene: Scene, one: int) -> float:
    """Log in by a signature, then take the card out: milliseconds until the session is over."""
    visitor = Visitor(connect(scene.served.port), address_of(one))
    page = visitor.get(authorize_path("carded").replace("${seq}", str(one)))
    journey = visitor.at.partition("?")[0]
    asked = STATEMENT.search(page.body)
    if asked is None:
        raise RuntimeError(f"no card asked for: {page.status}\n{page.body[:2000]}")
    said = json.loads(visitor.get(asked[1]).body)["statement"]
    statement = read_statement(said)
    if statement is None:
        raise RuntimeError(said)
    private = Ed25519PrivateKey.generate()
    spoken = to_text(private.public_key().public_bytes_raw())
    issued = scene.cards[one]
    signature = issued.key.sign(signed_bytes(statement, "PS256", spoken), _pss(), SHA256())
    answer = write_answer(Signed(issued.der, "PS256", spoken, signature))
    done = visitor.post(f"{journey}/cps", statement=said, answer=answer)
    if done.status != 303 or "code=" not in done.location:
        raise RuntimeError(f"not logged in: {done.status} {done.location}\n{done.body[:3000]}")
    beat = presence_bytes(scene.issuer, spoken, 1, "removed")
    word = write_heartbeat(Heartbeat(spoken, 1, "removed", private.sign(beat)))
    began = time.perf_counter()
    visitor.connection.request("POST", "/card/presence", word, {"Content-Type": "application/json"})
    heard = visitor.connection.getresponse()
    heard.read()
    visitor.connection.close()
    if heard.status != 200:
        raise RuntimeError(f"not heard: {heard.status}")
    return (time.perf_counter() - began) * 1000


def _by_browser(scene: Scene, one: int, door: int) -> None:
    """Log in by the certificate of a handshake."""
    visitor = Visitor(connect(scene.served.port), address_of(100_000 + one))
    page = visitor.get(authorize_path("carded").replace("${seq}", str(100_000 + one)))
    away = BROWSER.search(page.body)
    if away is None:
        raise RuntimeError(f"no card asked for: {page.status}\n{page.body[:2000]}")
    handle = visitor.post(away[1]).location
    back = _show(scene, scene.cards[one], door, handle)
    done = visitor.follow_once(back)
    visitor.connection.close()
    if done.status != 303 or "code=" not in done.location:
        raise RuntimeError(f"not logged in: {done.status} {done.location}\n{done.body[:3000]}")


def _show(scene: Scene, issued: Issued, door: int, path: str) -> str:
    """Show the card at its own address; where that leads."""
    context = ssl.create_default_context()
    # The certificate of this machine's own door: who it is, is not what is measured.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with tempfile.NamedTemporaryFile(dir=scene.folder, suffix=".pem") as file:
        file.write(issued.certificate.public_bytes(serialization.Encoding.PEM) + _pem(issued))
        file.flush()
        context.load_cert_chain(file.name)
    connection = HTTPSConnection("localhost", door, context=context, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    where = urlsplit(answer.headers.get("Location", ""))
    if answer.status != 303:
        raise RuntimeError(f"the card was not read: {answer.status}")
    return where.path + (f"?{where.query}" if where.query else "")


def _pem(issued: Issued) -> bytes:
    return issued.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _p95(found: list[float]) -> float:
    return quantiles(found, n=20)[-1]
