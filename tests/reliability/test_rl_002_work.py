# SPDX-License-Identifier: Apache-2.0
"""What is done in the background, by workers that die at each of their commits, one after another.

Each of them is replaced by another one that knows nothing but what stands in the database.
"""

import io
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from idp.administration.authority import Denied
from idp.administration.imports import runs, work
from idp.administration.imports.runs import NotDone, Upload
from idp.administration.imports.store import Run
from idp.directory import generations, importer
from idp.directory.generations import CURRENT, HOLD_SECONDS, PRACTITIONERS
from idp.errors import Unavailable
from idp.office import open_office as open_desk
from tests.administration.kit import CHU, open_office
from tests.administration.test_api_webhooks import Outside, delivery, verified
from tests.directory.kit import NUMBERS, ask, bring, extract, read, somebody
from tests.directory.kit import importer as new_importer
from tests.messages.kit import work as deliver
from tests.reliability.faults import Blow, put_in
from tests.reliability.verbs import Place
from tests.reliability.verbs_of_people import named, numbers
from tests.reliability.verbs_of_the_region import MAPPING, WISHED
from tests.world import open_world

# Each dies at a commit: before its second, or after its first. Both ways every commit is met.
DEATHS = [(2, Blow.OUTAGE), (1, Blow.UNTOLD)]
NAMES = ["before the second", "after the first"]
MOST = 40
ONE = 5


@pytest.fixture(scope="module")
def place(module_url: str) -> Iterator[Place]:
    """One office for all."""
    world = open_world(module_url)
    office = open_office(world)
    yield Place(office, put_in(world.core.database))
    world.close()


def each_dies(
    place: Place,
    go_on: Callable[[], Any],
    over: Callable[[], bool],
    points: Iterable[int],
    how: Blow,
    wait: int,
) -> Iterator[int]:
    """Workers at it, one after another, each of whom dies at a commit, until it is over."""
    for worker, at in enumerate(points, 1):
        assert worker < MOST
        with place.fuse.set_to(at, how, "COMMIT"):
            try:
                go_on()
            except Exception:
                if not place.fuse.blown:
                    raise
        yield worker
        if over():
            return
        place.office.world.clock.pass_by(wait)


def count(place: Place, statement: str, **known: Any) -> int:
    with place.core.database.read() as tx:
        return int(tx.execute(text(statement), known).scalar_one())


MADE = "SELECT count(*) FROM import_lines WHERE run_id = :run AND outcome = :outcome"
THERE = "SELECT count(*) FROM accounts WHERE last_name LIKE :name"
LINES = "SELECT count(*) FROM import_lines WHERE run_id = :run"
LAST = ("ABBADIE", "BRUN", "CARON", "DUVAL", "ESTEVE")


def file_of(name: str, ends: Iterable[str] = "abcde") -> bytes:
    """People of nearly the same name."""
    rows = "".join(f"{name}{c};Ana;{name}{c}@csv.example\n" for c in ends)
    return f"Nom;Prénom;Adresse e-mail\n{rows}".encode()


def brought(place: Place, name: str, ends: Iterable[str] = "abcde") -> str:
    """Their file, taken in."""
    upload = Upload("accounts", "a.csv", CHU)
    run = place.desk.imports.read(place.by("chu"), upload, io.BytesIO(file_of(name, ends)))
    assert isinstance(run, str)
    return run


def step(place: Place, run: str, verb: str, *more: Any) -> None:
    with place.core.database.write() as tx:
        done = getattr(place.desk.imports, verb)(tx, place.by("chu"), run, *more)
    assert isinstance(done, Run), done


def state(place: Place, run: str) -> str:
    with place.core.database.read() as tx:
        found = place.desk.imports.sheet(tx, place.by("chu"), run)
    assert not isinstance(found, Denied)
    return str(found.state)


def another_worker(place: Place) -> Any:
    """As another process would have it."""
    return open_desk(place.core, place.office.world.provider.secrets).import_work


@pytest.mark.parametrize(("at", "how"), DEATHS, ids=NAMES)
def test_rl_002_an_import_of_people_whose_workers_die(
    place: Place, monkeypatch: pytest.MonkeyPatch, at: int, how: Blow
) -> None:
    """Carried out and taken back: each line once, and the audit tells of as many."""
    monkeypatch.setattr(work, "BATCH", 2)
    name = named(next(numbers)).lower()
    run = brought(place, name)

    def die(over: Callable[[], bool]) -> Iterator[int]:
        def go_on() -> Any:
            return another_worker(place).advance(run)

        return each_dies(place, go_on, over, itertools.repeat(at), how, work.LEASE + 1)

    step(place, run, "map", MAPPING)
    # A dry run is begun anew by each: one that lives is enough.
    assert next(die(lambda: state(place, run) == "planned")) == 1
    assert state(place, run) == "planning"
    place.office.world.clock.pass_by(work.LEASE + 1)
    another_worker(place).advance(run)
    assert state(place, run) == "planned"
    events = Counter(place.kinds())
    step(place, run, "start")
    for worker in die(lambda: state(place, run) == "done"):
        there = count(place, THERE, name=f"{name}%")
        assert there == count(place, MADE, run=run, outcome="made"), worker
        assert there == Counter(place.kinds())["account.created"] - events["account.created"]
    assert worker > 2
    assert there == ONE
    step(place, run, "undo")
    for worker in die(lambda: state(place, run) == "undone"):
        gone = ONE - count(place, THERE, name=f"{name}%")
        assert gone == count(place, MADE, run=run, outcome="undone"), worker
        assert gone == Counter(place.kinds())["account.removed"] - events["account.removed"]
    assert worker > 2
    assert gone == ONE


