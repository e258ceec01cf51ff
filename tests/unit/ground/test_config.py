# SPDX-License-Identifier: Apache-2.0
"""The configuration: what is read, from where, and every fault told at once."""

import base64
import os
import pickle
import re
from pathlib import Path

import pytest

from idp.config import Secret, load
from idp.config.kinds import METADATA
from idp.config.loading import schema
from idp.config.reference import render
from tests.unit.ground.configuring import KEY, LEAST, LOCAL, RING, faults_of, only_fault_of


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text, mode=0o600):
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_least_configuration_gives_safe_defaults():
    settings = load(None, LEAST)
    assert settings.server.bind == "127.0.0.1"
    assert settings.server.hosts == ("sceau.example.fr",)
    assert settings.server.secure
    assert settings.server.host == "sceau.example.fr"
    assert settings.server.trusted_proxies == ()
    assert settings.database.url == "sqlite:///var/sceau.sqlite3"
    assert settings.secrets.keys.reveal() == RING
    assert (settings.password.memory_kib, settings.password.time_cost) == (19456, 2)
    assert settings.locale.available == ("fr", "en")
    assert settings.signing.algorithm == "ES256"
    assert not settings.demo.enabled
    assert settings.region.manager == "Région"


def test_settings_are_frozen():
    with pytest.raises(AttributeError):
        load(None, LEAST).server.port = 1


def test_nothing_configured_tells_both_required_settings_and_how_to_set_them():
    faults = faults_of({})
    assert [fault.partition(":")[0] for fault in faults] == ["server.issuer", "secrets.keys"]
    assert "SCEAU_SECRETS_KEYS_FILE" in faults[1]


def test_every_fault_is_told_at_once(tmp_path):
    path = write(
        tmp_path / "sceau.toml",
        '[server]\nport = "80"\nissuer = "http://example.fr"\n[sesion]\nidle = 1\n'
        "[tokens]\ncode = 601\nrefresh_idle = 90000\n[log]\nlevl = 'info'\n",
    )
    faults = "\n".join(faults_of({"SCEAU_DEMO_ENABLED": "maybe", "SCEAU_TOKENS_ACCES": "5"}, path))
    for told in (
        "sesion",
        "did you mean session?",
        "log.levl",
        "did you mean level?",
        "did you mean SCEAU_TOKENS_ACCESS?",
        "server.port",
        "server.issuer",
        "secrets.keys: it is not set",
        "tokens.code",
        "demo.enabled",
        "tokens.refresh_idle",
    ):
        assert told in faults
    # One line each; the rule on tokens.refresh_absolute found its fault beside the others.
    assert len(faults.splitlines()) == 9


def test_a_fault_names_setting_source_value_and_expectation():
    fault = only_fault_of(LEAST | {"SCEAU_SERVER_PORT": "99999"})
    assert fault == (
        "server.port (SCEAU_SERVER_PORT): 99999 is refused: it is out of bounds; "
        "expected a whole number from 1 to 65535"
    )


def test_environment_wins_over_file_over_toml_over_default(tmp_path):
    toml = write(tmp_path / "c.toml", '[region]\nname = "toml"\nserver_name = "toml"\nwelcome="t"')
    named = write(tmp_path / "name", "file\n")
    settings = load(
        toml,
        LEAST | {"SCEAU_REGION_SERVER_NAME_FILE": str(named), "SCEAU_REGION_WELCOME": "env"},
    )
    region = settings.region
    assert (region.name, region.server_name, region.welcome) == ("toml", "file", "env")
    assert region.support_phone == ""


def test_the_variable_and_its_file_together_are_a_fault(tmp_path):
    path = write(tmp_path / "keys", RING)
    fault = only_fault_of(LEAST | {"SCEAU_SECRETS_KEYS_FILE": str(path)})
    assert "SCEAU_SECRETS_KEYS and SCEAU_SECRETS_KEYS_FILE are both set" in fault


def test_toml_setting_and_its_file_together_are_a_fault(tmp_path):
    path = write(tmp_path / "c.toml", f'[secrets]\nkeys = "{RING}"\nkeys_file = "x"\n')
    issuer = {"SCEAU_SERVER_ISSUER": "https://a.fr"}
    assert "keys and keys_file are both set" in "\n".join(faults_of(issuer, path))


