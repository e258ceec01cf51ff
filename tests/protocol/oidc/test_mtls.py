# SPDX-License-Identifier: Apache-2.0
"""Applications that are known by the certificate of their connection (RFC 8705 §2)."""

from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from connectors.ports import Distrust, Trusted
from idp import door
from idp.applications.registration import read_registration
from idp.cli.door_tls import Contexts
from idp.oidc.client import check_client
from idp.oidc.edge import self_signed
from tests.card_kit import CARD_ADDRESS, PROXY, CardWorld, Paper, host_paper
from tests.cast import SECRET, application
from tests.protocol.kit import Guest, register, send
from tests.protocol.oidc.certificates import (
    AUTHORITY,
    authority,
    believe,
    by_itself,
    jwks_of,
    made,
    open_both,
    post,
    unknown_key,
    unreadable,
)
from tests.protocol.oidc.proofs import CREDENTIALS, MACHINE
from tests.protocol.oidc.signing import Key, assertion_form, new_key, public
from tests.protocol.oidc.strict import DISCOVERY, discovery
from tests.world import World

TOKEN = "/oidc/token"
NAME = "tls_client_auth_"
HELD = {"tls_client_certificate_bound_access_tokens": True}
SUBJECT = "CN=agenda,O=Clinique\\, Nord,C=FR"
HOST, MAIL = "agenda.clinique.example", "agenda@clinique.example"
URI = "urn:clinique:agenda"
NAMES: dict[str, tuple[str, x509.GeneralName | None]] = {
    "subject_dn": (SUBJECT, None),
    "san_dns": (HOST, x509.DNSName(HOST)),
    "san_uri": (URI, x509.UniformResourceIdentifier(URI)),
    "san_ip": ("2001:db8::7", x509.IPAddress(ip_address("2001:db8::7"))),
    "san_email": (MAIL, x509.RFC822Name(MAIL)),
}


@pytest.fixture(scope="module")
def both(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardWorld]:
    file = tmp_path_factory.mktemp("mtls") / "sceau.sqlite3"
    file.touch(0o600)
    file.write_bytes(sqlite_template.read_bytes())
    opened = open_both(f"sqlite:///{file}")
    yield opened
    opened.door.close()
    opened.world.close()


def vouched(opened: CardWorld, **names: str) -> Guest:
    """An application for whose certificate an authority vouches."""
    said = {NAME + name: value for name, value in names.items()}
    settings = MACHINE | {"token_endpoint_auth_method": "tls_client_auth"} | said
    return register(opened.world, oidc=settings)


def self_made(opened: CardWorld, *papers: Paper, **oidc: Any) -> Guest:
    """An application whose certificates are registered themselves."""
    settings = {"token_endpoint_auth_method": "self_signed_tls_client_auth"}
    return register(opened.world, oidc=MACHINE | settings | {"jwks": jwks_of(*papers)} | oidc)


def status(opened: CardWorld, client: Guest, paper: Paper | None, **options: Any) -> int:
    """What the token endpoint says: 200, or invalid_client and nothing else."""
    form = CREDENTIALS | {"client_id": client.key}
    answer = post(opened, TOKEN, form, paper, **options)
    if answer.status != 200:
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
        assert "access_token" not in answer.json
    return answer.status


@pytest.mark.parametrize("kind", NAMES)
def test_each_name_of_a_certificate(both: CardWorld, kind: str) -> None:
    value, name = NAMES[kind]
    client = vouched(both, **{kind: value})
    names = [name] if name else []
    paper = made(SUBJECT if name is None else "CN=any", names=names)
    assert status(both, client, paper) == 200
    assert status(both, client, made("CN=other", names=[x509.DNSName("other.example")])) == 401


def test_oa_059_the_certificate_of_another_application(both: CardWorld) -> None:
    first, second = vouched(both, subject_dn="CN=first"), vouched(both, subject_dn="CN=second")
    assert status(both, first, made("CN=first")) == status(both, second, made("CN=second")) == 200
    assert status(both, first, made("CN=second")) == status(both, second, made("CN=first")) == 401


