# SPDX-License-Identifier: Apache-2.0
"""The card's address as a program of its own, and clients that show a card to it."""

import http.client
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from idp.clock import SystemClock
from idp.trust.authorities import NotAdded
from tests.card_kit import (
    PROXY_SECRET,
    Paper,
    authority,
    card_of,
    give_page,
    host_paper,
    leave,
    register,
)
from tests.ports import free_port
from tests.servers import ROOT, START_SECONDS, Process, plain_environment
from tests.world import ISSUER, RING, Browser, World, open_world

PAPERS: Mapping[str, dict[str, object]] = {
    "card": {},
    "expired": {"who": "expired", "since": -300, "until": -10},
    "stranger": {"who": "stranger", "issuer": "ANOTHER AUTHORITY"},
}


def paper(name: str) -> Paper:
    """A card by name: `card` is the doctor's."""
    return card_of(**PAPERS[name])


@dataclass
class Seen:
    """An answer, and how it came."""

    status: int
    headers: http.client.HTTPMessage
    body: str
    version: str = ""
    reused: bool = False

    @property
    def problem(self) -> str:
        """The stable id of the page shown."""
        main = BeautifulSoup(self.body, "html.parser").find(id="error")
        return str(main["data-error"]) if main else ""

    @property
    def location(self) -> str:
        """Where the browser is sent."""
        return self.headers.get("Location") or ""


