# SPDX-License-Identifier: Apache-2.0
"""The command `sceau`, and `python -m idp`: every group of commands under one roof."""

from collections.abc import Sequence

import click

from idp.cli.program import Later, Root

# Each is imported when it is typed: a server does not wait for what others do with a terminal.
COMMANDS = {
    "init": "idp.cli.init:init",
    "check": "idp.cli.check:check",
    "run": "idp.cli.run:run",
    "card-door": "idp.cli.door:card_door",
    "worker": "idp.cli.worker:worker",
    "demo": "idp.demo.command:demo",
    "accounts": "idp.cli.accounts:accounts",
    "patients": "idp.cli.patients:patients",
    "imports": "idp.cli.imports:imports",
    "applications": "idp.cli.applications:applications",
    "policies": "idp.cli.policies:policies",
    "establishments": "idp.cli.establishments:establishments",
    "communities": "idp.cli.communities:communities",
    "roles": "idp.cli.roles:roles",
    "proposals": "idp.cli.proposals:proposals",
    "requests": "idp.cli.requests:requests",
    "announcements": "idp.cli.announcements:announcements",
    "webhooks": "idp.cli.webhooks:webhooks",
    "statistics": "idp.cli.statistics:statistics",
    "cards": "idp.cli.cards:cards",
    "calculettes": "idp.cli.calculettes:calculettes",
    "trust": "idp.cli.trust:trust",
    "directory": "idp.cli.directory:directory",
    "keys": "idp.cli.keys:keys",
    "messages": "idp.cli.messages:messages",
    "audit": "idp.cli.audit:audit",
    "secrets": "idp.cli.secrets:secrets",
    "config": "idp.cli.configuration:config",
    "upgrade-check": "idp.cli.upgrade:upgrade_check",
}


def program() -> Root:
    """The whole command line."""
    root = Root("sceau", help="Sceau, an identity provider for regional health platforms.")
    click.version_option(package_name="sceau", message="%(prog)s %(version)s")(root)
    root.commands = Later(COMMANDS)
    return root


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits with its code."""
    program().main(args=arguments, prog_name="sceau")


if __name__ == "__main__":
    main()