def test_oa_059_a_name_is_whole_and_of_its_kind(both: CardWorld) -> None:
    client = vouched(both, subject_dn=SUBJECT)
    for other in (
        "CN=agenda",
        "CN=agenda,O=Clinique\\, Nord",
        "C=FR,O=Clinique\\, Nord,CN=agenda",
        "CN=Agenda,O=Clinique\\, Nord,C=FR",
        "CN=agenda,O=Clinique,O=Nord,C=FR",
        "CN=agenda,OU=more,O=Clinique\\, Nord,C=FR",
    ):
        assert status(both, client, made(other)) == 401, other
    by_host = vouched(both, san_dns=HOST)
    # A common name is no host, nor is a pattern that it would fit.
    for paper in (
        made(f"CN={HOST}"),
        made("CN=x", names=[x509.DNSName("*.clinique.example")]),
        made("CN=x", names=[x509.DNSName(f"more.{HOST}")]),
        made("CN=x", names=[x509.UniformResourceIdentifier(f"https://{HOST}")]),
        made("CN=x", names=[x509.RFC822Name(f"x@{HOST}")]),
    ):
        assert status(both, by_host, paper) == 401
    wide = [x509.DNSName("other.example"), x509.DNSName(HOST.upper())]
    assert status(both, by_host, made("CN=x", names=wide)) == 200


def test_oa_059_the_same_subject_under_another_authority(both: CardWorld) -> None:
    client = vouched(both, subject_dn=SUBJECT)
    unknown = authority("CN=UNKNOWN")
    assert status(both, client, made(SUBJECT, "CN=UNKNOWN")) == 401
    # Nor under one of cards, though its certificates are believed of people.
    believe(both, unknown, "cps")
    assert status(both, client, made(SUBJECT, "CN=UNKNOWN")) == 401
    assert status(both, client, by_itself(SUBJECT)) == 401
    # An authority of the same name, with another key.
    assert status(both, client, _by_false_authority(SUBJECT)) == 401
    for since, until in ((-30, -1), (1, 30)):
        assert status(both, client, made(SUBJECT, since=since, until=until)) == 401
    assert status(both, client, made(SUBJECT)) == 200


def _by_false_authority(subject: str) -> Paper:
    real, false = made(subject), authority(AUTHORITY, "false")
    builder = x509.CertificateBuilder(
        issuer_name=false.certificate.subject,
        subject_name=real.certificate.subject,
        public_key=real.key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=real.certificate.not_valid_before_utc,
        not_valid_after=real.certificate.not_valid_after_utc,
        extensions=list(real.certificate.extensions),
    )
    return Paper(builder.sign(false.key, real.certificate.signature_hash_algorithm), real.key)


def test_oa_059_an_authority_of_applications_vouches_for_no_card(both: CardWorld) -> None:
    trust, paper = both.world.core.trust, made("CN=500000000001/AGENDA")
    assert isinstance(trust.judge_application(paper.der, "any"), Trusted)
    assert trust.judge(paper.der, None) is Distrust.UNKNOWN_AUTHORITY
    with both.world.core.database.read() as tx:
        believed = trust.believed(tx)
        known = [one for one in trust.authorities.all(tx) if one.family == "applications"]
    assert known
    assert not believed & {one.key_id for one in known}


def test_oa_059_nobody_says_whether_it_is_revoked(sqlite_url: str) -> None:
    opened = open_both(sqlite_url, CARDS_REVOCATION="refuse")
    client = vouched(opened, subject_dn=SUBJECT)
    assert status(opened, client, made(SUBJECT)) == 401
    opened.door.close()
    opened.world.close()


def test_a_certificate_of_its_own_making(both: CardWorld) -> None:
    first, second = by_itself("CN=first"), by_itself("CN=second")
    client = self_made(both, first, second)
    assert status(both, client, first) == status(both, client, second) == 200


def test_oa_059_another_of_its_own_making(both: CardWorld) -> None:
    paper = by_itself("CN=agenda")
    client, other = self_made(both, paper), by_itself("CN=other")
    stranger = self_made(both, other)
    assert status(both, client, other) == status(both, stranger, paper) == 401
    # The same name by another key, and another certificate of the same key.
    assert status(both, client, by_itself("CN=agenda", mark="2")) == 401
    assert status(both, client, by_itself("CN=agenda", until=299)) == 401
    assert status(both, client, made("CN=agenda")) == 401
    old = by_itself("CN=old", until=-1)
    assert status(both, self_made(both, old), old) == 401


def test_oa_059_no_header_is_believed_without_its_proxy(both: CardWorld) -> None:
    paper = by_itself("CN=agenda")
    for client in (self_made(both, paper), vouched(both, subject_dn="CN=agenda")):
        shown = paper if client.settings.get("jwks") else made("CN=agenda")
        assert status(both, client, shown) == 200
        assert status(both, client, None) == 401
        assert status(both, client, shown, peer="198.51.100.9") == 401
        assert status(both, client, shown, secret="another-secret-of-no-proxy-012345") == 401
        assert status(both, client, shown, main=True) == 401
        assert status(both, client, shown, main=True, peer=PROXY) == 401
        pem = {"X-Ssl-Client-Cert": shown.pem.replace("\n", " "), "X-Client-Cert": shown.header}
        assert status(both, client, None, **pem) == 401


