# SPDX-License-Identifier: Apache-2.0
"""People from a file: all of them or none, again without doubling anybody, with old passwords."""

import json

import pytest

from idp.administration.imports import work
from idp.administration.people.desk import People
from tests.demo.conftest import PASSWORD
from tests.unit.credentials.foreign import bcrypt_hash, salted_hash

HEADER = "population;first_name;last_name;email;national_id;communities;password_hash\n"
ZOE = "professional;Zoé;N’Guessan-Le Goff;zoe@x.example;99900000011;onco-centre;{}\n"
GAETAN = "patient;Gaëtan;Ébeaupré;g@x.example;;;\n"
GERARD = "patient;Gérard;Ebeaupré;gerard@x.example;;;{}\n"


@pytest.fixture
def file(sceau):
    """Writes a file; answers its path."""

    def write(content, name="people.csv", encoding="utf-8"):
        path = sceau.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return str(path)

    return write


def names(sceau):
    found = json.loads(sceau.did("accounts", "list", "--json"))
    return sorted(one["identifier"] for one in found)


def everybody(hashed="", other=""):
    return HEADER + ZOE.format(hashed) + GAETAN + GERARD.format(other)


def test_people_are_made_with_what_the_file_says(sceau, file):
    path = file(everybody(bcrypt_hash(PASSWORD), salted_hash("Kiosque7")))
    assert "3 accounts made, 0 corrected, 0 there" in sceau.did("accounts", "import", path)
    assert names(sceau) == ["gebeaupre", "gebeaupre2", "znguessanlegoff"]
    shown = sceau.did("accounts", "show", "zoe@x.example")
    for word in ("N’Guessan-Le Goff", "899900000011", "onco-centre", "professional"):
        assert word in shown
    with sceau.core() as core:
        for who, password in (("znguessanlegoff", PASSWORD), ("gerard@x.example", "Kiosque7")):
            account = core.passwords.find(who)
            assert not core.passwords.match(account, "other")
            # The first login hashes it anew, the second finds it so.
            for _login in range(2):
                assert core.passwords.match(account, password)
        assert not core.passwords.match(core.passwords.find("g@x.example"), "")
    with sceau.sql() as connection:
        hashes = connection.execute("SELECT hash FROM passwords").fetchall()
        cells = connection.execute("SELECT cells FROM import_lines").fetchall()
    assert [one[0][:10] for one in hashes] == ["$argon2id$"] * 2
    # What a file said of people, hashes above all, is kept no longer than it is needed.
    assert cells == [(None,)] * 3
    assert len(sceau.events("account.created")) == 3


def test_again_makes_nobody_twice(sceau, file):
    path = file(everybody())
    sceau.did("accounts", "import", path)
    assert "0 accounts made, 0 corrected, 3 there" in sceau.did("accounts", "import", path)
    more = file(everybody() + "staff;Odile;Ménard;odile@x.example;;;\n")
    assert "1 account made, 0 corrected, 3 there" in sceau.did("accounts", "import", more)
    town = "population;first_name;last_name;email;town\npatient;Gaëtan;Ébeaupré;g@x.example;Blois\n"
    assert "0 accounts made, 1 corrected" in sceau.did("accounts", "import", file(town))
    assert len(names(sceau)) == 4


def test_a_dry_run_writes_nothing(sceau, file):
    told = sceau.did("accounts", "import", file(everybody()), "--dry-run")
    assert "3 accounts would be made" in told
    assert names(sceau) == []


FAULTS = {
    "professional;;X;a@x.example;;;": "first_name:unfit",
    "professional;A;B;;;;": "identifier:key-needed",
    "doctor;A;B;a@x.example;;;": "population:choice",
    "patient;A;B;nowhere;;;": "email:unfit",
    "patient;A;B;a@x.example;12;;": "national_id:unfit",
    "professional;A;B;a@x.example;99900000012;;": "national_id:check",
    "patient;A;B;a@x.example;;nowhere;": "communities:unknown",
    "patient;A;B;a@x.example;;;{MD5}X03MO1qnZdYdgyfeuILPmQ==": "password_hash:hash",
    "patient;A;B;a@x.example;;;motdepasse": "password_hash:hash",
    "patient;A;B;a@x.example;;;;x": ":cells",
    f"patient;{'x' * 200};B;a@x.example;;;": "first_name:unfit",
    "patient;A;B;ZOE@x.example;;;": "same-as-2",
    "professional;A;B;a@x.example;99900000011;;": "same-as-2",
}


