# SPDX-License-Identifier: Apache-2.0
"""Apache with mod_auth_openidc in a private folder: `/app` opens by login."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bs4 import BeautifulSoup

from tests.cast import SECRET, application
from tests.interop.visitor import Visitor
from tests.servers import Process, Site, start

MODULES = (
    *("mpm_event", "authn_core", "authz_core", "authz_user"),
    *("dir", "filter", "include", "mime", "auth_openidc"),
)
FOLDERS = (Path("/usr/lib/apache2/modules"), Path("/usr/lib64/httpd/modules"))
PAGE = "<!doctype html><title>app</title><pre><!--#printenv --></pre>\n"
CONFIGURATION = """\
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

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret {secret}
OIDCRedirectURI {url}/app/callback
OIDCCryptoPassphrase passphrase-of-the-tests
OIDCScope "openid profile email"
OIDCResponseType code
OIDCResponseMode {mode}
OIDCPKCEMethod S256
OIDCIDTokenSignedResponseAlg ES256
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCProviderBackChannelLogoutSupported On
OIDCSessionType server-cache
OIDCCacheType shm
OIDCPassRefreshToken On
OIDCInfoHook access_token refresh_token id_token userinfo session
OIDCRemoteUserClaim email

<Directory {folder}/www>
  Options +Includes
  SetOutputFilter INCLUDES
  Require all granted
</Directory>
<Location /app>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /soon>
  AuthType openid-connect
  Require valid-user
  OIDCRefreshAccessTokenBeforeExpiry 3600
</Location>
"""


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


def apache_document() -> dict[str, Any]:
    """Apache's registration; `{apache}` becomes its address."""
    return application(
        "apache",
        site="{apache}",
        oidc={
            "redirect_uris": ["{apache}/app/callback"],
            "post_logout_redirect_uris": ["{apache}/public/"],
            "backchannel_logout_uri": "{apache}/app/callback?logout=backchannel",
        },
    )


@contextmanager
def running_apache(site: Site, mode: str = "query") -> Iterator[Apache]:
    """Apache in the foreground, in a folder of its own.

    Not in pytest's: the worker runs as nobody and must reach its pages, and every other pytest
    that starts on this machine closes that one to everybody but its owner.
    """
    with TemporaryDirectory(prefix="sceau-apache-", dir="/tmp") as place:
        folder = Path(place)
        folder.chmod(0o755)
        process = _start(site, folder, mode)
        try:
            yield Apache(site, folder, process)
        finally:
            process.stop()


def _start(site: Site, folder: Path, mode: str) -> Process:
    for place in ("app", "soon", "public"):
        (folder / "www" / place).mkdir(parents=True)
        (folder / "www" / place / "index.html").write_text(PAGE)
    url = site.url("apache")
    configuration = folder / "apache.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            port=site.ports["apache"],
            modules=_modules(),
            user="User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
            issuer=site.issuer,
            url=url,
            secret=SECRET,
            mode=mode,
        )
    )
    command = [_program(), "-f", str(configuration), "-X"]
    return start("apache", command, url, folder, ready="/public/")


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
