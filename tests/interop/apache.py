# SPDX-License-Identifier: Apache-2.0
"""Apache with mod_auth_openidc in a private folder: `/app` opens by login."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from bs4 import BeautifulSoup

from tests.cast import SECRET, application
from tests.interop.visitor import Visitor
from tests.servers import Process, Site, start

MODULES = (
    *("mpm_event", "authn_core", "authz_core", "authz_user"),
    *("dir", "filter", "include", "mime", "socache_shmcb", "ssl"),
    *("proxy", "proxy_http", "auth_openidc"),
)
FOLDERS = (Path("/usr/lib/apache2/modules"), Path("/usr/lib64/httpd/modules"))
PAGE = "<!doctype html><title>app</title><pre><!--#printenv --></pre>\n"
PAGES = {f"www/{place}/index.html": PAGE for place in ("app", "soon", "public", "api")}
NOTHING: Mapping[str, str] = MappingProxyType({})
AROUND = """\
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ErrorLog {folder}/error.log
LogLevel warn auth_openidc:info
{modules}
{user}
ThreadsPerChild 8
MaxRequestWorkers 8
ServerLimit 1
DocumentRoot {folder}/www
TypesConfig /dev/null
AddType text/html .html
AddDefaultCharset utf-8

<Directory {folder}/www>
  Options +Includes
  SetOutputFilter INCLUDES
  Require all granted
</Directory>
{inside}
"""
# What every way of logging people in begins with; what stands in braces is filled in.
BASE = """\
OIDCRedirectURI {url}/app/callback
OIDCCryptoPassphrase passphrase-of-the-tests
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCIDTokenSignedResponseAlg ES256
OIDCSessionType server-cache
OIDCCacheType shm
OIDCRemoteUserClaim email
OIDCInfoHook access_token refresh_token id_token userinfo session
<Location /app>
  AuthType openid-connect
  Require valid-user
</Location>
"""
ONE_PROVIDER = """\
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {key}
"""
LOGIN = BASE + ONE_PROVIDER
PLAIN = (
    LOGIN
    + """\
OIDCClientSecret {secret}
OIDCResponseType code
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCProviderBackChannelLogoutSupported On
OIDCPassRefreshToken On
<Location /soon>
  AuthType openid-connect
  Require valid-user
  OIDCRefreshAccessTokenBeforeExpiry 3600
</Location>
"""
)


@dataclass
class Apache:
    """A running Apache."""

    site: Site
    folder: Path
    process: Process

    @property
    def url(self) -> str:
        """Its address."""
        return self.process.url

    def environment(self, visitor: Visitor) -> dict[str, str]:
        """What the protected page shows: the environment that Apache gave it."""
        text = BeautifulSoup(visitor.response.text, "html.parser").get_text()
        return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))

    def information(self, visitor: Visitor) -> dict[str, Any]:
        """What Apache keeps about this visitor's session; empty where there is none."""
        answer = visitor.session.get(
            f"{self.url}/app/callback?info=json", timeout=60, allow_redirects=False
        )
        if answer.status_code != 200:
            return {}
        kept: dict[str, Any] = answer.json()
        return kept

    def show_errors(self) -> None:
        """Print what Apache logged; pytest shows it where the test failed."""
        log = self.folder / "error.log"
        sys.stdout.write(f"--- apache\n{log.read_text(errors='replace')[-8000:]}")


def apache_document(key: str = "apache", **oidc: Any) -> dict[str, Any]:
    """Apache's registration; `{apache}` becomes its address."""
    site = f"{{{key}}}"
    settings = {
        "redirect_uris": [f"{site}/app/callback"],
        "post_logout_redirect_uris": [f"{site}/public/"],
        "backchannel_logout_uri": f"{site}/app/callback?logout=backchannel",
    }
    return application(key, site=site, oidc=settings | oidc)


@contextmanager
def running_apache(
    site: Site,
    text: str = PLAIN,
    key: str = "apache",
    files: Mapping[str, str] = NOTHING,
    **words: str,
) -> Iterator[Apache]:
    """Apache in the foreground, in a folder of its own, with these directives and files.

    Not in pytest's: the worker runs as nobody and must reach its pages, and every other pytest
    that starts on this machine closes that one to everybody but its owner.
    """
    with TemporaryDirectory(prefix="sceau-apache-", dir="/tmp") as place:
        folder = Path(place)
        folder.chmod(0o755)
        for name, content in (PAGES | files).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        known = {"issuer": site.issuer, "url": site.url(key), "key": key, "secret": SECRET}
        inside = text.format(**known, folder=folder, **words)
        process = _start(site, folder, key, inside)
        try:
            yield Apache(site, folder, process)
        finally:
            process.stop()


def _start(site: Site, folder: Path, key: str, inside: str) -> Process:
    configuration = folder / "apache.conf"
    configuration.write_text(
        AROUND.format(
            folder=folder,
            port=site.ports[key],
            modules=_modules(),
            user="User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
            inside=inside,
        )
    )
    command = [_program(), "-f", str(configuration), "-X"]
    return start(key, command, site.url(key), folder, ready="/public/")


def _program() -> str:
    found = shutil.which("apache2") or shutil.which("httpd") or "/usr/sbin/apache2"
    if not Path(found).exists():
        raise RuntimeError(
            "Apache is not on this machine (Debian: apt install apache2-bin "
            "libapache2-mod-auth-openidc)"
        )
    return found


def _modules() -> str:
    home = next((folder for folder in FOLDERS if folder.is_dir()), FOLDERS[0])
    lines = [
        f"LoadModule {name}_module {home}/mod_{name}.so"
        for name in MODULES
        if (home / f"mod_{name}.so").exists()
    ]
    return "\n".join(lines)