def test_sceau_config_names_the_file(tmp_path):
    path = write(tmp_path / "c.toml", "[server]\nport = 8443\n")
    assert load(None, LEAST | {"SCEAU_CONFIG": str(path)}).server.port == 8443


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[server\n", "not valid TOML"),
        ("server = 3\n", "expected [server]"),
        ("a = " + "[" * 5000, "TOML"),
        ("a = " + "9" * 5000, "TOML"),
    ],
)
def test_toml_that_can_not_be_read(tmp_path, content, told):
    assert told in only_fault_of(LEAST, write(tmp_path / "c.toml", content))


def test_a_configuration_file_that_is_not_there(tmp_path):
    assert "can't be read" in only_fault_of(LEAST, tmp_path / "none.toml")
    assert "is not a file" in only_fault_of(LEAST, tmp_path)


def test_one_trailing_newline_of_a_file_is_dropped(tmp_path):
    for content, expected in (("a\n", "a"), ("a\r\n", "a"), ("a\n\nb\n", "a\n\nb")):
        path = write(tmp_path / "f", content)
        settings = load(None, LEAST | {"SCEAU_REGION_LEGAL_NOTICE_FILE": str(path)})
        assert settings.region.legal_notice == expected


def test_only_texts_come_from_files(tmp_path):
    fault = only_fault_of(LEAST | {"SCEAU_SERVER_PORT_FILE": str(tmp_path / "f")})
    assert "only a text may come from a file" in fault


def test_anchor_file_is_a_setting_and_not_the_file_of_another():
    assert load(None, LEAST | {"SCEAU_AUDIT_ANCHOR_FILE": "/a"}).audit.anchor_file == "/a"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o666])
def test_wb_038_secret_file_open_to_others(tmp_path, mode):
    path = write(tmp_path / "keys", RING, mode)
    environ = LEAST | {"SCEAU_SECRETS_KEYS_FILE": str(path)}
    del environ["SCEAU_SECRETS_KEYS"]
    fault = only_fault_of(environ)
    assert "open to other users" in fault
    assert f"{mode:04o}" in fault
    path.chmod(0o400)
    assert load(None, environ).secrets.keys.reveal() == RING


def test_wb_038_keys_file_of_toml_open_to_others(tmp_path):
    keys = write(tmp_path / "keys", RING, 0o644)
    toml = write(tmp_path / "c.toml", f'[secrets]\nkeys_file = "{keys}"\n', 0o644)
    issuer = {"SCEAU_SERVER_ISSUER": "https://a.fr"}
    assert "open to other users" in only_fault_of(issuer, toml)
    keys.chmod(0o600)
    assert load(toml, issuer).secrets.keys.reveal() == RING


