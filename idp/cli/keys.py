# SPDX-License-Identifier: Apache-2.0
"""`sceau keys`: the keys that sign, and the ring that seals them."""

import click

from idp.administration import documents
from idp.administration.imports import store as csv_store
from idp.audit.record import Event
from idp.cli.output import count, moment, say, table, table_as_json
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.db import Tx
from idp.keys.algorithms import ALGORITHMS
from idp.keys.installation import reseal_installation
from idp.keys.schedule import KeyTimes, State
from idp.keys.store import KeyStore

ALGORITHM = click.Choice(sorted(ALGORITHMS))
REFRESH = 30


@click.group("keys", cls=Group)
def keys() -> None:
    """Keys that sign tokens."""


@keys.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are gone, too.")
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def show_all(everything: bool, for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """Keys, oldest first."""
    with installation() as place:
        now = place.core.clock.now()
        with place.core.database.read() as tx:
            found = place.core.signing.list(tx)
    gone = {State.REMOVED, State.REVOKED}
    rows = [
        (
            one.kid,
            one.algorithm,
            one.state(now).value,
            moment(one.active_from),
            moment(one.retired_at),
            moment(one.removed_at or one.revoked_at),
        )
        for one in found
        if everything or one.state(now) not in gone
    ]
    head = ("KEY", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL", "PUBLISHED UNTIL")
    say((table_as_json if for_machines else table)(head, rows))


@keys.command("rotate")
@click.argument("algorithm", type=ALGORITHM)
def rotate(algorithm: str) -> None:
    """Publish the next key; it signs once every application had time to fetch it."""
    with installation() as place:
        core = place.core
        with core.database.write() as tx:
            core.signing.hold(tx)
            before = {one.kid for one in core.signing.list(tx)}
            kid = core.signing.rotate(tx, algorithm)
            if kid not in before:
                _note(place, tx, "signing.rotated", {"kid": kid, "algorithm": algorithm})
            made = _find(core.signing.list(tx), kid)
        pending = made.state(core.clock.now()) is State.PENDING
    if kid in before:
        say(f"A rotation is under way already: {kid} signs from {moment(made.active_from)}.")
    else:
        when = f"from {moment(made.active_from)}" if pending else "from now on"
        say(f"{kid} is published, and signs {when}.")


# One key in 64 has a name that begins like an option.
@keys.command("revoke", context_settings={"ignore_unknown_options": True})
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Don't ask.")
def revoke(kid: str, yes: bool) -> None:  # noqa: FBT001 - click's way
    """Emergency: unpublish and destroy a key that leaked. What it signed is refused at once."""
    with installation() as place:
        core = place.core
        with core.database.read() as tx:
            known = [one.kid for one in core.signing.list(tx)]
        if kid not in known:
            refuse(f"There is no key {kid!r}: see `sceau keys list`.")
        if not yes:
            click.confirm("Applications will refuse every token it signed. Go on?", abort=True)
        with core.database.write() as tx:
            done = core.signing.revoke(tx, kid)
            if done.done:
                successor = done.successor or ""
                _note(place, tx, "signing.revoked", {"kid": kid, "successor": successor})
    if not done.done:
        refuse(f"{kid} was revoked already.")
    say(
        f"{kid} is revoked; {done.successor} signs.",
        f"Running servers follow within {REFRESH} seconds.",
    )


@keys.command("reseal")
def reseal() -> None:
    """After a new key was put first in the ring: seal with it what older keys had sealed."""
    with installation() as place:
        core, ring = place.core, place.core.signing.ring
        sealed = 0
        with core.database.write() as tx:
            sealed += reseal_installation(tx, ring)
        while step := _reseal_step(place):
            sealed += step
        with core.database.write() as tx:
            _note(place, tx, "ring.resealed", {"active": ring.active_id, "count": sealed})
        # Read back before anybody takes the old key out of the ring.
        KeyStore(core.database, core.signing, clock=core.clock).reload()
    say(f"{count(sealed, 'value')} sealed again by {ring.active_id}.")


def _reseal_step(place: Place) -> int:
    with place.core.database.write() as tx:
        core = place.core
        return (
            core.signing.reseal(tx, core.signing.ring)
            + core.authenticators.reseal(tx)
            + core.calculettes.reseal(tx)
            + core.outbox.reseal(tx)
            + core.requests.reseal(tx)
            + core.providers.reseal(tx)
            + core.streams.reseal(tx)
            + documents.reseal(tx, core.ring)
            + csv_store.reseal(tx, core.ring)
        )


def _find(found: tuple[KeyTimes, ...], kid: str) -> KeyTimes:
    return next(one for one in found if one.kid == kid)


def _note(place: Place, tx: Tx, kind: str, detail: dict[str, str | int]) -> None:
    place.core.audit.record(tx, Event(kind, detail=detail), place.origin)
