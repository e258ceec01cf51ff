# SPDX-License-Identifier: Apache-2.0
"""`sceau announcements`: add, list, end; what can't be meant is refused."""

import pytest

from tests.demo.conftest import Sceau

TEXTS = ("--french", "Arrêt à 18 h", "--english", "Stopped at 6 pm")


def test_an_announcement_is_added_listed_and_ended(sceau: Sceau):
    key = sceau.did("announcements", "add", *TEXTS, "--tone", "warning").partition(":")[0]
    line = sceau.did("announcements", "list").splitlines()[1]
    assert line.split()[:3] == [key, "running", "warning"]
    assert line.endswith("Arrêt à 18 h")
    assert sceau.did("announcements", "end", key) == f"{key}: ended\n"
    assert "ended" in sceau.did("announcements", "list").splitlines()[1].split()
    assert key in sceau.refused("announcements", "end", key)
    assert len(sceau.events("announcement.added")) == len(sceau.events("announcement.ended")) == 1


def test_one_to_come_is_planned_for_its_time(sceau: Sceau):
    span = ("--from", "2090-01-02T18:00", "--until", "2090-01-03")
    told = sceau.did("announcements", "add", *TEXTS, *span)
    assert "from 2090-01-02 18:00:00Z until 2090-01-03 00:00:00Z" in told
    assert "planned" in sceau.did("announcements", "list")


@pytest.mark.parametrize(
    "words",
    [
        ("--french", "", "--english", "text"),
        ("--french", "texte", "--english", "two\nlines"),
        ("--french", "x" * 301, "--english", "text"),
        (*TEXTS, "--until", "2020-01-01"),
        (*TEXTS, "--from", "2090-01-02", "--until", "2090-01-01"),
    ],
)
def test_what_nobody_could_read_is_refused(sceau: Sceau, words):
    sceau.refused("announcements", "add", *words)
    assert len(sceau.did("announcements", "list").splitlines()) == 1


def test_both_languages_are_needed(sceau: Sceau):
    sceau.refused("announcements", "add", "--french", "texte", code=2)