@pytest.mark.parametrize(("at", "how"), DEATHS, ids=NAMES)
def test_rl_002_a_register_whose_importers_die(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, how: Blow
) -> None:
    """The generation before is served whole until the new one is: never none, never two."""
    for least in ("FIRST_BATCH", "LEAST_BATCH", "MOST_BATCH"):
        monkeypatch.setattr(importer, least, 2)
    world = place.office.world
    old = bring(world, extract(tmp_path, [somebody(town="BLOIS")], "old.txt"), forced=True)
    new = ask(world, extract(tmp_path, map(somebody, NUMBERS, LAST)))
    imported = Counter(place.kinds())["directory.imported"]

    def served() -> Any:
        with world.core.database.read() as tx:
            return generations.served(tx, PRACTITIONERS)

    # Each takes it, takes back the name that the one before had written last, and goes on a little
    # further than that one.
    for worker in each_dies(
        place,
        lambda: new_importer(world).run(new, None),
        lambda: served().id == new,
        itertools.count(at),
        how,
        HOLD_SECONDS + 1,
    ):
        is_new = served().id == new
        assert is_new or served().id == old.id, worker
        found = [one for one in NUMBERS if read(world, "by_number", f"8{one}")]
        assert found == (list(NUMBERS) if is_new else [NUMBERS[0]])
        assert Counter(place.kinds())["directory.imported"] - imported == int(is_new)
    assert worker > 3
    assert (served().state, served().kept, served().subjects) == (CURRENT, ONE, ONE)
    for one, name in zip(NUMBERS, LAST, strict=True):
        assert [found.national_id for found in read(world, "by_name", name)] == [f"8{one}"]


@pytest.mark.parametrize("how", [Blow.OUTAGE, Blow.UNTOLD])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_rl_002_a_webhook_whose_workers_die(place: Place, at: int, how: Blow) -> None:
    """Told in the transaction of what happened: never lost, at most twice, and known by its id."""
    world, outside = place.office.world, Outside()
    with place.core.database.write() as tx:
        made = place.desk.webhooks.add(tx, place.by("regionale"), WISHED)
        event = place.desk.webhooks.ping(tx, place.by("regionale"), made.webhook.id)
    lived = 0
    with place.fuse.set_to(at, how, "COMMIT"):
        try:
            deliver(delivery(world, outside))
            lived = 1
        except Exception:
            if not place.fuse.blown:
                raise
    assert place.fuse.blown or lived
    for _look in range(3):
        world.clock.pass_by(60)
        deliver(delivery(world, outside))
    assert {headers["Webhook-Id"] for _url, headers, _body in outside.sent} == {event}
    assert 1 <= len(outside.sent) <= 2
    # Whoever plays the first one again is refused: it is too old by now, and signed.
    _url, headers, body = outside.sent[0]
    sent = int(headers["Webhook-Timestamp"])
    assert verified(made.secret, headers, body, sent)
    assert not verified(made.secret, headers | {"Webhook-Timestamp": str(sent + 9)}, body, sent + 9)
    with place.core.database.write() as tx:
        [kept] = place.desk.webhooks.deliveries(tx, place.by("regionale"), made.webhook.id)
        place.desk.webhooks.remove(tx, place.by("regionale"), made.webhook.id)
    assert (kept.id, kept.state) == (event, "arrived")
    assert count(place, "SELECT count(*) FROM messages WHERE state = 'queued'") == 0


@pytest.mark.parametrize("how", [Blow.OUTAGE, Blow.UNTOLD])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_rl_002_a_file_whose_reader_dies(
    place: Place, monkeypatch: pytest.MonkeyPatch, at: int, how: Blow
) -> None:
    """It is never taken for the whole; what was read is forgotten, and it is brought again."""
    monkeypatch.setattr(runs, "READ_BATCH", 4)
    name = named(next(numbers)).lower()
    with place.fuse.set_to(at, how, "COMMIT"), pytest.raises(Unavailable):
        brought(place, name)
    with place.core.database.read() as tx:
        before = place.desk.imports.listed(tx, place.by("chu"))
    assert not isinstance(before, Denied)
    left = [one for one in before if one.state == "reading"]
    # Whoever reads gives up what they began; where nobody told them that they had, it stays.
    assert len(left) == int((at, how) == (1, Blow.UNTOLD))
    place.office.world.clock.pass_by(work.CUT_OFF - 1)
    another_worker(place).go_on()
    assert [one for one in left if state(place, one.id) != "reading"] == []
    place.office.world.clock.pass_by(2)
    another_worker(place).go_on()
    assert count(place, "SELECT count(*) FROM import_runs WHERE state = 'reading'") == 0
    for one in left:
        assert (
            count(place, "SELECT count(*) FROM import_lines WHERE run_id = :run", run=one.id) == 0
        )
    run = brought(place, name)
    assert state(place, run) == "read"
    step(place, run, "drop")


def test_a_file_that_is_given_up_while_it_is_read_stays_so(place: Place) -> None:
    name = named(next(numbers)).lower()
    reader = place.desk.imports

    class Slow(io.BytesIO):
        """Somebody gives it up while it is read."""

        given_up = False

        def read1(self, size: int | None = -1, /) -> bytes:
            with place.core.database.read() as tx:
                listed = reader.listed(tx, place.by("chu"))
            for one in listed if isinstance(listed, list) else ():
                if one.state == "reading" and not self.given_up:
                    self.given_up = True
                    step(place, one.id, "drop")
            return super().read1(size)

    file = Slow(file_of(name))
    done = reader.read(place.by("chu"), Upload("accounts", "a.csv", CHU), file)
    assert file.given_up
    assert done is NotDone.STATE
    assert count(place, "SELECT count(*) FROM import_lines WHERE cells IS NOT NULL") == 0
