# SPDX-License-Identifier: Apache-2.0
"""An Apache of its own for a foreign service provider that is a module of it.

Each page shows what the module says of the visitor: the environment that programs would read.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup

from tests.interop.apache import FOLDERS
from tests.interop.card_proxies import program
from tests.interop.saml_peers import furnish
from tests.servers import Process, Site, start

MODULES = (
    *("mpm_event", "authn_core", "authz_core", "authz_host", "authz_user"),
    *("dir", "filter", "include", "mime"),
)
AROUND = """\
ServerRoot {folder}
ServerName {url}
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder} default
ErrorLog {folder}/error.log
LogLevel warn
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
  FallbackResource /index.html
  Require all granted
</Directory>
# The modules' own endpoints.
<LocationMatch "/mellon/|/Shibboleth[.]sso/">
  FallbackResource disabled
</LocationMatch>
{inside}
"""
PAGE = "<!doctype html><title>app</title><pre><!--#printenv --></pre>\n"


def environment(page: str) -> dict[str, str]:
    """What a page shows."""
    shown = BeautifulSoup(page, "html.parser").pre
    assert shown is not None, page
    return dict(re.findall(r"^([^=\s]+)=(.*)$", shown.get_text(), re.MULTILINE))


@contextmanager
def place_for(site: Site, key: str) -> Iterator[Path]:
    """A folder with what a service provider is handed, and pages.

    Not pytest's: the worker runs as nobody, and must reach it.
    """
    with TemporaryDirectory(prefix=f"sceau-{key}-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "www").mkdir()
        (folder / "www" / "index.html").write_text(PAGE)
        furnish(site, folder)
        yield folder


def start_apache(
    site: Site, key: str, folder: Path, module: str, inside: str, ready: str = "/who"
) -> Process:
    """Apache in the foreground, with this module and its settings."""
    modules = next((one for one in FOLDERS if one.is_dir()), FOLDERS[0])
    lines = [
        f"LoadModule {name}_module {modules}/mod_{name}.so"
        for name in MODULES
        if (modules / f"mod_{name}.so").exists()
    ]
    lines.append(module.format(modules=modules))
    url = site.url(key)
    configuration = folder / "apache.conf"
    configuration.write_text(
        AROUND.format(
            folder=folder,
            url=url,
            port=site.ports[key],
            modules="\n".join(lines),
            user="User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
            inside=inside,
        )
    )
    command = [program("apache2", "httpd"), "-f", str(configuration), "-X"]
    return start(key, command, url, folder, ready=ready)
