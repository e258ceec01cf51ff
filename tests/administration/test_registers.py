# SPDX-License-Identifier: Apache-2.0
"""National registers in the console: who may look, who may import, and what they are told."""

import gzip
import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from idp.administration.authority import Denied, Held
from idp.administration.region.registers import Inbox, NotAsked, Registers
from idp.administration.rights import EVERYTHING, Role
from idp.directory import generations
from idp.directory.generations import PRACTITIONERS, STRUCTURES
from idp.directory.shelf import KEPT, NotKept, Shelf
from idp.directory_thread import DirectoryThread
from tests.administration.api_kit import program
from tests.administration.console_kit import csrf, news, send, texts
from tests.administration.kit import DESK
from tests.directory.kit import NUMBERS, bring, extract, somebody

SEE = {"administrateur", "regionale", "chu", "clinique", "assistance", "auditrice"}
IMPORT = {"administrateur", "regionale"}


@pytest.fixture
def registers(office, tmp_path):
    """With a file that the settings would name."""
    path = extract(tmp_path, [somebody(), somebody(NUMBERS[1], "MARTIN", "PAUL"), "=wrong"])
    core = office.world.core
    return Registers(core.clock, core.audit, core.directory, {PRACTITIONERS: str(path)})


@pytest.mark.parametrize("who", sorted(SEE))
def test_each_role_may_as_much_as_its_rights_say(office, registers, who):
    authority = office.authority(who)
    with office.world.core.database.write() as tx:
        assert isinstance(registers.status(tx, authority), list)
        asked = registers.ask(tx, authority, PRACTITIONERS)
        assert (asked is Denied.NOT_ALLOWED) is (who not in IMPORT)
        assert registers.ask(tx, authority, PRACTITIONERS, "/etc/passwd") is Denied.NOT_ALLOWED
        lines = registers.rejects(tx, authority, 99)
        assert lines is (Denied.NOT_FOUND if who in IMPORT else Denied.NOT_ALLOWED)
        assert registers.by_number(tx, authority, "899900000011") is None


def test_only_a_command_names_another_file(office, registers):
    """Its lines would be shown as those that were not taken."""
    core, desk = office.world.core, office.world.provider.services.office
    caller = program(office, Held(Role.SUPER))
    with core.database.write() as tx:
        robot = desk.authorities.of_application(tx, caller.key, "Robot", EVERYTHING, DESK)
        other = registers.file_of(PRACTITIONERS) + ".other"
        assert registers.ask(tx, robot, PRACTITIONERS, other) is Denied.NOT_ALLOWED
        made = registers.ask(tx, desk.authorities.of_command(DESK), PRACTITIONERS, other)
    assert made.path == other


def test_who_holds_no_role_sees_nothing(office, registers):
    nobody = replace(office.authority("chu"), held=())
    with office.world.core.database.read() as tx:
        for answer in (
            registers.status(tx, nobody),
            registers.ask(tx, nobody, PRACTITIONERS),
            registers.rejects(tx, nobody, 1),
            registers.by_number(tx, nobody, "8"),
            registers.by_name(tx, nobody, "martin"),
            registers.structure(tx, nobody, "370000481"),
        ):
            assert answer is Denied.NOT_ALLOWED


def test_one_wish_at_a_time(office, registers):
    core, authority = office.world.core, office.authority("regionale")
    with core.database.write() as tx:
        first = registers.ask(tx, authority, PRACTITIONERS)
        assert registers.ask(tx, authority, PRACTITIONERS) == first
        assert registers.ask(tx, authority, STRUCTURES) is NotAsked.NO_FILE
        assert core.importer.take(tx, first.id)
        assert registers.ask(tx, authority, PRACTITIONERS, forced=True) is NotAsked.UNDER_WAY
    (event,) = office.world.events("directory.import_asked")
    assert office["regionale"].id in event.detail


def test_the_background_reads_what_was_asked_for(office, registers):
    core = office.world.core
    with core.database.write() as tx:
        registers.ask(tx, office.authority("regionale"), PRACTITIONERS)
    DirectoryThread(core).do()
    with core.database.read() as tx:
        served = generations.served(tx, PRACTITIONERS)
    assert (served.state, served.kept, served.rejected) == ("current", 2, 1)


