# SPDX-License-Identifier: Apache-2.0
"""Imports of people: tried out, carried out, gone on with after a crash, taken back."""

import io
from typing import Any

import pytest

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.administration.authority import Denied
from idp.administration.imports import store as csv_store
from idp.administration.imports.carry import Carrier
from idp.administration.imports.reading import MOST_COLUMNS, Unreadable
from idp.administration.imports.runs import NotDone, Upload
from idp.administration.imports.store import Run
from idp.crypto import KeyRing
from tests.administration.kit import CHU, CLINIC, Opened
from tests.administration.patient_kit import enrolled, services

HEAD = "Nom;Prénom;N° RPPS;Adresse e-mail;Téléphone;Profession;Date de naissance"
PEOPLE = f"""{HEAD}
Lœuvre;Zoé;99900000011;zoe@chu.example;06 39 98 12 34;Médecin;29/02/1984
O'Hara;Kim;99900000029;kim@chu.example;;Infirmière;
"""


def brought(
    office: Opened, text: str | bytes, who: str = "chu", house: str = CHU, kind: str = "accounts"
) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    upload = Upload(kind, "people.csv", house)
    return services(office).imports.read(office.authority(who), upload, io.BytesIO(raw))


def do(office: Opened, verb: str, run: str, who: str = "chu", *more: Any) -> Any:
    with office.world.core.database.write() as tx:
        return getattr(services(office).imports, verb)(tx, office.authority(who), run, *more)


def tried(office: Opened, run: str, who: str = "chu", mapping: dict[str, int] | None = None) -> Run:
    imports = services(office).imports
    with office.world.core.database.read() as tx:
        guessed = imports.mapping_of(
            tx, imports.sheet(tx, office.authority(who), run), office.authority(who).actor
        )
    mapped = do(office, "map", run, who, mapping or guessed)
    assert isinstance(mapped, Run), mapped
    services(office).import_work.advance(run)
    return sheet(office, run, who)


def sheet(office: Opened, run: str, who: str = "chu") -> Any:
    with office.world.core.database.read() as tx:
        return services(office).imports.sheet(tx, office.authority(who), run)


def lines(office: Opened, run: str, who: str = "chu") -> Any:
    with office.world.core.database.read() as tx:
        return services(office).imports.lines(tx, office.authority(who), run)


def carried(office: Opened, run: str, who: str = "chu") -> Run:
    assert isinstance(do(office, "start", run, who), Run)
    services(office).import_work.go_on()
    done = sheet(office, run, who)
    assert isinstance(done, Run)
    return done


def somebody(office: Opened, name: str) -> Account | None:
    with office.world.core.database.read() as tx:
        found = accounts.find(tx, name)
        return accounts.load(tx, found) if found else None


def test_a_file_is_tried_out_carried_out_and_known_again(office: Opened) -> None:
    # Numbers are given by the region; later files of the house may name them.
    run = brought(office, PEOPLE, "regionale")
    tried_out = tried(office, run, "regionale")
    assert (tried_out.state, tried_out.counts) == ("planned", {"create": 2})
    assert somebody(office, "zoe@chu.example") is None
    done = carried(office, run, "regionale")
    assert (done.state, done.counts) == ("done", {"create": 2, "made": 2})
    zoe = somebody(office, "zoe@chu.example")
    assert zoe is not None
    assert zoe.person.national_id == "899900000011"
    assert (zoe.person.phone, zoe.person.birth_date) == ("+33639981234", "1984-02-29")
    # CR-046: what a file says proves no address.
    assert not zoe.person.email_verified
    with office.world.core.database.read() as tx:
        assert establishments.of_account(tx, zoe.id) == {CHU}
    again = tried(office, brought(office, PEOPLE.replace("Médecin", "Sage-femme")))
    assert again.counts == {"change": 1, "unchanged": 1}
    assert carried(office, again.id).counts == {"change": 1, "unchanged": 1, "changed": 1}
    after = somebody(office, "zoe@chu.example")
    assert after is not None
    assert after.person.profession == "Sage-femme"
    # And taken back, by the same history that the console shows.
    do(office, "undo", again.id)
    services(office).import_work.go_on()
    assert sheet(office, again.id).counts == {"change": 1, "unchanged": 1, "undone": 1}
    before = somebody(office, "zoe@chu.example")
    assert before is not None
    assert before.person.profession == "Médecin"


