# SPDX-License-Identifier: Apache-2.0
"""WB-019: files that are no extract, are damaged, or would fill the machine."""

import gzip
import io
import zipfile

import pytest

from tests.benchmarks.extract import practitioners
from tests.directory.kit import (
    NUMBERS,
    ask,
    bring,
    extract,
    importer,
    read,
    somebody,
    stopping_after,
)

MISSING = "the first line does not name these columns: nom d exercice, prenom d exercice"
TEXT = "PS_LibreAcces_Personne_activite_202601010000.txt"


def zipped(folder, members, name="extract.zip"):
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def fault_of(world, path, **more):
    done = importer(world, **more).run(ask(world, path), None)
    assert done.state == "failed"
    assert done.kept == 0
    return done.fault


@pytest.mark.parametrize("form", ["gz", "zip"])
def test_packed_files_are_read(world, tmp_path, form):
    plain = extract(tmp_path, [somebody()])
    if form == "gz":
        path = tmp_path / "extract.gz"
        path.write_bytes(gzip.compress(plain.read_bytes()))
    else:
        others = {"PS_LibreAcces_SavoirFaire_1.txt": "other|columns", "readme.pdf": "x"}
        path = zipped(tmp_path, {**others, TEXT: plain.read_bytes()})
    assert bring(world, path).state == "current"
    assert read(world, "by_number", f"8{NUMBERS[0]}") is not None


def test_a_packed_file_goes_on_where_it_was_stopped(sqlite_world, tmp_path):
    plain = extract(tmp_path, list(practitioners(2_000))[1:])
    path = zipped(tmp_path, {TEXT: plain.read_bytes()})
    one = ask(sqlite_world, path)
    assert importer(sqlite_world).run(one, None, stopping_after(2)).lines < 2_001
    done = importer(sqlite_world).run(one, None)
    assert (done.state, done.kept, done.lines) == ("current", 2_000, 2_001)


def test_wb_019_a_bomb_is_given_up(sqlite_world, tmp_path):
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as file:
        file.write(b"Nom d'exercice|Pr\xc3\xa9nom d'exercice|Code profession|")
        file.write(b"Identification nationale PP\n")
        for _piece in range(40):
            file.write(b"0" * (1 << 20))
    assert fault_of(sqlite_world, bomb) == "more comes out of the file than may"


def test_wb_019_an_archive_that_says_it_holds_too_much_is_not_opened(sqlite_world, tmp_path):
    path = zipped(tmp_path, {TEXT: b"x" * 200_000})
    assert fault_of(sqlite_world, path, most_bytes=100_000) == "more comes out of the file than may"


def test_wb_019_an_archive_that_lies_about_its_size_is_given_up(sqlite_world, tmp_path):
    path = zipped(tmp_path, {TEXT: b"x" * (30 << 20)})
    content = path.read_bytes()
    # The size in the directory at the end of the archive.
    lying = content.replace((30 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(lying)
    assert fault_of(sqlite_world, path) in (
        "more comes out of the file than may",
        "the file is damaged, or not complete",
        MISSING + ", code profession, identification nationale pp",
    )


@pytest.mark.parametrize("name", ["../../etc/cron.d/x.txt", "/etc/x.txt", "..\\..\\x.txt"])
def test_wb_019_names_inside_an_archive_write_nowhere(sqlite_world, tmp_path, name):
    plain = extract(tmp_path, [somebody()])
    path = zipped(tmp_path / "..", {name: plain.read_bytes()}, f"{tmp_path.name}.zip")
    before = sorted(one.name for one in tmp_path.iterdir())
    assert bring(sqlite_world, path).state == "current"
    assert sorted(one.name for one in tmp_path.iterdir()) == before
    path.unlink()


def test_wb_019_archives_with_nothing_or_several_to_read(sqlite_world, tmp_path):
    nothing = zipped(tmp_path, {"a.pdf": "x"}, "a.zip")
    several = zipped(tmp_path, {"a.txt": "x", "b.txt": "x"}, "b.zip")
    many = zipped(tmp_path, {f"{one}.txt": "x" for one in range(200)}, "c.zip")
    assert fault_of(sqlite_world, nothing) == "the archive does not hold one extract"
    assert fault_of(sqlite_world, several) == "the archive does not hold one extract"
    assert fault_of(sqlite_world, many) == "the archive holds too many files"


def damaged():
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb") as file:
        file.write(("x" * 500_000).encode())
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 not an archive", "the archive can't be read"),
        (damaged()[:200], "the file is damaged, or not complete"),
        ("Nom d'exercice|Prénom".encode("utf-16"), "the first line is not UTF-8"),
        ("Nom d'exercice|Prénom d'exercice".encode("latin-1"), "the first line is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n" * 50, "the first line is not UTF-8"),
        (
            b"Nom|Code profession\nx|y\n",
            MISSING + ", identification nationale pp",
        ),
    ],
    ids=["empty", "not a zip", "cut", "utf-16", "latin-1", "picture", "other columns"],
)
def test_wb_019_what_is_no_extract_is_told_in_plain_words(sqlite_world, tmp_path, content, fault):
    path = tmp_path / "extract"
    path.write_bytes(content)
    assert fault_of(sqlite_world, path) == fault


def test_a_header_alone_does_not_empty_what_is_served(world, tmp_path):
    bring(world, extract(tmp_path, [somebody()]))
    nothing = extract(tmp_path, [], "nothing.txt")
    assert fault_of(world, nothing) == "the file holds no line that can be taken"
    assert read(world, "by_number", f"8{NUMBERS[0]}") is not None


def test_a_file_that_is_not_there(sqlite_world, tmp_path):
    assert fault_of(sqlite_world, tmp_path / "none").startswith("the file can't be opened")


def test_a_finess_file_is_no_extract_of_practitioners(sqlite_world, tmp_path):
    path = extract(tmp_path, [somebody()])
    done = importer(sqlite_world).run(ask(sqlite_world, path, "structures"), None)
    assert done.fault == "the first line is not that of a FINESS file"


def test_wb_019_a_file_larger_than_may_be_read(sqlite_world, tmp_path):
    path = extract(tmp_path, [somebody()] * 50)
    assert fault_of(sqlite_world, path, most_bytes=1000) == "the file is larger than may be read"
