# SPDX-License-Identifier: Apache-2.0
"""Commands about notices: which wait, which were given up and why; sending, once."""

from pathlib import Path

import click

from imaging_app.app import KEY
from imaging_app.cli.ground import opened
from imaging_app.notices.outbox import Outbox
from imaging_app.opening import open_sending
from relying_parties.clock import system_time
from relying_parties.registration import load_registration


@click.command("notices")
@click.pass_obj
def notices(file: Path) -> None:
    """How many notices were sent, wait, or were given up, and why; names nobody."""
    with opened(file) as ground, ground.database.read() as tx:
        for one in Outbox(ground.keys, system_time).counts(tx):
            click.echo("\t".join((str(one.number), one.state, one.what, one.fault)).rstrip())


@click.command("send-notices")
@click.option("--again", is_flag=True, help="Also those that were given up.")
@click.pass_obj
def send_notices(file: Path, *, again: bool) -> None:
    """Send what is due, once: for where the portal's own process does not."""
    with opened(file) as ground:
        mail = ground.settings.mail
        if mail is None:
            raise click.ClickException("the settings have no [mail]")
        if again:
            with ground.database.write() as tx:
                Outbox(ground.keys, system_time).again(tx)
        name = load_registration(KEY).name
        sending = open_sending(mail, name, ground.database, ground.keys, system_time)
        click.echo(f"{sending.send_due()} sent")
