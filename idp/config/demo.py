# SPDX-License-Identifier: Apache-2.0
"""Settings of demo mode."""

from dataclasses import dataclass

from idp.config.kinds import flag, setting, text


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """Demo mode: known people, known passwords."""

    enabled: bool = setting(flag(), "Never on an address that others reach.", default=False)
    desk: str = setting(
        text("the path of a folder"),
        "Folder that e-mails and SMS go to where no server or provider is set; in demo mode only.",
        "",
        shown="none",
    )
    clock_file: str = setting(
        text("the path of a file"),
        "File that says by how many seconds the clock is ahead; in demo mode only.",
        "",
        shown="none",
    )
