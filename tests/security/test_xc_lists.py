# SPDX-License-Identifier: Apache-2.0
"""Revocation lists: what they say is followed (XC-011), bad ones are not used (XC-012, XC-013)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from idp.db import Database
from idp.demo.pki_authority import Authority, Issued, moment
from idp.demo.pki_revocation import DAY, Lists, Reason, Register, Revoked, revocation_list
from idp.trust import sources
from idp.trust.crl import RevocationList, read_list
from idp.trust.rules import LIST_BYTES, LIST_SECONDS
from idp.trust.serials import holds, pack
from tests.databases import close_database, sqlite_database
from tests.trusting import Bench, alone, host_of, open_trust, served, silence

HOUR = 3600


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    """Everything is served, and fetched once an hour."""
    with served(database, refresh=HOUR) as opened:
        yield opened


@pytest.fixture
def offline(database_folder: Path) -> Iterator[Bench]:
    """Nothing is served: for what is read, and has nothing to do with a database."""
    database = sqlite_database(database_folder)
    yield alone(database)
    close_database(database)


def renew(bench: Bench) -> dict[str, str]:
    """Fetch every list; answers the faults."""
    outcomes = bench.trust.refresh.due(everything=True)
    return {one.source.url.rpartition("/")[2]: one.fault for one in outcomes}


def serve(bench: Bench, short: str, body: bytes, *, changes: bool = False) -> None:
    """Serve this instead of the authority's list."""
    assert bench.service is not None
    suffix = "-delta" if changes else ""
    bench.service.overrides[f"/CRL/{short}{suffix}.crl"] = (200, body)


def made(
    bench: Bench, number: int, *revoked: Issued, short: str = "ACI-FO-PP", **more: object
) -> bytes:
    """A list of an authority, good from now for a day."""
    period = (bench.now, bench.now + DAY)
    entries = [(one.certificate.serial_number, Revoked(bench.now)) for one in revoked]
    return revocation_list(bench.pki.authorities[short], entries, period, number, **more)


def without_responder(bench: Bench) -> None:
    silence(bench, "/ocsp")


def test_xc_011_a_revoked_card_is_refused(bench: Bench) -> None:
    without_responder(bench)
    one, other = bench.card(), bench.card(serial="2600301753")
    assert bench.verdict(one) == "certain"
    bench.pki.revoke(one.certificate, bench.now)
    bench.clock.pass_by(1)
    # It is known from the next list on, an hour later at most.
    assert bench.verdict(one) == "certain"
    bench.clock.pass_by(HOUR)
    bench.trust.refresh.due()
    assert bench.verdict(one) == "revoked"
    assert bench.verdict(other) == "certain"


def test_xc_011_a_card_revoked_in_the_second_of_the_last_list_is_refused(bench: Bench) -> None:
    """Two lists of one second are two: the latter is not taken for the former."""
    without_responder(bench)
    cards = [bench.card(), bench.card(serial="2600301753")]
    assert bench.verdict(cards[0]) == "certain"
    for one in cards:
        bench.pki.revoke(one.certificate, bench.now)
        renew(bench)
        assert bench.verdict(one) == "revoked"


def test_xc_011_so_are_all_below_a_revoked_authority(bench: Bench) -> None:
    without_responder(bench)
    one = bench.card()
    assert bench.verdict(one) == "certain"
    bench.pki.revoke(bench.pki.authorities["ACI-FO-PP"].certificate, bench.now)
    bench.clock.pass_by(1)
    renew(bench)
    assert bench.verdict(one) == "revoked"


def test_xc_011_changes_count_at_once_and_a_suspension_can_end(database: Database) -> None:
    with served(database, lists=None, refresh=HOUR) as bench:
        without_responder(bench)
        one, other = bench.card(), bench.card(serial="2600301753")
        serve(bench, "ACI-FO-PP", made(bench, 10, one))
        serve(bench, "ACI-FO-PP", made(bench, 11, other, base=10), changes=True)
        assert bench.verdict(one) == "revoked"
        assert bench.verdict(other) == "revoked"
        bench.clock.pass_by(1)
        again = [(one.certificate.serial_number, Revoked(bench.now, Reason.remove_from_crl))]
        told = revocation_list(
            bench.pki.authorities["ACI-FO-PP"], again, (bench.now, bench.now + DAY), 12, base=10
        )
        serve(bench, "ACI-FO-PP", told, changes=True)
        assert set(renew(bench).values()) == {""}
        assert bench.verdict(one) == "certain"
        # Changes that were made for another whole list say nothing of this one.
        serve(bench, "ACI-FO-PP", made(bench, 20, one))
        renew(bench)
        assert bench.verdict(one) == "revoked"


