# SPDX-License-Identifier: Apache-2.0
"""Debian's SimpleSAMLphp as one of the peers: Apache with mod_php, sessions of PHP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.benchmarks import peers
from tests.benchmarks.machine import Cores, free_port
from tests.benchmarks.older import Older
from tests.benchmarks.population import PASSWORD, person
from tests.benchmarks.saml import KEY, Party
from tests.benchmarks.scenarios import Workload, saml_workload
from tests.benchmarks.servers import Served, spawn, stop, wait_for
from tests.interop.foreign_idp import form_of
from tests.interop.simplesaml import HOME, INSIDE, configure, write
from tests.saml_kit import POST
from tests.saml_metadata import bare

NAME = "simplesamlphp"
MODULES = "/usr/lib/apache2/modules"
PHP = f"{MODULES}/libphp8.2.so"
PACKAGES = ("nginx", "apache2-bin", "libapache2-mod-php8.2", "php8.2-xml", "php8.2-mbstring", NAME)
METADATA = "/simplesamlphp/saml2/idp/metadata.php"
PARTIES: dict[str, Party] = {
    "saml": Party("ssp", METADATA, mail="mail", level=0),
    "saml-sealed": Older("ssp-sealed", METADATA, sealed=True, mail="mail", level=0),
}
APACHE = f"""\
ServerRoot {{folder}}
ServerName localhost
Listen 127.0.0.1:{{port}}
PidFile {{folder}}/apache.pid
DefaultRuntimeDir {{folder}}
Mutex file:{{folder}} default
ErrorLog {{folder}}/error.log
LogLevel warn
LoadModule mpm_prefork_module {MODULES}/mod_mpm_prefork.so
LoadModule authz_core_module {MODULES}/mod_authz_core.so
LoadModule alias_module {MODULES}/mod_alias.so
LoadModule dir_module {MODULES}/mod_dir.so
LoadModule env_module {MODULES}/mod_env.so
LoadModule php_module {PHP}
User {peers.ACCOUNT}
Group {peers.ACCOUNT}
StartServers {{workers}}
MinSpareServers {{workers}}
MaxSpareServers {{workers}}
MaxRequestWorkers {{workers}}
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot {{folder}}
Alias /simplesamlphp {HOME}/www
SetEnv SIMPLESAMLPHP_CONFIG_DIR {{folder}}/config
<Directory {HOME}/www/>
  Require all granted
</Directory>
<FilesMatch "\\.php$">
  SetHandler application/x-httpd-php
</FilesMatch>
"""


@contextmanager
def running(cores: Cores, connections: int) -> Iterator[peers.Peer]:
    """It, with as many people logged in."""
    peers.need(*PACKAGES)
    with peers.own_folder(NAME, *INSIDE) as folder:
        port = free_port()
        _configure(folder, f"http://127.0.0.1:{port}", connections)
        # One for each connection: each is kept open, and holds its worker.
        file = folder / "apache.conf"
        file.write_text(APACHE.format(folder=folder, port=port, workers=connections + 2))
        command = ["/usr/sbin/apache2", "-f", str(file), "-DFOREGROUND"]
        process, log = spawn(NAME, command, {}, cores, folder)
        try:
            wait_for(f"http://127.0.0.1:{port}{METADATA}", process, log)
            served = Served(NAME, port, 0, process, folder / "error.log")
            _log_in(served, folder, connections)
            yield peers.Peer(served, {key: _workload(key) for key in PARTIES})
        finally:
            stop(process)


def _workload(key: str) -> Workload:
    return saml_workload(key, "", PARTIES[key])


def _configure(folder: Path, base: str, people: int) -> None:
    known = {
        one.identifier: {
            "uid": [one.identifier],
            "mail": [one.email],
            "givenName": [one.first_name],
            "sn": [one.last_name],
        }
        for one in map(person, range(people))
    }
    settings = {
        # There is no TLS on loopback.
        "session.cookie.secure": False,
        "session.cookie.samesite": None,
    }
    write(folder / "config/more.php", "return {};", settings)
    configure(
        folder,
        f"{base}/simplesamlphp/",
        known,
        PASSWORD,
        # All else is Debian's.
        f"require '/etc/simplesamlphp/config.php';\n"
        f"$config = array_replace($config, {{}}, require '{folder}/config/more.php');",
        {party.entity_id: _remote(party) for party in PARTIES.values()},
    )


def _remote(party: Party) -> dict[str, Any]:
    """An application as the others have it: its requests are signed."""
    return {
        "AssertionConsumerService": [{"Binding": POST, "Location": party.acs, "index": 0}],
        "certData": bare(KEY),
        "validate.authnrequest": True,
        "assertion.encryption": party.sealed,
    }


def _log_in(served: Served, folder: Path, people: int) -> None:
    """Each by the form, on the way of a request of their own."""
    party, browsers = PARTIES["saml"], []
    for number in range(people):
        user, browser = f"person{number}", requests.Session()
        (row,) = party.fresh(served.base, [{"user": user, "cookies": ""}], 1)
        page = browser.get(row["address"], timeout=60)
        fields = form_of(page) | {"username": user, "password": PASSWORD}
        done = browser.post(page.url, data=fields, timeout=60)
        if "SAMLResponse" not in done.text:
            raise RuntimeError(f"{user} could not log in: {done.text[:500]}")
        browsers.append((user, browser))
    peers.keep_sessions(served, folder, "es", browsers)
