# SPDX-License-Identifier: Apache-2.0
"""`applications sync`: all of a folder, or nothing of it."""

import json
import stat
from dataclasses import replace

import pytest
import tomli_w

from idp.applications import logos
from idp.applications.logos import Logo
from idp.cli.registrations import SECRET_BYTES
from tests.administration.scene_parts import PROVIDER


def registration(key="agenda", **oidc):
    return {
        "key": key,
        "protocol": "oidc",
        "name": key.title(),
        "home_url": f"https://{key}.example/",
        "policy": {"means": ["password"], "level": 1, "communities": ["onco-centre"]},
        "oidc": {"redirect_uris": [f"https://{key}.example/cb"]} | oidc,
    }


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "registrations"
    made.mkdir()
    return made


def put(folder, document, name=""):
    file = folder / f"{name or document['key']}.toml"
    file.write_text(tomli_w.dumps(document), "utf-8")
    return file


def stored(sceau):
    return {one["key"]: one for one in json.loads(sceau.did("applications", "list", "--json"))}


def test_added_unchanged_changed(sceau, folder):
    put(folder, registration())
    put(folder, registration("dossier"))
    told = sceau.did("applications", "sync", str(folder))
    assert told.count("added") == 2
    assert "has no secret yet" in told
    assert sceau.did("applications", "sync", str(folder)).count("unchanged") == 2
    put(folder, registration() | {"name": "Agenda régional"})
    (folder / "dossier.toml").unlink()
    told = sceau.did("applications", "sync", str(folder))
    assert "changed" in told
    assert "left as is" in told
    assert stored(sceau)["agenda"]["name"] == "Agenda régional"
    assert len(sceau.events("application.registered")) == 2
    assert sceau.events("application.changed")[0][0] == "command line"


def test_every_fault_is_told_and_nothing_is_stored(sceau, folder):
    put(folder, registration("good"))
    put(folder, registration("evil", redirect_uris=["http://evil.example/*"], pkce="never"))
    put(folder, registration("strange") | {"policy": {"means": ["telepathy"], "level": 7}})
    put(folder, registration("nowhere") | {"policy": {"communities": ["Onco Centre"]}})
    put(folder, registration("good"), name="twice")
    put(folder, registration("dated") | {"oidc": {"redirect_uris": ["https://d.example/cb"]}})
    (folder / "broken.toml").write_text("key = ")
    told = sceau.refused("applications", "sync", str(folder))
    for words in (
        "Nothing was stored",
        "evil.toml: oidc.redirect_uris",
        "evil.toml: oidc.pkce",
        "strange.toml: policy.means",
        "strange.toml: policy.level",
        "nowhere.toml: policy.communities: 'Onco Centre'",
        "twice.toml: key: 'good'",
        "broken.toml: it is not valid TOML",
    ):
        assert words in told
    assert stored(sceau) == {}
    assert sceau.events("application.registered") == []


def test_a_date_has_no_place_in_a_registration(sceau, folder):
    (folder / "x.toml").write_text(
        tomli_w.dumps(registration("x")) + "\n[oidc.jwks]\nsince = 2026-01-01\n"
    )
    assert "date" in sceau.refused("applications", "sync", str(folder))


def test_a_dry_run_stores_nothing(sceau, folder):
    put(folder, registration())
    assert "none stored" in sceau.did("applications", "sync", str(folder), "--dry-run")
    assert stored(sceau) == {}
    (folder / "agenda.toml").unlink()
    assert "no registration" in sceau.refused("applications", "sync", str(folder))


def test_secrets_are_read_or_made_and_never_open_to_others(sceau, folder, tmp_path):
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    put(folder, registration())
    put(folder, registration("public", token_endpoint_auth_method="none"))
    told = sceau.did("applications", "sync", str(folder), "--secrets", str(secrets))
    assert "secret made" in told
    (file,) = secrets.iterdir()
    assert file.name == "agenda.secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().strip()) * 6 // 8 >= SECRET_BYTES
    with sceau.core() as core, core.database.read() as tx:
        found = core.applications.load(tx, "agenda")
        assert core.applications.secret_matches(found, file.read_text().strip())
    again = sceau.did("applications", "sync", str(folder), "--secrets", str(secrets))
    assert "secret" not in again
    file.chmod(0o644)
    told = sceau.refused("applications", "sync", str(folder), "--secrets", str(secrets))
    assert "open to other users" in told


