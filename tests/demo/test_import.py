# SPDX-License-Identifier: Apache-2.0
"""People from a file: all of them or none, again without doubling anybody, with old passwords."""

import json

import pytest

from idp.accounts import service
from idp.accounts.service import Duplicate, NotCreated
from idp.cli import imports, people
from idp.cli.place import user_name
from tests.demo.conftest import PASSWORD
from tests.unit.credentials.foreign import bcrypt_hash, salted_hash

HEADER = "population;first_name;last_name;email;national_id;communities;password_hash\n"
ZOE = "professional;Zoé;N’Guessan-Le Goff;zoe@x.example;810000000001;onco-centre;{}\n"
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
    assert "3 accounts made, 0 there already" in sceau.did("accounts", "import", path)
    assert names(sceau) == ["gebeaupre", "gebeaupre2", "znguessanlegoff"]
    shown = sceau.did("accounts", "show", "zoe@x.example")
    for word in ("N’Guessan-Le Goff", "810000000001", "onco-centre", "professional"):
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
    assert [one[0][:10] for one in hashes] == ["$argon2id$"] * 2
    events = sceau.events("account.created")
    assert [event[:2] for event in events] == [("command line", user_name())] * 3


def test_again_makes_nobody_twice(sceau, file):
    path = file(everybody())
    sceau.did("accounts", "import", path)
    assert "0 accounts made, 3 there already" in sceau.did("accounts", "import", path)
    more = file(everybody() + "staff;Odile;Ménard;odile@x.example;;;\n")
    assert "1 account made, 3 there already" in sceau.did("accounts", "import", more)
    assert len(names(sceau)) == 4


def test_a_dry_run_writes_nothing(sceau, file):
    told = sceau.did("accounts", "import", file(everybody()), "--dry-run")
    assert "3 accounts would be made" in told
    assert names(sceau) == []


FAULTS = {
    "professional;;X;a@x.example;;;": "first-name",
    "professional;A;B;;;;": "by which a second import",
    "doctor;A;B;a@x.example;;;": "population",
    ";A;B;a@x.example;;;": "population",
    "patient;A;B;nowhere;;;": "email",
    "patient;A;B;a@x.example;12;;": "national-id",
    "patient;A;B;a@x.example;;nowhere;": "there is no nowhere",
    "patient;A;B;a@x.example;;;{MD5}X03MO1qnZdYdgyfeuILPmQ==": "MD5 without salt is broken",
    "patient;A;B;a@x.example;;;motdepasse": "none of bcrypt",
    "patient;A;B;a@x.example": "4 values under 7 columns",
    f"patient;{'x' * 200};B;a@x.example;;;": "first-name",
    "patient;A\x00;B;a@x.example;;;": "first-name",
    "patient;A;B;ZOE@x.example;;;": "email: the same as on line 2",
    "professional;A;B;a@x.example;810000000001;;": "national_id: the same as on line 2",
    'patient;"A"b;B;a@x.example;;;': "not CSV",
}


@pytest.mark.parametrize("row", FAULTS)
def test_a_fault_is_told_with_its_line_and_nobody_is_made(sceau, file, row):
    told = sceau.refused("accounts", "import", file(HEADER + ZOE.format("") + row + "\n"))
    assert "line 3: " in told
    assert FAULTS[row] in told
    assert "motdepasse" not in told
    assert names(sceau) == []


def test_every_fault_is_told_at_once(sceau, file):
    rows = ["patient;;B;a@x.example;;;", "patient;A;;b@x.example;;;", "x;A;B;c@x.example;;;"]
    told = sceau.refused("accounts", "import", file(HEADER + "\n".join(rows)))
    assert [f"line {number}" in told for number in (2, 3, 4)] == [True] * 3
    many = "patient;;B;a@x.example;;;\n" * 300
    assert "and 100 more" in sceau.refused("accounts", "import", file(HEADER + many))


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("first_name;last_name;password", "passwords in clear are not imported"),
        ("first_name;last_name;mot_de_passe", "passwords in clear are not imported"),
        ("first_name;last_name;shoe_size", "shoe_size is unknown"),
        ("first_name;first_name;last_name", "twice"),
        ("first_name;email", "without column last_name"),
    ],
)
def test_a_header_that_is_not_understood(sceau, file, header, why):
    assert why in sceau.refused("accounts", "import", file(header + "\nA;B;C\n"))


def test_who_bears_the_name_of_another_is_a_fault(sceau, file):
    sceau.did("accounts", "import", file(everybody()))
    for row, why in (
        ("professional;Zoé;N’Guessan;other@x.example;810000000001;;", None),
        ("professional;Anne;Autre;zoe@x.example;810000000009;;", "another national identifier"),
        ("patient;Anne;Autre;g@x.example;;;", "bears another name"),
        ("professional;A;B;g@x.example;810000000001;;", "of different accounts"),
    ):
        path = file(HEADER + row)
        if why is None:
            assert "1 there already" in sceau.did("accounts", "import", path)
        else:
            assert why in sceau.refused("accounts", "import", path)
    assert len(names(sceau)) == 3


