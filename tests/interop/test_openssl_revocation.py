# SPDX-License-Identifier: Apache-2.0
"""Revocation as OpenSSL tells it: its responder asked over HTTP, and the lists that it makes."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509

from idp.db import Database
from idp.demo.pki_authority import Authority, Issued, pem
from idp.demo.pki_revocation import responder_certificate
from idp.trust.crl import RevocationList, read_list
from idp.trust.serials import holds
from tests.pki import period
from tests.ports import free_port
from tests.trusting import Bench, open_trust, served, silence
from tests.world import StandingClock

CONFIG = """
[ca]
default_ca = this
[this]
database = index
crlnumber = crlnumber
default_md = sha256
default_crl_days = 1
crl_extensions = said
unique_subject = no
[said]
authorityKeyIdentifier = keyid
"""


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    """OpenSSL knows no other time than the machine's."""
    with served(database, StandingClock(int(time.time()))) as opened:
        silence(opened, "/ocsp", "/CRL/ACI-FO-PP.crl", "/CRL/ACI-FO-PP-delta.crl")
        yield opened


def write_index(folder: Path, good: Issued, gone: Issued) -> None:
    """OpenSSL's register of certificates."""
    lines = []
    for one, state, revoked in ((good, "V", ""), (gone, "R", "250101000000Z")):
        until = one.certificate.not_valid_after_utc.strftime("%y%m%d%H%M%SZ")
        serial = f"{one.certificate.serial_number:032X}"
        lines.append(f"{state}\t{until}\t{revoked}\t{serial}\tunknown\t/CN=x\n")
    (folder / "index").write_text("".join(lines), "ascii")


@contextmanager
def responding(folder: Path, authority: Authority, signer: Issued) -> Iterator[int]:
    """`openssl ocsp` with this register, on a port of this machine."""
    (folder / "ca.pem").write_bytes(pem(authority.certificate))
    (folder / "signer.pem").write_bytes(pem(signer.certificate))
    (folder / "signer.key").write_bytes(signer.key_pem)
    port = free_port()
    command = [
        *("openssl", "ocsp", "-index", "index", "-port", str(port), "-CA", "ca.pem"),
        *("-rsigner", "signer.pem", "-rkey", "signer.key", "-nmin", "10", "-rmd", "sha256"),
    ]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            assert any(b"waiting" in line for line in process.stderr), "it ended"
            yield port
        finally:
            process.kill()


@pytest.mark.parametrize("delegated", [True, False])
def test_xc_014_openssl_answers(bench: Bench, tmp_path: Path, *, delegated: bool) -> None:
    authority = bench.pki.authorities["ACI-FO-PP"]
    signer = authority.issued
    if delegated:
        signer = responder_certificate(authority, period(bench.now))
    good, gone, foreign = (bench.card(serial=f"260030175{number}") for number in range(3))
    write_index(tmp_path, good, gone)
    with responding(tmp_path, authority, signer) as port:
        trust = with_responder(bench, port)
        verdicts = [trust.judge(one.der, None) for one in (good, gone, foreign)]
    assert verdicts[0].certain
    assert [one.value for one in verdicts[1:]] == ["revoked", "revocation-unknown"]


def test_xc_014_openssl_signs_as_nobody_whom_the_authority_knows(
    bench: Bench, tmp_path: Path
) -> None:
    authority = bench.pki.authorities["ACI-FO-PP"]
    other = responder_certificate(bench.pki.authorities["ACI-ST-PP"], period(bench.now))
    good, gone = bench.card(), bench.card(serial="2600301753")
    write_index(tmp_path, good, gone)
    with responding(tmp_path, authority, other) as port:
        assert with_responder(bench, port).judge(good.der, None).value == "revocation-unknown"


def with_responder(bench: Bench, port: int):
    """The store, with the operator's own address for the cards' authority."""
    assert bench.service is not None
    served_at = bench.service.address.removeprefix("http://")
    trust = open_trust(bench.database, bench.clock, {served_at, f"localhost:{port}"})
    authority = bench.pki.authorities["ACI-FO-PP"]
    with bench.database.write() as tx:
        for one in trust.authorities.all(tx):
            if one.certificate.parsed == authority.certificate:
                trust.authorities.remove(tx, one.certificate.fingerprint)
                der, where = one.certificate.der, f"http://localhost:{port}/"
                trust.authorities.add(tx, der, "cps", responder=where)
    return trust


def test_xc_011_openssl_makes_lists(bench: Bench, tmp_path: Path) -> None:
    authority = bench.pki.authorities["ACI-FO-PP"]
    good, gone = bench.card(), bench.card(serial="2600301753")
    write_index(tmp_path, good, gone)
    (tmp_path / "config").write_text(CONFIG, "ascii")
    (tmp_path / "crlnumber").write_text("0A\n", "ascii")
    (tmp_path / "ca.pem").write_bytes(pem(authority.certificate))
    (tmp_path / "ca.key").write_bytes(authority.issued.key_pem)
    for command in (
        "ca -gencrl -config config -cert ca.pem -keyfile ca.key -out list.pem",
        "crl -in list.pem -outform DER -out list.crl",
    ):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    body = (tmp_path / "list.crl").read_bytes()
    issuers = [one.certificate for one in bench.known()]
    # It was made a moment after the test began.
    found = read_list(body, issuers, int(time.time()))
    assert isinstance(found, RevocationList)
    assert found.number == 10
    assert holds(found.revoked, gone.certificate.serial_number)
    assert bench.service is not None
    bench.service.overrides["/CRL/ACI-FO-PP.crl"] = (200, body)
    assert (bench.verdict(good), bench.verdict(gone)) == ("certain", "revoked")
    assert x509.load_der_x509_crl(body).next_update_utc is not None
