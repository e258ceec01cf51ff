# SPDX-License-Identifier: Apache-2.0
"""A public key infrastructure of a test's own, shaped like that of the demo.

    pki = new_pki(world.clock.now())                 # nothing is served
    issued = pki.issue(card(), period(now))          # .der .certificate .key .pkcs12("1234")
    with served_pki(world.clock.now) as (pki, service): pki.revoke(issued.certificate, now)

Keys take long to make: they are made once for all tests of a process, and told apart by name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from idp.demo.pki import Pki, make
from idp.demo.pki_authority import new_key
from idp.demo.pki_cards import Card, Product
from idp.demo.pki_revocation import DAY, Lists
from idp.demo.pki_service import PkiService

NOW = 1_800_000_000
# Nobody listens there.
NOWHERE = "http://localhost:9"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """The same key for the same name."""
    return new_key()


def new_pki(now: int = NOW, address: str = NOWHERE, family: str = "") -> Pki:
    """All authorities, with nothing revoked. Another family has the same names and other keys."""
    numbers = count()
    return make(now, address, lambda: key(f"authority {family} {next(numbers)}"))


def card(**changes: object) -> Card:
    """The card of a doctor of the cast."""
    usual = Card("899700000010", "DURAND", "CLAIRE", "2600301752", profession=10, title="Médecin")
    return replace(usual, **changes)


def test_card(**changes: object) -> Card:
    """As above, but for trying out."""
    return card(product=Product.TEST_CARD, **changes)


test_card.__test__ = False


def period(now: int = NOW, days: int = 900, since: int = 30) -> tuple[int, int]:
    """From some days ago to some days from now."""
    return now - since * DAY, now + days * DAY


@contextmanager
def served_pki(
    now: Callable[[], int], lists: Lists | None = None
) -> Iterator[tuple[Pki, PkiService]]:
    """Lists, OCSP and certificates of authorities served on this machine."""
    with PkiService(now) as service:
        pki = new_pki(now(), service.address)
        if lists is not None:
            lists = replace(lists, register=pki.register)
        service.show(pki, lists)
        yield pki, service


@pytest.fixture
def pki() -> Pki:
    """Authorities of a usual moment, served nowhere."""
    return new_pki()


@pytest.fixture
def card_key() -> rsa.RSAPrivateKey:
    """The key of the card at hand."""
    return key("card")
