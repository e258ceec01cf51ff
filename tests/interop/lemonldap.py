# SPDX-License-Identifier: Apache-2.0
"""Debian's LemonLDAP::NG as an identity provider: what makes it one, and one for a test."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.interop.foreign_idp import BARRED, KNOWN, OTHER, Idp, Metadata, new_pair
from tests.saml_kit import CLASS
from tests.servers import start

PORTAL = "/usr/share/lemonldap-ng/portal"
METADATA = "/saml/metadata"
ADDRESS = "https://llng.example"
# Those of its demonstration; their passwords are their names.
PEOPLE = {KNOWN: "dwho", OTHER: "rtyler", BARRED: "msmith"}
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


@contextmanager
def running_lemonldap(folder: Path, known: Metadata, number: str, port: int) -> Iterator[Idp]:
    """By Perl's own server; `number` is the national one of whoever has one."""
    for one in ("sessions", "sessions/lock", "psessions", "psessions/lock", "cache"):
        (folder / one).mkdir()
    (folder / "lemonldap-ng.ini").write_text(INI.format(folder=folder))
    (folder / "lmConf-1.json").write_text(json.dumps(_settings(folder, known, number)))
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
    people = {who: (name, name) for who, name in PEOPLE.items()}
    grow_old = partial(_age_sessions, folder)
    unasked = f"{ADDRESS}/saml/singleSignOn?IDPInitiated=1&sp="
    try:
        yield Idp(ADDRESS, port, METADATA, "user", unasked, people, f"{CLASS}Password", grow_old)
    finally:
        process.stop()


def _settings(folder: Path, known: Metadata, number: str) -> dict[str, Any]:
    storage = "Apache::Session::File"
    shared: dict[str, Any] = {
        "cfgNum": 1,
        "cfgDate": 1,
        "domain": "llng.example",
        "securedCookie": 1,
        "authentication": "Demo",
        "userDB": "Same",
        "passwordDB": "Null",
        "demoExportedVars": {"cn": "cn", "mail": "mail", "uid": "uid"},
        "macros": {"rpps": f"$uid eq '{PEOPLE[KNOWN]}' ? '{number}' : ''"},
        "locationRules": {"llng.example": {"default": "accept"}},
        "globalStorage": storage,
        "globalStorageOptions": _place(folder, "sessions"),
        "persistentStorage": storage,
        "persistentStorageOptions": _place(folder, "psessions"),
    }
    options = {
        "samlSPMetaDataOptionsRule": f"$uid ne '{PEOPLE[BARRED]}'",
        # It answers what nobody asked, too, on wish.
        "samlSPMetaDataOptionsEnableIDPInitiatedURL": 1,
    }
    attributes = {name: f"0;{name};;" for name in ("mail", "rpps")}
    return shared | provider(ADDRESS, known, attributes, dict.fromkeys(known, options))


def _place(folder: Path, name: str) -> dict[str, str]:
    return {"Directory": f"{folder}/{name}", "LockDirectory": f"{folder}/{name}/lock"}


def _age_sessions(folder: Path) -> None:
    """As if everybody had logged in earlier: it counts a login as new for five seconds."""
    for file in folder.glob("sessions/*"):
        if file.is_file():
            kept = json.loads(file.read_text())
            for name in {"_utime", "_lastAuthnUTime"} & kept.keys():
                kept[name] -= 60
            file.write_text(json.dumps(kept))
