# SPDX-License-Identifier: Apache-2.0
"""Responders (OCSP): an answer counts when it is theirs, of now, and to what was asked (XC-014)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.cps_card.certificate import Unreadable, read_card_certificate
from idp.db import Database
from idp.demo.pki_authority import Authority, Issued, moment
from idp.demo.pki_revocation import Responder, refusal, responder_certificate
from idp.trust.certificate import read as parse
from idp.trust.ocsp import FRESH, Answer, Question, ask, read_answer
from tests.connectors.odd_certificates import STRANGE, strange
from tests.databases import close_database, sqlite_database
from tests.pki import period
from tests.trusting import Bench, alone, served, silence

HOUR = 3600
NONCE = bytes(range(32))


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    """Everything is served, but no list: responders alone can tell."""
    with served(database, refresh=HOUR) as opened:
        for one in opened.pki.authorities.values():
            silence(opened, f"/CRL/{one.short}.crl", f"/CRL/{one.short}-delta.crl")
        yield opened


@pytest.fixture
def offline(database_folder) -> Iterator[Bench]:
    """Nothing is served: for what is read."""
    database = sqlite_database(database_folder)
    yield alone(database)
    close_database(database)


def test_xc_014_a_revoked_card_is_refused_and_a_good_answer_kept_for_a_while(bench: Bench) -> None:
    one = bench.card()
    assert bench.verdict(one) == "certain"
    assert bench.service is not None
    bench.service.asked.clear()
    bench.pki.revoke(one.certificate, bench.now)
    bench.clock.pass_by(HOUR - 1)
    assert bench.verdict(one) == "certain"
    assert "/ocsp" not in bench.service.asked
    bench.clock.pass_by(1)
    assert bench.verdict(one) == "revoked"
    # For good, whoever is reached later.
    silence(bench, "/ocsp")
    bench.clock.pass_by(9 * HOUR)
    assert bench.verdict(one) == "revoked"


def test_xc_014_a_newer_list_knows_better_than_an_answer(bench: Bench) -> None:
    one = bench.card()
    bench.pki.revoke(one.certificate, bench.now)
    assert bench.verdict(one) == "revoked"
    assert bench.service is not None
    bench.pki.register.of("ACI-FO-PP").pop(one.certificate.serial_number)
    bench.clock.pass_by(1)
    bench.service.overrides.clear()
    bench.trust.refresh.due(everything=True)
    assert bench.verdict(one) == "certain"


def test_xc_014_an_answer_of_now_and_theirs_counts(offline: Bench) -> None:
    assert read(offline, lambda _draft: None) == Answer(
        good=True, issued_at=offline.now, valid_until=offline.now + 600
    )
    assert said(offline, revoke) is False


def nameless_responder(authority: Authority, now: int) -> Issued:
    """One that may answer, with a name of a kind (x400Address) that the library does not read."""
    odd = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, bytes.fromhex("3002a300"))
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    return authority.sign(x509.Name([]), period(now), [(purposes, False), (odd, False)])


@dataclass
class Draft:
    """An answer as it is about to be signed."""

    bench: Bench
    question: Question
    signer: Issued
    serial: int
    nonce: bytes | None
    begins: int
    ends: int | None
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD
    issuer: str = "ACI-FO-PP"

    def body(self) -> bytes:
        about = self.bench.pki.authorities[self.issuer].certificate
        asked = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(self.question.certificate.parsed, about, hashes.SHA1())
            .build()
        )
        gone = self.status is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=asked.issuer_name_hash,
            issuer_key_hash=asked.issuer_key_hash,
            serial_number=self.serial,
            algorithm=hashes.SHA1(),
            cert_status=self.status,
            this_update=moment(self.begins),
            next_update=moment(self.ends) if self.ends else None,
            revocation_time=moment(self.begins) if gone else None,
            revocation_reason=None,
        )
        builder = builder.certificates([self.signer.certificate])
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.signer.certificate)
        if self.nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(self.nonce), critical=False)
        return builder.sign(self.signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def draft(bench: Bench) -> Draft:
    """A good answer to a question about a card."""
    authority = bench.pki.authorities["ACI-FO-PP"]
    card, issuer = parse(bench.card().der), parse(authority.issued.der)
    assert card is not None
    assert issuer is not None
    question = ask(card, issuer, NONCE)
    return Draft(
        bench, question, authority.issued, card.serial, NONCE, bench.now, bench.now + 2 * HOUR
    )


def read(bench: Bench, change: Callable[[Draft], None]) -> Answer | str:
    one = draft(bench)
    change(one)
    return read_answer(one.body(), one.question, bench.now, 600)


def said(bench: Bench, change: Callable[[Draft], None]) -> bool | None:
    """Whether the answer says that the card stands; None where it is not used."""
    found = read(bench, change)
    return found.good if isinstance(found, Answer) else None


def revoke(one: Draft) -> None:
    one.status = ocsp.OCSPCertStatus.REVOKED


def delegate(one: Draft) -> None:
    authority = one.bench.pki.authorities["ACI-FO-PP"]
    one.signer = responder_certificate(authority, period(one.bench.now))


def delegate_of_another(one: Draft) -> None:
    authority = one.bench.pki.authorities["ACI-ST-PP"]
    one.signer = responder_certificate(authority, period(one.bench.now))


def former_delegate(one: Draft) -> None:
    authority = one.bench.pki.authorities["ACI-FO-PP"]
    one.signer = responder_certificate(authority, (one.bench.now - HOUR, one.bench.now - 1))


def strange_delegate(one: Draft) -> None:
    one.signer = nameless_responder(one.bench.pki.authorities["ACI-FO-PP"], one.bench.now)


def a_card(one: Draft) -> None:
    one.signer = one.bench.card(serial="2600301754")


def another_authority(one: Draft) -> None:
    one.signer = one.bench.pki.authorities["ACI-ST-PP"].issued


def the_root(one: Draft) -> None:
    one.signer = one.bench.pki.authorities["ACR-FO"].issued


def unknown(one: Draft) -> None:
    one.status = ocsp.OCSPCertStatus.UNKNOWN


def other_serial(one: Draft) -> None:
    one.serial += 1


def other_issuer(one: Draft) -> None:
    one.issuer = "ACI-ST-PP"


def other_nonce(one: Draft) -> None:
    one.nonce = bytes(32)


def over(one: Draft) -> None:
    one.begins, one.ends = one.bench.now - HOUR, one.bench.now


def of_tomorrow(one: Draft) -> None:
    one.begins = one.bench.now + 301


def no_nonce(one: Draft) -> None:
    one.nonce = None


def old_without_nonce(one: Draft) -> None:
    one.nonce, one.begins = None, one.bench.now - FRESH


def endless(one: Draft) -> None:
    one.ends = None


def old_without_end(one: Draft) -> None:
    one.ends, one.begins = None, one.bench.now - FRESH


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (revoke, False),
        (delegate, True),
        (no_nonce, True),
        (endless, True),
        (delegate_of_another, None),
        (former_delegate, None),
        (strange_delegate, None),
        (a_card, None),
        (another_authority, None),
        (the_root, None),
        (unknown, None),
        (other_serial, None),
        (other_issuer, None),
        (other_nonce, None),
        (over, None),
        (of_tomorrow, None),
        (old_without_nonce, None),
        (old_without_end, None),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_xc_014_an_answer_that_is_not_theirs_or_not_to_this_or_not_of_now_is_not_used(
    offline: Bench, change: Callable[[Draft], None], *, verdict: bool | None
) -> None:
    assert said(offline, change) is verdict


@pytest.mark.parametrize("status", ["TRY_LATER", "INTERNAL_ERROR", "UNAUTHORIZED", "SIG_REQUIRED"])
def test_xc_014_an_answer_that_says_nothing_is_not_used(offline: Bench, status: str) -> None:
    body = refusal(ocsp.OCSPResponseStatus[status])
    assert isinstance(read_answer(body, draft(offline).question, offline.now, 600), str)
    for broken in (b"", b"\x30\x00", body + b"\x00"):
        assert isinstance(read_answer(broken, draft(offline).question, offline.now, 600), str)


def test_xc_014_a_weak_signature_is_not_used(offline: Bench) -> None:
    body = draft(offline).body()
    weak = body.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"), 1)
    assert weak != body
    assert isinstance(read_answer(weak, draft(offline).question, offline.now, 600), str)


def test_xc_014_the_answer_about_another_card_says_nothing_of_this_one(bench: Bench) -> None:
    """As somebody on the way would put it in place of the right one."""
    one, other = bench.card(), bench.card(serial="2600301753")
    assert bench.service is not None
    authority = bench.pki.authorities["ACI-FO-PP"]
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(other.certificate, authority.certificate, hashes.SHA1())
        .build()
    )
    answer = Responder(authority, bench.pki.register).answer(request, bench.now)
    bench.service.overrides["/ocsp"] = (200, answer)
    assert bench.verdict(one) == "revocation-unknown"
    bench.service.overrides.pop("/ocsp")
    bench.clock.pass_by(31)
    assert bench.verdict(one) == "certain"


def test_xc_014_who_answers_by_a_delegate_is_believed(bench: Bench) -> None:
    assert bench.service is not None
    both = [
        Responder(one, bench.pki.register, responder_certificate(one, period(bench.now)))
        for one in (bench.pki.authorities["ACI-FO-PP"], bench.pki.authorities["ACR-FO"])
    ]
    bench.service.show(bench.pki, responders=both)
    assert bench.verdict(bench.card()) == "certain"


def test_xc_014_a_responder_that_is_not_read_leaves_it_to_the_list(database: Database) -> None:
    with served(database, refresh=HOUR) as bench:
        assert bench.service is not None
        odd = [
            Responder(one, bench.pki.register, nameless_responder(one, bench.now))
            for one in (bench.pki.authorities["ACI-FO-PP"], bench.pki.authorities["ACR-FO"])
        ]
        bench.service.show(bench.pki, responders=odd)
        assert bench.verdict(bench.card()) == "certain"
        assert any("ocsp" in path for path in map(str, bench.service.asked))


@pytest.mark.parametrize("which", STRANGE)
def test_xc_005_a_certificate_that_the_library_does_not_read_is_refused(
    offline: Bench, which: str
) -> None:
    assert offline.verdict(strange(which)) == "malformed"
    assert isinstance(read_card_certificate(strange(which)), Unreadable)


def test_xc_014_an_answer_changed_in_the_database_is_not_used(bench: Bench) -> None:
    one = bench.card()
    bench.pki.revoke(one.certificate, bench.now)
    assert bench.verdict(one) == "revoked"
    silence(bench, "/ocsp")
    with bench.database.write() as tx:
        tx.exec_driver_sql("UPDATE revocation_answers SET good = 1")
    assert bench.verdict(one) == "revocation-unknown"


def test_authorities_are_never_fetched_from_where_a_certificate_says(bench: Bench) -> None:
    one = bench.card()
    assert bench.service is not None
    with bench.database.write() as tx:
        for known in bench.known():
            if known.role.value == "intermediate":
                bench.trust.authorities.remove(tx, known.certificate.fingerprint)
    assert bench.verdict(one) == "unknown-authority"
    assert bench.service.asked == []
