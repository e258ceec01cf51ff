# SPDX-License-Identifier: Apache-2.0
"""`sceau demo`: everything on this machine, with people to play, until Ctrl-C."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from idp.cli.output import say
from idp.cli.program import Refused, refuse
from idp.demo.addresses import AGENT, HOSPITAL, PKI, PSC, Addresses, Application, check_ports, plan
from idp.demo.folder import Folder, claim, empty, environment, furnish
from idp.demo.own_keys import own_key
from idp.demo.runner import Program, Runner

# A demo takes a third of a minute; a machine that is busy elsewhere is waited for.
PATIENCE_SECONDS = 180.0
# In the software of the hospital.
AT_WORK = ("medecin", "infirmiere")
# A region that shares no exams by a portal.
NEIGHBOUR = "Pays de la Loire"


@click.command("demo")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    metavar="FOLDER",
    help="Where everything is kept.",
)
@click.option("--reset", is_flag=True, help="Start anew: forget everything in that folder.")
@click.option(
    "--port-offset",
    "offset",
    type=int,
    default=0,
    metavar="N",
    help="Add N to every port, to run beside another demo.",
)
def demo(data: Path, reset: bool, offset: int) -> None:  # noqa: FBT001 - click's way
    """Try it: the server, the sample applications and people to log in as, on this machine."""
    if sys.platform != "linux":
        refuse("The demo runs on Linux.")
    # Passwords and secrets are written from here on.
    os.umask(0o077)
    addresses = plan(offset)
    check_ports(addresses)
    folder = claim(data)
    if reset:
        empty(folder)
    prepare(folder, addresses)
    run(folder, addresses)


def prepare(folder: Folder, addresses: Addresses) -> None:
    """The configuration, the database, the people, the applications, cast.json."""
    from idp.demo.populate import populate
    from idp.demo.time_travel import returned
    from idp.demo.welcome import write_cast
    from idp.logs import configure

    returned(folder)
    settings = furnish(folder, addresses)
    with (folder.log / "prepare.log").open("w", encoding="utf-8") as log:
        configure(settings.log, log)
        subjects = populate(settings, folder, addresses)
    # Once more: now the card's address has a certificate to show.
    settings = furnish(folder, addresses)
    configure(settings.log)
    write_cast(folder, addresses, subjects)


def run(folder: Folder, addresses: Addresses) -> None:
    """Serve until told to stop, or until one of the programs ends."""
    from idp.demo.welcome import greet, seconds_since_start

    with Runner(programs(folder, addresses), environment(folder)) as runner:
        runner.start()
        dead = runner.wait_until_ready(PATIENCE_SECONDS)
        if dead is None and not runner.interrupted:
            greet(folder, addresses, seconds_since_start())
            dead = runner.watch()
        told = dead.told() if dead else ""
        if dead is None:
            say("", "Stopping.")
    if told:
        raise Refused(f"{told}\nEverything was stopped.")
    say("Stopped; no process is left.")


def programs(folder: Folder, addresses: Addresses) -> Iterator[Program]:
    """Sceau and what stands around it, then each application."""
    from idp.demo.time_travel import returned

    python = sys.executable
    yield from around_cards(folder, addresses)
    yield sandbox(folder, addresses)
    yield hospital(folder, addresses)
    yield Program(
        "Sceau",
        (python, "-m", "idp.demo.serve", "--config", str(folder.config)),
        addresses.port,
        "/health/ready",
        folder.log / "sceau.log",
        again=partial(returned, folder),
        # The card's own address, which it serves beside the main one.
        beside=(addresses.cards_port,),
    )
    for one in addresses.applications:
        words = {
            "--port": str(one.port),
            "--url": one.url,
            "--issuer": addresses.issuer,
            "--data": str(folder.applications / one.key),
            "--clock-file": str(folder.clock),
        } | proof_of(folder, one)
        parts = (part for pair in words.items() for part in pair)
        command = (python, "-m", one.module, *parts, *beside(folder, addresses, one))
        yield Program(one.name, command, one.port, one.ready, folder.log / f"{one.key}.log")


def beside(folder: Folder, addresses: Addresses, one: Application) -> tuple[str, ...]:
    """What an application knows of its neighbours: an example, a portal other regions."""
    from idp.demo.portal_desk import PORTAL_DESK

    if not one.is_example:
        desk = ("--desk-client-secret-file", str(folder.secrets / f"{PORTAL_DESK}.secret"))
        return ("--other-region", NEIGHBOUR, "-", "--demo-cast", str(folder.cast), *desk)
    others = [
        other.url
        for other in addresses.applications
        if other is not one and other.is_example and other.document["protocol"] == "oidc"
    ]
    return ("--other-url", (others or [addresses.issuer])[0])


def proof_of(folder: Folder, one: Application) -> dict[str, str]:
    """By what an application proves itself: a secret, or a key of its own."""
    if one.document["protocol"] == "saml":
        own = own_key(folder.secrets, one.key)
        return {"--key-file": str(own.key), "--certificate-file": str(own.certificate)}
    secret = folder.secrets / f"{one.key}.secret"
    return {"--client-id": one.key, "--client-secret-file": str(secret)}


def sandbox(folder: Folder, addresses: Addresses) -> Program:
    """The demo's Pro Santé Connect, which reads the cards of the virtual reader, too."""
    from idp.demo.sandbox.serve import READY

    words = {
        "--folder": str(folder.root),
        "--port": str(addresses.psc_port),
        "--secret-file": str(folder.psc_secret),
        "--back": f"{addresses.issuer}/upstream/psc",
    }
    command = (sys.executable, "-m", "idp.demo.sandbox.serve")
    return Program(
        PSC,
        (*command, *(part for pair in words.items() for part in pair)),
        addresses.psc_port,
        READY,
        folder.log / "psc.log",
    )


def hospital(folder: Folder, addresses: Addresses) -> Program:
    """The software of the CHU, with a key of its own; two people of the cast are at work in it."""
    from idp.demo.cast import CAST

    words = {
        "--port": str(addresses.hospital_port),
        "--url": addresses.hospital,
        "--issuer": addresses.issuer,
        "--data": str(folder.applications / "hospital"),
        "--clock-file": str(folder.clock),
        "--application": "dcc",
    }
    people = [
        part
        for one in (role.person for role in CAST if role.key in AT_WORK)
        for part in ("--person", one.national_id or "", one.first_name, one.last_name)
    ]
    command = (sys.executable, "-m", "relying_parties.hospital")
    return Program(
        HOSPITAL,
        (*command, *(part for pair in words.items() for part in pair), *people),
        addresses.hospital_port,
        "/keys",
        folder.log / "hospital.log",
    )


def around_cards(folder: Folder, addresses: Addresses) -> Iterator[Program]:
    """The authorities of the cards, and the agent, which reads those of the virtual reader."""
    from idp.demo.pki_serve import READY

    python = sys.executable
    port = addresses.pki_port
    words = ("--folder", str(folder.pki), "--port", str(port), "--clock-file", str(folder.clock))
    yield Program(
        PKI,
        (python, "-m", "idp.demo.pki_serve", *words),
        port,
        READY,
        folder.log / "pki.log",
    )
    reader = ("--software-cards", "--reader-folder", str(folder.reader))
    listening = ("--origin", addresses.issuer, "--port", str(addresses.agent_port))
    yield Program(
        AGENT,
        # People who try it out press more often than people at work.
        (python, "-m", "connectors.cps_card.agent", *listening, *reader, "--per-minute", "30"),
        addresses.agent_port,
        "",
        folder.log / "agent.log",
    )
