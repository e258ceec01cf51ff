# SPDX-License-Identifier: Apache-2.0
"""Debian's SimpleSAMLphp as an identity provider: its settings, and one that runs for a test."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.interop.foreign_idp import PASSWORD, Idp, Metadata, new_pair
from tests.ports import free_port
from tests.saml_kit import CLASS, RSA_SHA256, STATUS
from tests.servers import start

HOME = "/usr/share/simplesamlphp"
INSIDE = ("config", "metadata", "cert", "sessions", "tmp", "log")
METADATA = "/saml2/idp/metadata.php"
ADDRESS = "https://ssp.example"
DESCRIBED = "sp.xml"
NONE = '<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>'
# What its administrator would write in PHP: a class by an attribute of the person, and no entry
# for whoever has the other.
CODE = f"""
if (isset($attributes['barred'])) {{
    \\SimpleSAML\\Auth\\State::throwException($state, new \\SimpleSAML\\Module\\saml\\Error(
        '{STATUS}Responder', '{STATUS}RequestDenied', 'not at this hour'
    ));
}}
if (isset($attributes['badge'])) {{
    $state['saml:AuthnContextClassRef'] = '{CLASS}' . $attributes['badge'][0];
}}
unset($attributes['badge']);
"""
People = Mapping[str, Mapping[str, list[str]]]


def configure(
    folder: Path,
    base: str,
    people: People,
    password: str = PASSWORD,
    beside: str = "$config = {};",
    remote: Mapping[str, Any] | None = None,
    **more: Any,
) -> None:
    """Its settings in a folder; `beside` has what is not said here, `more` goes into the entity."""
    private, certificate = new_pair()
    (folder / "cert/server.pem").write_text(private)
    (folder / "cert/server.crt").write_text(certificate)
    changes = {
        "baseurlpath": base,
        "certdir": f"{folder}/cert/",
        "metadatadir": f"{folder}/metadata/",
        "tempdir": f"{folder}/tmp",
        "enable.saml20-idp": True,
        "module.enable": {"exampleauth": True, "core": True, "saml": True},
        "session.phpsession.savepath": f"{folder}/sessions",
    }
    write(folder / "config/config.php", beside, changes)
    known = {f"{name}:{password}": dict(told) for name, told in people.items()}
    sources = {"example-userpass": {"0": "exampleauth:UserPass"} | known}
    write(folder / "config/authsources.php", "$config = {};", sources)
    hosted = {
        "host": "__DEFAULT__",
        "privatekey": "server.pem",
        "certificate": "server.crt",
        "auth": "example-userpass",
        "signature.algorithm": RSA_SHA256,
    }
    file = folder / "metadata/saml20-idp-hosted.php"
    write(file, "$metadata = {};", {"__DYNAMIC:1__": hosted | more})
    write(folder / "metadata/saml20-sp-remote.php", "$metadata = {};", dict(remote or {}))


def write(file: Path, text: str, value: dict[str, Any]) -> None:
    """A value as PHP reads it; numbers in the place of names are positions."""
    told = json.dumps(value)
    written = f"json_decode(<<<'END'\n{told}\nEND\n, true)"
    file.write_text("<?php\n" + text.replace("{}", written) + "\n")


@contextmanager
def running_simplesaml(folder: Path, people: People) -> Iterator[Idp]:
    """By PHP's own server; whoever is `barred` is turned away, and a `badge` is a class."""
    for one in INSIDE:
        (folder / one).mkdir()
    settings = {
        "secretsalt": "of the tests alone",
        "loggingdir": f"{folder}/log/",
        "logging.handler": "file",
        "metadata.sources": [
            {"type": "flatfile"},
            {"type": "xml", "file": str(folder / DESCRIBED)},
        ],
    }
    write(folder / "config/more.php", "return {};", settings)
    configure(
        folder,
        f"{ADDRESS}/",
        people,
        beside=f"$config = {{}} + require '{folder}/config/more.php';",
        **{
            # Only with this does it look at what is signed.
            "validate.authnrequest": True,
            "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "authproc": {
                "3": {"class": "saml:PersistentNameID", "attribute": "uid"},
                "5": {"class": "core:PHP", "code": CODE},
            },
        },
    )

    def knows(known: Metadata) -> None:
        inside = "".join(one.decode().partition("?>")[2] or one.decode() for one in known.values())
        (folder / DESCRIBED).write_text(NONE.replace("/>", f">{inside}</EntitiesDescriptor>"))

    knows({})
    port = free_port()
    process = start(
        "simplesamlphp",
        ["php", "-S", f"127.0.0.1:{port}", "-t", f"{HOME}/www"],
        f"http://127.0.0.1:{port}",
        folder,
        ready=METADATA,
        environment={"SIMPLESAMLPHP_CONFIG_DIR": str(folder / "config")},
    )
    try:
        yield Idp(ADDRESS, port, METADATA, "username", knows)
    finally:
        process.stop()
