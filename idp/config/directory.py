# SPDX-License-Identifier: Apache-2.0
"""Settings of the national registers and of the Annuaire."""

from dataclasses import dataclass

from idp.config import checks
from idp.config.kinds import secret, setting, text, whole
from idp.config.secret import Secret

DAY = 86400
GIGABYTE = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """National registers that are imported or asked, and the Annuaire of this platform's people."""

    extract: str = setting(
        text("the path of a file"),
        "Open extract of practitioners (PS_LibreAcces_Personne_activite, plain, .gz or .zip) that "
        "the console imports.",
        "",
        shown="none: imports are started by command",
    )
    structures: str = setting(
        text("the path of a file"),
        "Open extract of FINESS structures that the console imports.",
        "",
        shown="none: imports are started by command",
    )
    uploads: str = setting(
        text("the path of a folder"),
        "Where extracts wait that administrators upload in the console, until they are read; every "
        "server sees the same one.",
        "",
        shown="none: nothing is uploaded",
    )
    max_bytes: int = setting(
        whole(1 << 20, 16 * GIGABYTE, "bytes"),
        "Largest extract, unpacked; and as it is uploaded.",
        4 * GIGABYTE,
    )
    searches: int = setting(
        whole(10, 10_000),
        "Searches and pages of the Annuaire for one person, or one address where nobody is logged "
        "in, in any hour.",
        120,
    )
    fhir_url: str = setting(
        text("an http or https address", checks.check_page),
        "Base address of the Annuaire Santé (FHIR), asked about numbers that no import knows.",
        "",
        shown="none: it is never asked",
    )
    fhir_key: Secret = setting(  # noqa: RUF009 - a field, made by our own helper
        secret("text", str),
        "Its API key (`ESANTE-API-KEY`).",
        Secret(""),
        shown="none",
    )
    fhir_rate: int = setting(
        whole(1, 17), "Questions a second by all processes together; 17 are allowed.", 10
    )
    fhir_life: int = setting(whole(60, 30 * DAY, "seconds"), "An answer is kept for so long.", DAY)
