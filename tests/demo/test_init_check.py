# SPDX-License-Identifier: Apache-2.0
"""Setting up, checking, upgrading: everything said at once, nothing made by looking."""

import hashlib
import stat
import time

from idp.schema import newest_version


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_files_that_nobody_else_reads(bare):
    bare.environ["SCEAU_DATABASE_URL"] = f"sqlite:///{bare.folder}/deep/in/sceau.sqlite3"
    told = bare.did("init")
    assert "made" in told
    assert "ES256" in told
    for file in (bare.folder / "deep" / "in").iterdir():
        assert mode(file) == 0o600, file
    assert mode(bare.folder / "deep" / "in") == 0o700
    assert "already at" in bare.did("init")


def test_init_makes_a_key_ring_once(bare):
    del bare.environ["SCEAU_SECRETS_KEYS"]
    ring = bare.folder / "keys"
    assert "SCEAU_SECRETS_KEYS_FILE" in bare.did("init", "--new-keys", str(ring))
    assert mode(ring) == 0o600
    before = ring.read_bytes()
    assert "left alone" in bare.refused("init", "--new-keys", str(ring))
    assert ring.read_bytes() == before
    bare.environ["SCEAU_SECRETS_KEYS_FILE"] = str(ring)
    assert "ok     key ring" in bare.did("check")


def test_a_configuration_file_is_taken_before_or_after_the_command(sceau):
    file = sceau.folder / "sceau.toml"
    file.write_text('[server]\nissuer = "http://localhost:8000"\n')
    file.chmod(0o600)
    del sceau.environ["SCEAU_SERVER_ISSUER"]
    assert "server.issuer" in sceau.refused("check")
    assert "http://localhost:8000" in sceau.did("check", "--config", str(file))
    assert "http://localhost:8000" in sceau.did("--config", str(file), "check")


def test_every_fault_of_the_configuration_is_told_at_once(bare):
    bare.environ |= {"SCEAU_SERVER_ISSUER": "ftp://x", "SCEAU_SERVER_PRT": "1"}
    bare.environ["SCEAU_SECRETS_KEYS"] = "not a ring"
    told = bare.refused("check")
    assert "3 faults" in told
    for word in ("server.issuer", "SCEAU_SERVER_PRT", "secrets.keys"):
        assert word in told
    assert "not a ring" not in told


def test_checking_makes_nothing(bare):
    result = bare("check")
    assert result.exit_code == 1
    assert "run `sceau init`" in result.stdout
    assert bare.refused("audit", "verify")
    assert bare.refused("upgrade-check")
    assert not bare.file.exists()


def test_check_tells_each_part(sceau):
    told = sceau.did("check")
    for subject in ("issuer", "files", "database", "schema", "key ring", "signing", "applications"):
        assert f"ok     {subject}" in told
    sceau.environ["SCEAU_SERVER_ISSUER"] = "https://sceau.example"
    assert "note   proxy" in sceau.did("check")


def test_check_tells_the_alarms_that_stand(sceau):
    assert "note   alarm" not in sceau.did("check")
    now = int(time.time())
    with sceau.sql() as connection:
        for key, until in (("logins|", now + 900), ("sms|", now - 1)):
            values = (key, 120, 130, now - 60, until)
            connection.execute("INSERT INTO alarms VALUES (?, ?, ?, ?, ?)", values)
    [line] = [one for one in sceau.did("check").splitlines() if one.startswith("note   alarm")]
    assert "120 of 130 logins by password failed" in line


def test_http_to_be_reached_from_elsewhere_is_a_fault(sceau):
    sceau.environ["SCEAU_SERVER_BIND"] = "0.0.0.0"
    result = sceau("check")
    assert result.exit_code == 1
    assert "fault  tls" in result.stdout


def test_a_wrong_key_ring_is_refused_in_a_sentence(sceau):
    sceau.environ["SCEAU_SECRETS_KEYS"] = "other:" + "QUJD" * 10 + "QUI="
    result = sceau("check")
    assert result.exit_code == 1
    assert "fault  key ring" in result.stdout
    for words in (("init",), ("accounts", "list"), ("run",)):
        assert "key ring" in sceau.refused(*words)


def test_an_empty_older_or_newer_database_is_told(sceau, bare):
    assert "already" not in sceau.did("upgrade-check")
    with sceau.sql() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer" in sceau.refused("upgrade-check")
    assert "newer" in sceau("check").stdout
    with sceau.sql() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    result = sceau("upgrade-check")
    assert result.exit_code == 1
    assert newest_version() in result.stdout
    assert "sceau init" in result.stderr


def test_a_database_that_does_not_answer_is_not_a_traceback(sceau):
    sceau.environ["SCEAU_DATABASE_URL"] = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    assert "does not answer" in sceau.refused("accounts", "list", code=3)
    result = sceau("check")
    assert result.exit_code == 1
    assert "fault  database" in result.stdout


def test_a_registration_that_no_longer_fits_is_a_fault(sceau):
    with sceau.sql() as connection:
        document = '{"key": "x", "name": "X", "protocol": "oidc", "oidc": {"pkce": "never"}}'
        connection.execute(
            "INSERT INTO applications (key, protocol, state, version, registration, created_at, "
            "updated_at) VALUES ('x', 'oidc', 'enabled', 1, ?, 0, 0)",
            (document,),
        )
    assert "fault  applications" in sceau("check").stdout


def test_a_file_open_to_others_is_refused(sceau):
    sceau.file.chmod(0o644)
    assert "open to other users" in sceau.refused("check")


def test_the_reference_and_the_version_need_no_installation(bare):
    bare.environ.clear()
    assert "# Configuration reference" in bare.did("config", "reference")
    assert bare.did("--version").startswith("sceau ")


def test_a_list_of_known_passwords_is_looked_at(sceau):
    hashes = sorted(hashlib.sha1(b"%d" % number).hexdigest() for number in range(300))
    file = sceau.folder / "breaches"
    file.write_text("".join(f"{one}\n" for one in hashes))
    sceau.environ["SCEAU_POLICIES_BREACH_LIST"] = str(file)
    assert "300 hashes, in order" in sceau.did("check")
    file.write_text("".join(f"{one}\n" for one in reversed(hashes)))
    result = sceau("check")
    assert result.exit_code == 1
    assert "fault  breach list" in result.stdout
    assert "line 2" in result.stdout
    del sceau.environ["SCEAU_POLICIES_BREACH_LIST"]
    assert "breach list" not in sceau.did("check")
    sceau.environ["SCEAU_POLICIES_STAFF"] = "modern"
    assert "note   breach list" in sceau.did("check")
