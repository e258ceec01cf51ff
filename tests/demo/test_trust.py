# SPDX-License-Identifier: Apache-2.0
"""`sceau trust`: authorities added, shown, refreshed and removed from a terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.base import Level
from idp.accounts import service
from idp.credentials.cards import Card, Kind
from idp.demo.pki import Pki
from idp.demo.pki_authority import pem
from idp.demo.pki_service import PkiService
from idp.origin import Origin
from idp.sessions.values import Proof
from idp.trust.certificate import read
from tests.pki import card, new_pki, period
from tests.trusting import der_of


@pytest.fixture
def served(sceau) -> Iterator[tuple[Pki, PkiService]]:
    """Authorities of this moment, and their lists."""
    with sceau.core() as core:
        now = core.clock.now()
    with PkiService(lambda: now) as service:
        pki = new_pki(now, service.address)
        service.show(pki)
        sceau.environ["SCEAU_OUTGOING_ALLOW"] = service.address.removeprefix("http://")
        yield pki, service


def file_of(sceau, pki: Pki, *short: str) -> str:
    path: Path = sceau.folder / "authorities.pem"
    path.write_bytes(b"".join(pem(pki.authorities[one].certificate) for one in short))
    return str(path)


def test_authorities_are_compared_added_shown_and_removed(sceau, served) -> None:
    pki, _service = served
    both = file_of(sceau, pki, "ACR-FO", "ACI-FO-PP")
    assert "no card is believed" in sceau.did("trust", "show")
    assert "no card is believed" in sceau.did("check")
    assert sceau("trust", "add", both, "--family", "cps", typed="n\n").exit_code == 1
    assert sceau.events("trust.added") == []
    told = sceau.did("trust", "add", both, "--family", "cps", typed="y\n")
    assert "root of cps: CN=DEMO AC RACINE IGC-SANTE FORT" in told
    assert "intermediate of cps: CN=DEMO AC IGC-SANTE FORT PERSONNES" in told
    assert len(sceau.events("trust.added")) == 2
    shown = sceau.did("trust", "show")
    assert "RACINE" in shown
    assert "1 root, 1 intermediate (cps)" in sceau.did("check")
    root = next(line.split()[0] for line in shown.splitlines() if "RACINE" in line)
    assert "No authority" in sceau.refused("trust", "remove", "00")
    assert "Several" in sceau.refused("trust", "remove", "")
    assert "RACINE" in sceau.did("trust", "remove", root)
    assert "RACINE" not in sceau.did("trust", "show")
    assert len(sceau.events("trust.removed")) == 1


def test_xc_011_sessions_end_with_the_authority_of_their_cards(claire, served) -> None:
    pki, _service = served
    claire.did("trust", "add", file_of(claire, pki, "ACR-FO"), "--family", "cps", "--yes")
    claire.did("trust", "add", file_of(claire, pki, "ACI-FO-PP"), "--family", "cps", "--yes")
    people = read(der_of(pki.authorities["ACI-FO-PP"].certificate))
    assert people is not None
    with claire.core() as core, core.database.write() as tx:
        account = service.find(tx, "cdurand") or ""
        used = Card("2600301752", account, Kind.CPS, 1 << 40, 1, authority=people.key_id)
        core.cards.add(tx, used)
        for means in ("cps", "password"):
            proof = Proof(means, Level.CARD, ("x",), core.clock.now(), "journey")
            core.sessions.open(tx, account, proof, Origin("192.0.2.1", "", ""))
    assert "1 session ended" in claire.did("trust", "remove", people.fingerprint)
    with claire.core() as core, core.database.read() as tx:
        assert [one.means for one in core.sessions.of_account(tx, account)] == [("password",)]


def test_lists_are_named_and_fetched(sceau, served) -> None:
    pki, service = served
    sceau.did("trust", "add", file_of(sceau, pki, "ACR-FO"), "--family", "cps", "--yes")
    people = file_of(sceau, pki, "ACI-FO-PP")
    assert "No list" in sceau.did("trust", "refresh")
    where = f"{service.address}/CRL/ACI-FO-PP.crl"
    sceau.did("trust", "add", people, "--family", "cps", "--yes", "--crl", where)
    with sceau.core() as core:
        made = pki.issue(card(), period(core.clock.now()))
        pki.revoke(made.certificate, service.now())
        told = sceau.did("trust", "refresh")
        assert f"{where}  1 certificate revoked" in told
        # That of the authority itself is named by its certificate.
        assert f"{service.address}/CRL/ACR-FO.crl" in told
        assert core.trust.judge(made.der, None).value == "revoked"
    service.overrides["/CRL/ACI-FO-PP.crl"] = (404, b"")
    failed = sceau("trust", "refresh")
    assert failed.exit_code == 1
    assert "it answers 404" in failed.output
    assert "it answers 404" in sceau.did("trust", "show")
    assert "it answers 404" in sceau.did("check")
    assert len(sceau.events("trust.refresh_failed")) == 1


def test_a_place_can_be_named_later(sceau, served) -> None:
    pki, service = served
    people = file_of(sceau, pki, "ACI-FO-PP")
    sceau.did("trust", "add", people, "--family", "cps", "--yes")
    assert "already" in sceau.refused("trust", "add", people, "--family", "cps", "--yes")
    where = f"{service.address}/CRL/ACI-FO-PP.crl"
    assert "1 list" in sceau.did("trust", "add", people, "--family", "cps", "--crl", where, "--yes")
    assert where in sceau.did("trust", "refresh")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--family", "Card readers"], "small letters"),
        (["--family", "cps", "--crl", "file:///etc/passwd"], "no http"),
        (["--family", "cps", "--crl", "ldap://annuaire.example/x"], "no http"),
        (["--family", "cps", "--ocsp", "javascript:x"], "no http"),
        (["--family", "cps", "--policy", "1.x"], "no object identifier"),
        (["--family", "cps", "--crl", "http://a.example/x.crl"], "several certificates"),
    ],
)
def test_what_makes_no_sense_is_refused(sceau, served, options: list[str], told: str) -> None:
    both = file_of(sceau, served[0], "ACR-FO", "ACI-FO-PP")
    assert told in sceau.refused("trust", "add", both, "--yes", *options)
    assert sceau.events("trust.added") == []


def test_a_card_or_a_text_is_no_authority(sceau, served) -> None:
    pki, _service = served
    path: Path = sceau.folder / "card.der"
    with sceau.core() as core:
        path.write_bytes(der_of(pki.issue(card(), period(core.clock.now())).certificate))
    add = ("trust", "add", str(path), "--family", "cps", "--yes")
    assert "no authority" in sceau.refused(*add)
    path.write_bytes(b"hello")
    assert "no certificate" in sceau.refused(*add)
    path.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "no certificate" in sceau.refused(*add)
    path.write_bytes(b"x" * (1 << 21))
    assert "too large" in sceau.refused(*add)