FAULTS = {
    "formula": ("=cmd|' /C calc'!A0;Ana;;ana1@chu.example;;;", "last_name:formula"),
    "number": ("Roy;Ana;99900000012;ana2@chu.example;;;", "national_id:check"),
    "given": ("Roy;Ana;99900000029;ana7@chu.example;;;", "national_id:region"),
    "address": ("Roy;Ana;;nowhere;;;", "email:unfit"),
    "nameless": (";Ana;;ana3@chu.example;;;", "last_name:unfit"),
    "unknown": ("Roy;Ana;;;;;", "identifier:key-needed"),
    "nul": ("Roy;A\x00na;;ana4@chu.example;;;", "first_name:text"),
    "wide": ("Roy;Ana;;ana5@chu.example;;;;;;x", ":cells"),
    "day": ("Roy;Ana;;ana6@chu.example;;;31/02/1984", "birth_date:unfit"),
    "elsewhere": ("Roy;Ana;;mf.villeneuve@clinique.example;;;", "identifier:taken"),
    "another": ("Roi;Ana;;claire.durand@chu.example;;;", "last_name:other-person"),
}


def test_wb_019_each_fault_is_told_at_its_line(sqlite_office: Opened) -> None:
    rows = "\n".join(row for row, _why in FAULTS.values())
    run = tried(sqlite_office, brought(sqlite_office, f"{HEAD}\n\n{rows}\n"))
    told = {one.line: (one.verdict, one.why) for one in lines(sqlite_office, run.id)}
    wanted = [("fault", why) for _row, why in FAULTS.values()]
    assert told == dict(enumerate(wanted, 3))
    assert carried(sqlite_office, run.id).counts == {"fault": len(FAULTS)}


def test_wb_019_two_rows_of_one_person_are_told_of(sqlite_office: Opened) -> None:
    text = f"{HEAD}\nRoy;Ana;;ana@chu.example;;;\nRoi;Anna;; ANA@chu.example ;;;\n"
    run = tried(sqlite_office, brought(sqlite_office, text))
    assert [one.why for one in lines(sqlite_office, run.id)] == ["", ":same-as-2"]


UNREADABLE = {
    "nothing": (b"", "empty"),
    "header-alone": (HEAD.encode(), "empty"),
    "workbook": (b"PK\x03\x04" + b"\x00" * 40, "no-table"),
    "wide-characters": (("\ufeff" + PEOPLE).encode("utf-16-le"), "no-table"),
    "no-characters": (b"Nom;Pr\x8f\x81nom\n\x8d;x\n", "characters"),
    "one-column": (b"Nom\nRoy\n", "header"),
    "twice": (b"Nom;Nom\nRoy;Roi\n", "header"),
    "quotes": (b'Nom;Prenom\n"Roy;Ana\n', "quotes"),
    "columns": (";".join(map(str, range(MOST_COLUMNS + 1))).encode() + b"\n1\n", "columns"),
    "one-line": (b"Nom;Prenom\n" + b"x" * 200_000, "long-line"),
}


def test_wb_019_what_is_no_table_leaves_nothing_behind(sqlite_office: Opened) -> None:
    answers = {name: brought(sqlite_office, raw) for name, (raw, _why) in UNREADABLE.items()}
    told = {name: getattr(one, "why", one) for name, one in answers.items()}
    assert told == {name: why for name, (_raw, why) in UNREADABLE.items()}
    with sqlite_office.world.core.database.read() as tx:
        imports = services(sqlite_office).imports
        assert imports.listed(tx, sqlite_office.authority("chu")) == []


