# SPDX-License-Identifier: Apache-2.0
"""The command `sceau`, and `python -m idp`: every group of commands under one roof."""

from collections.abc import Sequence

import click

from idp.cli.accounts import accounts
from idp.cli.announcements import announcements
from idp.cli.applications import applications
from idp.cli.audit import audit
from idp.cli.calculettes import calculettes
from idp.cli.cards import cards
from idp.cli.check import check
from idp.cli.communities import communities
from idp.cli.configuration import config
from idp.cli.directory import directory
from idp.cli.door import card_door
from idp.cli.establishments import establishments
from idp.cli.imports import imports
from idp.cli.init import init
from idp.cli.keys import keys
from idp.cli.messages import messages
from idp.cli.patients import patients
from idp.cli.policies import policies
from idp.cli.program import Root
from idp.cli.proposals import proposals
from idp.cli.requests import requests
from idp.cli.roles import roles
from idp.cli.run import run
from idp.cli.secrets import secrets
from idp.cli.statistics import statistics
from idp.cli.trust import trust
from idp.cli.upgrade import upgrade_check
from idp.cli.webhooks import webhooks
from idp.cli.worker import worker
from idp.demo.command import demo

COMMANDS = (
    init,
    check,
    run,
    card_door,
    worker,
    demo,
    accounts,
    patients,
    imports,
    applications,
    policies,
    establishments,
    communities,
    roles,
    proposals,
    requests,
    announcements,
    webhooks,
    statistics,
    cards,
    calculettes,
    trust,
    directory,
    keys,
    messages,
    audit,
    secrets,
    config,
    upgrade_check,
)


def program() -> Root:
    """The whole command line."""
    root = Root("sceau", help="Sceau, an identity provider for regional health platforms.")
    click.version_option(package_name="sceau", message="%(prog)s %(version)s")(root)
    for command in COMMANDS:
        root.add_command(command)
    return root


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits with its code."""
    program().main(args=arguments, prog_name="sceau")


if __name__ == "__main__":
    main()
