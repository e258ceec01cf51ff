# SPDX-License-Identifier: Apache-2.0
"""Every verb of the administration on SQLite and on PostgreSQL: the same answers, events, rows."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from sqlalchemy import text

from idp.db import Base
from tests.administration.test_proposals import open_watched
from tests.databases import PostgresCluster
from tests.reliability.faults import put_in
from tests.reliability.test_rl_029_verbs import VERBS
from tests.reliability.verbs import Place


@pytest.fixture(scope="module")
def both(
    sqlite_module_url: str, postgres_cluster: PostgresCluster, postgres_template: str
) -> Iterator[list[Place]]:
    """An office on each."""
    name = "both_places"
    postgres_cluster.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    opened = [open_watched(url) for url in (sqlite_module_url, postgres_cluster.url(name))]
    offices = [next(one) for one in opened]
    yield [Place(one, put_in(one.world.core.database)) for one in offices]
    for one in opened:
        next(one, None)
    postgres_cluster.drop(name)


def rows(place: Place) -> dict[str, int]:
    """How many each table has."""
    with place.core.database.read() as tx:
        return {
            name: int(tx.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one())
            for name in Base.metadata.tables
        }


def what(answer: Any) -> object:
    """An answer without what chance made of it."""
    return answer if isinstance(answer, Enum | bool | None) else type(answer)


def lived(place: Place, name: str) -> dict[str, Any]:
    """What a verb comes to: done, and done once more."""
    verb = VERBS[name]
    given = verb.prepare(place)
    before, told = rows(place), len(place.kinds())
    answers = [what(verb.do(place, given)) for _ in range(2)]
    after = rows(place)
    changed = {one: after[one] - before[one] for one in after if after[one] != before[one]}
    return {"answers": answers, "events": place.kinds()[told:], "rows": changed}


@pytest.mark.parametrize("name", VERBS)
def test_rl_020_a_verb_comes_to_the_same(both: list[Place], name: str) -> None:
    one, other = (lived(place, name) for place in both)
    assert one == other
