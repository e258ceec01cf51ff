# SPDX-License-Identifier: Apache-2.0
"""A relative address of the database means a file where the server was started."""

from idp.opening import absolute, open_database
from tests.world import settings_for


def test_a_relative_file_lies_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = open_database(settings_for("sqlite:///here.sqlite3"))
    with database.read():
        pass
    database.close()
    assert (tmp_path / "here.sqlite3").exists()


def test_other_addresses_stay_as_they_are():
    assert absolute("sqlite:////var/lib/x.sqlite3") == "sqlite:////var/lib/x.sqlite3"
    assert absolute("postgresql+psycopg:///x") == "postgresql+psycopg:///x"
