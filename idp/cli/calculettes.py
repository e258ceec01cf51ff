# SPDX-License-Identifier: Apache-2.0
"""`sceau calculettes`: nomad readers, brought in by the file of their maker or one by one."""

from pathlib import Path

import click

from idp.accounts import service
from idp.cli.output import (
    JSON,
    count,
    facts,
    facts_as_json,
    moment,
    plain,
    say,
    say_made,
    table,
    table_as_json,
)
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.credentials.calculette_desk import card_number
from idp.credentials.calculettes import Added, Kept
from idp.credentials.delivery.planning import Plan, Planner, Wanted, wanted_from
from idp.credentials.delivery.pskc import read_pskc
from idp.credentials.delivery.pskc_secrets import Unlock
from idp.db import Tx

MOST_FAULTS = 200
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("calculettes", cls=Group)
def calculettes() -> None:
    """Nomad readers. CARD is the number of the card, however it is written on it.

    A secret is read from a file or typed without being shown, and is never an argument.
    """


@calculettes.command("import")
@click.argument("file", type=FILE)
@click.option("--batch", required=True, help="Name of the delivery; its readers have one suite.")
@click.option("--suite", default="", help="For keys of which the file does not say it.")
@click.option("--verifier", default="ocra", show_default=True, help="Algorithm of the readers.")
@click.option("--key-file", type=FILE, help="Key of the file, in hexadecimal.")
@click.option("--passphrase-file", type=FILE, help="Its passphrase.")
@click.option("--ask-passphrase", is_flag=True, help="Ask for the passphrase.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
def bring_in(
    file: Path,
    batch: str,
    suite: str,
    verifier: str,
    key_file: Path | None,
    passphrase_file: Path | None,
    ask_passphrase: bool,  # noqa: FBT001 - click's way
    dry_run: bool,  # noqa: FBT001
) -> None:
    """Bring in the readers of a PSKC FILE (RFC 6030).

    Nothing is written while anything in it has a fault. What is there already is left as it is, so
    that the same file can be brought in again.
    """
    passphrase = read_line(passphrase_file) if passphrase_file else ""
    if ask_passphrase:
        passphrase = click.prompt("Passphrase", hide_input=True)
    unlock = Unlock(read_hex(key_file) if key_file else b"", passphrase)
    with installation() as place:
        core = place.core
        reading = read_pskc(file.read_bytes(), unlock, core.clock.now())
        wanted = wanted_from(reading.keys, suite)
        with core.database.read() as tx:
            plan = Planner(core.calculettes, batch, verifier).plan(tx, wanted)
        faults = reading.faults + plan.faults
        if faults:
            refuse(_told(faults))
        if not dry_run:
            write(place, plan)
    made = count(len(plan.new), "reader")
    say(f"{made} {'would be ' if dry_run else ''}brought in, {plan.known} there already.")


@calculettes.command("add")
@click.argument("card")
@click.option("--batch", required=True, help="Name of a batch, or of a new one.")
@click.option("--suite", default="", help="Suite of a new batch, as OCRA-1:HOTP-SHA256-8:QN08.")
@click.option("--verifier", default="ocra", show_default=True)
@click.option("--secret-file", type=FILE, help="Its secret in hexadecimal; asked for otherwise.")
@click.option("--pin-file", type=FILE, help="The card's code, where the suite needs it.")
@click.option("--reader", default="", help="Serial number of the reader.")
@click.option("--counter", type=click.IntRange(0, 2**62), default=0, show_default=True)
@JSON
def add(
    card: str,
    *,
    batch: str,
    suite: str,
    verifier: str,
    secret_file: Path | None,
    pin_file: Path | None,
    reader: str,
    counter: int,
    as_json: bool,
) -> None:
    """Bind one reader to a card."""
    if secret_file:
        secret = read_hex(secret_file)
    else:
        secret = from_hex(click.prompt("Secret (hexadecimal)", hide_input=True))
    with installation() as place:
        core = place.core
        with core.database.read() as tx:
            known = core.calculettes.batch(tx, batch)
        suite = suite or (known.suite if known else "")
        pin = read_line(pin_file) if pin_file else ""
        asked = core.calculettes.verifiers.get(verifier)
        if not pin and suite and asked and not asked.unfit(suite) and asked.wants_pin(suite):
            pin = click.prompt("Card code", hide_input=True)
        wanted = Wanted(card_number(card) or card, suite, secret, pin, reader[:64], counter)
        with core.database.read() as tx:
            plan = Planner(core.calculettes, batch, verifier).plan(tx, [wanted])
        if plan.faults:
            refuse(_told(plan.faults))
        write(place, plan)
    became = "reader brought in" if plan.new else "it has this reader already"
    made = {"card": wanted.card, "batch": batch, "suite": suite, "reader": wanted.reader}
    line = f"Card {wanted.card}: {became}."
    say_made(line, as_json=as_json, **made, added=bool(plan.new))


@calculettes.command("list")
@click.option("--batch", default="", help="Only this one.")
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def show_all(batch: str, for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """Every reader, without its secret."""
    with installation() as place, place.core.database.read() as tx:
        rows = [_row(tx, one) for one in place.core.calculettes.every(tx, batch)]
    head = ("CARD", "WHO", "BATCH", "READER", "LAST USED", "STATE")
    say((table_as_json if for_machines else table)(head, rows))


@calculettes.command("show")
@click.argument("card")
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def show(card: str, for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """One reader, without its secret."""
    with installation() as place, place.core.database.read() as tx:
        one = _find(place, tx, card)
        who = service.load(tx, one.account)
        counts = place.core.calculettes.verifiers[one.batch.verifier].counts(one.batch.suite)
    say(
        (facts_as_json if for_machines else facts)(
            (
                ("Card", one.card),
                ("Who", who.person.identifier if who else ""),
                ("State", one.standing.value),
                ("Batch", one.batch.name),
                ("Verifier", one.batch.verifier),
                ("Suite", one.batch.suite),
                ("Reader", one.reader),
                ("Counter", one.counter if counts else ""),
                ("Clock off by", f"{one.drift} steps" if one.drift else ""),
                ("Brought in", moment(one.created_at)),
                ("Last used", moment(one.last_used_at)),
            )
        )
    )


@calculettes.command("resync")
@click.argument("card")
@click.option("--counter", type=click.IntRange(0, 2**62), help="What it counts now; never back.")
@click.option("--drift", type=click.IntRange(-(2**20), 2**20), help="Steps its clock is ahead.")
def resync(card: str, counter: int | None, drift: int | None) -> None:
    """Put right a reader that is too far off to do so by two answers in a row."""
    if counter is None and drift is None:
        refuse("Say the counter, the drift, or both.")
    with installation() as place, place.core.database.write() as tx:
        one = _find(place, tx, card)
        to = one.counter if counter is None else counter
        by = one.drift if drift is None else drift
        if not place.core.calculettes.resync(tx, one.card, to, by, place.origin):
            refuse(f"The counter of {one.card} stands at {one.counter}, and never goes back.")
    say(f"Card {one.card}: counter {to}, clock off by {by} steps.")


@calculettes.command("disable")
@click.argument("card")
def disable(card: str) -> None:
    """Switch a reader off; what it counts is kept."""
    _switch(card, off=True)


@calculettes.command("enable")
@click.argument("card")
def enable(card: str) -> None:
    """Switch it on again."""
    _switch(card, off=False)


@calculettes.command("remove")
@click.argument("card")
@click.confirmation_option(prompt="Its secret can't be brought back. Remove it?")
def remove(card: str) -> None:
    """Take a reader away from its card, with its secret."""
    with installation() as place, place.core.database.write() as tx:
        one = _find(place, tx, card)
        place.core.calculettes.remove(tx, one.card, place.origin)
    say(f"Card {one.card}: reader removed.")


def write(place: Place, plan: Plan) -> None:
    """Everything that a plan holds, or nothing."""
    with place.core.database.write() as tx:
        for new in plan.new:
            if place.core.calculettes.add(tx, new, place.origin) is not Added.ADDED:
                refuse(f"The card {new.card} was given a reader meanwhile. Nothing was written.")


def read_hex(file: Path) -> bytes:
    """A key or secret from a file."""
    return from_hex(read_line(file))


def read_line(file: Path) -> str:
    """What is written in a file, without the end of its line."""
    try:
        return file.read_text("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        refuse(f"{file} is no text.")


def from_hex(text: str) -> bytes:
    """Bytes from hexadecimal digits; spaces between them are no matter."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        # Never the text itself: it is a secret.
        refuse("A secret is written in hexadecimal digits.")


def _switch(card: str, *, off: bool) -> None:
    with installation() as place, place.core.database.write() as tx:
        one = _find(place, tx, card)
        place.core.calculettes.set_disabled(tx, one.card, disabled=off, origin=place.origin)
    say(f"Card {one.card}: reader switched {'off' if off else 'on'}.")


def _find(place: Place, tx: Tx, card: str) -> Kept:
    found = place.core.calculettes.find(tx, card_number(card) or card)
    if found is None:
        refuse(f"No reader is bound to the card {plain(card)}.")
    return found


def _row(tx: Tx, one: Kept) -> tuple[str, ...]:
    who = service.load(tx, one.account)
    return (
        one.card,
        who.person.identifier if who else "",
        one.batch.name,
        one.reader,
        moment(one.last_used_at),
        one.standing.value,
    )


def _told(faults: list[str]) -> str:
    lines = [f"  {plain(fault)}" for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        lines.append(f"  and {len(faults) - MOST_FAULTS} more")
    return "\n".join(["Nothing was written:", *lines])