def test_xc_011_changes_whose_time_is_over_free_nobody_and_still_accuse(bench: Bench) -> None:
    without_responder(bench)
    one, other = bench.card(), bench.card(serial="2600301753")
    until = bench.now + 10 * DAY
    authority = bench.pki.authorities["ACI-FO-PP"]
    whole = [(one.certificate.serial_number, Revoked(bench.now, Reason.certificate_hold))]
    body = revocation_list(authority, whole, (bench.now, until), 10)
    serve(bench, "ACI-FO-PP", body)
    changed = [
        (one.certificate.serial_number, Revoked(bench.now, Reason.remove_from_crl)),
        (other.certificate.serial_number, Revoked(bench.now)),
    ]
    told = revocation_list(authority, changed, (bench.now, bench.now + HOUR), 11, base=10)
    serve(bench, "ACI-FO-PP", told, changes=True)
    assert (bench.verdict(one), bench.verdict(other)) == ("certain", "revoked")
    silence(bench, "/CRL/ACI-FO-PP-delta.crl")
    bench.clock.pass_by(HOUR)
    assert (bench.verdict(one), bench.verdict(other)) == ("revoked", "revoked")


def test_xc_011_who_was_ever_on_the_last_good_list_stays_revoked(bench: Bench) -> None:
    """Its end, however long ago, sets nobody free; not even where all is accepted."""
    without_responder(bench)
    one = bench.card()
    bench.pki.revoke(one.certificate, bench.now)
    assert bench.verdict(one) == "revoked"
    silence(bench, "/CRL/ACI-FO-PP.crl", "/CRL/ACI-FO-PP-delta.crl")
    bench.policies["anywhere"] = "accept"
    bench.clock.pass_by(30 * DAY)
    assert bench.verdict(one, "anywhere") == "revoked"
    assert bench.verdict(bench.card(serial="2600301753"), "anywhere") == "unsure"


def issuer(bench: Bench, short: str = "ACI-FO-PP") -> list:
    return [
        one.certificate
        for one in bench.known()
        if one.certificate.parsed == bench.pki.authorities[short].certificate
    ]


def point(**changes: object) -> tuple[x509.IssuingDistributionPoint, bool]:
    """An IssuingDistributionPoint with nothing but this."""
    usual: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(usual | changes)), True


def address(url: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url)]


def signed(authority: Authority, by: Issued, now: int) -> bytes:
    """A list in one's name, by another's key."""
    builder = x509.CertificateRevocationListBuilder(
        authority.certificate.subject, moment(now), moment(now + DAY)
    )
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


BAD_PLACES = {
    "indirect": point(indirect_crl=True),
    "some reasons": point(only_some_reasons=frozenset({Reason.key_compromise})),
    "attributes": point(only_contains_attribute_certs=True),
    "nowhere": point(full_name=[x509.DirectoryName(x509.Name([]))]),
}


@pytest.mark.parametrize("which", BAD_PLACES)
def test_xc_012_a_list_of_a_part_or_of_others_is_not_used(offline: Bench, which: str) -> None:
    body = made(offline, 1, extensions=[BAD_PLACES[which]])
    assert isinstance(read_list(body, issuer(offline), offline.now), str)


def test_xc_012_a_list_by_another_key_or_name_is_not_used(offline: Bench) -> None:
    good = made(offline, 1)
    ours = offline.pki.authorities["ACI-FO-PP"]
    other = offline.pki.authorities["ACI-ST-PP"]
    assert isinstance(read_list(good, issuer(offline), offline.now), RevocationList)
    assert "another authority" in str(read_list(good, issuer(offline, "ACI-ST-PP"), offline.now))
    by_another = signed(ours, other.issued, offline.now)
    assert "signature" in str(read_list(by_another, issuer(offline), offline.now))
    # One bit of the signature.
    assert "signature" in str(
        read_list(good[:-1] + bytes([good[-1] ^ 1]), issuer(offline), offline.now)
    )
    weak = good.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"))
    assert "weak" in str(read_list(weak, issuer(offline), offline.now))
    assert isinstance(read_list(b"\x30\x00", issuer(offline), offline.now), str)
    assert isinstance(read_list(good + b"\x00", issuer(offline), offline.now), str)


