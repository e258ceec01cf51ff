# SPDX-License-Identifier: Apache-2.0
"""Extracts are read whole, served at once when complete, and never half."""

import pytest

from idp.directory import generations
from idp.directory.dropping import Dropping
from idp.directory.generations import STRUCTURES
from tests.benchmarks.extract import COLUMNS, line_of, practitioners, rpps, structures
from tests.directory.kit import (
    NUMBERS,
    SHORT,
    ask,
    bring,
    extract,
    importer,
    read,
    rejects,
    somebody,
    stopping_after,
)


def people(count: int, seed: int = 7) -> list[str]:
    """Synthetic lines without their header."""
    return list(practitioners(count, seed))[1:]


def test_somebody_is_found_by_number_with_all_their_activities(world, tmp_path):
    lines = [
        somebody(town="ORLEANS", site="CHR D'ORLEANS"),
        somebody(NUMBERS[1], "MARTIN", "PAUL"),
        somebody(town="TOURS", skill="SM04", category="E"),
        somebody(town="TOURS", skill="SM04", category="E"),
    ]
    done = bring(world, extract(tmp_path, lines))
    assert (done.state, done.kept, done.rejected, done.subjects) == ("current", 4, 0, 2)
    found = read(world, "by_number", f"8{NUMBERS[0]}")
    assert (found.last_name, found.first_name) == ("LEFÈVRE", "MARIE")
    assert [(one.town, one.profession, one.speciality) for one in found.activities] == [
        ("ORLEANS", "Médecin", "Médecine générale"),
        ("TOURS", "Médecin en formation", "Cardiologie et maladies vasculaires"),
    ]
    assert found.activities[0].structure == "CHR D'ORLEANS"
    assert read(world, "by_number", "899900000999") is None


