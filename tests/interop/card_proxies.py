# SPDX-License-Identifier: Apache-2.0
"""Debian's nginx, HAProxy and Apache in front of the card's address, by the files of the docs."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.card_kit import PROXY_SECRET, CardDouble, authority, host_paper, offer_card
from tests.card_process import Reached, behind, paper, wait_for
from tests.interop.apache import FOLDERS
from tests.ports import free_port
from tests.servers import ROOT, Process, plain_environment

DOCS = ROOT / "docs" / "proxies"
HEADERS = {
    "nginx": "x-ssl-client-cert",
    "haproxy": "client-cert",
    "apache": "x-ssl-client-cert",
}
NGINX = """\
user root;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {beside}
    include {folder}/card.conf;
}}
"""
APACHE = """\
ServerRoot {folder}
ServerName localhost
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ErrorLog {folder}/apache.error.log
{modules}
{user}
ThreadsPerChild 8
MaxRequestWorkers 8
ServerLimit 1
{beside}
Include {folder}/card.conf
{after}
"""
# Another host at the card's address, before it, whose TLS sessions are kept; or, in HAProxy, they
# are kept for all of its hosts.
BESIDE = {
    "nginx": """
    server {{
        listen {listen} ssl http2;
        server_name main.example;
        ssl_certificate {folder}/host.crt;
        ssl_certificate_key {folder}/host.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:main:1m;
        ssl_session_tickets off;
        return 204;
    }}""",
    "apache": """
Protocols h2 http/1.1
<VirtualHost {listen}>
    ServerName main.example
    SSLEngine on
    SSLCertificateFile {folder}/host.crt
    SSLCertificateKeyFile {folder}/host.key
    Protocols h2 http/1.1
    Redirect 204 /
</VirtualHost>""",
    "haproxy": """
global
    tune.ssl.cachesize 20000
""",
}
AFTER = {"apache": "SSLSessionCache shmcb:{folder}/sessions(512000)"}
MODULES = (
    "mpm_event",
    "authz_core",
    "alias",
    "http2",
    "socache_shmcb",
    "ssl",
    "headers",
    "proxy",
    "proxy_http",
)


def program(*names: str) -> str:
    """Where a program is."""
    for name in names:
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if found:
            return found
    raise RuntimeError(f"{names[0]} is not on this machine (see .ci/bootstrap)")


@dataclass(frozen=True)
class Places:
    """What an operator fills in; shared: with another host at the same address."""

    port: int
    door: int
    authorities: str
    shared: bool = False


def furnish(name: str, folder: Path, places: Places) -> list[str]:
    """The file of the docs with its places filled in, and what starts the program with it."""
    paper = host_paper()
    both = folder / "host-both.pem"
    for path, content in (
        (folder / "host.crt", paper.pem),
        (folder / "host.key", paper.key_pem),
        (both, paper.pem + paper.key_pem),
        (folder / "authorities.pem", places.authorities),
    ):
        path.touch(0o600)
        path.write_text(content)
    values = {
        "LISTEN": f"127.0.0.1:{places.port}",
        "CARD_HOST": "localhost",
        "CERTIFICATE": str(both if name == "haproxy" else folder / "host.crt"),
        "KEY": str(folder / "host.key"),
        "AUTHORITIES": str(folder / "authorities.pem"),
        "DOOR": f"127.0.0.1:{places.door}",
        "SECRET": PROXY_SECRET,
    }
    (source,) = DOCS.glob(f"{name}.*")
    content = source.read_text("utf-8")
    for placeholder, value in values.items():
        content = content.replace(f"@{placeholder}@", value)
    card = folder / "card.conf"
    card.write_text(content)
    where = {"folder": folder, "listen": values["LISTEN"]}
    beside, after = (
        texts.get(name, "").format(**where) if places.shared else "" for texts in (BESIDE, AFTER)
    )
    return _words(name, folder, card, beside, after)


def _words(name: str, folder: Path, card: Path, beside: str, after: str) -> list[str]:
    around = folder / "around.conf"
    if name == "haproxy":
        around.write_text(beside)
        return [program("haproxy"), "-db", "-f", str(card), "-f", str(around)]
    if name == "nginx":
        around.write_text(NGINX.format(folder=folder, beside=beside))
        log = str(folder / "nginx.error.log")
        return [program("nginx"), "-c", str(around), "-e", log, "-g", "daemon off;"]
    home = next((one for one in FOLDERS if one.is_dir()), FOLDERS[0])
    modules = [
        f"LoadModule {one}_module {home}/mod_{one}.so"
        for one in MODULES
        if (home / f"mod_{one}.so").exists()
    ]
    user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
    around.write_text(
        APACHE.format(
            folder=folder, modules="\n".join(modules), user=user, beside=beside, after=after
        )
    )
    return [program("apache2", "httpd"), "-f", str(around), "-X"]


@contextmanager
def running(name: str, folder: Path, places: Places, context: ssl.SSLContext) -> Iterator[None]:
    """One of them, in front of a program that runs."""
    log = folder / f"{name}.log"
    with log.open("wb") as written:
        popen = subprocess.Popen(
            furnish(name, folder, places),
            cwd=folder,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = Process(name, f"https://localhost:{places.port}", popen, log)
    try:
        wait_for(process, places.port, context, f"localhost:{places.port}")
        yield
    finally:
        process.stop()


@contextmanager
def proxied(name: str, url: str, folder: Path, *, shared: bool = False) -> Iterator[Reached]:
    """One of them, and the program behind it."""
    port = free_port()
    with behind(url, folder, f"https://localhost:{port}", HEADERS[name]) as (reached, door):
        reached.name, reached.door_port = name, door
        places = Places(port, door, authority().pem, shared)
        with running(name, folder, places, reached.context()):
            yield reached


@contextmanager
def offered(name: str, template: Path, folder: Path, *, shared: bool = False) -> Iterator[Reached]:
    """One of them before a database of its own, in which somebody has a card."""
    file = folder / "sceau.sqlite3"
    shutil.copyfile(template, file)
    file.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        offer_card(patch)
        with proxied(name, f"sqlite:///{file}", folder, shared=shared) as reached:
            CardDouble.believe(paper("card"), reached.world.cast["medecin"].id)
            yield reached
