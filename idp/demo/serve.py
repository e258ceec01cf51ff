# SPDX-License-Identifier: Apache-2.0
"""`python -m idp.demo.serve --config FILE`: what `sceau run` serves, and the virtual desk.

The desk is mounted here and nowhere else: whatever its settings say, `sceau run` has none.
"""

import sys
from collections.abc import Callable
from typing import Any

import click

from idp.cli.program import Command, Root
from idp.cli.run import load_application, start


def load_demo() -> Callable[..., Any]:
    """What the worker process serves."""
    served = load_application()
    from idp import wsgi
    from idp.demo.desk import mount_desk

    mount_desk(wsgi.provider)
    return served


@click.command("serve", cls=Command)
def serve() -> None:
    """Serve the demo."""
    start(load_demo)


def program() -> Root:
    """The command under the roof that tells breakdowns in a sentence."""
    root = Root("sceau")
    root.add_command(serve)
    return root


if __name__ == "__main__":
    program().main(args=["serve", *sys.argv[1:]], prog_name="sceau")