def test_wb_038_secret_file_of_somebody_else(tmp_path, monkeypatch):
    path = write(tmp_path / "keys", RING)
    if os.geteuid() == 0:
        os.chown(path, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    environ = {"SCEAU_SERVER_ISSUER": "https://a.fr", "SCEAU_SECRETS_KEYS_FILE": str(path)}
    assert "belongs to another user" in only_fault_of(environ)


def test_wb_038_toml_with_a_secret_must_be_private(tmp_path):
    toml = write(tmp_path / "c.toml", f'[secrets]\nkeys = "{RING}"\n', 0o644)
    fault = only_fault_of({"SCEAU_SERVER_ISSUER": "https://a.fr"}, toml)
    assert "holds a secret and is open to other users" in fault
    assert KEY not in fault


def test_wb_038_toml_that_others_write(tmp_path):
    toml = write(tmp_path / "c.toml", "", 0o664)
    assert "other users can write it" in only_fault_of(LEAST, toml)


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_wb_038_database_open_to_others(tmp_path, suffix):
    url = {"SCEAU_DATABASE_URL": f"sqlite:///{tmp_path}/s.db"}
    assert load(None, LEAST | url)
    path = write(tmp_path / f"s.db{suffix}", "", 0o644)
    assert "open to other users" in only_fault_of(LEAST | url)
    path.chmod(0o600)
    assert load(None, LEAST | url)


def test_a_secret_file_that_is_a_pipe_or_too_large_or_binary(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    write(tmp_path / "large", "#" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "binary").chmod(0o600)
    for name, told in (("pipe", "not a file"), ("large", "larger"), ("binary", "UTF-8")):
        environ = {"SCEAU_SERVER_ISSUER": "https://a.fr"}
        environ["SCEAU_SECRETS_KEYS_FILE"] = str(tmp_path / name)
        assert told in only_fault_of(environ)


def test_wb_022_no_fault_and_no_repr_shows_a_secret(tmp_path):
    short = base64.b64encode(b"sixteen bytes...").decode()
    environ = LEAST | {
        "SCEAU_SECRETS_KEYS": f"k1:{short}",
        "SCEAU_DATABASE_URL": "mysql://u:hunter2@h/d",
    }
    told = "\n".join(faults_of(environ))
    assert "the value (not shown)" in told
    assert short not in told
    assert "hunter2" not in told
    settings = load(None, LEAST | {"SCEAU_DATABASE_URL": "postgresql://u:hunter2@h/d"})
    assert settings.database.url == "postgresql+psycopg://u:hunter2@h/d"
    shown = f"{settings!r} {settings} {settings.secrets.keys} {settings.secrets.keys:>30}"
    assert KEY not in shown
    assert "hunter2" not in shown


def test_a_secret_is_not_pickled_and_compares_by_text():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(Secret("a"))


def test_toml_types_are_not_guessed(tmp_path):
    text = '[server]\nport="80"\nworkers=true\n[outgoing]\nallow="a:1"\n[demo]\nenabled=1\n'
    faults = faults_of(LEAST, write(tmp_path / "c.toml", text))
    assert [fault.partition(" ")[0] for fault in faults] == [
        "server.port",
        "server.workers",
        "outgoing.allow",
        "demo.enabled",
    ]


def test_a_weak_password_cost_is_for_the_demo_alone():
    weak = {"SCEAU_PASSWORD_MEMORY_KIB": "8192", "SCEAU_PASSWORD_TIME_COST": "1"}
    allowed = weak | {"SCEAU_PASSWORD_ALLOW_WEAK": "true"}
    assert "OWASP" in only_fault_of(LOCAL | weak)
    assert len(faults_of(LOCAL | allowed)) == 2
    assert load(None, LOCAL | allowed | {"SCEAU_DEMO_ENABLED": "true"})


def test_demo_mode_stays_on_this_machine():
    demo = {"SCEAU_DEMO_ENABLED": "true"}
    assert load(None, LOCAL | demo).demo.enabled
    assert "issuer on localhost" in only_fault_of(LEAST | demo)
    assert "server.bind" in only_fault_of(LOCAL | demo | {"SCEAU_SERVER_BIND": "0.0.0.0"})


def test_a_key_stays_published_while_its_tokens_live():
    environ = LEAST | {"SCEAU_SIGNING_KEEP_AFTER": "3600", "SCEAU_TOKENS_ACCESS": "7200"}
    assert only_fault_of(environ).startswith("signing.keep_after")


def test_other_programs_variables_are_left_alone():
    assert load(None, LEAST | {"PATH": "/bin", "SCEAUX": "92"})


def test_every_setting_is_documented_and_in_the_reference():
    text = render()
    for section, settings in schema().items():
        assert f"## `[{section}]`" in text
        for name, setting in settings.items():
            assert setting.doc.endswith("."), f"{section}.{name}"
            assert f"`SCEAU_{section.upper()}_{name.upper()}`" in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert METADATA == "sceau"


def test_defaults_are_accepted_by_their_own_kind():
    for section, settings in schema().items():
        for name, setting in settings.items():
            if not setting.required and setting.default is not None:
                default = setting.default
                raw = list(default) if isinstance(default, tuple) else default
                if isinstance(default, Secret):
                    assert setting.kind.read(default.reveal()).reveal() == default.reveal()
                else:
                    assert setting.kind.read(raw) == default, f"{section}.{name}"


def test_paths_are_of_the_file_system(tmp_path):
    logo = write(tmp_path / "logo.svg", "<svg/>", 0o644)
    assert Path(load(None, LEAST | {"SCEAU_REGION_LOGO": str(logo)}).region.logo) == logo
