# SPDX-License-Identifier: Apache-2.0
"""`sceau audit`: prove it whole, search it, seal it now."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from idp.accounts import service as accounts
from idp.administration.oversight.counting import Counting, counted_up_to
from idp.audit.anchor import Anchor
from idp.audit.seal import Sealer
from idp.audit.search import MAX_FOUND, Found
from idp.audit.search import search as find_events
from idp.audit.start import latest_start
from idp.audit.verify import Verdict
from idp.audit.verify import verify as prove
from idp.cli.output import count, facts, facts_as_json, moment, plain, say, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse

MICROS = 1_000_000
MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group("audit", cls=Group)
def audit() -> None:
    """What happened, and the proof of it."""


@audit.command("verify")
@click.option(
    "--anchor",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The anchor file, when not the one of the configuration.",
)
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def verify(anchor: Path | None, for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """Prove that nothing sealed was changed, removed or inserted; exits with 1 and says where."""
    with installation() as place:
        named = place.core.settings.audit.anchor_file
        file = anchor or (Path(named) if named else None)
        verdict = prove(place.core.database, place.secrets.audit, file)
    if for_machines:
        _tell_machines(verdict)
    _tell(verdict, file)


def _tell_machines(verdict: Verdict) -> NoReturn:
    faults = [{"place": str(one.place), "what": one.what.value} for one in verdict.faults]
    known = {
        "whole": verdict.ok,
        "sealed": verdict.sealed,
        "unsealed": verdict.unsealed,
        "faults": faults,
        "more": verdict.more,
        "begins_after_seal": verdict.start.last_seq,
    }
    say(json.dumps(known, indent=2))
    raise SystemExit(0 if verdict.ok else 1)


def _tell(verdict: Verdict, anchor: Path | None) -> None:
    sealed = count(verdict.sealed, "sealed event")
    waiting = f"; {count(verdict.unsealed, 'event')} not sealed yet" if verdict.unsealed else ""
    if verdict.ok:
        say(f"Whole: {sealed}{waiting}.")
        if verdict.start.number:
            before = moment(verdict.start.sealed_at)
            say(f"It begins at seal {verdict.start.last_seq + 1}: what was sealed up to {before}")
            say("has been removed by the retention rule, and this start is signed.")
        if anchor is None:
            say("Without an anchor file, a chain whose end was cut everywhere looks whole too.")
        return
    lines = [f"  {fault.place}: {fault.what.value}" for fault in verdict.faults]
    if verdict.more:
        lines.append(f"  and {verdict.more} more")
    found = count(len(verdict.faults) + verdict.more, "fault")
    refuse("\n".join([f"NOT whole: {found} in {sealed}{waiting}.", *lines]))


@audit.command("search")
@click.option("--account", "who", default="", metavar="WHO", help="Identifier, e-mail or id.")
@click.option("--kind", metavar="KIND", help="As login.failed.")
@click.option("--since", type=MOMENT, help="From this time on (UTC).")
@click.option("--until", type=MOMENT, help="Up to before this time (UTC).")
@click.option("--limit", type=click.IntRange(1, MAX_FOUND), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def search(
    who: str,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,  # noqa: FBT001 - click's way
) -> None:
    """Events, newest first."""
    with installation() as place, place.core.database.read() as tx:
        # An id that is no account's any more may still be in the audit.
        account = (accounts.find(tx, who) or who) if who else None
        found = find_events(
            tx, account=account, kind=kind, since=_micros(since), until=_micros(until), limit=limit
        )
    if as_json:
        for one in found:
            say(json.dumps(asdict(one), ensure_ascii=False))
    else:
        head = ("ID", "AT", "KIND", "OUTCOME", "ACCOUNT", "APPLICATION", "FROM", "DETAIL")
        say(table(head, map(_row, found)))


def _row(one: Found) -> tuple[object, ...]:
    at = datetime.fromtimestamp(one.at / MICROS, UTC).strftime("%Y-%m-%d %H:%M:%S.%fZ")
    origin = plain(one.address or "")
    if origin == "command line":
        origin = f"command line, {plain(one.user_agent or '')}"
    detail = one.detail or ""
    account, application = one.account or "", one.application or ""
    return one.id, at, one.kind, one.outcome, account, application, origin, detail


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.replace(tzinfo=UTC).timestamp()) * MICROS


@audit.command("retention")
@click.option("--apply", "apply_now", is_flag=True, help="Remove now what is old.")
@click.option(
    "--past",
    multiple=True,
    metavar="PLACE",
    help='With --apply: a place ("seal 7, event 9") that was looked into, and holds nothing up.',
)
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def retention(apply_now: bool, past: tuple[str, ...], for_machines: bool) -> None:  # noqa: FBT001
    """For how long events are kept, and where the audit begins; servers apply it once a day."""
    with installation() as place:
        core = place.core
        removed = _apply(place, past) if apply_now else 0
        with core.database.read() as tx:
            start, is_lived = latest_start(tx), core.retention.is_lived(tx)
    known = [
        ("kept days", core.retention.days),
        ("begins after seal", start.last_seq),
        ("removed up to", moment(start.sealed_at) if start.number else ""),
        ("last removal", moment(start.removed_at) if start.number else ""),
        *([("removed now", removed)] if apply_now else []),
    ]
    say(facts_as_json(known) if for_machines else facts(known))
    if for_machines:
        return
    if not core.retention.days:
        say("Events are kept for good (audit.keep = 0).")
    elif not is_lived:
        say("Nothing is removed now: less than four of the last seven days have events, so that")
        say("the clock is not believed yet.")


def _apply(place: Place, past: tuple[str, ...]) -> int:
    """Round after round, until nothing old is left."""
    core, gone = place.core, 0
    Counting(core.database, core.clock).run()
    while True:
        done = core.retention.run(counted_up_to, past=past, origin=place.origin)
        gone += done.events
        if done.held is not None:
            refuse(f"Not whole at {done.held.place}: {done.held.what.value}. What is there stays.")
        if not done.events:
            return gone


@audit.command("seal")
def seal() -> None:
    """Seal at once what waits; running servers do it every few seconds."""
    with installation() as place:
        sealed = seal_all(place)
    say(f"{count(sealed, 'event')} sealed.")


def seal_all(place: Place) -> int:
    """Seal until nothing waits, and let the anchor file follow."""
    core = place.core
    sealer, sealed = Sealer(core.clock, place.secrets.audit), 0
    while batch := sealer.run_once(core.database):
        sealed += batch
    named = core.settings.audit.anchor_file
    if named:
        Anchor(Path(named), place.secrets.audit).follow(core.database)
    return sealed
