# SPDX-License-Identifier: Apache-2.0
"""What the portal is told, and every fault of it at once."""

from pathlib import Path

import pytest

from imaging_app.clock import day_of
from imaging_app.settings import (
    Elsewhere,
    Rules,
    Settings,
    SettingsError,
    make_settings,
    read_settings,
)

MAIL = {"host": "mail.example", "sender": "a@b.example", "link": "https://i.example/"}


def test_mail_is_taken():
    here = {"establishments": {"1": "a@b.fr"}, "security": "none", "host": "127.0.0.1"}
    told = {"user": "u", "password_file": "/p", "port": 25, **here}
    settings = make_settings({"data": "/d", "mail": MAIL | told})
    assert settings.mail is not None
    assert settings.mail.password_file == Path("/p")
    assert (settings.mail.port, settings.mail.security) == (25, "none")
    assert make_settings({"data": "/d"}).mail is None


def test_a_folder_is_enough(tmp_path: Path):
    file = tmp_path / "imaging.toml"
    file.write_text(f'data = "{tmp_path}"\n')
    settings = read_settings(file)
    assert settings == Settings(data=tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/imaging.sqlite3"
    assert settings.keys_file == tmp_path / "imaging.keys"
    assert settings.rules == Rules()


def test_rules_are_taken():
    told = {"data": "/d", "keys": "/k", "rules": {"code_days": 7, "protect_traitant": False}}
    settings = make_settings(told)
    assert settings.rules == Rules(code_days=7, protect_traitant=False)
    assert settings.keys_file == Path("/k")


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({}, ["data"]),
        ({"data": ""}, ["data"]),
        ({"data": "/d", "zone": "Nowhere/Here"}, ["zone"]),
        ({"data": "/d", "database": "mysql://x"}, ["database"]),
        ({"data": "/d", "rules": 1}, ["rules"]),
        ({"data": "/d", "rules": {"code_days": 366}}, ["rules.code_days"]),
        ({"data": "/d", "rules": {"code_days": True}}, ["rules.code_days"]),
        ({"data": "/d", "rules": {"level": 4}}, ["rules.level"]),
        ({"data": "/d", "rules": {"grave_age": 0}}, ["rules.grave_age"]),
        ({"data": "/d", "store": "tape"}, ["store"]),
        ({"data": "/d", "store": "orthanc"}, ["orthanc"]),
        ({"data": "/d", "store": "orthanc", "dicomweb": {}}, ["dicomweb", "orthanc"]),
        ({"data": "/d", "store": "orthanc", "orthanc": {"url": "x"}}, ["orthanc.url"]),
        (
            {"data": "/d", "store": "dicomweb", "dicomweb": {"moon": 1, "patience": "1"}},
            ["dicomweb.moon", "dicomweb.patience", "dicomweb.url"],
        ),
        ({"data": "/d", "mail": 1}, ["mail"]),
        ({"data": "/d", "mail": {}}, ["mail.host", "mail.sender", "mail.link"]),
        ({"data": "/d", "mail": MAIL | {"port": "25"}}, ["mail.port"]),
        ({"data": "/d", "mail": MAIL | {"port": 0}}, ["mail.port"]),
        ({"data": "/d", "mail": MAIL | {"moon": "x"}}, ["mail.moon"]),
        ({"data": "/d", "mail": MAIL | {"security": "maybe"}}, ["mail.security"]),
        ({"data": "/d", "mail": MAIL | {"security": "none"}}, ["mail.security"]),
        ({"data": "/d", "mail": MAIL | {"user": "u"}}, ["mail.password_file"]),
        ({"data": "/d", "mail": MAIL | {"link": "x", "sender": "x"}}, ["mail.link", "mail.sender"]),
        ({"data": "/d", "mail": MAIL | {"establishments": {"1": 1}}}, ["mail.establishments"]),
        ({"other": "x", "rules": {"moon": 1}}, ["data", "other", "rules.moon"]),
    ],
)
def test_each_fault_is_named(told, names):
    with pytest.raises(SettingsError) as caught:
        make_settings(told)
    said = str(caught.value).splitlines()
    assert len(said) == len(names)
    assert all(any(name in line for line in said) for name in names)


def test_a_pacs_is_told(tmp_path: Path):
    (tmp_path / "password").write_text("secret\n")
    table = {"url": "http://pacs:8042", "user": "u", "password_file": str(tmp_path / "password")}
    found = make_settings({"data": "/d", "store": "orthanc", "orthanc": table}).elsewhere
    assert found == Elsewhere(
        kind="orthanc", url="http://pacs:8042", user="u", password_file=tmp_path / "password"
    )
    assert found.password == "secret"
    (tmp_path / "password").unlink()
    with pytest.raises(SettingsError):
        _read = found.password


def test_a_file_that_is_none_is_said(tmp_path: Path):
    with pytest.raises(SettingsError):
        read_settings(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("data = [")
    with pytest.raises(SettingsError):
        read_settings(tmp_path / "bad.toml")


def test_a_day_is_the_peoples_own():
    zone = make_settings({"data": "/d"}).timezone
    # 23:30 UTC is the next day in Paris.
    assert day_of(1_795_476_600, zone) == "2026-11-24"
    assert (
        day_of(1_795_476_600, make_settings({"data": "/d", "zone": "UTC"}).timezone) == "2026-11-23"
    )
