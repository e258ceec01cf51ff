# SPDX-License-Identifier: Apache-2.0
"""Imports of the command line: what it alone may say of people."""

from idp.administration.imports.runs import NotDone
from idp.administration.imports.store import Run
from tests.administration.kit import DESK, Opened
from tests.administration.patient_kit import services
from tests.administration.test_imports import brought, carried, do, lines, sheet


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
    assert sheet(office, run, "administrateur").counts == {"create": 1}
    # Whoever has it carried out does so by what they themselves may say.
    done = carried(office, run, "administrateur")
    assert done.counts == {"create": 1, "failed": 1}
    assert [one.why for one in lines(office, run, "administrateur")] == [
        "email_verified:command-line"
    ]