@pytest.mark.parametrize("row", FAULTS)
def test_a_fault_is_told_with_its_line_and_nobody_is_made(sceau, file, row):
    told = sceau.refused("accounts", "import", file(HEADER + ZOE.format("") + row + "\n"))
    assert "line 3: " in told
    assert FAULTS[row] in told
    assert "motdepasse" not in told
    assert names(sceau) == []


def test_every_fault_is_told_at_once_or_passed_over(sceau, file):
    rows = ["patient;;B;a@x.example;;;", "patient;A;;b@x.example;;;", "x;A;B;c@x.example;;;"]
    text = HEADER + "\n".join(rows) + "\n" + GAETAN
    told = sceau.refused("accounts", "import", file(text))
    assert [f"line {number}" in told for number in (2, 3, 4)] == [True] * 3
    assert "1 account made" in sceau.did("accounts", "import", file(text), "--skip-faults")
    many = "patient;;B;a@x.example;;;\n" * 300
    assert "and 100 more" in sceau.refused("accounts", "import", file(HEADER + many))


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("first_name;last_name;password", "passwords in clear are not imported"),
        ("first_name;last_name;mot_de_passe", "passwords in clear are not imported"),
        ("first_name;first_name;last_name", "header"),
        ("first_name;email", "mapping"),
    ],
)
def test_a_header_that_is_not_understood(sceau, file, header, why):
    assert why in sceau.refused("accounts", "import", file(header + "\nA;B;C\n"))


def test_a_column_is_named_by_hand(sceau, file):
    path = file("Prénom;Nom;Messagerie;Pointure\nAnne;Autre;anne@x.example;38\n")
    assert "key-needed" in sceau.refused("accounts", "import", path)
    sceau.did("accounts", "import", path, "--column", "email=Messagerie")
    assert "anne@x.example" in sceau.did("accounts", "show", "aautre")
    sceau.refused("accounts", "import", path, "--column", "shoe=Pointure")
    sceau.refused("accounts", "import", path, "--column", "town=Nowhere")


def test_who_bears_the_name_of_another_is_a_fault(sceau, file):
    sceau.did("accounts", "import", file(everybody()))
    for row, why in (
        ("professional;Anne;Autre;zoe@x.example;99900000029;;", "last_name:other-person"),
        ("patient;Anne;Autre;g@x.example;;;", "last_name:other-person"),
        ("professional;A;B;g@x.example;99900000011;;", "identifier:several"),
    ):
        assert why in sceau.refused("accounts", "import", file(HEADER + row))
    assert len(names(sceau)) == 3


def test_spreadsheets_write_marks_commas_quotes_and_old_letters(sceau, file):
    head = "First-Name,last_name,email\n"
    quoted = '"Anne ","d’Aubigné\u00a0 Saint,\nAignan",anne@x.example\r\n'
    path = file(b"\xef\xbb\xbf" + (head + quoted).encode())
    sceau.did("accounts", "import", path, "--population", "patient")
    assert "d’Aubigné Saint, Aignan" in sceau.did("accounts", "show", "anne@x.example")
    old = file("first_name;last_name;email\nÉlise;Œuvré;e@x.example\n", encoding="cp1252")
    sceau.did("accounts", "import", old, "--population", "patient")
    assert "Œuvré" in sceau.did("accounts", "show", "eoeuvre")


def test_json_lines(sceau, file):
    rows = [
        {"population": "staff", "first_name": "A", "last_name": "B", "email": "a@x.example"},
        {"population": "patient", "first-name": "C", "last_name": "D", "identifier": "cd",
         "communities": ["onco-centre"], "town": None, "email": "c@x.example",
         "email_verified": "yes"},
    ]  # fmt: skip
    text = "\n".join(json.dumps(one) for one in rows) + "\n\n"
    assert "2 accounts made" in sceau.did("accounts", "import", file(text, "people.jsonl"))
    shown = json.loads(sceau.did("accounts", "show", "cd", "--json"))["account"]
    assert (shown["communities"], shown["person"]["email_verified"]) == (["onco-centre"], True)
    wrong = json.dumps(rows[0]) + "\n" + json.dumps({"first_name": "X", "last_name": "Y"})
    assert "line 2: identifier:key-needed" in sceau.refused("accounts", "import", file(wrong))
    for text, why in (
        ('{"first_name": "A"\n', "not a JSON object"),
        ('{"first_name": 7, "last_name": "B"}', "a text is expected"),
        ('{"password": "x"}', "is unknown"),
        ('{"identifier": "x"}\n[1]\n', "line 2: not a JSON object"),
    ):
        assert why in sceau.refused("accounts", "import", file(text))


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, "\ufeff"])
def test_nobody_in_the_file(sceau, file, text):
    assert sceau("accounts", "import", file(text)).exit_code == 1


