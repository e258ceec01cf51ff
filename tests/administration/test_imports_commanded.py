# SPDX-License-Identifier: Apache-2.0
"""Imports of the command line: what it alone may say of people, and what nobody is shown."""

import io
from typing import Any

import pytest

from idp.administration.authority import Denied
from idp.administration.imports import runs, work
from idp.administration.imports.runs import NotDone, Upload
from idp.administration.imports.store import Run
from tests.administration.kit import CHU, DESK, Opened
from tests.administration.patient_kit import services
from tests.administration.test_imports import PEOPLE, brought, do, lines, sheet, tried


def test_cr_045_cr_046_the_command_line_alone_says_what_proves(office: Opened) -> None:
    """Neither that an address is verified nor a password comes by a file of the console."""
    text = "Nom;Prénom;E-mail;email_verified\nRoy;Ana;ana@b.example;yes\n"
    mapping = {"last_name": 0, "first_name": 1, "email": 2}
    run = brought(office, text, "administrateur", "")
    proving = mapping | {"email_verified": 3}
    assert do(office, "map", run, "administrateur", proving) is NotDone.MAPPING
    desk, core = services(office), office.world.core
    command = desk.authorities.of_command(DESK)
    with core.database.write() as tx:
        assert isinstance(desk.imports.map(tx, command, run, proving), Run)
    desk.import_work.advance(run)
    # Until it is carried out it is there for the command line alone.
    assert sheet(office, run, "administrateur") is Denied.NOT_FOUND
    assert do(office, "start", run, "administrateur") is Denied.NOT_FOUND
    with core.database.write() as tx:
        desk.imports.start(tx, command, run)
        desk.imports.stop(tx, command, run)
    # Whoever goes on with it does so by what they themselves may say.
    assert isinstance(do(office, "resume", run, "administrateur"), Run)
    desk.import_work.go_on()
    assert sheet(office, run, "administrateur").counts == {"create": 1, "failed": 1}
    assert [one.why for one in lines(office, run, "administrateur")] == [
        "email_verified:command-line"
    ]


def commanded(office: Opened, text: str = PEOPLE) -> str:
    """A file that a command has read, and not gone on with."""
    desk = services(office)
    upload = Upload("accounts", "people.csv", CHU)
    run = desk.imports.read(desk.authorities.of_command(DESK), upload, io.BytesIO(text.encode()))
    assert isinstance(run, str)
    return run


def first_rows(office: Opened, run: str, who: str = "administrateur") -> Any:
    with office.world.core.database.read() as tx:
        known = services(office).imports.sheet(tx, office.authority(who), run)
        assert isinstance(known, Run)
        return services(office).imports.first_rows(tx, office.authority(who), known)


def kept(office: Opened, run: str) -> list[bool]:
    """Of each line that stands in the database, whether it says anything still."""
    with office.world.core.database.read() as tx:
        return [bool(one.cells) for one in services(office).imports._store.batch(tx, run, 0, 99)]


def test_cr_045_what_a_command_brings_is_there_for_nobody_else(office: Opened) -> None:
    run = commanded(office)
    for who in ("administrateur", "regionale", "chu"):
        assert sheet(office, run, who) is Denied.NOT_FOUND, who
        assert lines(office, run, who) is Denied.NOT_FOUND, who
        assert do(office, "map", run, who, {"last_name": 0}) is Denied.NOT_FOUND, who
        with office.world.core.database.read() as tx:
            assert services(office).imports.listed(tx, office.authority(who)) == []
    assert sheet(office, run, "auditrice") is Denied.NOT_ALLOWED


SECRETS = {
    "title": ("Nom;Prénom;Mot de passe", "Roy;Ana;tilleul"),
    "member": ("Nom;Prénom;password_hash", "Roy;Ana;x"),
    "bcrypt": ("Nom;Prénom;Profession", "Roy;Ana;$2b$12$" + "a" * 53),
    "salted": ("Nom;Prénom;Profession", "Roy;Ana; {SSHA}" + "a" * 32),
    "django": ("Nom;Prénom;Profession", "Roy;Ana;pbkdf2_sha256$1$a$b"),
    "digest": ("Nom;Prénom;Profession", "Roy;Ana;" + "0a" * 16),
}


@pytest.mark.parametrize("name", SECRETS)
def test_cr_045_lines_with_passwords_are_shown_to_nobody(sqlite_office: Opened, name: str) -> None:
    run = brought(sqlite_office, "\n".join(SECRETS[name]) + "\n")
    assert first_rows(sqlite_office, run, "chu") == []
    assert first_rows(sqlite_office, brought(sqlite_office, PEOPLE), "chu") != []


def test_a_file_that_nobody_goes_on_with_is_given_up(office: Opened) -> None:
    mine, theirs = brought(office, PEOPLE), commanded(office)
    planned = tried(office, brought(office, PEOPLE)).id
    office.world.clock.pass_by(work.CUT_OFF + 1)
    services(office).import_work.go_on()
    assert [any(kept(office, one)) for one in (mine, planned, theirs)] == [True, True, False]
    office.world.clock.pass_by(work.FORGOTTEN)
    services(office).import_work.go_on()
    for run in (mine, planned):
        assert sheet(office, run).state == "dropped"
        assert not any(kept(office, run))


def test_an_import_that_nobody_may_carry_out_says_nothing_any_more(office: Opened) -> None:
    run = tried(office, brought(office, PEOPLE)).id
    do(office, "start", run)
    root, held = services(office).authorities.of_command(DESK), office.authority("chu").held[0]
    with office.world.core.database.write() as tx:
        assert services(office).roles.take(tx, root, office["chu"].id, held) is True
    services(office).import_work.go_on()
    assert sheet(office, run, "regionale").state == "failed"
    assert not any(kept(office, run))


def test_a_file_whose_reading_is_broken_off_leaves_nothing(
    office: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "READ_BATCH", 1)

    class Cable(io.BytesIO):
        """Pulled out after the first lines."""

        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            if self.reads > 30:
                raise KeyboardInterrupt
            return super().read(size)

        def read1(self, size: int | None = -1, /) -> bytes:
            return self.read(min(size or -1, 64))

    text = PEOPLE + "Roy;Ana;;ana@chu.example;;;\n" * 2000
    with pytest.raises(KeyboardInterrupt):
        services(office).imports.read(
            office.authority("chu"), Upload("accounts", "x.csv", CHU), Cable(text.encode())
        )
    with office.world.core.database.read() as tx:
        assert services(office).imports.listed(tx, office.authority("chu")) == []
