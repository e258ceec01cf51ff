# SPDX-License-Identifier: Apache-2.0
"""Debian's SimpleSAMLphp as an identity provider: its settings, and one that runs for a test."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.interop.foreign_idp import BARRED, KNOWN, OTHER, Idp, Metadata, new_pair
from tests.saml_kit import CLASS, NS, RSA_SHA256, STATUS
from tests.servers import start

HOME = "/usr/share/simplesamlphp"
INSIDE = ("config", "metadata", "cert", "sessions", "tmp", "log")
METADATA = "/saml2/idp/metadata.php"
ADDRESS = "https://ssp.example"
PASSWORD = "the same for everybody"
BADGE = "SmartcardPKI"
DESCRIBED = "sp.xml"
AGGREGATE = f'<EntitiesDescriptor xmlns="{NS["md"]}">{{}}</EntitiesDescriptor>'
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
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
def running_simplesaml(folder: Path, known: Metadata, number: str, port: int) -> Iterator[Idp]:
    """By PHP's own server; `number` is the national one of whoever has one."""
    for one in INSIDE:
        (folder / one).mkdir()
    inside = "".join(one.decode().partition("?>")[2] or one.decode() for one in known.values())
    (folder / DESCRIBED).write_text(AGGREGATE.format(inside))
    _configure(folder, number)
    process = start(
        "simplesamlphp",
        ["php", "-S", f"127.0.0.1:{port}", "-t", f"{HOME}/www"],
        f"http://127.0.0.1:{port}",
        folder,
        ready=METADATA,
        environment={"SIMPLESAMLPHP_CONFIG_DIR": str(folder / "config")},
    )
    people = {one: (one, PASSWORD) for one in (KNOWN, OTHER, BARRED)}
    unasked = f"{ADDRESS}/saml2/idp/SSOService.php?spentityid="
    try:
        # It takes no login of before for a new one.
        yield Idp(ADDRESS, port, METADATA, "username", unasked, people, CLASS + BADGE, lambda: None)
    finally:
        process.stop()


def _configure(folder: Path, number: str) -> None:
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
    people: People = {
        KNOWN: {"uid": [KNOWN], "mail": ["known@chu.example"], "rpps": [number], "badge": [BADGE]},
        OTHER: {"uid": [OTHER], "mail": ["other@chu.example"]},
        BARRED: {"uid": [BARRED], "barred": ["yes"]},
    }
    more = {
        # Else it takes requests that nobody signed.
        "validate.authnrequest": True,
        "NameIDFormat": PERSISTENT,
        "authproc": {
            "3": {"class": "saml:PersistentNameID", "attribute": "uid"},
            "5": {"class": "core:PHP", "code": CODE},
            # An attribute whose value is no text, as federations have it.
            "7": {"class": "core:TargetedID", "attributename": "uid", "nameId": True},
        },
    }
    beside = f"$config = {{}} + require '{folder}/config/more.php';"
    configure(folder, f"{ADDRESS}/", people, beside=beside, **more)
