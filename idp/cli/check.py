# SPDX-License-Identifier: Apache-2.0
"""`sceau check`: the configuration, then everything that it points at."""

import click

from idp.cli.findings import State, look_around
from idp.cli.output import count, plain, say
from idp.cli.place import settings
from idp.cli.program import Command, refuse

WIDEST = 14


@click.command("check", cls=Command)
def check() -> None:
    """Look at everything and say what is wrong; nothing is changed."""
    found = settings()
    say(_line("ok", "configuration", "no fault"))
    faults = 0
    for finding in look_around(found):
        say(_line(finding.state.value, finding.subject, finding.text))
        faults += finding.state is State.FAULT
    if faults:
        refuse(f"{count(faults, 'fault')}: `sceau run` would not start.")


def _line(state: str, subject: str, text: str) -> str:
    return f"{state:<6} {subject:<{WIDEST}} {plain(text)}"
