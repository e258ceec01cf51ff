# SPDX-License-Identifier: Apache-2.0
"""What a registration says of the VIHF: `[saml.vihf]`, of an application entitled to it."""

from collections.abc import Mapping
from typing import Any, Final

from connectors.base import Level
from idp.applications.faults import Fault, Unfit, fault
from idp.applications.values import Policy
from idp.saml.unfit import Amiss
from idp.saml.vihf import Software
from idp.saml.vihf_facts import Settings

TEXTS: Final = ("lps_name", "lps_version", "lps_approval", "lps_id", "resource")
SWITCHES: Final = {"in_login": True, "on_request": False}
NEEDED: Final = TEXTS[:3]
VERSIONS: Final = ("3.0", "4.0")
LONGEST: Final = 128
RESOURCE: Final = "urn:dmp"


def read_settings(value: object, policy: Policy) -> tuple[Settings | None, list[Fault]]:
    """The settings, where there are any; and every fault."""
    if value is None:
        return None, []
    if not isinstance(value, Mapping):
        return None, [fault("saml.vihf", Unfit.TABLE)]
    faults = [
        fault(f"saml.vihf.{one}", Unfit.UNKNOWN)
        for one in sorted(set(value) - {*TEXTS, *SWITCHES, "version"})
    ]
    texts = {name: _text(value, name, faults) for name in TEXTS}
    version = value.get("version", VERSIONS[0])
    if version not in VERSIONS:
        faults.append(fault("saml.vihf.version", Unfit.ONE_OF, known=", ".join(VERSIONS)))
    switches = {name: value.get(name, usual) for name, usual in SWITCHES.items()}
    for name, wanted in switches.items():
        if not isinstance(wanted, bool):
            faults.append(fault(f"saml.vihf.{name}", Unfit.SWITCH))
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


def _text(value: Mapping[str, Any], name: str, faults: list[Fault]) -> str:
    found = value.get(name, "")
    if not isinstance(found, str) or len(found) > LONGEST or not found.isprintable():
        faults.append(fault(f"saml.vihf.{name}", Amiss.VIHF_TEXT, most=LONGEST))
        return ""
    if name in NEEDED and not found.strip():
        faults.append(fault(f"saml.vihf.{name}", Unfit.MISSING))
    return found


def _unfit(policy: Policy) -> list[Fault]:
    """What national services rely on must be asked of people first."""
    found = []
    if policy.activity != "chosen":
        found.append(fault("policy.activity", Amiss.VIHF_ACTIVITY))
    if policy.level < Level.TWO_FACTORS:
        # PGSSI-S: a password alone has not been enough since 2026-01-01.
        found.append(fault("policy.level", Amiss.VIHF_FACTORS))
    return found
