# SPDX-License-Identifier: Apache-2.0
"""Debian's SimpleSAMLphp as one of the peers: Apache with mod_php, sessions of PHP."""

import json
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
from tests.saml_kit import POST, RSA_SHA256
from tests.saml_metadata import bare

NAME = "simplesamlphp"
HOME = "/usr/share/simplesamlphp"
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
    with peers.own_folder(NAME, "sessions", "tmp", "config", "metadata", "cert") as folder:
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
    private, certificate = peers.new_pair()
    (folder / "cert/server.pem").write_text(private)
    (folder / "cert/server.crt").write_text(certificate)
    changes = {
        "baseurlpath": f"{base}/simplesamlphp/",
        "certdir": f"{folder}/cert/",
        "metadatadir": f"{folder}/metadata/",
        "tempdir": f"{folder}/tmp",
        "enable.saml20-idp": True,
        "module.enable": {"exampleauth": True, "core": True, "saml": True},
        # There is no TLS on loopback.
        "session.cookie.secure": False,
        "session.cookie.samesite": None,
        "session.phpsession.savepath": f"{folder}/sessions",
    }
    # All else is Debian's.
    config = "require '/etc/simplesamlphp/config.php';\n$config = array_replace($config, {});"
    _php(folder / "config/config.php", config, changes)
    known = {
        f"{one.identifier}:{PASSWORD}": {
            "uid": [one.identifier],
            "mail": [one.email],
            "givenName": [one.first_name],
            "sn": [one.last_name],
        }
        for one in map(person, range(people))
    }
    sources = {"example-userpass": {"0": "exampleauth:UserPass"} | known}
    _php(folder / "config/authsources.php", "$config = {};", sources)
    hosted = {
        "host": "__DEFAULT__",
        "privatekey": "server.pem",
        "certificate": "server.crt",
        "auth": "example-userpass",
        "signature.algorithm": RSA_SHA256,
    }
    name = folder / "metadata/saml20-idp-hosted.php"
    _php(name, "$metadata = {};", {"__DYNAMIC:1__": hosted})
    remote = {party.entity_id: _remote(party) for party in PARTIES.values()}
    _php(folder / "metadata/saml20-sp-remote.php", "$metadata = {};", remote)


def _remote(party: Party) -> dict[str, Any]:
    """An application as the others have it: its requests are signed."""
    return {
        "AssertionConsumerService": [{"Binding": POST, "Location": party.acs, "index": 0}],
        "certData": bare(KEY),
        "validate.authnrequest": True,
        "assertion.encryption": party.sealed,
    }


def _php(file: Path, text: str, value: dict[str, Any]) -> None:
    """A value as PHP reads it; numbers in the place of names are positions."""
    told = json.dumps(value)
    written = f"json_decode(<<<'END'\n{told}\nEND\n, true)"
    file.write_text("<?php\n" + text.replace("{}", written) + "\n")


def _log_in(served: Served, folder: Path, people: int) -> None:
    """Each by the form, on the way of a request of their own."""
    party, browsers = PARTIES["saml"], []
    for number in range(people):
        user, browser = f"person{number}", requests.Session()
        (row,) = party.fresh(served.base, [{"user": user, "cookies": ""}], 1)
        page = browser.get(row["address"], timeout=60)
        fields = peers.form_of(page) | {"username": user, "password": PASSWORD}
        done = browser.post(page.url, data=fields, timeout=60)
        if "SAMLResponse" not in done.text:
            raise RuntimeError(f"{user} could not log in: {done.text[:500]}")
        browsers.append((user, browser))
    peers.keep_sessions(served, folder, "es", browsers)
