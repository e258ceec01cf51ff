# SPDX-License-Identifier: Apache-2.0
"""The portal's command line, and what a proxy in front may tell."""

import threading
from dataclasses import replace

import pytest
from flask import request

from imaging_app.__main__ import bring_up, load, make_parser, read_config
from imaging_app.app import KEY, Config, create_app
from imaging_app.crypto import read_keys
from imaging_app.db import Database, make_engine
from imaging_app.notices.outbox import Outbox, To, What
from imaging_app.notices.smtp import Post
from imaging_app.schema import WrongSchema, check_schema
from imaging_app.settings import Elsewhere, Settings, SettingsError
from imaging_app.web.regions import Region
from relying_parties.clock import MovedClock, system_time
from relying_parties.kit.outcome import SettingsError as WrongOptions
from relying_parties.registration import load_registration
from tests.messages.mail_server import mail_server
from tests.unit.ground.servers import Authority


def config_of(tmp_path, *words) -> Config:
    registration = load_registration(KEY)
    options = make_parser(registration).parse_args(["--data", str(tmp_path), *words])
    return read_config(registration, options)


def test_the_options_become_the_settings(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    (tmp_path / "clock").write_text("60")
    words = ("--issuer", "http://localhost:9000", "--port", "9004", "--level", "3")
    files = ("--client-secret-file", str(tmp_path / "secret"))
    clock = ("--clock-file", str(tmp_path / "clock"))
    others = ("--other-region", "Ailleurs", "https://imagerie.example/")
    none = ("--other-region", "Nulle part", "-")
    config = config_of(tmp_path, *words, *files, *clock, *others, *none)
    provider = config.provider
    assert (provider.issuer, provider.level) == ("http://localhost:9000", 3)
    assert provider.redirect_uri == "http://localhost:9004/callback"
    assert provider.client_secret == "s3cret"
    assert "affiliation" in provider.scopes
    assert config.limits.idle == 900
    assert isinstance(config.now, MovedClock)
    elsewhere = (Region("Ailleurs", "https://imagerie.example/"), Region("Nulle part"))
    assert config.regions.others == elsewhere


def test_by_itself_it_asks_for_level_two_and_a_quarter_of_an_hour(tmp_path):
    config = config_of(tmp_path)
    assert (config.provider.level, config.limits.idle) == (2, 900)
    assert config.settings.database_url.startswith("sqlite:///")


def test_a_settings_file_tells_what_options_can_not(tmp_path):
    file = tmp_path / "imaging.toml"
    file.write_text(
        f'data = "{tmp_path}"\nstore = "orthanc"\n[orthanc]\nurl = "http://pacs:8042"\n'
    )
    registration = load_registration(KEY)
    options = make_parser(registration).parse_args(["--settings", str(file)])
    settings = read_config(registration, options).settings
    assert settings.elsewhere == Elsewhere(kind="orthanc", url="http://pacs:8042")
    file.write_text("store = 1")
    with pytest.raises(SettingsError):
        read_config(registration, options)


def test_the_database_is_brought_up_and_an_old_one_is_refused(tmp_path):
    settings = Settings(data=tmp_path)
    config = replace(config_of(tmp_path), settings=settings)
    with pytest.raises(WrongSchema):
        create_app(config)
    bring_up(settings)
    bring_up(settings)
    database = Database(make_engine(settings.database_url))
    check_schema(database)
    database.close()


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1"), (1, "192.0.2.7"), (2, "198.51.100.3")]
)
def test_whom_a_proxy_names_is_believed_as_far_as_told(tmp_path, proxies, seen):
    bring_up(Settings(data=tmp_path))
    app = create_app(replace(config_of(tmp_path), proxies=proxies))

    def look():
        return f"{request.remote_addr} {request.host}"

    app.add_url_rule("/look", view_func=look)
    headers = {"X-Forwarded-For": "10.9.9.9, 198.51.100.3, 192.0.2.7"}
    headers |= {"X-Forwarded-Host": "evil.example"}
    answer = app.test_client().get("/look", base_url="http://localhost:8004", headers=headers)
    assert answer.text == f"{seen} localhost:8004"
    app.extensions["imaging-portal"].rooms.close()


def test_a_mail_server_is_named_by_options_and_each_fault_is_told(tmp_path):
    named = (
        "--mail-host",
        "smtp.example",
        "--mail-from",
        "a@b.example",
        "--url",
        "https://i.example",
    )
    mail = config_of(tmp_path, *named).settings.mail
    assert mail is not None
    assert (mail.port, mail.security, mail.link) == (587, "starttls", "https://i.example/")
    assert config_of(tmp_path).settings.mail is None
    wrong = ("--mail-security", "none", "--mail-user", "u")
    with pytest.raises(WrongOptions) as caught:
        config_of(tmp_path, *named, *wrong)
    assert len(caught.value.faults) == 2


def test_notices_leave_beside_the_pages(tmp_path, monkeypatch):
    bring_up(Settings(data=tmp_path))
    database = Database(make_engine(Settings(data=tmp_path).database_url))
    outbox = Outbox(read_keys(tmp_path / "imaging.keys"), system_time)
    with database.write() as tx:
        outbox.put(tx, To.ESTABLISHMENT, "0B0057881", What.EMERGENCY, {"who": "Sorbier"})
    database.close()
    carried, send = threading.Event(), Post.send

    def carry(self, letter):
        said = send(self, letter)
        carried.set()
        return said

    monkeypatch.setattr(Post, "send", carry)
    with mail_server(Authority(tmp_path), tls=False, auth=False) as server:
        here = ("--mail-host", "127.0.0.1", "--mail-port", str(server.port))
        words = (*here, "--mail-security", "none", "--mail-from", "a@b.example")
        config = config_of(tmp_path, *words)
        mail = replace(config.settings.mail, establishments={"0B0057881": "dim@chu.example"})
        settings = replace(config.settings, mail=mail)
        app = load(replace(config, settings=settings), "Imagerie")
        try:
            assert carried.wait(30)
        finally:
            app.extensions["imaging-notices"].set()
            for one in threading.enumerate():
                if one.name == "notices":
                    one.join(30)
        app.extensions["imaging-portal"].rooms.close()
        assert [mail["To"] for mail in server.received] == ["dim@chu.example"]
