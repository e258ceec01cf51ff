# SPDX-License-Identifier: Apache-2.0
"""An application's metadata followed: in the console, by programs, by command."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.applications import sources
from tests.administration.api_kit import EVERY_SCOPE, program
from tests.administration.application_kit import HERE, fields_of
from tests.administration.command_kit import commands_of
from tests.administration.kit import open_office
from tests.saml_federation import FEDERATION, PROVIDER, aggregate, entity
from tests.saml_following import DAY, KEY, NAME, SIGNER, Site, open_site, published
from tests.saml_kit import pem
from tests.saml_metadata import bare, key
from tests.world import START

PAGE = f"{HERE}/{KEY}/source"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_site(sqlite_url: str) -> Iterator[Site]:
    with open_site(sqlite_url) as opened:
        yield opened


def rolled_over() -> bytes:
    """The next key beside the one of today."""
    return published(keys=key("saml application") + key("saml next"), until=START + 9 * DAY)


def test_it_is_looked_at_taken_over_fetched_and_left(site: Site) -> None:
    office = open_office(site.world)
    site.publish(rolled_over())
    browser = office.enter("regionale")
    browser.get(f"{HERE}/{KEY}")
    assert browser.page.select_one(f'a[href="{PAGE}"]')
    browser.get(PAGE)
    browser.submit("/source", url=site.url, certificate="no certificate")
    assert browser.last.status_code == 422
    browser.submit("/source", url=site.url, certificate=pem("saml evil"))
    assert browser.last.status_code == 422
    assert site.url in browser.last.get_data(as_text=True)
    browser.submit("/source", url=site.url, certificate=pem(SIGNER))
    shown = browser.page.main.get_text(" ")
    assert browser.last.status_code == 200
    assert "https://sp.example/slo" in shown
    assert "isMemberOf" not in shown
    assert "urn:oid:1.3.6.1.4.1.5923.1.5.1.1" in shown
    assert site.source() is None
    # Somebody else changes it before it is agreed to.
    action, fields = browser.form("/source")
    site.publish(published(keys=key("saml next"), until=START + 9 * DAY))
    browser.post(action, fields)
    assert browser.last.status_code == 409
    assert site.source() is None
    browser.submit("/source")
    assert browser.last.status_code == 200
    assert site.source().url == site.url
    assert site.settings()["signing_certificates"] == [bare("saml next")]
    site.publish(b"")
    browser.post(PAGE, {"act": "refresh", "csrf": browser.form("/source")[1]["csrf"]})
    assert browser.page.select_one(".notice-warning")
    browser.get(f"{HERE}/{KEY}/history")
    assert browser.last.status_code == 200
    browser.get(PAGE)
    browser.post(PAGE, {"act": "stop", "csrf": browser.form("/source")[1]["csrf"]})
    assert site.source() is None
    assert site.settings()["signing_certificates"] == [bare("saml next")]
    kinds = [one.kind for one in site.world.events() if one.kind.startswith("application.")]
    assert kinds[-2:] == ["application.refresh_failed", "application.unfollowed"]


def test_what_never_ends_is_shown_too(sqlite_site: Site) -> None:
    sqlite_site.publish(published(until=253_402_300_799))
    browser = open_office(sqlite_site.world).enter("regionale")
    browser.get(PAGE)
    browser.submit("/source", url=sqlite_site.url, certificate=pem(SIGNER))
    assert browser.last.status_code == 200
    assert "9999" in browser.page.main.get_text(" ")


def test_wb_013_a_field_that_is_not_ours_is_refused(sqlite_site: Site) -> None:
    site = sqlite_site
    browser = open_office(site.world).enter("regionale")
    browser.get(PAGE)
    browser.submit("/source", url=site.url, certificate=pem(SIGNER), entity_id="x")
    assert browser.last.status_code == 400


def test_programs_follow_it_too(sqlite_site: Site) -> None:
    site = sqlite_site
    office = open_office(site.world)
    there = program(office, Held(Role.REGION), EVERY_SCOPE)
    here = f"/applications/{KEY}/source"
    assert there.call("GET", here).get_json()["followed"] is False
    named = {"url": site.url, "certificate": pem(SIGNER)}
    looked = there.call("POST", f"{here}/look", named | {"certificate": pem("saml evil")})
    assert looked.get_json()["fault"] == "unproved"
    seen = there.call("POST", f"{here}/look", named).get_json()
    assert {one["member"] for one in seen["changes"]} >= {"slo", "encryption_certificates"}
    as_seen = named | {"digest": seen["digest"], "version": seen["version"]}
    site.publish(rolled_over())
    assert there.call("PUT", here, as_seen).status_code == 409
    site.publish(published())
    done = there.call("PUT", here, as_seen).get_json()
    assert (done["followed"], done["signer"]) == (True, seen["signer"])
    site.publish(rolled_over())
    assert there.call("POST", f"{here}/refresh").get_json() == {"fault": None, "changes": 2}
    assert there.call("DELETE", here).get_json()["followed"] is False
    assert there.call("POST", f"{here}/refresh").status_code == 409


def test_by_command(
    sqlite_site: Site, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = sqlite_site
    sceau = commands_of("applications", sqlite_url, monkeypatch)
    monkeypatch.setenv("SCEAU_OUTGOING_ALLOW", f"127.0.0.1:{site.server.port}")
    named = tmp_path / "signer.pem"
    named.write_text(pem(SIGNER))
    # Commands go by the clock on the wall.
    site.publish(published(until=START + 3650 * DAY))
    certificate = ("--certificate", str(named))
    assert "slo" in sceau("follow", KEY, site.url, *certificate, "--dry-run")
    assert site.source() is None
    wrong = ("--fingerprint", "ab" * 32)
    assert "unproved" in sceau("follow", KEY, site.url, *wrong, code=1)
    sceau("follow", KEY, site.url, *wrong, *certificate, code=2)
    assert "no application" in sceau("follow", "unheard-of", site.url, *certificate, code=1)
    assert "protocol" in sceau("follow", "plain", site.url, *certificate, code=1)
    assert "followed" in sceau("follow", KEY, site.url, *certificate)
    (listed,) = json.loads(sceau("sources", "--json"))
    assert (listed["application"], listed["url"], listed["fault"]) == (KEY, site.url, "")
    assert "changes: 0" in sceau("refresh")
    site.publish(b"")
    assert "unreadable" in sceau("refresh", KEY, code=1)
    assert "unreadable" in sceau("sources")
    assert "no more" in sceau("unfollow", KEY)
    assert site.source() is None


def test_applications_of_a_federation_are_chosen_one_by_one_and_fetched_together(
    sqlite_site: Site, tmp_path: Path
) -> None:
    site = sqlite_site
    whole = aggregate(*(entity(one) for one in range(60)), PROVIDER, until=START + 7 * DAY)
    site.publish(whole)
    browser = open_office(site.world).enter("regionale")
    named = {"url": site.url, "certificate": pem(FEDERATION)}
    browser.get(f"{HERE}/import")
    browser.submit("/import", **named | {"certificate": pem(SIGNER)})
    assert browser.last.status_code == 422
    browser.submit("/import", **named)
    shown = browser.page.main.get_text(" ")
    assert "60" in shown
    assert "https://idp.example/" not in shown
    for number in (7, 41):
        browser.get(f"{HERE}/import")
        browser.submit("/import", **named, sought=f"messagerie {number}")
        assert len(browser.page.select("form.act")) >= 1
        csrf = browser.form("/import")[1]["csrf"]
        chosen = {"name": f"https://sp{number}.example/metadata", "csrf": csrf}
        browser.post(f"{HERE}/import", named | chosen)
        form = browser.page.select_one("form.panel-form")
        filled = fields_of(browser) | {"policy.means": ["password"], "policy.level": ["1"]}
        assert filled["saml.entity_id"] == [chosen["name"]]
        browser.post(form["action"], filled)
        assert browser.last.status_code == 200
        browser.submit("/source", **named)
        browser.submit("/source")
    with site.world.core.database.read() as tx:
        followed = [(one.application, one.url) for one in sources.every(tx)]
    assert followed == [("sp41.example", site.url), ("sp7.example", site.url)]
    seen = site.server.connections
    rolled = [entity(7, keys=key("saml next")), *(entity(one) for one in range(8, 60))]
    site.publish(aggregate(*rolled, until=START + 9 * DAY))
    site.world.clock.pass_by(DAY)
    assert [one.changes for one in site.following.due()] == [0, 4]
    assert site.server.connections == seen + 1
    # Whoever leaves the federation keeps what was last good, and is told of.
    site.publish(aggregate(*rolled[1:], until=START + 10 * DAY))
    site.world.clock.pass_by(DAY)
    assert {one.application: one.fault for one in site.following.due()} == {
        "sp7.example": "other-name",
        "sp41.example": "",
    }


def test_members_of_a_federation_by_command(
    sqlite_site: Site, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert sqlite_site
    sceau = commands_of("applications", sqlite_url, monkeypatch)
    file, signer = tmp_path / "federation.xml", tmp_path / "signer.pem"
    opened = "<md:EntityDescriptor"
    late = entity(9, (opened, f'{opened} validUntil="2020-01-01T00:00:00Z"'))
    file.write_bytes(aggregate(*(entity(one) for one in range(5)), late, until=START + 3650 * DAY))
    signer.write_text(pem(FEDERATION))
    named = ("members", str(file), "--certificate", str(signer))
    told = json.loads(sceau(*named, "--search", "SP3.example", "--json"))
    assert told == {
        "total": 6,
        "members": [{"name": "https://sp3.example/metadata", "title": "Messagerie 3"}],
        "rejected": [],
    }
    assert "over" in sceau(*named)
    (document,) = json.loads(sceau(*named, "--search", "sp3.", "--registration"))
    assert document["saml"]["entity_id"] == "https://sp3.example/metadata"
    signer.write_text(pem(SIGNER))
    assert "unproved" in sceau(*named, code=1)
    assert "read" in sceau("members", str(tmp_path / "none"), *named[2:], code=1)


def test_one_that_shows_no_key_of_its_own_is_read_by_the_one_that_was_named(
    sqlite_site: Site,
) -> None:
    head, _, rest = published().partition(b"<ds:KeyInfo>")
    sqlite_site.publish(head + rest.partition(b"</ds:KeyInfo>")[2])
    found = sqlite_site.following.members(sqlite_site.authority, sqlite_site.named())
    (member,) = found.chosen
    assert member.imported.document["saml"]["entity_id"] == member.name == NAME
