# SPDX-License-Identifier: Apache-2.0
"""Certificates that must not be believed: XC-001 to XC-008, each beside one that is."""

from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.demo.pki_authority import Issued, build, key_usage
from idp.demo.pki_cards import Use
from idp.trust.authorities import NotAdded
from idp.trust.rules import Policy
from tests.databases import close_database, sqlite_database
from tests.issuing import NAME, below, leaf, own_root, usual
from tests.pki import card, key, new_pki, period
from tests.trusting import Bench, alone, der_of, open_trust
from tests.world import START


@pytest.fixture
def bench(database_folder) -> Iterator[Bench]:
    """The usual authorities, on SQLite alone: no database has a say in this."""
    database = sqlite_database(database_folder)
    yield alone(database)
    close_database(database)


@pytest.fixture
def empty(database_folder) -> Iterator[Bench]:
    """A store that believes nobody yet."""
    database = sqlite_database(database_folder)
    yield alone(database, believe=False)
    close_database(database)


def test_a_card_is_believed_under_its_authorities(bench: Bench) -> None:
    one = bench.card()
    found = bench.judge(one)
    assert found.family == "cps"
    authority = bench.pki.authorities["ACI-FO-PP"].certificate
    assert found.authority in {one.key_id for one in bench.known()}
    assert found.authority == next(
        one.key_id for one in bench.known() if one.certificate.parsed == authority
    )
    assert found.valid_until == period(START)[1]
    assert bench.verdict(bench.pki.issue(card(old=True), period(START))) == "unsure"


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (-1, "not-yet-valid"),
        (0, "unsure"),
        (999, "unsure"),
        (1000, "unsure"),
        (1001, "expired"),
    ],
)
def test_xc_001_the_second_before_and_the_second_after(bench: Bench, at: int, verdict: str) -> None:
    one = bench.pki.issue(card(), (START, START + 1000))
    bench.clock.pass_by(at)
    assert bench.verdict(one) == verdict


def test_xc_002_itself_and_others_with_the_same_names_vouch_for_nothing(bench: Bench) -> None:
    assert bench.verdict(bench.card()) == "unsure"
    itself = build(NAME, NAME, key("leaf"), period(START), usual())
    assert bench.verdict(der_of(itself.sign(key("leaf"), hashes.SHA256()))) == "unknown-authority"
    assert bench.verdict(leaf(own_root(), usual())) == "unknown-authority"
    twins = new_pki(START, family="twins")
    twin = twins.authorities["ACI-FO-PP"].certificate
    assert twin.subject == bench.pki.authorities["ACI-FO-PP"].certificate.subject
    assert bench.verdict(twins.issue(card(), period(START))) == "unknown-authority"


def test_xc_002_who_signed_for_another_root_s_authority_adds_no_path(empty: Bench) -> None:
    """The intermediate is known, cross-signed by a stranger of the same name as our root."""
    ours, twins = empty.pki, new_pki(START, family="twins")
    fake = twins.authorities["ACR-FO"].below(
        "ACI-FO-PP",
        ours.authorities["ACI-FO-PP"].certificate.subject,
        period(START),
        ours.authorities["ACI-FO-PP"].key,
    )
    empty.add(ours.authorities["ACR-FO"], fake)
    one = ours.issue(card(), period(START))
    assert empty.verdict(one) == "unknown-authority"
    # The same key, signed by the root that is pinned, is another matter.
    empty.add(ours.authorities["ACI-FO-PP"])
    assert empty.verdict(one) == "unsure"


def test_xc_002_an_intermediate_without_its_root_or_of_another_family_is_not_enough(
    empty: Bench,
) -> None:
    one = empty.card()
    empty.add(empty.pki.authorities["ACI-FO-PP"])
    assert empty.verdict(one) == "unknown-authority"
    empty.add(empty.pki.authorities["ACR-FO"], family="others")
    assert empty.verdict(one) == "unknown-authority"


