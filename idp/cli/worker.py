# SPDX-License-Identifier: Apache-2.0
"""`sceau worker`: delivers messages apart from the server, until SIGINT or SIGTERM."""

import signal
import threading

import click

from idp.cli.output import say
from idp.cli.place import installation
from idp.cli.program import Command

# A try under way is finished: cut short, its message might be sent twice.
PATIENCE = 5.0


@click.command("worker", cls=Command)
def worker() -> None:
    """Deliver e-mails, SMS and notices, when messages.worker is "apart". Several may run."""
    # Here, so that `--help` doesn't wait for the whole program to load.
    from idp.messages.messages_thread import MessagesThread
    from idp.post_office import APART_PAUSE, open_delivery, open_tellers

    stopping = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _number, _frame: stopping.set())
    with installation() as place:
        core = place.core
        delivery = open_delivery(core, open_tellers(core, place.secrets.pairwise))
        thread = MessagesThread(core.database, delivery, core.post, APART_PAUSE)
        thread.start()
        say(f"Delivering: {', '.join(sorted(delivery.senders))}.")
        stopping.wait()
        thread.stop(delivery.longest + PATIENCE)
    say("Stopped.")
