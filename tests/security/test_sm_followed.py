# SPDX-License-Identifier: Apache-2.0
"""Metadata that is fetched again and again: proved by one key, and never to anybody's harm."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from idp.administration.rules.applications import Overtaken
from idp.administration.rules.following import Unfollowed
from idp.administration.rules.protocols import Fault
from idp.applications import sources
from idp.applications.sources import Source
from idp.messages.alarms import Cause
from tests.protocol.saml.messages import certificate as certificate_of
from tests.saml_following import DAY, KEY, SIGNER, Site, open_site, published
from tests.saml_kit import certificate
from tests.saml_metadata import bare, key, metadata
from tests.unit.ground.servers import answer
from tests.vihf_kit import LPS, POLICY
from tests.world import START

OTHER_KEYS = {"keys": key("saml evil")}
LATER = START + 30 * DAY


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    with open_site(sqlite_url) as opened:
        yield opened


@pytest.fixture
def followed(site: Site) -> Site:
    assert isinstance(site.follow(), Source)
    return site


def evil(*swaps: tuple[str, str], by: str = SIGNER, until: int | None = LATER) -> bytes:
    """Metadata that would bring in a foreign key."""
    return published(*swaps, by=by, until=until, **OTHER_KEYS)


def print_of(name: str) -> str:
    return certificate(name).fingerprint(SHA256()).hex()


def unsigned() -> bytes:
    document = metadata(validUntil="2030-01-01T00:00:00Z", **OTHER_KEYS)
    return document.partition("?>")[2].strip().encode()


def wrapped() -> bytes:
    """A signed description inside of an evil one."""
    inside = published().decode()
    outside = unsigned().decode().replace("entityID", 'ID="_evil" entityID', 1)
    return outside.replace("<md:Org", f"{inside}<md:Org", 1).encode()


ANY_USE = "<md:KeyDescriptor>"
POISONS = {
    "unsigned": (unsigned, Fault.UNSIGNED),
    "signed by another": (lambda: evil(by="saml evil"), Fault.UNPROVED),
    "changed since": (
        lambda: published().replace(b"https://sp.example/acs", b"https://evil.example/a"),
        Fault.UNPROVED,
    ),
    "wrapped": (wrapped, Fault.UNREADABLE),
    "out of date": (lambda: evil(until=START), Fault.OVER),
    "without end": (lambda: evil(until=None), Fault.ENDLESS),
    "older": (lambda: evil(until=START + 6 * DAY), Fault.OLDER),
    "of another": (
        lambda: evil(("https://sp.example/metadata", "https://other.example/metadata")),
        Fault.OTHER_NAME,
    ),
    "of no protocol of ours": (
        lambda: evil(
            ("urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.1:protocol")
        ),
        Fault.NO_APPLICATION,
    ),
    "without signed requests": (
        lambda: evil(('AuthnRequestsSigned="true"', 'AuthnRequestsSigned="false"')),
        Fault.WEAKER,
    ),
    "without a key to sign by": (
        lambda: published(
            ("<md:KeyDescriptor>", '<md:KeyDescriptor use="encryption">'), until=LATER
        ),
        Fault.WEAKER,
    ),
    "to an address in clear": (
        lambda: evil(("https://sp.example/acs", "http://sp.example/acs")),
        Fault.UNFIT,
    ),
    "to a script": (
        lambda: evil(("https://sp.example/acs", "javascript:alert(1)")),
        Fault.UNFIT,
    ),
    "with a document type": (
        lambda: b'<!DOCTYPE x [<!ENTITY e "e">]>' + evil(),
        Fault.UNREADABLE,
    ),
    "too large": (lambda: b"<x>" + b" " * 1_048_570 + b"</x>", Fault.UNREADABLE),
    "no metadata": (lambda: b"<html><body>down</body></html>", Fault.UNREADABLE),
    "in another encoding": (lambda: evil().decode().encode("utf-16"), Fault.UNREADABLE),
    "nothing": (lambda: b"", Fault.UNREADABLE),
}


def test_sm_070_poisoned_metadata_is_refused_and_the_last_good_kept(followed: Site) -> None:
    for name, (document, fault) in POISONS.items():
        before, stood = followed.application(), followed.source()
        seen = len(followed.world.events("application.refresh_failed"))
        followed.publish(document())
        assert followed.now() == fault.value, name
        assert followed.application() == before, name
        now = followed.source()
        kept = (stood.taken, stood.digest, stood.valid_until)
        assert (now.taken, now.digest, now.valid_until) == kept, name
        assert (now.failures, now.fault) == (1, fault.value), name
        told = followed.world.events("application.refresh_failed")[seen:]
        assert [(one.outcome, one.application) for one in told] == [("flagged", KEY)], name
        assert json.loads(told[0].detail)["why"] == fault.value, name
        followed.publish(published())
        assert followed.now() == "", name


# What is less than before is so only where there was something before.
AT_FIRST = POISONS.keys() - {"older", "without signed requests", "without a key to sign by"}


def test_sm_070_nor_is_it_taken_over_at_first(site: Site) -> None:
    before = site.application()
    for name in AT_FIRST:
        site.publish(POISONS[name][0]())
        assert not isinstance(site.follow(), Source), name
        assert site.source() is None, name
        assert site.application() == before, name


def test_sm_070_a_new_key_is_learned_and_told(followed: Site) -> None:
    """Roll-over: the next key beside the one of today, then alone."""
    both = key("saml application") + key("saml next")
    followed.publish(published(keys=both, until=START + 9 * DAY))
    assert followed.a_day_later() == ""
    kept = followed.settings()["signing_certificates"]
    assert [one.replace("\n", "") for one in kept] == [bare("saml application"), bare("saml next")]
    followed.publish(published(keys=key("saml next"), until=START + 10 * DAY))
    assert followed.a_day_later() == ""
    assert followed.settings()["signing_certificates"] == [bare("saml next")]
    told = [
        json.loads(one.detail)
        for one in followed.world.events("application.described")
        if json.loads(one.detail)["by"] == "description"
        and json.loads(one.detail)["member"] == "signing_certificates"
    ]
    prints = [print_of(one) for one in ("saml next", "saml application")]
    assert [(one["change"], one["value"]) for one in told] == [
        ("added", prints[0]),
        ("removed", prints[1]),
    ]


def test_sm_070_what_was_decided_here_stays(followed: Site) -> None:
    """An address taken away by hand does not come back; policy and release are never told."""
    desk = followed.world.provider.services.office.applications
    extra = "".join(
        f'<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        f'index="{number}" Location="https://{number}.sp.example/acs"/>'
        for number in (5, 6)
    )
    place = "<md:AttributeConsumingService"
    followed.publish(published((place, extra + place), until=START + 9 * DAY))
    assert followed.a_day_later() == ""
    with followed.world.core.database.write() as tx:
        document, version = desk.stored(tx, KEY)
        document["saml"]["acs"] = [one for one in document["saml"]["acs"] if one["index"] != 5]
        assert not isinstance(desk.edit(tx, followed.authority, KEY, version, document), Overtaken)
    policy = followed.application().policy
    followed.publish(
        published((place, extra + place), keys=key("saml next"), until=START + 10 * DAY)
    )
    assert followed.a_day_later() == ""
    assert [one["index"] for one in followed.settings()["acs"]] == [0, 1, 6]
    assert followed.settings()["signing_certificates"] == [bare("saml next")]
    assert followed.settings()["attributes"] == [{"source": "email"}, {"source": "national_id"}]
    assert followed.application().policy == policy


def test_sm_070_what_fails_for_a_day_is_an_alarm_and_ends_well(followed: Site) -> None:
    core = followed.world.core
    followed.publish(b"", status="503 Service Unavailable")
    assert followed.a_day_later() == "unreachable"
    with core.database.read() as tx:
        assert not core.alarms.stands(tx, Cause.DESCRIPTIONS)
    assert followed.a_day_later() == "unreachable"
    with core.database.read() as tx:
        assert core.alarms.stands(tx, Cause.DESCRIPTIONS)
    assert len(followed.world.events("application.refresh_failed")) == 1
    followed.publish(published(until=LATER))
    assert followed.a_day_later() == ""
    assert len(followed.world.events("application.refreshed")) == 1
    assert followed.source().failures == 0


@pytest.mark.parametrize(
    "named",
    [
        bare("metadata signer"),
        print_of(SIGNER).upper(),
    ],
    ids=["base64", "fingerprint"],
)
def test_sm_070_the_certificate_is_named_in_several_ways(site: Site, named: str) -> None:
    done = site.follow(certificate=named)
    assert isinstance(done, Source)
    assert done.certificate == bare(SIGNER)


def test_sm_070_a_fingerprint_names_one_key_and_no_other(site: Site) -> None:
    honest = published(by="saml evil").decode()
    # Its own certificate is shown beside the one that signed.
    both = honest.replace(
        "</ds:X509Data></ds:KeyInfo></ds:Signature>",
        f"<ds:X509Certificate>{bare(SIGNER)}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></ds:Signature>",
    )
    assert both != honest
    site.publish(both.encode())
    assert site.follow(certificate=print_of(SIGNER)) == Unfollowed("certificate", Fault.UNPROVED)
    weak = certificate_of("weak").public_bytes(Encoding.PEM).decode()
    for no_certificate in ("", "ab" * 20, "nothing", weak, "A" * 20_000):
        assert site.follow(certificate=no_certificate) == Unfollowed("certificate")


def test_sm_070_only_what_was_looked_at_is_taken_over(site: Site) -> None:
    found = site.following.look(site.authority, KEY, site.named())
    site.publish(evil())
    other = site.following.look(site.authority, KEY, site.named())
    with site.world.core.database.write() as tx:
        plan = site.following.plan(tx, site.authority, KEY, found)
        seen = plan.version, plan.found.described.digest
        done = site.following.follow(tx, site.authority, KEY, other, seen)
    assert isinstance(done, Overtaken)
    assert site.source() is None


ADDRESSES = (
    "http://sp.example/metadata",
    "https://127.0.0.1/metadata",
    "https://[::1]/metadata",
    "https://169.254.169.254/latest",
    "https://2130706433/metadata",
    "https://user:word@sp.example/metadata",
    "file:///etc/passwd",
    "gopher://sp.example/",
    "javascript:alert(1)",
    "https://sp.example/\r\nX: y",
    "",
    "x" * 3000,
)


def test_sm_072_br_015_no_address_of_ours_is_asked(site: Site) -> None:
    for url in ADDRESSES:
        done = site.follow(url=url)
        assert isinstance(done, Unfollowed), url
        assert done.field == "url", url
    assert site.server.connections == 0


def test_sm_072_br_015_no_redirect_and_no_second_address(site: Site) -> None:
    site.server.behave = answer(b"", f"Location: {site.url}/x", status="302 Found")
    assert site.follow() == Unfollowed("url", Fault.UNREACHABLE)
    assert site.server.connections == 1
    more = '<md:AdditionalMetadataLocation namespace="x:y">http://127.0.0.1/</md:AdditionalMetadataLocation>'
    site.publish(published(("</md:EntityDescriptor>", f"{more}</md:EntityDescriptor>")))
    assert isinstance(site.follow(), Source)
    assert site.server.connections == 2


def test_sm_070_of_several_nodes_one_fetches(followed: Site) -> None:
    core = followed.world.core
    followed.world.clock.pass_by(DAY)
    with core.database.read() as tx:
        (waiting,) = sources.waiting(tx, core.clock.now())
    with core.database.write() as tx:
        assert sources.claim(tx, waiting, core.clock.now())
    assert followed.following.due() == []
    with core.database.write() as tx:
        assert not sources.claim(tx, waiting, core.clock.now())


def test_sm_070_the_same_played_back_opens_the_way_to_nothing_older(followed: Site) -> None:
    """A key that came by mistake and went again."""
    mistaken = published(keys=key("saml application") + key("saml evil"), until=START + 9 * DAY)
    for document in (mistaken, published(until=START + 12 * DAY), published()):
        followed.publish(document)
        assert followed.now() == ""
    followed.publish(mistaken)
    assert followed.now() == Fault.OLDER.value
    kept = followed.settings()["signing_certificates"]
    assert [one.replace("\n", "") for one in kept] == [bare("saml application")]


def test_sm_070_what_somebody_else_found_meanwhile_stands(followed: Site) -> None:
    older = published(keys=key("saml evil"), until=START + 8 * DAY)
    newer = published(keys=key("saml next"), until=START + 9 * DAY)
    others = []

    def slow(connection, server) -> None:
        followed.publish(newer)
        others.append(followed.now())
        answer(older)(connection, server)

    followed.server.behave = slow
    assert followed.now() == ""
    assert others == [""]
    assert followed.settings()["signing_certificates"] == [bare("saml next")]
    assert followed.source().valid_until == START + 9 * DAY


def test_sm_072_where_there_is_no_room_it_is_noted_and_told(
    followed: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert followed.a_day_later() == Fault.UNREACHABLE.value
    assert followed.source().failures == 1
    found = followed.following.members(followed.authority, followed.named())
    assert found == Unfollowed("url", Fault.UNREACHABLE)


def test_wb_016_whoever_named_the_address_decides_nothing_of_what_is_entitled(
    followed: Site,
) -> None:
    desk = followed.world.provider.services.office.applications

    def edited(lps: dict[str, str]) -> None:
        with followed.world.core.database.write() as tx:
            document, version = desk.stored(tx, KEY)
            saml = document["saml"] | {"vihf": lps}
            asked = {**document, "policy": POLICY, "saml": saml}
            made = desk.edit(tx, followed.authority, KEY, version, asked)
        assert made.settings["vihf"] == lps

    edited(LPS)
    followed.publish(evil())
    followed.world.clock.pass_by(DAY)
    assert followed.following.due() == []
    assert followed.source() is None
    assert len(followed.world.events("application.unfollowed")) == 1
    # Who entitled it may name one, which stays.
    followed.publish(published())
    assert isinstance(followed.follow(), Source)
    edited(LPS | {"lps_version": "4.3"})
    assert followed.source() is not None


def test_sm_071_a_key_without_a_use_verifies_and_requests_stay_signed(followed: Site) -> None:
    registered = followed.settings()["signing_certificates"]
    swaps = (ANY_USE, '<md:KeyDescriptor use="signing">')
    for number, swap in enumerate((swaps, (ANY_USE, ANY_USE))):
        followed.publish(published(swap, until=START + (9 + number) * DAY))
        assert followed.a_day_later() == ""
        assert followed.settings()["signing_certificates"] == registered
    assert followed.settings().get("signed_requests", True) is True
    assert len(followed.settings()["encryption_certificates"]) == 1
