# SPDX-License-Identifier: Apache-2.0
"""An application that publishes its metadata on loopback, and a world that may fetch it there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from idp.administration.authority import Authority
from idp.administration.rules.following import Found, Named
from idp.applications import sources
from idp.applications.sources import Source
from tests.administration.kit import DESK
from tests.cast import application
from tests.saml_kit import pem, saml_application
from tests.saml_metadata import metadata, signed
from tests.unit.ground.servers import Server, answer
from tests.world import START, World, open_world

DAY = 86_400
NAME = "https://sp.example/metadata"
KEY = "sp"
SIGNER = "metadata signer"


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def published(
    *swaps: tuple[str, str],
    by: str = SIGNER,
    until: int | None = START + 7 * DAY,
    **changes: str,
) -> bytes:
    """Its metadata, signed; what is to be swapped is swapped before."""
    ends = {} if until is None else {"validUntil": moment(until)}
    document = metadata(ID="_metadata", **ends, **changes)
    for old, new in swaps:
        assert old in document, old
        document = document.replace(old, new)
    return signed(document.partition("?>")[2].strip(), by).encode()


@dataclass
class Site:
    """The world, and what the application publishes."""

    world: World
    server: Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/metadata"

    @property
    def following(self) -> Any:
        return self.world.provider.services.office.following

    @property
    def authority(self) -> Authority:
        office = self.world.provider.services.office
        return office.authorities.of_command(DESK)

    def publish(self, document: bytes, **how: str) -> None:
        self.server.behave = answer(document, **how)

    def settings(self) -> dict[str, Any]:
        """Those of its registration."""
        return dict(self.application().settings)

    def application(self) -> Any:
        with self.world.core.database.read() as tx:
            return self.world.core.applications.load(tx, KEY)

    def source(self) -> Source | None:
        with self.world.core.database.read() as tx:
            return sources.load(tx, KEY)

    def follow(self, **named: str) -> Any:
        """Looked at, and taken over."""
        found = self.following.look(self.authority, KEY, self.named(**named))
        if not isinstance(found, Found):
            return found
        with self.world.core.database.write() as tx:
            plan = self.following.plan(tx, self.authority, KEY, found)
            if not hasattr(plan, "changes"):
                return plan
            seen = plan.version, found.described.digest
            return self.following.follow(tx, self.authority, KEY, found, seen)

    def named(self, **changes: str) -> Named:
        return Named(**({"url": self.url, "certificate": pem(SIGNER)} | changes))

    def now(self) -> str:
        """What came of a fetch that somebody asks for."""
        return str(self.following.again(self.authority, KEY).fault)

    def a_day_later(self) -> str:
        """What came of the fetch that is due then."""
        self.world.clock.pass_by(DAY)
        (done,) = self.following.due()
        return str(done.fault)


@contextmanager
def open_site(database_url: str) -> Iterator[Site]:
    """A registered application whose metadata says what is registered."""
    server = Server(answer(published()))
    allow = f"127.0.0.1:{server.port}"
    world = open_world(database_url, OUTGOING_ALLOW=allow, OUTGOING_TIMEOUT="20")
    document = saml_application(KEY)
    document["saml"] |= {"entity_id": NAME, "acs": [{"url": "https://sp.example/acs", "index": 1}]}
    try:
        with world.core.database.write() as tx:
            world.core.applications.register(tx, document)
            world.core.applications.register(tx, application("other"))
        yield Site(world, server)
    finally:
        world.provider.close()
        server.close()