@dataclass
class Reached:
    """A card's address that is served, and the world whose journeys lead there."""

    world: World
    address: str
    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    # The proxy in front, and where it finds the program.
    name: str = ""
    door_port: int = 0

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 443

    def context(self, card: str = "", version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """A browser's side of TLS, with this card in the reader."""
        context = ssl.create_default_context(cafile=str(self.files["host"]))
        context.check_hostname = True
        if version is not None:
            context.minimum_version = context.maximum_version = version
        if card:
            context.load_cert_chain(self.files[card])
        return context

    def get(
        self,
        path: str,
        card: str = "",
        *,
        context: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Seen:
        """One request over one connection."""
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=30, context=context or self.context(card)
        )
        try:
            connection.connect()
            sent = {"Accept": "text/html", **(headers or {})}
            connection.request(method, path, headers=sent)
            answer = connection.getresponse()
            shaken = connection.sock
            version = shaken.version() if isinstance(shaken, ssl.SSLSocket) else ""
            return Seen(answer.status, answer.headers, answer.read().decode(), version or "")
        finally:
            connection.close()

    def set_out(self, browser: Browser | None = None) -> tuple[Browser, str]:
        """A browser that leaves for the card; and the path it is sent to."""
        browser = browser or self.world.browser()
        self.world.client("carded").ask(browser)
        address = leave(browser)
        assert address.startswith(self.address + "/card/"), address
        return browser, address.removeprefix(self.address)

    def log_in(self, card: str = "card", **options: object) -> dict[str, str]:
        """The whole journey; what the application is told."""
        browser, path = self.set_out()
        seen = self.get(path, card, **options)  # type: ignore[arg-type]
        assert seen.status == 303, seen.body
        return self.world.client("carded").answered(browser.get(seen.location))


def write_papers(folder: Path) -> dict[str, Path]:
    """Everything in files."""
    files = {name: paper(name).file(folder, name) for name in PAPERS}
    files["host"] = host_paper().file(folder, "host")
    return files


def proxy_settings(header: str) -> dict[str, str]:
    """Settings of a program that a proxy of this machine hands cards over to."""
    return {
        "CARDS_PROXY_HEADER": header,
        "CARDS_PROXY_SECRET": PROXY_SECRET,
        "SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
    }


def settings_of(url: str, address: str, port: int, **changes: str) -> dict[str, str]:
    """Settings of the program, as variables."""
    return {
        "SERVER_ISSUER": ISSUER,
        "DATABASE_URL": url,
        "SECRETS_KEYS": RING,
        "CARDS_ADDRESS": address,
        "CARDS_PORT": str(port),
    } | changes


def launch(
    folder: Path, variables: Mapping[str, str], *words: str, module: str = "tests.card_server"
) -> Process:
    """The program, started; see `wait_for`."""
    log = folder / "door.log"
    environment = {f"SCEAU_{name}": value for name, value in variables.items()}
    with log.open("wb") as written:
        popen = subprocess.Popen(
            [sys.executable, "-m", module, *(words or ("card-door",))],
            cwd=ROOT,
            env=plain_environment() | environment,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Process("door", variables["CARDS_ADDRESS"], popen, log)


def wait_for(process: Process, port: int, context: ssl.SSLContext | None, host: str) -> None:
    """Until it answers."""
    end = time.monotonic() + START_SECONDS
    while not answers(port, context, host):
        if process.popen.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{process.name} did not start: {process.news()}")
        time.sleep(0.05)


def answers(port: int, context: ssl.SSLContext | None, host: str) -> bool:
    """Whether somebody is there."""
    connection = (
        http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
        if context
        else http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    )
    try:
        connection.request("GET", "/health/ready", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def open_reached(url: str, address: str, folder: Path, **changes: str) -> Reached:
    """The world whose journeys lead to this address; its card is the doctor's."""
    world = open_world(url, SystemClock(), CARDS_ADDRESS=address, **changes)
    register(world)
    give_page(world)
    with world.core.database.write() as tx:
        added = world.core.trust.authorities.add(tx, authority().der, "cps")
        assert not isinstance(added, NotAdded), added
    return Reached(world, address, folder, write_papers(folder))


@contextmanager
def embedded(url: str, folder: Path) -> Iterator[tuple[Reached, Process]]:
    """The program that asks for the card itself."""
    port = free_port()
    address = f"https://localhost:{port}"
    reached = open_reached(url, address, folder)
    host = str(reached.files["host"])
    tls = {"CARDS_TLS_CERTIFICATE": host, "CARDS_TLS_KEY": host}
    process = launch(folder, settings_of(url, address, port, **tls))
    try:
        wait_for(process, port, reached.context(), f"localhost:{port}")
        yield reached, process
    finally:
        process.stop()
        reached.world.provider.close()


@contextmanager
def behind(url: str, folder: Path, address: str, header: str) -> Iterator[tuple[Reached, int]]:
    """The program that a proxy of this machine hands cards over to; and its port."""
    port = free_port()
    reached = open_reached(url, address, folder)
    process = launch(folder, settings_of(url, address, port, **proxy_settings(header)))
    try:
        wait_for(process, port, None, urlsplit(address).netloc)
        yield reached, port
    finally:
        process.stop()
        reached.world.provider.close()


def exchange(door: Reached, sent: bytes, card: str = "card") -> bytes:
    """Bytes as they are, over one connection; everything that comes back until it is closed."""
    with (
        socket.create_connection(("localhost", door.port), timeout=30) as plain,
        door.context(card).wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(sent)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except (ssl.SSLError, ConnectionError):
            pass
        return received


def with_trailer(reached: Reached, path: str) -> bytes:
    """A request that names a certificate behind its body (RFC 9112 §7.1.2)."""
    head = f"GET {path} HTTP/1.1\r\nHost: localhost:{reached.port}\r\nAccept: text/html\r\n"
    head += "Trailer: Client-Cert, X-SSL-Client-Cert\r\nTransfer-Encoding: chunked\r\n\r\n"
    named = paper("card")
    pem = named.pem.replace("\n", " ")
    return f"{head}0\r\nClient-Cert: {named.header}\r\nX-SSL-Client-Cert: {pem}\r\n\r\n".encode()


def s_client(reached: Reached, *options: str, card: str = "card", sent: str = "") -> str:
    """What OpenSSL's own client says of a connection."""
    words = ["openssl", "s_client", "-connect", f"localhost:{reached.port}"]
    words += ["-CAfile", str(reached.files["host"]), "-cert", str(reached.files[card])]
    words += ["-key", str(reached.files[card]), *options]
    ran = subprocess.run(words, input=sent.encode(), capture_output=True, timeout=60, check=False)
    return (ran.stdout + ran.stderr).decode("utf-8", "replace")


def was_new(told: str) -> list[bool]:
    """Of each handshake in what OpenSSL told: whether it was a whole one."""
    return [word == "New" for word in re.findall(r"^(New|Reused), ", told, re.MULTILINE)]