def test_xc_002_an_authority_put_into_the_database_is_not_believed(bench: Bench) -> None:
    stranger = own_root("stranger")
    bench.add(stranger)
    assert bench.verdict(leaf(stranger, usual())) == "unsure"
    with bench.database.write() as tx:
        tx.exec_driver_sql("UPDATE authorities SET family = 'more'")
    with bench.database.read() as tx:
        fresh = alone(bench.database, believe=False).trust.authorities.all(tx)
    assert fresh == []


def test_xc_003_somebody_s_certificate_vouches_for_nobody(bench: Bench) -> None:
    card_of_another = bench.card()
    [refused] = bench.add(card_of_another)
    assert isinstance(refused, NotAdded)
    assert bench.verdict(leaf(card_of_another, usual())) == "unknown-authority"


def test_xc_003_not_even_where_it_lies_among_the_authorities(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bench.card()
    with monkeypatch.context() as patch:
        patch.setattr("idp.trust.authorities._unfit", lambda _certificate, _now: "")
        bench.add(one)
    assert len(bench.known()) == len([*bench.pki.roots, *bench.pki.people]) + 1
    assert bench.verdict(leaf(one, usual())) == "unknown-authority"
    # Nor for itself: its own path stands, as before.
    assert bench.verdict(one) == "unsure"


@pytest.mark.parametrize(
    ("purposes", "verdict"),
    [
        ([ExtendedKeyUsageOID.CLIENT_AUTH], "unsure"),
        ([ExtendedKeyUsageOID.SERVER_AUTH], "wrong-use"),
        ([ExtendedKeyUsageOID.EMAIL_PROTECTION], "wrong-use"),
        ([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE], "wrong-use"),
        ([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], "unsure"),
        ([], "wrong-use"),
    ],
    ids=["client", "server", "mail", "any", "both", "none"],
)
def test_xc_004_it_must_be_for_clients(bench: Bench, purposes: list, verdict: str) -> None:
    eku = x509.ExtendedKeyUsage(purposes) if purposes else None
    made = leaf(bench.pki.authorities["ACI-FO-PP"], usual(eku=eku))
    assert bench.verdict(made) == verdict


def test_xc_004_an_authority_of_web_servers_has_no_clients(bench: Bench) -> None:
    servers = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    root = own_root()
    above = below(root, "servers", (servers, False))
    bench.add(root, above)
    assert bench.verdict(leaf(above, usual())) == "unknown-authority"
    assert bench.verdict(leaf(root, usual())) == "unsure"


@pytest.mark.parametrize(
    "usage", ["", "content_commitment", "digital_signature content_commitment", "key_agreement"]
)
def test_xc_005_a_key_that_commits_to_documents_logs_nobody_in(bench: Bench, usage: str) -> None:
    made = leaf(bench.pki.authorities["ACI-FO-PP"], usual(usage=usage))
    assert bench.verdict(made) == "wrong-use"


def test_xc_005_the_card_s_other_certificate_is_not_for_login(bench: Bench) -> None:
    one = bench.pki.issue(card(), period(START), Use.SIGNATURE)
    assert bench.verdict(one) == "wrong-use"


def test_xc_005_where_the_operator_names_a_policy_it_must_be_there(empty: Bench) -> None:
    root = own_root()
    [added] = empty.add(root, policies=["1.2.250.1.213.1.7.2"])
    assert added.policies == ("1.2.250.1.213.1.7.2",)

    def of(policy: str) -> bytes:
        named = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
        return leaf(root, [*usual(), (x509.CertificatePolicies([named]), False)])

    assert empty.verdict(of("1.2.250.1.213.1.7.2")) == "unsure"
    assert empty.verdict(of("1.2.250.1.213.1.7.3")) == "wrong-use"
    assert empty.verdict(leaf(root, usual())) == "wrong-use"


def test_xc_006_an_authority_s_own_certificate_is_nobody_s_card(bench: Bench) -> None:
    made = leaf(bench.pki.authorities["ACR-FO"], usual(ca=True))
    assert bench.verdict(made) == "wrong-use"


@pytest.mark.parametrize(("length", "verdict"), [(0, "unknown-authority"), (1, "unsure")])
def test_xc_006_no_further_down_than_allowed(bench: Bench, length: int, verdict: str) -> None:
    root = own_root()
    upper = below(root, f"upper {length}", length=length)
    lower = below(upper, f"lower {length}")
    bench.add(root, upper, lower)
    assert bench.verdict(leaf(upper, usual())) == "unsure"
    assert bench.verdict(leaf(lower, usual())) == verdict


@pytest.mark.parametrize(("critical", "verdict"), [(True, "malformed"), (False, "unsure")])
def test_xc_006_what_is_demanded_and_not_known_here_is_refused(
    bench: Bench, *, critical: bool, verdict: str
) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    made = leaf(bench.pki.authorities["ACI-FO-PP"], [*usual(), (unknown, critical)])
    assert bench.verdict(made) == verdict
    root = own_root(f"demanding {critical}", (unknown, critical))
    [added] = bench.add(root)
    assert isinstance(added, NotAdded) is critical


DOCTORS = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "fr")])
GERMANS = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")])


