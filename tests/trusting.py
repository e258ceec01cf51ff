# SPDX-License-Identifier: Apache-2.0
"""A trust store over a database, with authorities served on this machine, for tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from connectors.ports import Distrust, Trusted
from idp.audit.record import Audit
from idp.clock import SystemEntropy
from idp.db import Database
from idp.demo.pki import Pki
from idp.demo.pki_authority import Authority, Issued
from idp.demo.pki_revocation import DAY, Lists, revocation_list
from idp.demo.pki_service import PkiService
from idp.outgoing import Fetcher
from idp.trust import sources
from idp.trust.authorities import NotAdded
from idp.trust.authority import Authority as Believed
from idp.trust.certificate import read
from idp.trust.crl import RevocationList, read_list
from idp.trust.rules import Policy, Rules
from idp.trust.service import Trust
from tests.pki import card, new_pki, period
from tests.world import START, StandingClock

SECRET = bytes(range(32))
FAMILY = "cps"


@dataclass
class Bench:
    """A trust store and what surrounds it."""

    database: Database
    clock: StandingClock
    pki: Pki
    trust: Trust
    service: PkiService | None = None
    policies: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> int:
        return self.clock.now()

    def card(self, **changes: Any) -> Issued:
        """A card's certificate for authentication."""
        return self.pki.issue(card(**changes), period(self.now))

    def judge(self, certificate: Issued | bytes, application: str | None = None) -> Any:
        der = certificate.der if isinstance(certificate, Issued) else certificate
        return self.trust.judge(der, application)

    def verdict(self, certificate: Issued | bytes, application: str | None = None) -> str:
        """`certain`, `unsure`, or why it is not believed."""
        found = self.judge(certificate, application)
        if isinstance(found, Distrust):
            return found.value
        assert isinstance(found, Trusted)
        return "certain" if found.certain else "unsure"

    def add(self, *authorities: Authority | Issued, family: str = FAMILY, **more: Any) -> list[Any]:
        """Believe these."""
        with self.database.write() as tx:
            return [
                self.trust.authorities.add(tx, der_of(one.certificate), family, **more)
                for one in authorities
            ]

    def believe(self, pki: Pki, family: str = FAMILY) -> None:
        """All that stand above cards."""
        for one in self.add(*pki.roots, *pki.people, family=family):
            assert not isinstance(one, NotAdded), one

    def known(self) -> list[Believed]:
        with self.database.read() as tx:
            return self.trust.authorities.all(tx)

    def sources(self) -> dict[str, sources.Source]:
        """By the last part of their addresses."""
        with self.database.read() as tx:
            return {one.url.rpartition("/")[2]: one for one in sources.every(tx)}

    def events(self, kind: str) -> list[Any]:
        with self.database.read() as tx:
            known = {"kind": kind}
            statement = text("SELECT * FROM audit_events WHERE kind = :kind ORDER BY id")
            return list(tx.execute(statement, known).all())


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def open_trust(
    database: Database,
    clock: Any,
    allow: Iterable[str] = (),
    policies: dict[str, str] | None = None,
    *,
    seconds: float = 60.0,
    largest: int = 1 << 20,
    **rules: Any,
) -> Trust:
    """A trust store that may reach these; nobody waits long for who does not answer at all."""
    known = {} if policies is None else policies
    return Trust(
        database,
        clock,
        SystemEntropy(),
        Audit(clock, SECRET),
        SECRET,
        Rules(**rules),
        list_fetcher=Fetcher(allow, seconds, largest, plain=True),
        answer_fetcher=Fetcher(allow, seconds, 1 << 16, plain=True),
        policy_of=lambda application: known.get(application, ""),
    )


def alone(database: Database, *, policy: Policy = Policy.ACCEPT, believe: bool = True) -> Bench:
    """Authorities that are served nowhere; what can't be said is accepted, so that paths tell."""
    clock = StandingClock(START)
    pki = new_pki(START)
    bench = Bench(database, clock, pki, open_trust(database, clock, policy=policy))
    if believe:
        bench.believe(pki)
    return bench


@contextmanager
def served(
    database: Database,
    clock: StandingClock | None = None,
    lists: Lists | None = None,
    **rules: Any,
) -> Iterator[Bench]:
    """Authorities whose lists and responder are served on this machine."""
    clock = clock or StandingClock(START)
    with PkiService(clock.now) as service:
        pki = new_pki(clock.now(), service.address)
        chosen = Lists(pki.register) if lists is None else lists
        service.show(pki, chosen)
        policies: dict[str, str] = {}
        host = service.address.removeprefix("http://")
        trust = open_trust(database, clock, {host}, policies, **rules)
        bench = Bench(database, clock, pki, trust, service, policies)
        bench.believe(pki)
        yield bench


def put_lists(bench: Bench, number: int) -> None:
    """Lists that its authorities sign now, read and kept by the store; nothing is served."""
    period = bench.now, bench.now + 7 * DAY
    with bench.database.write() as tx:
        for one in (*bench.pki.roots, *bench.pki.people):
            issuer = read(der_of(one.certificate))
            assert issuer is not None
            key = issuer.key_id
            sources.learn(tx, key, [one.list_url])
            place = sources.Source(sources.source_id(key, one.list_url), key, one.list_url)
            entries = bench.pki.register.of(one.short).items()
            found = read_list(revocation_list(one, entries, period, number), [issuer], bench.now)
            assert isinstance(found, RevocationList), found
            assert bench.trust.lists.put(tx, place, found, bench.now) is True


def lose_lists(bench: Bench) -> None:
    """The lists that it has are gone; where they were is still known."""
    with bench.database.write() as tx:
        for one in sources.every(tx):
            sources.forget(tx, one.id)
            sources.learn(tx, one.authority, [one.url])


def silence(bench: Bench, *parts: str) -> None:
    """What is asked for at these paths is not answered as it should be."""
    assert bench.service is not None
    for part in parts:
        bench.service.overrides[part] = (503, b"")


def host_of(bench: Bench) -> str:
    """Where its authorities are served, as an operator allows it."""
    assert bench.service is not None
    return bench.service.address.removeprefix("http://")