def test_wb_019_more_rows_than_the_cap_leave_nothing_behind(
    sqlite_office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.administration.imports.reading.MOST_ROWS", 3)
    rows = "".join(f"Roy;Ana{number};;a{number}@chu.example;;;\n" for number in range(4))
    assert brought(sqlite_office, f"{HEAD}\n{rows}") == Unreadable("too-many", 5)
    monkeypatch.setattr("idp.administration.imports.reading.MOST_BYTES", 20)
    assert brought(sqlite_office, PEOPLE) == Unreadable("characters")


def test_windows_spreadsheets_are_read_as_they_are(sqlite_office: Opened) -> None:
    run = tried(
        sqlite_office, brought(sqlite_office, PEOPLE.encode("cp1252"), "regionale"), "regionale"
    )
    assert (run.encoding, run.delimiter, run.counts) == ("cp1252", ";", {"create": 2})
    tabs = PEOPLE.replace(";", "\t").encode("utf-8-sig")
    run = tried(sqlite_office, brought(sqlite_office, tabs, "regionale"), "regionale")
    assert (run.encoding, run.delimiter, run.counts) == ("utf-8-sig", "\t", {"create": 2})


def test_the_mapping_is_changed_and_kept_for_the_next_file(sqlite_office: Opened) -> None:
    text = "A;B;C\nRoy;Ana;ana@chu.example\n"
    mapping = {"last_name": 0, "first_name": 1, "email": 2}
    first = brought(sqlite_office, text)
    assert do(sqlite_office, "map", first, "chu", {"last_name": 0}) is NotDone.MAPPING
    assert do(sqlite_office, "map", first, "chu", {**mapping, "state": 2}) is NotDone.MAPPING
    assert do(sqlite_office, "map", first, "chu", {**mapping, "email": 9}) is NotDone.MAPPING
    assert tried(sqlite_office, first, mapping=mapping).counts == {"create": 1}
    second = brought(sqlite_office, text)
    with sqlite_office.world.core.database.read() as tx:
        imports = services(sqlite_office).imports
        run = imports.sheet(tx, sqlite_office.authority("chu"), second)
        assert imports.mapping_of(tx, run, sqlite_office.authority("chu").actor) == mapping
        # What somebody else chose leads nobody.
        other = sqlite_office.authority("regionale")
        assert imports.mapping_of(tx, run, other.actor) != mapping


def test_wb_015_verdicts_are_made_by_the_rights_of_whoever_asks(office: Opened) -> None:
    """A file of the region, and the same one of the house: nobody of elsewhere is told of."""
    row = "de La Rochefoucauld-Villeneuve;Marie-Françoise;;mf.villeneuve@clinique.example;;;"
    text = f"{HEAD}\n{row}\n"
    run = brought(office, text, "regionale")
    [seen] = lines(office, tried(office, run, "regionale").id, "regionale")
    assert (seen.verdict, seen.account) == ("unchanged", office["infirmiere"].id)
    assert do(office, "map", run, "chu", {"last_name": 0}) is Denied.NOT_ALLOWED
    mine = brought(office, text)
    [told] = lines(office, tried(office, mine).id)
    assert (told.verdict, told.why, told.account) == ("fault", "identifier:taken", None)
    # Whoever has the dry run made does so by their own rights, and is known for it.
    [seen] = lines(office, tried(office, mine, "regionale").id, "regionale")
    assert (seen.verdict, seen.account) == ("unchanged", office["infirmiere"].id)
    assert sheet(office, mine).made_by == office["regionale"].id
    assert lines(office, mine)[0].account is None


def test_wb_015_nor_does_a_house_go_on_with_what_the_region_stopped(office: Opened) -> None:
    run = brought(office, PEOPLE, "regionale")
    tried(office, run, "regionale")
    assert isinstance(do(office, "start", run, "regionale"), Run)
    assert isinstance(do(office, "stop", run, "regionale"), Run)
    assert do(office, "resume", run) is Denied.NOT_ALLOWED
    services(office).import_work.go_on()
    assert sheet(office, run).state == "stopped"
    assert somebody(office, "zoe@chu.example") is None


BATCH = 20


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idp.administration.imports.work.BATCH", BATCH)


class Killed(BaseException):
    """As the process is."""


def many(count: int) -> str:
    return HEAD + "\n" + "".join(f"Roy;Ana;;ana{one}@chu.example;;;\n" for one in range(count))


def test_rl_002_a_run_goes_on_after_a_crash_and_doubles_nobody(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tried(office, brought(office, many(2 * BATCH + 5))).id
    assert isinstance(do(office, "start", run), Run)
    carry, count = Carrier.carry, 0

    def dying(self: Carrier, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == BATCH + 7:
            raise Killed
        return carry(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Carrier, "carry", dying)
        with pytest.raises(Killed):
            services(office).import_work.go_on()
    halfway = sheet(office, run)
    assert (halfway.state, halfway.position) == ("running", BATCH + 1)
    # Another process waits until the lease is over.
    another = services(office).import_work
    monkeypatch.setattr(another, "_worker", "another")
    assert another.advance(run) == 0
    office.world.clock.pass_by(61)
    another.go_on()
    done = sheet(office, run)
    assert (done.state, done.counts["made"]) == ("done", 2 * BATCH + 5)
    made = [one for one in office.world.events("account.created") if one.request_id == run]
    assert len(made) == 2 * BATCH + 5


def test_it_is_stopped_gone_on_with_and_taken_back(sqlite_office: Opened) -> None:
    office = sqlite_office
    run = tried(office, brought(office, many(BATCH + 5))).id
    assert do(office, "undo", run) is NotDone.STATE
    do(office, "start", run)
    work = services(office).import_work
    assert work.advance(run, most=1) == 1
    assert isinstance(do(office, "stop", run), Run)
    assert work.advance(run) == 0
    assert isinstance(do(office, "resume", run), Run)
    work.go_on()
    assert sheet(office, run).counts["made"] == BATCH + 5
    used = somebody(office, "ana7@chu.example")
    assert used is not None
    core = office.world.core
    with core.database.write() as tx:
        core.passwords.put(tx, used.id, "a hash")
    do(office, "undo", run)
    work.go_on()
    undone = sheet(office, run)
    assert (undone.state, undone.counts["undone"], undone.counts["kept"]) == (
        "undone",
        BATCH + 4,
        1,
    )
    assert somebody(office, "ana7@chu.example") == used
    assert somebody(office, "ana8@chu.example") is None
    kept = [one for one in lines(office, run) if one.outcome == "kept"]
    assert [(one.line, one.why) for one in kept] == [(9, ":used")]
    assert len(office.world.events("account.removed")) == BATCH + 4
    # The names are free again.
    assert tried(office, brought(office, many(3))).counts == {"create": 3}


def test_nothing_of_a_file_is_kept_longer_than_needed(sqlite_office: Opened) -> None:
    run = tried(sqlite_office, brought(sqlite_office, PEOPLE)).id
    core, asked = sqlite_office.world.core, "SELECT cells FROM import_lines"
    with core.database.read() as tx:
        cells = [row.cells for row in tx.exec_driver_sql(asked)]
    assert all("zoe" not in one for one in cells)
    carried(sqlite_office, run)
    with core.database.read() as tx:
        assert [row.cells for row in tx.exec_driver_sql(asked)] == [None, None]


def test_wb_051_lines_that_wait_are_sealed_anew_with_a_new_key(sqlite_office: Opened) -> None:
    run = tried(sqlite_office, brought(sqlite_office, PEOPLE)).id
    core = sqlite_office.world.core
    ring = KeyRing({"new": bytes(range(1, 33)), "test": bytes(range(32))}, "new")
    with core.database.write() as tx:
        assert csv_store.reseal(tx, ring) == 2
        assert csv_store.reseal(tx, ring) == 0
        first = csv_store.Store(ring).batch(tx, run, 0, 1)[0]
    assert first.cells[:2] == ("Lœuvre", "Zoé")


def test_rights_that_were_taken_stop_a_run(sqlite_office: Opened) -> None:
    office = sqlite_office
    run = tried(office, brought(office, PEOPLE)).id
    do(office, "start", run)
    root = services(office).authorities.of_command(office.authority("chu").origin)
    held = office.authority("chu").held[0]
    with office.world.core.database.write() as tx:
        assert services(office).roles.take(tx, root, office["chu"].id, held) is True
    services(office).import_work.go_on()
    assert somebody(office, "zoe@chu.example") is None
    assert sheet(office, run, "regionale").state == "failed"


def test_wb_015_an_import_belongs_to_its_establishment(office: Opened) -> None:
    run = brought(office, PEOPLE)
    assert brought(office, PEOPLE, "clinique", CHU) is Denied.NOT_FOUND
    assert brought(office, PEOPLE, "chu", "") is NotDone.ESTABLISHMENT
    assert brought(office, PEOPLE, "assistance", CHU) is Denied.NOT_ALLOWED
    assert sheet(office, run, "clinique") is Denied.NOT_FOUND
    assert sheet(office, "nothing", "clinique") is Denied.NOT_FOUND
    assert sheet(office, run, "auditrice") is Denied.NOT_ALLOWED
    for verb in ("start", "stop", "resume", "undo", "drop"):
        assert do(office, verb, run, "clinique") is Denied.NOT_FOUND
    with office.world.core.database.read() as tx:
        imports = services(office).imports
        assert imports.listed(tx, office.authority("clinique")) == []
        assert imports.listed(tx, office.authority("auditrice")) is Denied.NOT_ALLOWED
        assert [one.id for one in imports.listed(tx, office.authority("regionale"))] == [run]
    # Nor does a row lead out of the perimeter.
    text = f"Nom;Prénom;E-mail;FINESS\nRoy;Ana;ana@chu.example;{CLINIC}\n"
    tried(office, out := brought(office, text))
    assert [one.why for one in lines(office, out)] == ["establishment:unknown"]


def test_patients_come_by_file_with_their_consents(office: Opened) -> None:
    zoe = enrolled(office)
    text = (
        "Nom;Prénom;Date de naissance;E-mail;INS\n"
        "Roy;Ana;01/02/1950;ana@courriel.example;269054958815780\n"
        f"{zoe.person.last_name};Zoé;29/02/1984;zoe@courriel.example;\n"
        "Sans;Adresse;01/02/1950;;\n"
    )
    run = tried(office, brought(office, text, kind="patients"))
    assert run.counts == {"create": 1, "unchanged": 1, "fault": 1}
    assert carried(office, run.id).counts["made"] == 1
    ana = somebody(office, "ana@courriel.example")
    assert ana is not None
    assert len(office.world.events("patient.consented")) == 2
    elsewhere = tried(office, brought(office, text, "clinique", CLINIC, "patients"), "clinique")
    assert [one.why for one in lines(office, elsewhere.id, "clinique")] == [
        "ins:exists",
        "last_name:exists",
        "email:one-needed",
    ]