def test_the_page_shows_what_is_served_and_finds_people(sqlite_office, tmp_path):
    lines = [somebody(), somebody(NUMBERS[1], "MARTIN", "PAUL", town="TOURS"), "=wrong"]
    done = bring(sqlite_office.world, extract(tmp_path, lines))
    browser = sqlite_office.enter("auditrice")
    browser.get("/admin/directory")
    assert browser.last.status_code == 200
    assert "extract.txt" in browser.last.get_data(as_text=True)
    for text, name in (("99900000011", "LEFÈVRE"), ("martin", "MARTIN"), ("martin paul", "MARTIN")):
        browser.get(f"/admin/directory?text={text}")
        assert any(name in one for one in texts(browser, "table")), text
    assert not browser.page.select("a[href$='/rejects']")
    # CR-010: it may be the wrong file, of people who are in no register.
    assert browser.get(f"/admin/directory/{done.id}/rejects").status_code == 403
    assert browser.request("GET", f"/admin/directory/{done.id}/rejects.csv").status_code == 403
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/directory")
    assert browser.page.select("a[href$='/rejects']")
    browser.get(f"/admin/directory/{done.id}/rejects")
    assert any("=wrong" in one for one in texts(browser, "table"))
    file = browser.request("GET", f"/admin/directory/{done.id}/rejects.csv")
    assert "'=wrong" in file.get_data(as_text=True)
    assert "attachment" in file.headers["Content-Disposition"]
    assert browser.get("/admin/directory/99/rejects").status_code == 404
    assert browser.request("GET", "/admin/directory/99/rejects.csv").status_code == 404


def test_a_regional_administrator_imports_from_the_page(sqlite_office, tmp_path, monkeypatch):
    path = extract(tmp_path, [somebody()])
    services = sqlite_office.world.provider.services
    monkeypatch.setitem(services.office.registers._files, PRACTITIONERS, str(path))
    auditor = sqlite_office.enter("auditrice")
    auditor.get("/admin/directory")
    assert not auditor.page.select("main form[method=post]")
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/directory")
    assert send(browser, "/directory/import") == 200
    with sqlite_office.world.core.database.read() as tx:
        (one,) = generations.recent(tx)
    assert (one.state, one.started_by) == ("asked", sqlite_office["regionale"].id)


@pytest.fixture
def inbox(sqlite_office, tmp_path):
    """A folder for what administrators bring, and what stands over it."""
    core = sqlite_office.world.core
    shelf = Shelf(tmp_path / "inbox", 4096)
    shelf.folder.mkdir()
    registers = sqlite_office.world.provider.services.office.registers
    registers._inbox = Inbox(core.database, core.entropy, shelf)
    return shelf


def test_what_is_brought_is_kept_read_and_taken_away(sqlite_office, inbox, tmp_path):
    core = sqlite_office.world.core
    packed = gzip.compress(extract(tmp_path, [somebody()]).read_bytes())
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/directory")
    form = {"csrf": csrf(browser), "kind": PRACTITIONERS}
    name = "../../Extrait d'été.gz"
    browser.post(
        "/admin/directory/upload",
        data=form | {"file": (BytesIO(packed), name)},
        content_type="multipart/form-data",
    )
    assert news(browser)
    (path,) = inbox.folder.iterdir()
    assert path.name.endswith("Extrait_d__t_.gz")
    assert path.stat().st_mode & 0o077 == 0
    thread = DirectoryThread(core)
    thread._shelf = inbox
    # It is not taken away while it waits, however long that is.
    os.utime(path, (0, 0))
    thread._tidy()
    assert path.exists()
    thread.do()
    with core.database.read() as tx:
        assert generations.served(tx, PRACTITIONERS).kept == 1
    assert list(inbox.folder.iterdir()) == []
    (event,) = sqlite_office.world.events("directory.import_asked")
    assert sqlite_office["regionale"].id in event.detail


def test_wb_019_what_is_brought_is_bounded(sqlite_office, inbox):
    registers = sqlite_office.world.provider.services.office.registers
    mine, core = sqlite_office.authority("regionale"), sqlite_office.world.core

    def bring_in(size: int, kind: str = PRACTITIONERS, who=mine):
        return registers.bring(who, kind, "x.txt", BytesIO(b"x" * size))

    assert bring_in(4097) is NotKept.TOO_LARGE
    assert bring_in(0) is NotKept.EMPTY
    assert bring_in(1, "../x") is NotAsked.NO_FILE
    assert bring_in(1, who=sqlite_office.authority("chu")) is Denied.NOT_ALLOWED
    assert list(inbox.folder.iterdir()) == []
    made = bring_in(4096)
    with core.database.write() as tx:
        assert core.importer.take(tx, made.id)
    # One of this kind is being read: the second is not kept.
    assert bring_in(1) is NotAsked.UNDER_WAY
    assert [str(one) for one in inbox.folder.iterdir()] == [made.path]
    inbox.drop(Path(made.path))
    inbox.folder.rmdir()
    assert bring_in(1, STRUCTURES) is NotKept.NO_ROOM
    registers._inbox = None
    assert bring_in(1) is NotAsked.NO_FOLDER


def test_only_what_is_ours_and_old_is_taken_away(inbox):
    now = 1_700_000_000
    for name, at in (("a" * 16 + ".old", now - KEPT - 1), ("b" * 16 + ".new", now), ("other", 0)):
        (inbox.folder / name).write_bytes(b"x")
        os.utime(inbox.folder / name, (at, at))
    assert inbox.tidy((), now) == 1
    assert sorted(one.name for one in inbox.folder.iterdir()) == ["b" * 16 + ".new", "other"]


def test_without_a_folder_nothing_is_uploaded(sqlite_office):
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/directory")
    assert not browser.page.select("input[type=file]")
