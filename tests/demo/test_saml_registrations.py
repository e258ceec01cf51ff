# SPDX-License-Identifier: Apache-2.0
"""`applications sync` with applications that speak SAML."""

import json

import pytest
import tomli_w

from tests.saml_kit import saml_application


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "registrations"
    made.mkdir()
    return made


def put(folder, key, **changes):
    document = saml_application(key, **changes)
    (folder / f"{key}.toml").write_text(tomli_w.dumps(document), "utf-8")
    return document


def test_it_is_stored_shown_and_has_no_secret(sceau, folder):
    document = put(folder, "messagerie")
    told = sceau.did("applications", "sync", str(folder))
    assert "added" in told
    assert "secret" not in told
    shown = json.loads(sceau.did("applications", "show", "messagerie", "--json"))
    assert shown["saml"] == document["saml"]
    assert "unchanged" in sceau.did("applications", "sync", str(folder))
    assert "messagerie" not in sceau.did("check")


def test_every_fault_is_told_and_nothing_is_stored(sceau, folder):
    put(folder, "evil", saml={"acs": [{"url": "javascript:alert(1)"}]})
    put(folder, "unsigned", saml={"signing_certificates": []})
    told = sceau.refused("applications", "sync", str(folder))
    assert "saml.acs: number 1: url: 'javascript:alert(1)' must be https" in told
    assert "saml.signing_certificates: signed requests need one at least" in told


def test_sm_070_two_of_one_name_are_refused_together_and_one_after_the_other(sceau, folder):
    document = put(folder, "first")
    same = {"entity_id": document["saml"]["entity_id"]}
    put(folder, "second", saml=same)
    assert "is the name of first.toml too" in sceau.refused("applications", "sync", str(folder))
    (folder / "second.toml").unlink()
    sceau.did("applications", "sync", str(folder))
    (folder / "first.toml").unlink()
    put(folder, "second", saml=same)
    told = sceau.refused("applications", "sync", str(folder))
    assert "another application has it already" in told
