# SPDX-License-Identifier: Apache-2.0
"""Debian's LemonLDAP::NG as an identity provider: what makes it one, and one for a test."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.interop.foreign_idp import Idp, Metadata, new_pair
from tests.ports import free_port
from tests.servers import start

PORTAL = "/usr/share/lemonldap-ng/portal"
METADATA = "/saml/metadata"
ADDRESS = "https://llng.example"
# Of the three whom it knows, the one who may not enter our application.
BARRED = "msmith"
INI = f"""\
[all]
logLevel = warn
[configuration]
type = File
dirName = {{folder}}
localStorage = Cache::FileCache
localStorageOptions = {{{{ 'namespace' => 'settings', 'cache_root' => '{{folder}}/cache' }}}}
[portal]
staticPrefix = /static
templateDir = {PORTAL}/templates
languages = en
"""


def provider(
    base: str,
    known: Metadata,
    attributes: Mapping[str, str],
    options: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The settings that make it a provider of these applications, by their keys.

    Attributes are as it writes them: whether each must be there, its name and its kind.
    """
    private, certificate = new_pair()
    signed = {
        "samlSPMetaDataOptionsCheckSSOMessageSignature": 1,
        "samlSPMetaDataOptionsSignSSOMessage": 1,
    }
    return {
        "portal": f"{base}/",
        # They send letters: that needs more packages, and no login here has a part in it.
        "registerDB": "Null",
        "portalDisplayResetPassword": 0,
        "issuerDBSAMLActivation": 1,
        "samlServicePrivateKeySig": private,
        "samlServicePublicKeySig": certificate,
        "samlSPMetaDataXML": {
            key: {"samlSPMetaDataXML": one.decode()} for key, one in known.items()
        },
        "samlSPMetaDataOptions": {key: signed | options.get(key, {}) for key in known},
        "samlSPMetaDataExportedAttributes": {key: dict(attributes) for key in known},
    }


def age_sessions(folder: Path, seconds: int) -> None:
    """As if everybody had logged in so much earlier: it counts a login as new for five seconds."""
    for file in folder.glob("sessions/*"):
        if file.is_file():
            kept = json.loads(file.read_text())
            for name in {"_utime", "_lastAuthnUTime"} & kept.keys():
                kept[name] -= seconds
            file.write_text(json.dumps(kept))


@contextmanager
def running_lemonldap(folder: Path, known: Metadata) -> Iterator[Idp]:
    """By Perl's own server. It knows the three of its demonstration, whose names are passwords."""
    for one in ("sessions", "sessions/lock", "psessions", "psessions/lock", "cache"):
        (folder / one).mkdir()
    settings: dict[str, Any] = {
        "cfgNum": 1,
        "cfgDate": 1,
        "domain": "llng.example",
        "securedCookie": 1,
        "authentication": "Demo",
        "userDB": "Same",
        "passwordDB": "Null",
        "demoExportedVars": {"cn": "cn", "mail": "mail", "uid": "uid"},
        "macros": {"rpps": "$uid eq 'dwho' ? '810101234564' : ''"},
        "locationRules": {"llng.example": {"default": "accept"}},
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": {
            "Directory": f"{folder}/sessions",
            "LockDirectory": f"{folder}/sessions/lock",
        },
        "persistentStorage": "Apache::Session::File",
        "persistentStorageOptions": {
            "Directory": f"{folder}/psessions",
            "LockDirectory": f"{folder}/psessions/lock",
        },
    }
    (folder / "lemonldap-ng.ini").write_text(INI.format(folder=folder))
    rule = {"samlSPMetaDataOptionsRule": f"$uid ne '{BARRED}'"}
    attributes = {name: f"0;{name};;" for name in ("mail", "rpps")}
    settings |= provider(ADDRESS, known, attributes, dict.fromkeys(known, rule))
    (folder / "lmConf-1.json").write_text(json.dumps(settings))
    port = free_port()
    process = start(
        "lemonldap",
        ["plackup", "--host", "127.0.0.1", "--port", str(port), f"{PORTAL}/htdocs/index.psgi"],
        f"http://127.0.0.1:{port}",
        folder,
        ready=METADATA,
        environment={
            "LLNG_DEFAULTCONFFILE": str(folder / "lemonldap-ng.ini"),
            "LLNG_DEFAULTLOGGER": "Lemonldap::NG::Common::Logger::Std",
            "PLACK_ENV": "deployment",
        },
    )
    try:
        yield Idp(ADDRESS, port, METADATA, "user", lambda _known: None)
    finally:
        process.stop()
