# SPDX-License-Identifier: Apache-2.0
"""What a registration says of the VIHF: `[saml.vihf]`, of an application entitled to it."""

from collections.abc import Mapping
from typing import Any, Final

from connectors.base import Level
from idp.applications.values import Policy
from idp.saml.vihf import Software
from idp.saml.vihf_facts import Settings

TEXTS: Final = ("lps_name", "lps_version", "lps_approval", "lps_id", "resource")
SWITCHES: Final = {"in_login": True, "on_request": False}
NEEDED: Final = TEXTS[:3]
VERSIONS: Final = ("3.0", "4.0")
LONGEST: Final = 128
RESOURCE: Final = "urn:dmp"


def read_settings(value: object, policy: Policy) -> tuple[Settings | None, list[str]]:
    """The settings, where there are any; and every fault, begun by the name of its field."""
    if value is None:
        return None, []
    if not isinstance(value, Mapping):
        return None, ["saml.vihf: a table is expected"]
    faults = [
        f"saml.vihf.{one}: unknown" for one in sorted(set(value) - {*TEXTS, *SWITCHES, "version"})
    ]
    texts = {name: _text(value, name, faults) for name in TEXTS}
    version = value.get("version", VERSIONS[0])
    if version not in VERSIONS:
        faults.append(f"saml.vihf.version: one of {', '.join(VERSIONS)} is expected")
    switches = {name: value.get(name, usual) for name, usual in SWITCHES.items()}
    for name, wanted in switches.items():
        if not isinstance(wanted, bool):
            faults.append(f"saml.vihf.{name}: true or false is expected")
    faults += _unfit(policy)
    software = Software(
        texts["lps_name"], texts["lps_version"], texts["lps_approval"], texts["lps_id"]
    )
    read = Settings(
        software,
        version if isinstance(version, str) else VERSIONS[0],
        texts["resource"] or RESOURCE,
        switches["in_login"] is True,
        switches["on_request"] is True,
    )
    return read, faults


def _text(value: Mapping[str, Any], name: str, faults: list[str]) -> str:
    found = value.get(name, "")
    if not isinstance(found, str) or len(found) > LONGEST or not found.isprintable():
        faults.append(f"saml.vihf.{name}: a text of {LONGEST} characters at most is expected")
        return ""
    if name in NEEDED and not found.strip():
        faults.append(f"saml.vihf.{name}: is missing")
    return found


def _unfit(policy: Policy) -> list[str]:
    """What national services rely on must be asked of people first."""
    found = []
    if policy.activity != "chosen":
        found.append("policy.activity: a VIHF tells of one activity; “chosen” is expected")
    if policy.level < Level.TWO_FACTORS:
        # PGSSI-S: a password alone has not been enough since 2026-01-01.
        found.append("policy.level: a VIHF tells of people who proved themselves by two factors")
    return found