@pytest.mark.parametrize(
    ("kind", "permitted", "excluded", "verdict"),
    [
        ("dn", [x509.DirectoryName(DOCTORS)], None, "unsure"),
        ("dn", [x509.DirectoryName(GERMANS)], None, "unknown-authority"),
        ("dn", None, [x509.DirectoryName(DOCTORS)], "unknown-authority"),
        ("dn", None, [x509.DirectoryName(GERMANS)], "unsure"),
        ("mail", [x509.RFC822Name("sante.example")], None, "unsure"),
        ("mail", [x509.RFC822Name(".sante.example")], None, "unknown-authority"),
        ("mail", None, [x509.RFC822Name("sante.example")], "unknown-authority"),
        ("dns", [x509.DNSName("sante.example")], None, "unsure"),
        ("dns", [x509.DNSName("ante.example")], None, "unknown-authority"),
        (
            "upn",
            [x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")],
            None,
            "unknown-authority",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_xc_007_an_authority_speaks_of_those_it_may_speak_of(
    bench: Bench, kind: str, permitted: list, excluded: list, verdict: str
) -> None:
    names = {
        "mail": x509.RFC822Name("claire@sante.example"),
        "dns": x509.DNSName("poste.sante.example"),
        "upn": x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"),
    }
    extensions = usual()
    if kind in names:
        extensions.append((x509.SubjectAlternativeName([names[kind]]), False))
    root = own_root()
    constrained = below(root, "constrained", (x509.NameConstraints(permitted, excluded), True))
    bench.add(root, constrained)
    assert bench.verdict(leaf(constrained, extensions)) == verdict


WEAK_KEYS = {
    "small": lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024),
    "three": lambda: rsa.generate_private_key(public_exponent=3, key_size=2048),
    "curve": lambda: ec.generate_private_key(ec.SECP224R1()),
}


@pytest.mark.parametrize("which", WEAK_KEYS)
def test_xc_008_weak_keys_are_refused(bench: Bench, which: str) -> None:
    issuer = bench.pki.authorities["ACI-FO-PP"].issued
    weak = WEAK_KEYS[which]()
    builder = build(NAME, issuer.certificate.subject, weak, period(START), usual())
    assert bench.verdict(der_of(builder.sign(issuer.key, hashes.SHA256()))) == "weak"


def test_xc_008_an_exponent_of_one_is_refused(bench: Bench) -> None:
    """Already where it is read: every number would be its signature."""
    made = leaf(bench.pki.authorities["ACI-FO-PP"], usual())
    assert bench.verdict(made) == "unsure"
    assert bench.verdict(with_exponent_one(made)) in {"malformed", "weak"}


def with_exponent_one(der: bytes) -> bytes:
    """The public exponent 65537 of a certificate's key made 65 537 → 1, same length."""
    there = b"\x02\x03\x01\x00\x01"
    assert der.count(there) == 1
    return der.replace(there, b"\x02\x03\x00\x00\x01")


def test_xc_008_a_signature_on_sha_1_is_refused(bench: Bench) -> None:
    issuer = bench.pki.authorities["ACI-FO-PP"].issued
    made = leaf(issuer, usual())
    weak = made.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"))
    assert weak != made
    assert bench.verdict(weak) == "weak"


def test_xc_008_a_weak_authority_is_not_added_nor_believed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weak")])
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    extensions = [
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (key_usage("key_cert_sign"), True),
    ]
    made = build(name, name, small, period(START), extensions).sign(small, hashes.SHA256())
    root = Issued(made, small)
    [refused] = bench.add(root)
    assert isinstance(refused, NotAdded)
    with monkeypatch.context() as patch:
        patch.setattr("idp.trust.authorities._unfit", lambda _certificate, _now: "")
        bench.add(root)
    assert bench.verdict(leaf(root, usual())) == "unknown-authority"


@pytest.mark.parametrize("bad", [b"", b"\x30", b"\x00" * 100, b"x" * 1_000_000], ids=len)
def test_xc_009_what_is_no_certificate_is_malformed(bench: Bench, bad: bytes) -> None:
    assert bench.verdict(bad) == "malformed"
    whole = bench.card().der
    assert bench.verdict(whole + b"\x00") == "malformed"
    assert bench.verdict(whole[:-1]) == "malformed"


@pytest.fixture
def ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our checks without the library's second look at the same path: each must hold by itself."""
    monkeypatch.setattr("idp.trust.path._library_agrees", lambda _path, _now: True)


@pytest.fixture
def library_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's look without what we know of names, lengths and authorities."""
    monkeypatch.setattr("idp.trust.path._allows", lambda _one, _leaf, _below: True)


def too_long(bench: Bench) -> bytes:
    """Below an authority that may have no other one below it."""
    root = own_root()
    upper = below(root, "upper", length=0)
    lower = below(upper, "lower")
    bench.add(root, upper, lower)
    return leaf(lower, usual())


@pytest.mark.usefixtures("ours_alone")
def test_xc_003_and_006_by_our_checks_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bench.verdict(too_long(bench)) == "unknown-authority"
    # Right below a root that sets no limit: nothing else would stop it.
    root = own_root("boundless")
    person = build(NAME, root.certificate.subject, key("person"), period(START), usual())
    one = Issued(person.sign(root.key, hashes.SHA256()), key("person"))
    with monkeypatch.context() as patch:
        patch.setattr("idp.trust.authorities._unfit", lambda _certificate, _now: "")
        bench.add(root, one)
    assert bench.verdict(one) == "unsure"
    assert bench.verdict(leaf(one, usual())) == "unknown-authority"


@pytest.mark.usefixtures("library_alone")
def test_xc_006_and_007_by_the_library_alone(bench: Bench) -> None:
    assert bench.verdict(too_long(bench)) == "unknown-authority"
    bound = (x509.NameConstraints([x509.DNSName("ante.example")], None), True)
    root = own_root("bound root")
    constrained = below(root, "bound", bound)
    bench.add(root, constrained)
    name = x509.SubjectAlternativeName([x509.DNSName("poste.sante.example")])
    assert bench.verdict(leaf(constrained, [*usual(), (name, False)])) == "unknown-authority"


def test_an_authority_that_is_added_or_removed_counts_at_once_in_every_process(
    empty: Bench,
) -> None:
    other = open_trust(empty.database, empty.clock, policy=Policy.ACCEPT)
    one = empty.card()
    assert other.judge(one.der, None).value == "unknown-authority"
    empty.add(empty.pki.authorities["ACR-FO"], empty.pki.authorities["ACI-FO-PP"])
    assert other.judge(one.der, None).family == "cps"
    with empty.database.write() as tx:
        for each in empty.known():
            assert empty.trust.authorities.remove(tx, each.certificate.fingerprint)
    assert other.judge(one.der, None).value == "unknown-authority"