def test_spreadsheets_write_marks_commas_quotes_and_old_letters(sceau, file):
    head = "First-Name,last_name,E-mail\n".replace("E-mail", "email")
    quoted = '"Anne ","d’Aubigné\u00a0 Saint,\nAignan",anne@x.example\r\n'
    path = file(b"\xef\xbb\xbf" + (head + quoted).encode())
    sceau.did("accounts", "import", path, "--population", "patient")
    assert "d’Aubigné Saint, Aignan" in sceau.did("accounts", "show", "anne@x.example")
    old = file("first_name;last_name;email\nÉlise;Œuvré;e@x.example\n", encoding="cp1252")
    assert "line 2: not utf-8" in sceau.refused(
        "accounts", "import", old, "--population", "patient"
    )
    sceau.did("accounts", "import", old, "--population", "patient", "--encoding", "cp1252")
    assert "Œuvré" in sceau.did("accounts", "show", "eoeuvre")


def test_decomposed_letters_are_composed(sceau, file):
    path = file("first_name;last_name;email\nE\u0301lise;Zola;e@x.example\n")
    sceau.did("accounts", "import", path, "--population", "patient")
    (one,) = json.loads(sceau.did("accounts", "list", "--json"))
    assert one["first name"] == "Élise"


def test_json_lines(sceau, file):
    rows = [
        {"population": "staff", "first_name": "A", "last_name": "B", "email": "a@x.example"},
        {"population": "patient", "first-name": "C", "last_name": "D", "identifier": "cd",
         "communities": ["onco-centre"], "town": None, "email_verified": "yes"},
    ]  # fmt: skip
    path = file("\n".join(json.dumps(one) for one in rows) + "\n\n", "people.jsonl")
    assert "2 accounts made" in sceau.did("accounts", "import", path)
    assert "onco-centre" in sceau.did("accounts", "show", "cd")
    for text, why in (
        ('{"first_name": "A"\n', "not a JSON object"),
        ('{"first_name": 7, "last_name": "B"}', "a text is expected"),
        ('{"password": "x"}', "in clear"),
        ('{"identifier": "x"}\n[1]\n', "line 2: not a JSON object"),
    ):
        assert why in sceau.refused("accounts", "import", file(text))


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, "\ufeff"])
def test_nobody_in_the_file(sceau, file, text):
    assert sceau("accounts", "import", file(text)).exit_code == 1


def test_identifiers_given_are_kept_for_their_owners(sceau, file):
    """One made from a name gives way, whatever the order."""
    text = "first_name;last_name;identifier;email\nClaire;Durand;;c@x.example\nX;Y;cdurand;\n"
    sceau.did("accounts", "import", file(text), "--population", "patient")
    assert "Durand" in sceau.did("accounts", "show", "cdurand2")
    assert "c@x.example" not in sceau.did("accounts", "show", "cdurand")


def test_everybody_may_have_to_replace_the_password(sceau, file):
    path = file(everybody(bcrypt_hash(PASSWORD)))
    sceau.did("accounts", "import", path, "--must-change")
    with sceau.sql() as connection:
        assert connection.execute("SELECT must_change FROM passwords").fetchall() == [("first",)]


def test_rl_002_an_import_cut_short_is_run_again(sceau, file, monkeypatch):
    """Killed between two batches: those made stay, the rest comes with the next run."""
    monkeypatch.setattr(imports, "BATCH", 1)
    path, real, made = file(everybody()), people.create, []

    def until_killed(*given):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(real(*given))
        return made[-1]

    with monkeypatch.context() as patch:
        patch.setattr(people, "create", until_killed)
        assert sceau("accounts", "import", path).exit_code == 1
    assert len(names(sceau)) == 2
    assert "1 account made, 2 there already" in sceau.did("accounts", "import", path)
    assert len(set(names(sceau))) == 3


def test_cr_048_a_name_taken_meanwhile_is_made_anew_or_told(sceau, file, monkeypatch):
    """Between the reading and the writing somebody else makes accounts of these names."""
    path, real, raced = file(everybody()), people.create, []

    def race(tx, place, person, communities):
        if person.first_name == "Gaëtan" and person.identifier == "gebeaupre":
            raced.append(person)
            raise people.GivenUp(NotCreated(Duplicate.IDENTIFIER))
        if person.first_name == "Zoé":
            raise people.GivenUp(NotCreated(Duplicate.NATIONAL_ID))
        return real(tx, place, person, communities)

    monkeypatch.setattr(people, "create", race)
    monkeypatch.setattr(people, "unused_name", lambda tx, name: (
        "" if name == "gebeaupre" else service.unused_name(tx, name)
    ))  # fmt: skip
    told = sceau.refused("accounts", "import", path)
    assert "line 2: this national identifier has an account" in told
    assert "2 accounts made" in told
    assert raced
    assert len(names(sceau)) == 2


def test_long_work_tells_how_far_it_is(sceau, file, monkeypatch):
    monkeypatch.setattr(imports, "TOLD_EVERY", 2)
    result = sceau("accounts", "import", file(everybody()))
    assert "2 of 3 lines read" in result.stderr
    assert "2 of 3 accounts made" in result.stderr
