# SPDX-License-Identifier: Apache-2.0
"""The demo's authorities, cards, lists and answers are what they say, and OpenSSL agrees."""

import stat
import subprocess
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509 import ocsp

from idp.demo.pki import load, make_or_load
from idp.demo.pki_cards import Kind, Use
from idp.demo.pki_revocation import DAY, Lists, Reason, Responder, responder_certificate
from tests.pki import NOW, card, key, new_pki, period, served_pki


def fetch(url, body=None):
    with urllib.request.urlopen(url, body, timeout=60) as answer:
        return answer.read()


def question(issued):
    builder = ocsp.OCSPRequestBuilder()
    builder = builder.add_certificate(issued.certificate, issued.chain[0], hashes.SHA1())
    builder = builder.add_extension(x509.OCSPNonce(b"sixteen bytes ok"), critical=False)
    return builder.build().public_bytes(Encoding.DER)


@pytest.mark.parametrize("kind", list(Kind))
def test_openssl_verifies_a_card(pki, tmp_path, card_key, kind):
    issued = pki.issue(card(kind=kind), period(), key=card_key)
    (tmp_path / "card.pem").write_bytes(issued.pem)
    (tmp_path / "above.pem").write_bytes(pki.bundle())
    words = f"verify -x509_strict -purpose sslclient -attime {NOW} -CAfile above.pem card.pem"
    done = subprocess.run(
        ["openssl", *words.split()], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, "card.pem: OK"), done.stderr


def test_the_person_is_one_rdn_of_three_attributes(pki, card_key):
    last = pki.issue(card(), period(), key=card_key).certificate.subject.rdns[-1]
    assert sorted(each.value for each in last) == ["899700000010", "CLAIRE", "DURAND"]


def test_the_certificate_for_signatures_is_for_nothing_else(pki, card_key):
    issued = pki.issue(card(), period(), Use.SIGNATURE, card_key)
    usage = issued.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.content_commitment, usage.digital_signature) == (True, False)
    with pytest.raises(x509.ExtensionNotFound):
        issued.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)


def test_a_file_of_key_and_certificates_opens_with_the_pin_alone(pki, card_key):
    issued = pki.issue(card(), period(), key=card_key)
    packed = issued.pkcs12("1234")
    found, certificate, above = pkcs12.load_key_and_certificates(packed, b"1234")
    assert found.private_numbers() == card_key.private_numbers()
    assert (certificate, tuple(above)) == (issued.certificate, issued.chain)
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(packed, b"1235")


def test_a_revoked_card_is_on_the_list_and_ocsp_says_so(card_key):
    with served_pki(lambda: NOW) as (pki, _):
        issued = pki.issue(card(), period(), key=card_key)
        authority = pki.authority(card())
        good = ocsp.load_der_ocsp_response(fetch(authority.status_url, question(issued)))
        assert good.certificate_status is ocsp.OCSPCertStatus.GOOD
        assert good.extensions[0].value == x509.OCSPNonce(b"sixteen bytes ok")
        pki.revoke(issued.certificate, NOW - 5)
        listed = x509.load_der_x509_crl(fetch(authority.list_url))
        assert listed.is_signature_valid(authority.key.public_key())
        entry = listed.get_revoked_certificate_by_serial_number(issued.certificate.serial_number)
        assert entry.extensions[0].value == x509.CRLReason(Reason.key_compromise)
        gone = ocsp.load_der_ocsp_response(fetch(authority.status_url, question(issued)))
        assert gone.certificate_status is ocsp.OCSPCertStatus.REVOKED
        other = x509.load_der_x509_crl(fetch(pki.authorities["ACI-ST-PP"].list_url))
        assert len(other) == 0


def test_what_happens_after_the_whole_list_is_on_the_list_of_changes(card_key):
    register = new_pki().register
    with served_pki(lambda: NOW, Lists(register, every=DAY)) as (pki, _):
        made = NOW - NOW % DAY
        early, late, back = (pki.issue(card(), period(), key=card_key) for _ in range(3))
        pki.revoke(early.certificate, made - 5)
        pki.revoke(late.certificate, made + 5)
        pki.revoke(back.certificate, made + 9, Reason.remove_from_crl)
        authority = pki.authority(card())
        whole = x509.load_der_x509_crl(fetch(authority.list_url))
        assert [each.serial_number for each in whole] == [early.certificate.serial_number]
        changes = x509.load_der_x509_crl(fetch(authority.delta_url))
        assert {each.serial_number for each in changes} == {
            late.certificate.serial_number,
            back.certificate.serial_number,
        }
        base = changes.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
        number = whole.extensions.get_extension_for_class(x509.CRLNumber)
        assert (base.critical, base.value.crl_number) == (True, number.value.crl_number)


def test_an_answer_may_be_signed_by_who_was_asked_to(card_key):
    with served_pki(lambda: NOW) as (pki, service):
        issued = pki.issue(card(), period(), key=card_key)
        authority = pki.authority(card())
        signer = responder_certificate(authority, period())
        service.show(pki, responders=[Responder(authority, pki.register, signer)])
        answer = ocsp.load_der_ocsp_response(fetch(authority.status_url, question(issued)))
        assert answer.certificates == [signer.certificate]


def test_what_is_served_can_be_replaced_and_nonsense_is_refused():
    with served_pki(lambda: NOW) as (pki, service):
        authority = pki.authorities["ACI-FO-PP"]
        assert fetch(authority.certificate_url) == authority.issued.der
        service.overrides["/CRL/ACI-FO-PP.crl"] = (200, b"no list")
        assert fetch(authority.list_url) == b"no list"
        answer = ocsp.load_der_ocsp_response(fetch(authority.status_url, b"no question"))
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(f"{authority.address}/CRL/nobody.crl")


def test_it_is_made_once_kept_private_and_tells_revocations_after_a_restart(tmp_path, card_key):
    folder = tmp_path / "pki"
    first = make_or_load(folder, NOW, "http://localhost:9")
    issued = first.issue(card(), period(), key=card_key)
    first.revoke(issued.certificate, NOW)
    again = make_or_load(folder, NOW, "http://localhost:9")
    assert again.authorities["ACI-FO-PP"].certificate == issued.chain[0]
    assert issued.certificate.serial_number in again.register.of("ACI-FO-PP")
    assert load(folder, "http://localhost:9").roots[0].certificate == issued.chain[1]
    assert {stat.S_IMODE(one.stat().st_mode) & 0o077 for one in folder.glob("*.key")} == {0}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_start_that_was_interrupted_begins_again(tmp_path):
    folder = tmp_path / "pki"
    folder.mkdir(0o700)
    (folder / "ACR-FO.key").write_text("half of a key")
    assert len(make_or_load(folder, NOW, "http://localhost:9").people) == 4


def test_a_server_answers_by_all_its_names(pki):
    issued = pki.server(("localhost", "127.0.0.1", "::1"), period(), key("server"))
    names = issued.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["localhost"]
    assert len(names.value.get_values_for_type(x509.IPAddress)) == 2
    assert b"PRIVATE KEY" in issued.key_pem
    assert issued.pem.count(b"BEGIN CERTIFICATE") == 2
