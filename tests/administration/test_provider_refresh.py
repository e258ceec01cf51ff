# SPDX-License-Identifier: Apache-2.0
"""Metadata of providers, fetched again by itself: what is taken over, and what never is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from idp.administration.rules.provider_metadata import fingerprint_of
from idp.background import provider_refresh
from idp.saml.names import REDIRECT
from idp.saml.signatures import bare
from idp.saml.writing import moment
from tests.administration.test_saml_providers import There
from tests.protocol.saml.messages import certificate, signed
from tests.providers import keep
from tests.saml_upstream import LOGIN, metadata
from tests.saml_values import saml_provider
from tests.world import START, StandingClock, World, open_world

ADDRESS = "https://idp.example/metadata"
DAY = 86_400
OLD, NEW = bare(certificate("saml honest")), bare(certificate("saml evil"))
SIGNER = "saml other"
# Browsers are sent nowhere without TLS.
PLAIN = f'<md:SingleSignOnService Binding="{REDIRECT}" Location="http://idp.example/sso"/>'


def document(until: int = START + 7 * DAY, key: str = OLD, by: str = SIGNER, **more: str) -> bytes:
    """What the provider publishes, signed by its federation."""
    made = metadata(until=f'validUntil="{moment(until)}"', **more)
    return signed(made.replace(OLD.encode(), key.encode()), name=by)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def here(clock, database_url) -> Iterator[World]:
    world = open_world(database_url, clock)
    keep(
        world,
        saml_provider(
            address=ADDRESS,
            signer=bare(certificate(SIGNER)),
            valid_until=START + 7 * DAY,
        ),
    )
    yield world
    world.close()


@pytest.fixture
def there() -> There:
    return There()


def refresh(here: World, there: There) -> None:
    made = provider_refresh(here.core)
    made._metadata._new_way = lambda: there  # type: ignore[attr-defined]
    made.due()


def kept(here: World) -> Any:
    with here.core.database.read() as tx:
        return here.core.providers.load(tx, "chu")


def why(here: World) -> list[str]:
    return [json.loads(one.detail)["why"] for one in here.events("provider.refresh_failed")]


def test_what_is_the_same_is_noted_and_logins_go_on(here, there, clock):
    there.document = document(until=START + 9 * DAY)
    refresh(here, there)
    found = kept(here)
    assert (found.version, found.spoken.valid_until) == (1, START + 9 * DAY)
    assert (found.spoken.good_at, found.spoken.due_at) == (START, START + DAY)
    # It is not asked again before its time.
    refresh(here, there)
    assert there.asked == [ADDRESS]
    clock.pass_by(DAY)
    refresh(here, there)
    assert there.asked == [ADDRESS] * 2
    assert not here.events("provider.described")


def test_a_key_that_is_replaced_is_taken_over(here, there):
    there.document = document(until=START + 8 * DAY, key=NEW)
    refresh(here, there)
    found = kept(here)
    assert (found.version, found.spoken.certificates) == (2, (NEW,))
    [event] = here.events("provider.described")
    told = json.loads(event.detail)
    assert (told["added"], told["removed"]) == (fingerprint_of(NEW), fingerprint_of(OLD))


WRONG = {
    "unreachable": None,
    "unreadable": b"nothing",
    "unproved": document(key=NEW, by="saml honest"),
    "unsigned": metadata(until=f'validUntil="{moment(START + DAY)}"'),
    "endless": signed(metadata().replace(OLD.encode(), NEW.encode()), name=SIGNER),
    "over": document(until=START, key=NEW),
    "older": document(until=START + 6 * DAY, key=NEW),
    "other-name": document(key=NEW, entity='entityID="https://evil.example/saml"'),
    "no-login": document(key=NEW, login=PLAIN),
}


@pytest.mark.parametrize("reason", WRONG)
def test_sm_070_whatever_else_is_found_the_last_good_one_holds(here, there, clock, reason):
    there.document = WRONG[reason]
    refresh(here, there)
    found = kept(here)
    assert (found.version, found.spoken.certificates, found.spoken.login) == (1, (OLD,), LOGIN)
    assert found.spoken.fault == reason
    assert why(here) == [reason]
    # It is asked again soon, and said once.
    clock.pass_by(600)
    refresh(here, there)
    assert len(there.asked) == 2
    assert why(here) == [reason]
    there.document = document(until=START + 8 * DAY)
    clock.pass_by(600)
    refresh(here, there)
    assert kept(here).spoken.fault == ""
    assert len(here.events("provider.refreshed")) == 1


def test_the_same_played_back_does_not_end_sooner(here, there):
    there.document = document(until=START + DAY)
    refresh(here, there)
    assert kept(here).spoken.valid_until == START + 7 * DAY


def test_what_an_administrator_changed_meanwhile_stays(here, there, monkeypatch):
    """Nor is anything written over it."""
    there.document = document(until=START + 8 * DAY, key=NEW)
    fetch = there.fetch

    def changing(*given: Any) -> Any:
        keep(here, saml_provider(name_fr="autrement"))
        return fetch(*given)

    monkeypatch.setattr(there, "fetch", changing)
    refresh(here, there)
    found = kept(here)
    assert (found.name_fr, found.spoken.certificates, found.version) == ("autrement", (OLD,), 2)
    assert not here.events("provider.described")


def test_of_two_nodes_one_is_at_it(here, there):
    with here.core.database.write() as tx:
        seen = kept(here)
        first = replace(seen.spoken, due_at=START + 600)
        assert here.core.providers.note(tx, seen, first)
        assert not here.core.providers.note(tx, seen, first)


def test_those_that_nobody_follows_are_not_asked(here, there):
    keep(here, saml_provider())
    refresh(here, there)
    assert there.asked == []
