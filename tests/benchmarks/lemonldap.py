# SPDX-License-Identifier: Apache-2.0
"""Debian's LemonLDAP::NG as one of the peers: nginx and its FastCGI server, the Demo accounts."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.benchmarks import peers
from tests.benchmarks.machine import Cores, free_port
from tests.benchmarks.older import Older
from tests.benchmarks.saml import KEY, Party
from tests.benchmarks.scenarios import saml_workload
from tests.benchmarks.servers import Served, spawn, stop, wait_for
from tests.interop.foreign_idp import form_of
from tests.interop.lemonldap import METADATA, provider
from tests.saml_kit import POST, SAMLP
from tests.saml_metadata import bare

NAME = "lemonldap-ng"
STORE = "/var/lib/lemonldap-ng"
SETTINGS = Path("/etc/lemonldap-ng/lemonldap-ng.ini")
HTDOCS = "/usr/share/lemonldap-ng/portal/htdocs"
PACKAGES = (
    *("nginx", "lemonldap-ng-fastcgi-server", "liblemonldap-ng-portal-perl"),
    *("liblasso-perl", "libglib-perl", "libhttp-parser-xs-perl"),
    # Its portal does not start without pictures of letters.
    *("libgd-securityimage-perl", "libimage-magick-perl", "libxml-simple-perl"),
    *("libio-string-perl", "libunicode-string-perl"),
)
# All that its demonstration knows; the password is the name.
ACCOUNTS = ("dwho", "rtyler", "msmith")
MAIL: dict[str, Any] = {"mail": "mail", "domain": "badwolf.org", "level": 0}
PARTIES: dict[str, Party] = {
    "saml": Party("llng", METADATA, **MAIL),
    "saml-sealed": Older("llng-sealed", METADATA, sealed=True, **MAIL),
}
NGINX = f"""\
user {peers.ACCOUNT};
worker_processes 1;
pid {{folder}}/nginx.pid;
error_log {{folder}}/nginx.log;
events {{{{ worker_connections 256; }}}}
http {{{{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {{folder}}/tmp/body;
  fastcgi_temp_path {{folder}}/tmp/fastcgi;
  proxy_temp_path {{folder}}/tmp/proxy;
  uwsgi_temp_path {{folder}}/tmp/uwsgi;
  scgi_temp_path {{folder}}/tmp/scgi;
  server {{{{
    listen 127.0.0.1:{{port}};
    root {HTDOCS};
    if ($uri !~ ^/((static|javascript|favicon).*|.*\\.psgi)) {{{{
      rewrite ^/(.*)$ /index.psgi/$1 break;
    }}}}
    location ~ ^(?<sc>/.*\\.psgi)(?:$|/) {{{{
      include /etc/nginx/fastcgi_params;
      fastcgi_pass unix:{{folder}}/run/llng.sock;
      fastcgi_param LLTYPE psgi;
      fastcgi_param SCRIPT_FILENAME $document_root$sc;
      fastcgi_split_path_info ^(.*\\.psgi)(/.*)$;
      fastcgi_param PATH_INFO $fastcgi_path_info;
    }}}}
  }}}}
}}}}
"""
DESCRIBED = (
    f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{{name}}">'
    f'<SPSSODescriptor AuthnRequestsSigned="true" protocolSupportEnumeration="{SAMLP}">'
    '<KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
    "<X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    f'<AssertionConsumerService index="0" isDefault="true" Binding="{POST}" Location="{{acs}}"/>'
    "</SPSSODescriptor></EntityDescriptor>"
)


@contextmanager
def running(cores: Cores, connections: int) -> Iterator[peers.Peer]:
    """It, with as many browsers logged in."""
    peers.need(*PACKAGES)
    inside = ("run", "tmp", "conf", "sessions", "psessions", "cache", "notifications", "captcha")
    with peers.own_folder(NAME, *inside) as folder, ExitStack() as ending:
        port = free_port()
        _configure(folder, f"http://127.0.0.1:{port}")
        command = ["llng-fastcgi-server", "--foreground", "-u", peers.ACCOUNT, "-g", peers.ACCOUNT]
        command += ["-s", f"{folder}/run/llng.sock", "-p", f"{folder}/run/llng.pid"]
        environ = {
            "LLNG_DEFAULTCONFFILE": str(folder / SETTINGS.name),
            "LLNG_DEFAULTLOGGER": "Lemonldap::NG::Common::Logger::Std",
        }
        portal, _log = spawn(NAME, command, environ, cores, folder)
        ending.callback(stop, portal)
        file = folder / "nginx.conf"
        file.write_text(NGINX.format(folder=folder, port=port))
        command = ["nginx", "-c", str(file), "-g", "daemon off;"]
        front, log = spawn("nginx", command, {}, cores, folder)
        ending.callback(stop, front)
        wait_for(f"http://127.0.0.1:{port}{METADATA}", front, log)
        served = Served(NAME, port, 0, front, folder / f"{NAME}.log", beside=(portal,))
        _log_in(served, folder, connections)
        yield peers.Peer(served, {key: saml_workload(key, "", PARTIES[key]) for key in PARTIES})


def _configure(folder: Path, base: str) -> None:
    """Debian's own settings at another place, and what makes it a provider."""
    (folder / SETTINGS.name).write_text(SETTINGS.read_text().replace(STORE, str(folder)))
    for one in ("sessions", "psessions"):
        (folder / one / "lock").mkdir()
        shutil.chown(folder / one / "lock", peers.ACCOUNT)
    shipped = Path(f"{STORE}/conf/lmConf-1.json").read_text().replace(STORE, str(folder))
    settings: dict[str, Any] = json.loads(shipped) | {"domain": "127.0.0.1"}
    parties = PARTIES.values()
    settings |= provider(
        base,
        {
            one.key: DESCRIBED.format(
                name=one.entity_id, acs=one.acs, certificate=bare(KEY)
            ).encode()
            for one in parties
        },
        {one: f"1;{one};;" for one in ("uid", "cn", "mail")},
        {one.key: _options(one) for one in parties},
    )
    file = folder / "conf/lmConf-1.json"
    file.write_text(json.dumps(settings))
    shutil.chown(file, peers.ACCOUNT)


def _options(party: Party) -> dict[str, Any]:
    return {"samlSPMetaDataOptionsEncryptionMode": "assertion" if party.sealed else "none"}


def _log_in(served: Served, folder: Path, count: int) -> None:
    """Each by the form."""
    browsers = []
    for number in range(count):
        user, browser = ACCOUNTS[number % len(ACCOUNTS)], requests.Session()
        page = browser.get(f"{served.base}/", timeout=60)
        fields = form_of(page) | {"user": user, "password": user}
        done = browser.post(f"{served.base}/", data=fields, timeout=60)
        if "lemonldap" not in browser.cookies:
            raise RuntimeError(f"{user} could not log in: {done.text[:500]}")
        browsers.append((user, browser))
    peers.keep_sessions(served, folder, "es", browsers)
