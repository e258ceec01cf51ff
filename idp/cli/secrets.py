# SPDX-License-Identifier: Apache-2.0
"""`sceau secrets`: key rings."""

from pathlib import Path

import click

from idp.cli.output import say
from idp.cli.program import Group, refuse
from idp.cli.ring import new_ring_line, replace_private, write_private
from idp.config.faults import Fault
from idp.config.sources import read_file
from idp.crypto import CryptoError, parse_key_ring


@click.group("secrets", cls=Group)
def secrets() -> None:
    """The key ring that seals secrets in the database."""


@secrets.command("new-ring")
@click.option("--id", "key_id", default="", metavar="NAME", help="Name of the key; today's date.")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this new file instead of the terminal.",
)
@click.option(
    "--add-to",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Put the new key first in this ring: it seals from then on, the others still open.",
)
def new_ring(key_id: str, file: Path | None, add_to: Path | None) -> None:
    """Make a key ring, or put a new key into one."""
    if file and add_to:
        raise click.UsageError("--file and --add-to: one of them, not both.")
    line = new_ring_line(key_id)
    if add_to:
        _add(line, add_to)
        return
    _parsed(line)
    if file:
        write_private(file, line + "\n")
        say(f"Key ring made: {file}", "Keep a copy of it apart from the database's backups.")
    else:
        say(line)


def _add(line: str, ring: Path) -> None:
    before = read_file(ring, private=True)
    if isinstance(before, Fault):
        refuse(before.text)
    content = f"{line}\n{before}"
    _parsed(content)
    replace_private(ring, content if content.endswith("\n") else content + "\n")
    say(
        f"The key {line.partition(':')[0]} now comes first in {ring}.",
        "Restart the servers, then `sceau keys reseal`. Keep the older keys as long as a backup",
        "that needs them.",
    )


def _parsed(content: str) -> None:
    try:
        parse_key_ring(content)
    except CryptoError as fault:
        refuse(f"This would not be a key ring: {fault}")
