# SPDX-License-Identifier: Apache-2.0
"""The commands about notices: what an operator sees, and sending once."""

import pytest

from imaging_app.crypto import read_keys
from imaging_app.db import Database, make_engine
from imaging_app.notices.outbox import Outbox, To, What
from imaging_app.people.patients import Patients
from relying_parties.clock import system_time
from tests.imaging.cast import GARANCE
from tests.imaging.cli.test_trace import run
from tests.messages.mail_server import MailServer, mail_server
from tests.unit.ground.servers import Authority

NAME = "Élise Sorbier"


@pytest.fixture
def server(tmp_path):
    with mail_server(Authority(tmp_path), tls=False, auth=False) as running:
        yield running


@pytest.fixture
def portal(tmp_path, server: MailServer):
    """A patient to whom something happened, and one whom nobody can write to."""
    file = tmp_path / "imaging.toml"
    file.write_text(
        f'data = "{tmp_path}"\n[mail]\nhost = "127.0.0.1"\nport = {server.port}\n'
        'security = "none"\nsender = "a@imagerie.example"\nlink = "https://imagerie.example/"\n'
    )
    assert run(file, "init").exit_code == 0
    database = Database(make_engine(f"sqlite:///{tmp_path / 'imaging.sqlite3'}"))
    keys = read_keys(tmp_path / "imaging.keys")
    patients, outbox = Patients(keys, system_time), Outbox(keys, system_time)
    with database.write() as tx:
        for email in ("garance@example.org", ""):
            patient = patients.make(tx, GARANCE)
            patients.set_email(tx, patient, email)
            outbox.put(tx, To.PATIENT, patient, What.EMERGENCY, {"who": NAME})
    database.close()
    return file


def test_what_waits_is_counted_sent_and_said_to_be_given_up(portal, server):
    assert run(portal, "notices").output == "2\twaiting\temergency\n"
    assert run(portal, "send-notices").output == "1 sent\n"
    assert [mail["To"] for mail in server.received] == ["garance@example.org"]
    told = run(portal, "notices").output.splitlines()
    assert told == ["1\tgiven_up\temergency\tno-address", "1\tsent\temergency"]
    assert NAME not in "".join(told)
    assert run(portal, "send-notices").output == "0 sent\n"
    assert run(portal, "send-notices", "--again").output == "0 sent\n"


def test_without_a_mail_server_nothing_is_sent_and_that_is_said(tmp_path):
    file = tmp_path / "imaging.toml"
    file.write_text(f'data = "{tmp_path}"\n')
    run(file, "init")
    done = run(file, "send-notices")
    assert done.exit_code == 1
    assert "[mail]" in done.output
