# SPDX-License-Identifier: Apache-2.0
"""National registers in the console: who may look, who may import, and what they are told."""

from dataclasses import replace

import pytest

from idp.administration.authority import Denied
from idp.administration.region.registers import NotAsked, Registers
from idp.directory import generations
from idp.directory.generations import PRACTITIONERS, STRUCTURES
from idp.directory_thread import DirectoryThread
from tests.administration.console_kit import send, texts
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
        assert registers.rejects(tx, authority, 99) is Denied.NOT_FOUND
        assert registers.by_number(tx, authority, "899900000011") is None


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