def test_oa_050_oa_051_no_other_method_than_the_registered_one(both: CardWorld) -> None:
    paper = by_itself("CN=agenda")
    client, by_secret = self_made(both, paper), register(both.world, oidc=MACHINE)
    form = CREDENTIALS | {"client_id": client.key}
    wrong = (form | {"client_secret": SECRET}, form | {"client_assertion": "x"})
    for sent in wrong:
        assert post(both, TOKEN, sent, paper).json["error"] == "invalid_client"
    basic = client.basic()
    assert post(both, TOKEN, CREDENTIALS, paper, **basic).json["error"] == "invalid_client"
    # Who has a secret shows it, whatever certificate comes along.
    assert status(both, by_secret, paper) == 401
    assert post(both, TOKEN, CREDENTIALS, paper, **by_secret.basic()).status == 200
    assert post(both, TOKEN, CREDENTIALS, paper).json["error"] == "invalid_client"


@pytest.mark.parametrize("path", ["/oidc/introspect", "/oidc/revoke"])
def test_at_each_endpoint(both: CardWorld, path: str) -> None:
    paper = by_itself("CN=agenda")
    form = {"client_id": self_made(both, paper).key, "token": "x"}
    assert post(both, path, form, paper).status == 200
    assert post(both, path, form).json["error"] == "invalid_client"


def faults(**oidc: Any) -> list[tuple[str, str]]:
    document = application("guest", oidc=MACHINE | oidc)
    read = read_registration(document, frozenset({"password"}))
    return [(one.place.removeprefix("oidc."), one.what.key) for one in check_client(read)]


def test_what_can_be_registered() -> None:
    known = {"token_endpoint_auth_method": "tls_client_auth"}
    assert faults(**known) == [("token_endpoint_auth_method", "name-one")]
    for kind, (value, _name) in NAMES.items():
        assert faults(**known, **{NAME + kind: value}) == []
    two = {NAME + "san_dns": HOST, NAME + "san_email": MAIL}
    assert faults(**known, **two) == [("token_endpoint_auth_method", "name-one")]
    for kind, value in {
        "subject_dn": "agenda",
        "san_dns": "hôte",
        "san_uri": "urn: x",
        "san_ip": "300.1.1.1",
        "san_email": 5,
    }.items():
        assert faults(**known, **{NAME + kind: value}) == [(NAME + kind, "name-unfit")]
    own = {"token_endpoint_auth_method": "self_signed_tls_client_auth"}
    paper, other = by_itself("CN=agenda"), by_itself("CN=other")
    assert faults(**own) == [("jwks", "certificate-needed")]
    assert faults(**own, jwks=jwks_of(paper)) == []
    assert faults(**own, jwks_uri="https://agenda.example/keys") == []
    bare = jwks_of(paper)
    bare["keys"][0].pop("x5c")
    assert faults(**own, jwks=bare) == [("jwks", "certificate-needed")]
    # RFC 7517 §4.7: a certificate of another key makes it no key at all.
    bare["keys"][0]["x5c"] = jwks_of(other)["keys"][0]["x5c"]
    assert ("jwks", "keys-unfit") in faults(**own, jwks=bare)


def test_a_certificate_that_can_not_be_read_is_not_registered() -> None:
    own = {"token_endpoint_auth_method": "self_signed_tls_client_auth"}
    assert ("jwks", "keys-unfit") in faults(**own, jwks=jwks_of(unreadable()))
    strange = jwks_of(by_itself("CN=agenda"))
    strange["keys"][0]["x5c"] = [b64encode(unknown_key()).decode()]
    assert ("jwks", "keys-unfit") in faults(**own, jwks=strange)


