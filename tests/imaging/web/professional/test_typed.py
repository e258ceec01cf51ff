# SPDX-License-Identifier: Apache-2.0
"""What is typed: a birth date in whichever way, and signs that no database takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from imaging_app.settings import Settings
from imaging_app.web.professional.typed import read_birth_date
from tests.databases import PostgresCluster
from tests.imaging.standing import StandingTime
from tests.imaging.web.conftest import Scene, make_scene
from tests.imaging.web.professional.conftest import submit
from tests.unit.relying_parties.double import Double


@pytest.mark.parametrize(
    "typed",
    ["1/2/1960", "01/02/1960", "01021960", "01-02-1960", " 1 2 1960 ", "1.2.1960", "1960-02-01"],
)
def test_one_day_in_many_ways(typed):
    assert read_birth_date(typed) == "1960-02-01"


@pytest.mark.parametrize(
    "typed",
    ["", "1/2/60", "32/01/1960", "30/02/1960", "00/00/1960", "1/2/1960x", "hier", "1//1960",
     "٠١/٠٢/١٩٦٠", "010219600", "1/2/19600", "1/2/1492", "2" * 1000],
)  # fmt: skip
def test_what_is_no_day_is_none(typed):
    assert read_birth_date(typed) is None


def test_eight_digits_are_never_two_days():
    assert read_birth_date("20011960") == "1960-01-20"
    assert read_birth_date("19600120") == "1960-01-20"


@pytest.fixture
def on_postgres(
    double: Double,
    time: StandingTime,
    postgres_cluster: PostgresCluster,
    postgres_template: str,
    tmp_path: Path,
) -> Iterator[Scene]:
    """The portal over PostgreSQL, which is stricter with texts than SQLite."""
    name = postgres_cluster.clone(postgres_template)
    settings = Settings(data=tmp_path, database=postgres_cluster.url(name))
    made = make_scene(double, time, tmp_path, settings=settings)
    yield made
    made.rooms.close()
    postgres_cluster.give_back(name)


def test_no_sign_breaks_a_page(on_postgres):
    doctor = on_postgres.inside("doctor")
    for path in (
        "/professional/patients/%00",
        "/professional/patients/a%00/motive",
        "/professional/codes?sex=%00",
        "/professional/codes?establishment=a%00b",
        "/professional/codes?%00=1",
        "/professional/search?q=eb%00",
        "/professional/patients/x?code=%00",
    ):
        assert doctor.get(path).status_code == 400, path
    for path, status in (
        ("/professional/codes?sex=%EF%BF%BF&name=%ED%A0%80", 200),
        ("/professional/search?q=%F0%9F%A9%BB%F0%9F%A9%BB", 200),
        ("/professional/patients/%F0%9F%A9%BB", 403),
    ):
        assert doctor.get(path).status_code == status, path
    typed = {"birth_date": "01/02/1960", "establishment": "0\0", "number": "\0007"}
    assert submit(doctor, "/professional/files", **typed).status_code == 422
    typed = {"birth_date": "01/02/1960", "code": "A0JS\0MY19", "first_name": "G\0"}
    assert submit(doctor, "/professional/codes/new", **typed).status_code == 422
    typed = {"birth_date": "01/02/1960", "birth_name": "E\0", "first_name": "G\0"}
    assert submit(doctor, "/professional/emergency/patient", **typed).status_code == 200
    answer = submit(doctor, "/professional/exams/a%00/seen")
    assert answer.status_code == 400