@pytest.mark.parametrize(
    ("last", "first", "who"),
    [
        ("lefe", "", ["LEFÈVRE"]),
        ("Lefèvre", "mar", ["LEFÈVRE"]),
        ("lefevre", "paul", []),
        ("le goff", "", ["LE GOFF-MARTIN"]),
        ("goff", "", ["LE GOFF-MARTIN"]),
        ("martin", "", ["MARTIN", "LE GOFF-MARTIN"]),
        ("m", "", []),
        ("%", "", []),
        ("____", "", []),
        ("mart%", "", ["MARTIN", "LE GOFF-MARTIN"]),
        ("' OR 1=1 --", "", []),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_people_are_found_by_the_beginnings_of_their_names(
    sqlite_world, tmp_path, last, first, who
):
    lines = [
        somebody(),
        somebody(NUMBERS[1], "MARTIN", "PAUL"),
        somebody(NUMBERS[2], "LE GOFF-MARTIN", "ANNE"),
    ]
    bring(sqlite_world, extract(tmp_path, lines))
    found = read(sqlite_world, "by_name", last, first)
    # Both are found by « martin »: Anne comes before Paul.
    assert sorted(one.last_name for one in found) == sorted(who)


def test_names_are_sorted_alike_on_both_databases(world, tmp_path):
    lasts = ("DU PONT", "DUPONT", "DUPOND", "D'UPONT", "DUPONT-ÉLAN")
    lines = [somebody(one, last, "A") for one, last in zip(NUMBERS, lasts, strict=True)]
    bring(world, extract(tmp_path, lines))
    found = read(world, "by_name", "du")
    assert [one.last_name for one in found] == ["DU PONT", "DUPOND", "DUPONT", "DUPONT-ÉLAN"]


def test_columns_are_known_by_their_names_whatever_the_order(world, tmp_path):
    names = COLUMNS.rstrip("|").split("|")
    head = "\ufeff" + "|".join(reversed(names)).replace("civilité d'exercice", "civilité exercice")
    cells = somebody(NUMBERS[0]).split("|")[: len(names)]
    done = bring(world, extract(tmp_path, ["|".join(reversed(cells))], head=head))
    assert (done.state, done.kept) == ("current", 1)
    assert read(world, "by_number", f"8{NUMBERS[0]}").activities[0].town == "ORLEANS"


def test_what_can_not_be_taken_is_told_line_by_line(world, tmp_path):
    lines = [
        somebody(),
        "8|not enough",
        somebody("99900000012"),
        somebody(national_id=" "),
        somebody(NUMBERS[1], last="  "),
        somebody(NUMBERS[1], last="A" * 20_000),
        somebody(NUMBERS[1], last="NUL\x00"),
        somebody(NUMBERS[1], last="TWO|PARTS"),
        somebody(NUMBERS[1], last="MARTIN") + "|more|cells",
        somebody(NUMBERS[2]),
    ]
    path = extract(tmp_path, lines)
    path.write_bytes(path.read_bytes() + somebody(NUMBERS[3], "É").encode("latin-1") + b"\n")
    done = bring(world, path)
    assert (done.state, done.kept) == ("current", 3)
    assert rejects(world, done) == [
        (3, "columns"),
        (4, "check"),
        (6, "name"),
        (7, "too-long"),
        (8, "characters"),
        (9, "columns"),
        (10, "columns"),
        (12, "charset"),
    ]
    assert done.rejected == 8


def test_a_line_without_the_end_of_a_line_counts(sqlite_world, tmp_path):
    path = extract(tmp_path, [somebody()])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").rstrip())
    assert bring(sqlite_world, path).kept == 1


def test_an_unchanged_file_is_recognised(world, tmp_path):
    path = extract(tmp_path, [somebody()])
    first = bring(world, path)
    again = bring(world, path)
    assert (again.state, again.kept) == ("unchanged", 0)
    with world.core.database.read() as tx:
        assert generations.served(tx, "practitioners").id == first.id
    assert bring(world, path, forced=True).state == "current"


def test_the_old_is_served_until_the_new_is_complete(world, tmp_path):
    bring(world, extract(tmp_path, [somebody(last="BEFORE")]))
    path = extract(tmp_path, people(2_000), "new.txt")
    new = ask(world, path)
    assert importer(world).run(new, None, stopping_after(2)).state == "loading"
    assert read(world, "by_number", f"8{NUMBERS[0]}").last_name == "BEFORE"
    assert read(world, "by_number", f"8{rpps(1)}") is None
    assert read(world, "by_name", "martin") == ()
    done = importer(world).run(new, None)
    assert (done.state, done.kept, done.lines) == ("current", 2_000, 2_001)
    assert read(world, "by_number", f"8{NUMBERS[0]}") is None
    assert read(world, "by_number", f"8{rpps(1)}").national_id == f"8{rpps(1)}"
    assert read(world, "by_name", "martin")


@pytest.mark.parametrize("batches", [1, 3, 5, 8])
def test_it_goes_on_where_it_was_stopped(sqlite_world, tmp_path, batches):
    """Whether while reading or while sorting: nothing twice, nothing left out."""
    path = extract(tmp_path, people(3_000))
    one = ask(sqlite_world, path)
    done = importer(sqlite_world).run(one, None, stopping_after(batches))
    assert done.is_under_way
    for ways in (*(stopping_after(batches) for _turn in range(4)), None):
        done = importer(sqlite_world).run(one, None, ways) or done
    assert done.state == "current"
    whole = importer(sqlite_world).run(ask(sqlite_world, path, forced=True), None)
    assert (done.kept, done.subjects) == (whole.kept, whole.subjects) == (3_000, done.subjects)
    with sqlite_world.core.database.read() as tx:
        counts = tx.exec_driver_sql(
            "SELECT generation, COUNT(*) FROM directory_names GROUP BY generation ORDER BY 1"
        ).all()
    assert counts[0][1] == counts[1][1]


def test_only_one_is_at_it(world, tmp_path):
    one = ask(world, extract(tmp_path, [somebody()]))
    other = importer(world)
    with world.core.database.write() as tx:
        assert generations.hold(tx, one, "somebody else", world.clock.now())
    assert other.run(one, None) is None
    # Who holds it was killed: two minutes later somebody else goes on.
    world.clock.pass_by(generations.HOLD_SECONDS + 1)
    assert other.run(one, None).state == "current"


def test_another_file_in_its_place_is_not_taken_for_the_rest(sqlite_world, tmp_path):
    path = extract(tmp_path, people(2_000))
    one = ask(sqlite_world, path)
    importer(sqlite_world).run(one, None, stopping_after(2))
    extract(tmp_path, people(2_000, seed=8))
    done = importer(sqlite_world).run(one, None)
    assert (done.state, done.fault) == ("failed", "the file is another one than before")


def test_a_file_that_was_cut_is_not_served(world, tmp_path):
    bring(world, extract(tmp_path, people(300)))
    cut = extract(tmp_path, people(60), "cut.txt")
    done = bring(world, cut)
    assert (done.state, done.fault) == ("failed", "it holds less than half of what is served")
    assert read(world, "by_number", f"8{rpps(100)}") is not None
    assert bring(world, cut, forced=True).state == "current"


def test_a_file_full_of_rejects_is_not_served(sqlite_world, tmp_path):
    lines = people(500) + ["nothing"] * 200
    done = bring(sqlite_world, extract(tmp_path, lines))
    assert (done.state, done.fault) == ("failed", "too many lines were rejected")


def test_what_is_over_is_dropped_little_by_little(world, tmp_path):
    bring(world, extract(tmp_path, people(2_500)))
    kept = bring(world, extract(tmp_path, people(2_000, seed=8), "b.txt"))
    dropping = Dropping(world.core.database)
    while not dropping.go_on(lambda: False):
        pass
    with world.core.database.read() as tx:
        for table in ("directory_lines", "directory_names", "directory_rejects"):
            rows = tx.exec_driver_sql(f"SELECT DISTINCT generation FROM {table}").all()
            assert [row[0] for row in rows] in ([kept.id], [])
        assert [one.state for one in generations.recent(tx)] == ["current", "gone"]


def test_structures_of_finess(world, tmp_path):
    lines = [*structures(200)]
    path = tmp_path / "finess.csv"
    latin = "structureet;450000088;450000054;CHR;HÔPITAL DE LA SOURCE;;;14;AV;DE L'HOPITAL;;;;45;;"
    latin += "45067 ORLEANS CEDEX 2;0238514444"
    other = "geolocalisation;450000088;1;2"
    wrong = "structureet;450000089;450000054;X;X;;;;;;;;;;;45067 ORLEANS;02"
    path.write_bytes("\n".join([*lines, latin, other, wrong]).encode("latin-1"))
    done = bring(world, path, STRUCTURES)
    assert (done.state, done.kept, done.rejected) == ("current", 201, 1)
    assert rejects(world, done) == [(204, "check")]
    found = read(world, "structure", "450000088")
    assert (found.name, found.town, found.post_code) == (
        "HÔPITAL DE LA SOURCE",
        "ORLEANS CEDEX 2",
        "45067",
    )
    assert found.address == "14 AV DE L'HOPITAL"
    assert [one.finess for one in read(world, "structures_by_name", "source")] == ["450000088"]
    assert read(world, "structures_by_name", "centre hosp", "tours")


def test_the_audit_tells_of_imports(sqlite_world, tmp_path):
    bring(sqlite_world, extract(tmp_path, [somebody()]))
    (event,) = sqlite_world.events("directory.imported")
    assert '"kept":1' in event.detail.replace(" ", "")
    assert line_of({SHORT["town"]: "X"}).count("|") == COLUMNS.count("|")