def test_a_certificate_that_does_not_load_keeps_nobody_out(
    both: CardWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = host_paper().file(tmp_path, "host")

    def loaded(*papers: Paper) -> int:
        known = [one.der for one in papers]
        monkeypatch.setattr(door, "self_signed", lambda _applications: known)
        contexts = Contexts(host, host, door.anchors_of(both.door.core))
        return contexts.new().cert_store_stats()["x509"]

    first, last = by_itself("CN=first"), by_itself("CN=last")
    assert loaded(first, unreadable(), last) == loaded() + 2


@pytest.mark.parametrize("name", [AUTHORITY, "CN=authority  of applications,O=region"])
def test_xc_002_nobody_stands_in_the_place_of_an_authority(
    both: CardWorld, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """By its name alone: what it vouches for would make no handshake any more."""
    impostor, own = by_itself(name), by_itself("CN=own")
    monkeypatch.setattr(door, "self_signed", lambda _applications: [impostor.der, own.der])
    known = door.anchors_of(both.door.core)()
    assert authority().pem in known
    assert own.pem in known
    assert impostor.pem not in known


def test_a_certificate_that_holds_tokens_makes_a_handshake(both: CardWorld) -> None:
    """As the suite runs it without a proxy: a key of its own, and a certificate of its making."""
    key, paper, world = new_key("ES256", "sign"), by_itself("CN=holder"), both.world
    keys = {"keys": [public(key), *jwks_of(paper)["keys"]]}
    own = by_assertion(key) | {"jwks": keys}
    other = register(world, oidc=MACHINE | own)
    known = world.core.applications
    with world.core.database.read() as tx:
        assert paper.der not in self_signed(known.every(tx))
    register(world, other.key, oidc=MACHINE | own | HELD)
    with world.core.database.read() as tx:
        assert paper.der in self_signed(known.every(tx))


def by_assertion(key: Key) -> dict[str, Any]:
    """How an application is registered that proves who it is by this key."""
    jwks = {"keys": [public(key)]}
    return {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks}


@pytest.mark.parametrize("path", [TOKEN, "/oidc/par"])
@pytest.mark.parametrize("main", [False, True])
def test_an_assertion_names_the_address_that_it_is_sent_to(
    both: CardWorld, path: str, *, main: bool
) -> None:
    key, world = new_key("ES256"), both.world
    client = register(world, oidc=MACHINE | by_assertion(key))
    for aud, expected in (
        (CARD_ADDRESS + path, 200),
        (world.issuer + path, 200),
        (CARD_ADDRESS, 401),
        (f"{CARD_ADDRESS}/oidc/other", 401),
    ):
        form = CREDENTIALS | assertion_form(world, client.key, key, aud=aud)
        assert post(both, TOKEN, form, main=main).status == expected, aud


def test_an_assertion_of_the_profile_names_the_issuer_alone(both: CardWorld) -> None:
    key, world = new_key("ES256"), both.world
    client = register(world, oidc=by_assertion(key) | {"profile": "fapi2"})
    for aud, expected in ((CARD_ADDRESS + TOKEN, 401), (world.issuer, 400)):
        form = {"grant_type": "authorization_code", "code": "x"}
        form |= assertion_form(world, client.key, key, aud=aud)
        assert post(both, TOKEN, form).status == expected


def test_an_assertion_for_the_other_address_where_there_is_none(shared: World) -> None:
    key = new_key("ES256")
    client = register(shared, oidc=MACHINE | by_assertion(key))
    form = CREDENTIALS | assertion_form(shared, client.key, key, aud=CARD_ADDRESS + TOKEN)
    assert send(shared, "POST", TOKEN, form=form).status_code == 401


def test_discovery_tells_where(both: CardWorld, shared: Any) -> None:
    told = discovery(both.world)
    aliases = told["mtls_endpoint_aliases"]
    address = "https://cps.sceau.example"
    assert aliases == {
        "pushed_authorization_request_endpoint": f"{address}/oidc/par",
        "device_authorization_endpoint": f"{address}/oidc/device_authorization",
        "backchannel_authentication_endpoint": f"{address}/oidc/bc-authorize",
        "token_endpoint": f"{address}/oidc/token",
        "introspection_endpoint": f"{address}/oidc/introspect",
        "revocation_endpoint": f"{address}/oidc/revoke",
        "userinfo_endpoint": f"{address}/oidc/userinfo",
    }
    for one in aliases.values():
        assert both.request(one, method="POST").status_code != 404
    assert both.request(address + DISCOVERY).status_code == 404
    assert both.request(f"{address}/oidc/authorize").status_code == 404
    methods = {"tls_client_auth", "self_signed_tls_client_auth"}
    assert methods <= set(told["token_endpoint_auth_methods_supported"])
    assert told["tls_client_certificate_bound_access_tokens"] is True
    elsewhere = discovery(shared)
    assert "mtls_endpoint_aliases" not in elsewhere
    assert not methods & set(elsewhere["token_endpoint_auth_methods_supported"])