@pytest.mark.parametrize(
    ("begins", "ends", "usable"),
    [(0, 1, True), (0, 0, False), (300, DAY, True), (301, DAY, False), (-DAY, -1, False)],
)
def test_xc_012_a_list_of_another_time_is_not_used(
    offline: Bench, begins: int, ends: int, *, usable: bool
) -> None:
    period = (
        (offline.now + begins, offline.now + ends)
        if ends > begins
        else (offline.now - 9, offline.now)
    )
    body = revocation_list(offline.pki.authorities["ACI-FO-PP"], [], period, 1)
    assert isinstance(read_list(body, issuer(offline), offline.now), RevocationList) is usable


def test_xc_012_a_list_without_an_end_is_not_used(offline: Bench) -> None:
    body = made(offline, 1)
    until = moment(offline.now + DAY).strftime("%y%m%d%H%M%SZ").encode()
    field = b"\x17\x0d" + until
    assert body.count(field) == 1
    assert isinstance(read_list(body.replace(field, b""), issuer(offline), offline.now), str)


@pytest.mark.parametrize("critical", [True, False])
def test_xc_012_what_is_demanded_and_not_known_here_spoils_a_list(
    offline: Bench, *, critical: bool
) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    body = made(offline, 1, extensions=[(unknown, critical)])
    assert isinstance(read_list(body, issuer(offline), offline.now), str) is critical


@pytest.mark.parametrize("critical", [True, False])
def test_xc_012_so_does_an_entry_that_demands_it(offline: Bench, *, critical: bool) -> None:
    """`certificateIssuer` of an indirect list that does not say that it is one."""
    authority = offline.pki.authorities["ACI-FO-PP"]
    other = x509.CertificateIssuer([x509.DirectoryName(authority.certificate.subject)])
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(5)
        .revocation_date(moment(offline.now))
        .add_extension(other, critical=critical)
        .build()
    )
    builder = x509.CertificateRevocationListBuilder(
        authority.certificate.subject, moment(offline.now), moment(offline.now + DAY)
    ).add_revoked_certificate(entry)
    body = builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)
    found = read_list(body, issuer(offline), offline.now)
    assert isinstance(found, str) is critical
    if isinstance(found, RevocationList):
        assert holds(found.revoked, 5)


def test_xc_012_a_bad_list_counts_as_none_and_the_last_good_one_is_kept(bench: Bench) -> None:
    without_responder(bench)
    one = bench.card()
    assert bench.verdict(one) == "certain"
    ours, other = (bench.pki.authorities[short] for short in ("ACI-FO-PP", "ACI-ST-PP"))
    bench.pki.revoke(one.certificate, bench.now)
    serve(bench, "ACI-FO-PP", signed(ours, other.issued, bench.now + 10))
    bench.clock.pass_by(10)
    assert "signature" in renew(bench)["ACI-FO-PP.crl"]
    assert bench.verdict(one) == "certain"
    assert "signature" in bench.sources()["ACI-FO-PP.crl"].fault
    # A store that has nothing yet has nothing still.
    fresh = bench.card(serial="2600301753")
    with bench.database.write() as tx:
        for each in bench.sources().values():
            sources.forget(tx, each.id)
    silence(bench, "/CRL/ACI-FO-PP-delta.crl")
    emptied = open_trust(bench.database, bench.clock, {host_of(bench)})
    assert emptied.judge(fresh.der, None).value == "revocation-unknown"


def test_xc_012_an_older_list_is_not_taken_back(bench: Bench) -> None:
    without_responder(bench)
    one = bench.card()
    old = made(bench, 4)
    bench.clock.pass_by(1)
    serve(bench, "ACI-FO-PP", made(bench, 5, one))
    assert bench.verdict(one) == "revoked"
    serve(bench, "ACI-FO-PP", old)
    assert "older" in renew(bench)["ACI-FO-PP.crl"]
    assert bench.verdict(one) == "revoked"
    # Nor one with a higher number and an older date.
    bench.clock.pass_by(-1)
    serve(bench, "ACI-FO-PP", made(bench, 6))
    assert "older" in renew(bench)["ACI-FO-PP.crl"]
    assert bench.verdict(one) == "revoked"