def test_somebody_may_have_to_replace_the_password(sceau, file):
    head = "first_name;last_name;email;password_hash;must_change\n"
    rows = f"A;B;a@x.example;{bcrypt_hash(PASSWORD)};yes\n"
    sceau.did("accounts", "import", file(head + rows))
    with sceau.sql() as connection:
        assert connection.execute("SELECT must_change FROM passwords").fetchall() == [("first",)]


def test_an_import_is_taken_back_with_the_passwords_that_it_brought(sceau, file):
    hashed = bcrypt_hash(PASSWORD)
    told = sceau.did("accounts", "import", file(everybody(hashed, hashed)))
    run = told.splitlines()[1].rpartition(" ")[2]
    (listed,) = json.loads(sceau.did("imports", "list", "--json"))
    assert (listed["id"], listed["state"], listed["made_by"]) == (run, "done", "command line")
    # Whoever has chosen a password since stays.
    with sceau.sql() as connection:
        connection.execute(
            "UPDATE passwords SET mark = 'chosen' WHERE account_id ="
            " (SELECT id FROM accounts WHERE email = 'gerard@x.example')"
        )
        connection.commit()
    assert "line 4: :used" in sceau.did("imports", "undo", run)
    assert names(sceau) == ["gebeaupre2"]
    report = json.loads(sceau.did("imports", "report", run, "--json"))
    assert [one["outcome"] for one in report] == ["undone", "undone", "kept"]
    assert "state" in sceau.refused("imports", "undo", run)
    assert "no such import" in sceau.refused("imports", "undo", "none")


def test_rl_002_an_import_cut_short_goes_on(sceau, file, monkeypatch):
    """Killed between two batches: those made stay, and the run goes on where it was."""
    monkeypatch.setattr(work, "BATCH", 1)
    path, real, made = file(everybody()), People.create, []

    def until_killed(*given):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(real(*given))
        return made[-1]

    with monkeypatch.context() as patch:
        patch.setattr(People, "create", until_killed)
        assert sceau("accounts", "import", path).exit_code == 1
    assert len(names(sceau)) == 2
    assert "1 account made, 0 corrected, 2 there" in sceau.did("accounts", "import", path)
    assert len(set(names(sceau))) == 3


REFUSED = {
    "no field": ("shoe=Pointure", "Nom;Prénom;E-mail;password_hash"),
    "no column": ("town=Nowhere", "Nom;Prénom;E-mail;password_hash"),
    "in clear": ("town=E-mail", "Nom;Prénom;E-mail;password"),
    "no name": ("town=E-mail", "Nom;Autre;E-mail;password_hash"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_cr_045_a_refused_file_leaves_nothing_of_what_it_said(sceau, file, name):
    column, header = REFUSED[name]
    path = file(f"{header}\nAutre;Anne;anne@x.example;{bcrypt_hash(PASSWORD)}\n")
    sceau.refused("accounts", "import", path, "--column", column)
    nothing_is_left(sceau)


def nothing_is_left(sceau):
    with sceau.sql() as connection:
        assert connection.execute("SELECT state FROM import_runs").fetchall() == [("dropped",)]
        assert connection.execute("SELECT count(cells) FROM import_lines").fetchone() == (0,)


@pytest.mark.parametrize("group", ["accounts", "patients"])
def test_cr_045_an_interrupted_command_leaves_nothing(sceau, file, monkeypatch, group):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(work.ImportWork, "_plan", interrupted)
    path = file("Nom;Prénom;Date de naissance;E-mail\nAutre;Anne;01/02/1950;a@x.example\n")
    house = "370000481"
    sceau.did("establishments", "add", house, "CHU", "--town", "Tours")
    sceau.refused(group, "import", path, "--establishment", house)
    nothing_is_left(sceau)
