# SPDX-License-Identifier: Apache-2.0
"""`sceau config`: what may be set."""

import click

from idp.cli.program import Group
from idp.config.reference import render


@click.group("config", cls=Group)
def config() -> None:
    """The configuration."""


@config.command("reference")
def reference() -> None:
    """Print every setting, in Markdown."""
    click.echo(render(), nl=False)
