# SPDX-License-Identifier: Apache-2.0
"""Writers of SQLite that wait for each other are made durable together, and fail apart."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from idp.db import Database
from idp.errors import Unavailable
from tests.databases import close_database, open_database

TABLE = text("CREATE TABLE things (name TEXT PRIMARY KEY)")
PUT = text("INSERT INTO things VALUES (:name)")
ALL = text("SELECT name FROM things ORDER BY name")


@pytest.fixture
def things(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path / 'things.sqlite3'}")
    with database.write() as tx:
        tx.execute(TABLE)
    yield database
    close_database(database)


def names(database: Database) -> list[str]:
    with database.read() as tx:
        return [row.name for row in tx.execute(ALL).all()]


class Crowd:
    """Writers that all wait behind one that is let go when everybody stands in the queue."""

    def __init__(self, database: Database, size: int) -> None:
        self.database = database
        self.size = size
        self.gate = threading.Event()
        self.inside = threading.Event()

    def first(self, fails: bool = False) -> None:
        with self.database.write() as tx:
            tx.execute(PUT, {"name": "first"})
            self.inside.set()
            self.gate.wait(60)
            if fails:
                raise ValueError("first")

    def follow(self, name: str, fails: bool) -> None:
        with self.database.write() as tx:
            tx.execute(PUT, {"name": name})
            if fails:
                raise ValueError(name)

    def run(self, failing: set[int], first_fails: bool = False) -> list[BaseException | None]:
        """Everybody's exception, the first one's first."""
        with ThreadPoolExecutor(self.size + 1) as pool:
            calls = [pool.submit(self.first, first_fails)]
            assert self.inside.wait(60)
            calls += [
                pool.submit(self.follow, f"t{number:02}", number in failing)
                for number in range(self.size)
            ]
            writer = self.database._writer
            while writer._waiting < self.size:
                time.sleep(0.001)
            self.gate.set()
            return [call.exception(60) for call in calls]


def said(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that the writer's connection says from now on."""
    words: list[str] = []
    connection = database._writer._open()
    say = connection.say

    def listen(word: str) -> None:
        words.append(word)
        say(word)

    monkeypatch.setattr(connection, "say", listen)
    return words


def test_a_crowd_is_committed_at_once(things: Database, monkeypatch) -> None:
    words = said(things, monkeypatch)
    assert Crowd(things, 10).run(set()) == [None] * 11
    assert len(names(things)) == 11
    assert words.count("COMMIT") == 1


def test_who_fails_takes_back_only_their_own(things: Database) -> None:
    faults = Crowd(things, 8).run({2, 5})
    assert [number for number, fault in enumerate(faults) if fault] == [3, 6]
    assert names(things) == ["first", "t00", "t01", "t03", "t04", "t06", "t07"]


def test_the_first_one_failing_takes_nobody_along(things: Database) -> None:
    faults = Crowd(things, 3).run(set(), first_fails=True)
    assert isinstance(faults[0], ValueError)
    assert faults[1:] == [None] * 3
    assert names(things) == ["t00", "t01", "t02"]


def test_the_last_one_failing_still_commits_the_others(things: Database) -> None:
    faults = Crowd(things, 3).run({0, 1, 2})
    assert faults[0] is None
    assert names(things) == ["first"]


def test_rl_04_a_commit_that_fails_is_nobodys_success(things: Database, monkeypatch) -> None:
    connection = things._writer._open()
    say = connection.say

    def refuse(word: str) -> None:
        if word == "COMMIT":
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))
        say(word)

    monkeypatch.setattr(connection, "say", refuse)
    faults = Crowd(things, 4).run(set())
    assert all(isinstance(fault, Unavailable) for fault in faults), faults
    assert names(things) == []
    with things.write() as tx:
        tx.execute(PUT, {"name": "after"})
    assert names(things) == ["after"]


def test_nobody_returns_before_the_commit(things: Database, monkeypatch) -> None:
    connection = things._writer._open()
    say = connection.say
    returned: list[str] = []
    seen_at_commit: list[int] = []

    def listen(word: str) -> None:
        if word == "COMMIT":
            seen_at_commit.append(len(returned))
        say(word)

    monkeypatch.setattr(connection, "say", listen)
    crowd = Crowd(things, 5)
    follow = crowd.follow

    def note(name: str, fails: bool) -> None:
        follow(name, fails)
        returned.append(name)

    monkeypatch.setattr(crowd, "follow", note)
    assert crowd.run(set()) == [None] * 6
    assert seen_at_commit == [0]


def test_a_read_inside_a_transaction_sees_it(things: Database) -> None:
    with things.write() as tx:
        tx.execute(PUT, {"name": "mine"})
        assert names(things) == ["mine"]
    assert names(things) == ["mine"]