def test_a_secret_named_by_the_registration_is_not_stored_with_it(sceau, folder):
    document = registration() | {"client_secret_file": "agenda.secret"}
    put(folder, document)
    assert "can't be read" in sceau.refused("applications", "sync", str(folder))
    secret = folder / "agenda.secret"
    secret.write_text("short\n")
    secret.chmod(0o600)
    assert "32 characters" in sceau.refused("applications", "sync", str(folder))
    secret.write_text("a-secret-of-the-agenda-0123456789abcdef\n")
    assert "secret set" in sceau.did("applications", "sync", str(folder))
    with sceau.sql() as connection:
        (text,) = connection.execute("SELECT registration FROM applications").fetchone()
    assert "client_secret_file" not in text
    put(
        folder,
        registration("open", token_endpoint_auth_method="none") | {"client_secret_file": "x"},
    )
    assert "does not prove itself" in sceau.refused("applications", "sync", str(folder))


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


def test_a_logo_is_read_beside_its_registration(sceau, folder):
    document = registration(token_endpoint_auth_method="none") | {"logo": "agenda.svg"}
    put(folder, document)
    assert "logo: " in sceau.refused("applications", "sync", str(folder))
    logo = folder / "agenda.svg"
    logo.write_text(SVG.replace("<path", "<script/><path"))
    assert "without scripts" in sceau.refused("applications", "sync", str(folder))
    logo.write_text(SVG)
    assert "new logo" in sceau.did("applications", "sync", str(folder))
    assert "logo" not in sceau.did("applications", "sync", str(folder))
    with sceau.core() as core, core.database.read() as tx:
        assert logos.load(tx, "agenda") == Logo("image/svg+xml", SVG.encode())
    del document["logo"]
    put(folder, document)
    assert "no logo any more" in sceau.did("applications", "sync", str(folder))
    assert len(sceau.events("application.logo")) == 2


def test_switches_and_secrets(sceau, folder):
    put(folder, registration())
    put(folder, registration("public", token_endpoint_auth_method="none"))
    sceau.did("applications", "sync", str(folder))
    assert "none yet" in sceau.did("applications", "show", "agenda")
    first = sceau.did("applications", "secret", "agenda").strip()
    sceau.did("applications", "secret", "agenda", "--stdin", typed="b" * 40 + "\n")
    with sceau.core() as core, core.database.read() as tx:
        found = core.applications.load(tx, "agenda")
        assert core.applications.secret_matches(found, "b" * 40)
        assert not core.applications.secret_matches(found, first)
    assert "32" in sceau.refused("applications", "secret", "agenda", "--stdin", typed="short\n")
    assert "does not prove" in sceau.refused("applications", "secret", "public")
    assert "disabled" in sceau.did("applications", "disable", "agenda")
    assert "already" in sceau.did("applications", "disable", "agenda")
    assert stored(sceau)["agenda"]["state"] == "disabled"
    sceau.did("applications", "enable", "agenda")
    assert "no application" in sceau.refused("applications", "show", "nothing")


def test_communities_are_named(sceau):
    sceau.did("communities", "add", "perinat-centre", "Périnat Centre")
    assert "Périnat Centre" in sceau.did("communities", "list")
    assert "unchanged" in sceau.did("communities", "add", "perinat-centre", "Périnat Centre")
    assert len(sceau.events("community.named")) == 2
    assert "key" in sceau.refused("communities", "add", "Périnat", "Périnat")


@pytest.mark.parametrize("kind", ["idp:chu", "idp:"])
def test_a_provider_that_nobody_has_added_is_told_and_nothing_is_stored(sceau, folder, kind):
    put(folder, registration("good"))
    named = {"policy": {"means": ["password", kind], "level": 1}}
    put(folder, registration("named") | named)
    told = sceau.refused("applications", "sync", str(folder))
    assert "named.toml: policy.means" in told
    assert repr(kind) in told
    assert stored(sceau) == {}
    told = sceau.refused("applications", "sync", str(folder), "--dry-run")
    assert "Nothing was stored" in told


def test_a_provider_that_was_added_may_be_named_also_while_it_is_closed(sceau, folder):
    with sceau.core() as core, core.database.write() as tx:
        assert core.providers.add(tx, replace(PROVIDER, enabled=False))
    named = {"policy": {"means": ["password", PROVIDER.kind], "level": 1}}
    put(folder, registration("named") | named)
    assert "added" in sceau.did("applications", "sync", str(folder))
    assert set(stored(sceau)) == {"named"}