@pytest.mark.parametrize(
    ("where", "verdict"),
    [("/CRL/ACI-FO-PP.crl", "certain"), ("/CRL/part-2.crl", "revocation-unknown")],
)
def test_xc_012_a_part_tells_of_those_that_name_it(bench: Bench, where: str, verdict: str) -> None:
    without_responder(bench)
    assert bench.service is not None
    part = point(full_name=address(bench.service.address + where))
    serve(bench, "ACI-FO-PP", made(bench, 1, extensions=[part]))
    assert bench.verdict(bench.card()) == verdict


@pytest.mark.parametrize(
    ("place", "verdict"),
    [
        (point(only_contains_user_certs=True), "certain"),
        (point(only_contains_ca_certs=True), "revocation-unknown"),
    ],
    ids=["people", "authorities"],
)
def test_xc_012_a_list_of_authorities_says_nothing_of_people(
    bench: Bench, place: tuple, verdict: str
) -> None:
    without_responder(bench)
    serve(bench, "ACI-FO-PP", made(bench, 1, extensions=[place]))
    assert bench.verdict(bench.card()) == verdict


def test_xc_012_a_list_changed_in_the_database_is_not_used(bench: Bench) -> None:
    without_responder(bench)
    one = bench.card()
    bench.pki.revoke(one.certificate, bench.now)
    assert bench.verdict(one) == "revoked"
    with bench.database.write() as tx:
        tx.exec_driver_sql("UPDATE revocation_lists SET revoked = released, version = version + 1")
    silence(bench, "/CRL/ACI-FO-PP.crl", "/CRL/ACI-FO-PP-delta.crl", "/CRL/ACR-FO.crl")
    assert bench.verdict(one) == "revocation-unknown"


def test_xc_013_a_list_comes_within_limits(bench: Bench) -> None:
    assert (LIST_BYTES, LIST_SECONDS) == (64 << 20, 10.0)
    without_responder(bench)
    serve(bench, "ACI-FO-PP", b"x" * (1 << 20) + b"y")
    assert bench.verdict(bench.card()) == "revocation-unknown"
    assert "too large" in bench.sources()["ACI-FO-PP.crl"].fault


def test_xc_013_it_is_never_read_from_here_nor_from_where_it_is_sent(bench: Bench) -> None:
    authority = bench.known()[0].key_id
    with bench.database.write() as tx:
        for url in ("file:///etc/passwd", "http://127.0.0.1:1/x.crl", "http://192.168.1.1/x.crl"):
            sources.name(tx, authority, [url])
    found = {one.source.url: one.fault for one in bench.trust.refresh.due(everything=True)}
    assert "https" in found["file:///etc/passwd"]
    assert "https" in found["http://127.0.0.1:1/x.crl"]
    assert "public" in found["http://192.168.1.1/x.crl"]


def test_one_list_of_a_certificate_is_looked_up_among_many_numbers() -> None:
    numbers = [1, 255, 256, 1 << 64, (1 << 160) - 1]
    packed = pack([*numbers, 0, 1 << 160, -5, 255])
    assert len(packed) == 20 * len(numbers)
    assert all(holds(packed, one) for one in numbers)
    assert not any(holds(packed, one) for one in (2, 254, 257, (1 << 160) - 2))
    assert not holds(b"", 1)


def test_rl_24_a_list_is_renewed_before_its_end_however_seldom_others_are(
    database: Database,
) -> None:
    lists = Lists(Register(), valid=2 * HOUR, delta_valid=2 * HOUR)
    with served(database, lists=lists, refresh=DAY) as bench:
        without_responder(bench)
        assert bench.verdict(bench.card()) == "certain"
        assert set(renew(bench).values()) == {""}
        bench.clock.pass_by(HOUR)
        assert bench.trust.refresh.due() == []
        bench.clock.pass_by(HOUR - 600)
        assert bench.trust.refresh.due()
        with bench.database.read() as tx:
            ends = [held.list.next_at for _source, held in bench.trust.state(tx) if held]
        assert min(ends) > bench.now + HOUR
