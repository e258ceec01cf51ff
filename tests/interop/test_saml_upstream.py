# SPDX-License-Identifier: Apache-2.0
"""Providers that nobody here wrote (Debian's), added by their SAML metadata, and come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.administration.rules.provider_metadata import Metadata
from idp.providers.spoken import ByBrowser
from idp.providers.values import Provider
from idp.saml.keys import SamlKeys
from idp.saml.upstream.added import ourselves
from idp.saml.upstream.speaker import own_metadata
from tests import cast
from tests.administration.kit import DESK
from tests.cast import PEOPLE
from tests.interop.foreign_idp import BARRED, KNOWN, OTHER, Idp, Posted, Visit
from tests.interop.lemonldap import running_lemonldap
from tests.interop.simplesaml import running_simplesaml
from tests.ports import free_port
from tests.prosante import leave_for
from tests.provider_values import changed, provider
from tests.providers import ALIAS, APPLICATIONS, KIND, arrive, keep, register
from tests.security.prosante_scene import nobody_is_in, told
from tests.security.provider_scene import leave_to_link, links_of, owner
from tests.world import ISSUER, Browser, StandingClock, World, open_world

pytestmark = pytest.mark.interop
SERVERS = {"simplesamlphp": running_simplesaml, "lemonldap": running_lemonldap}
NUMBER = PEOPLE["medecin"].national_id


@dataclass
class Scene:
    """It, and a server to which it was added."""

    there: Idp
    here: World
    # As it was given to its administrators.
    described: bytes

    def look(self, source: str | bytes) -> Metadata:
        """What an administrator finds."""
        office = self.here.provider.services.office
        found = office.providers.look_at_metadata(office.authorities.of_command(DESK), source)
        assert isinstance(found, Metadata), found
        return found

    def add(self, **changes: Any) -> None:
        """Added as it was found."""
        found = self.look(self.there.metadata())
        values = provider(
            ByBrowser,
            alias=ALIAS,
            name_fr="le CHU",
            name_en="the hospital",
            issuer=found.entity,
            login=found.login,
            certificates=tuple(one.kept for one in found.certificates),
            valid_until=found.valid_until,
            email="mail",
        )
        wished = changed(values, **changes)
        office = self.here.provider.services.office
        with self.here.core.database.write() as tx:
            kept = office.providers.add(tx, office.authorities.of_command(DESK), wished)
        assert isinstance(kept, Provider), kept
        self.here.provider.services.added.look_again()
        register(self.here.core)

    def linked(self, visit: Visit, who: str = KNOWN) -> Browser:
        """The doctor, who has linked it."""
        browser = owner(self.here)
        self.bring(browser, visit.log_in(leave_to_link(browser), who))
        return browser

    def bring(self, browser: Browser, posted: Posted) -> Any:
        """Post an answer as its page does, without a cookie of ours; then come for it."""
        sent = self.here.browser().request("POST", posted.to, data=posted.fields)
        assert sent.status_code == 303, sent.text
        return browser.get(sent.headers["Location"])

    def proofs(self) -> list[Any]:
        """Who has logged in by it."""
        return [one for one in self.here.events("login.proved") if one.means == KIND]


@pytest.fixture(params=SERVERS)
def scene(
    request: pytest.FixtureRequest,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Scene]:
    """By the machine's own time, as it is there."""
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    port = free_port()
    clock = StandingClock(int(time()))
    here = open_world(sqlite_url, clock, OUTGOING_ALLOW=f"localhost:{port}")
    keys = SamlKeys(here.core.keys, ISSUER)
    described = own_metadata(ourselves(ISSUER, ALIAS), keys)
    folder = tmp_path / "idp"
    folder.mkdir()
    try:
        with SERVERS[request.param](folder, {ALIAS: described}, NUMBER, port) as there:
            yield Scene(there, here, described)
    finally:
        here.close()


def test_it_is_added_as_it_describes_itself_and_we_as_we_do(scene: Scene) -> None:
    found = scene.look(scene.there.metadata())
    assert urlsplit(found.login).scheme == "https"
    assert found.login.startswith(scene.there.address)
    assert found.certificates
    at = scene.look(scene.there.local)
    assert (at.entity, at.login, at.certificates) == (found.entity, found.login, found.certificates)
    scene.add()
    served = scene.here.browser().request("GET", f"/upstream/saml/{ALIAS}/metadata")
    assert served.get_data() == scene.described


def test_somebody_links_it_and_logs_in_by_it(scene: Scene) -> None:
    scene.add()
    visit = scene.there.browser()
    scene.linked(visit)
    assert len(scene.here.events("provider.linked")) == 1
    assert len(links_of(scene.here, "medecin")) == 1
    # The person is known there by now: nothing is asked.
    visitor = arrive(scene.here)
    posted = visit.answer_of(visit.get(leave_for(visitor, KIND)))
    assert posted is not None
    answer = scene.bring(visitor, posted)
    assert "code" in scene.here.client("linked").answered(answer)
    [proved] = scene.proofs()
    assert (proved.level, proved.account) == (1, scene.here.cast["medecin"].id)
    # Somebody else there is nobody here.
    other = arrive(scene.here)
    scene.bring(other, scene.there.browser().log_in(leave_for(other, KIND), OTHER))
    assert told(scene.here)[0] == "not-linked"
    assert len(scene.proofs()) == 1


def test_somebody_is_found_by_the_number_that_it_tells(scene: Scene) -> None:
    scene.add(finding="number", national_id="rpps")
    visitor = arrive(scene.here)
    answer = scene.bring(visitor, scene.there.browser().log_in(leave_for(visitor, KIND), KNOWN))
    assert "code" in scene.here.client("linked").answered(answer)
    assert [one.account for one in scene.proofs()] == [scene.here.cast["medecin"].id]
    other = arrive(scene.here)
    scene.bring(other, scene.there.browser().log_in(leave_for(other, KIND), OTHER))
    assert len(scene.proofs()) == 1
    assert told(scene.here)[0] == "not-linked"


def test_whoever_must_prove_it_anew_is_asked_there(scene: Scene) -> None:
    scene.add(finding="number", national_id="rpps")
    visit = scene.there.browser()
    first = arrive(scene.here)
    scene.bring(first, visit.log_in(leave_for(first, KIND), KNOWN))
    scene.there.grow_old()
    again = arrive(scene.here, prompt="login")
    # It shows its form to somebody whom it knows.
    answer = scene.bring(again, visit.log_in(leave_for(again, KIND), KNOWN))
    assert "code" in scene.here.client("linked").answered(answer)
    assert len(scene.proofs()) == 2


def test_a_class_opens_what_asks_for_its_level(scene: Scene) -> None:
    scene.add(finding="number", national_id="rpps", levels={f"{scene.there.context}Other": 2})
    visitor = arrive(scene.here, "strong")
    scene.bring(visitor, scene.there.browser().log_in(leave_for(visitor, KIND), KNOWN))
    assert visitor.last.status_code == 200
    with scene.here.core.database.read() as tx:
        kept = scene.here.core.providers.load(tx, ALIAS)
    assert kept is not None
    keep(scene.here, changed(kept, levels={scene.there.context: 2}))
    visitor = arrive(scene.here, "strong")
    answer = scene.bring(visitor, scene.there.browser().log_in(leave_for(visitor, KIND), KNOWN))
    assert "code" in scene.here.client("strong").answered(answer)
    assert [one.level for one in scene.proofs()] == [1, 2]


def test_whoever_is_refused_there_is_nobody_here(scene: Scene) -> None:
    scene.add(finding="number", national_id="rpps")
    visitor, visit = arrive(scene.here), scene.there.browser()
    posted = visit.answer_of(visit.enter(leave_for(visitor, KIND), BARRED))
    if posted is not None:
        scene.bring(visitor, posted)
        assert told(scene.here)[0] == "cancelled"
    assert nobody_is_in(scene.here)


def test_an_answer_counts_once_for_the_browser_and_the_login_that_asked(scene: Scene) -> None:
    scene.add(finding="number", national_id="rpps")
    visitor = arrive(scene.here)
    posted = scene.there.browser().log_in(leave_for(visitor, KIND), KNOWN)
    thief = scene.here.browser()
    scene.bring(thief, posted)
    assert thief.problem == "journey-other-browser"
    assert nobody_is_in(scene.here)
    # Nor does it wait for who asked: it is posted by whoever began, or counts for nobody.
    scene.bring(visitor, posted)
    assert told(scene.here)[0] == "malformed"
    assert nobody_is_in(scene.here)
    visitor = arrive(scene.here)
    posted = scene.there.browser().log_in(leave_for(visitor, KIND), KNOWN)
    answer = scene.bring(visitor, posted)
    assert "code" in scene.here.client("linked").answered(answer)
    scene.bring(scene.here.browser(), posted)
    # Nor is it the answer to another login.
    other = arrive(scene.here)
    asked = scene.there.browser().log_in(leave_for(other, KIND), OTHER)
    mixed = posted.fields | {"RelayState": asked.fields["RelayState"]}
    scene.bring(other, Posted(posted.to, mixed))
    assert told(scene.here)[0] == "not-believed"
    assert len(scene.proofs()) == 1


def test_what_nobody_asked_for_logs_nobody_in(scene: Scene) -> None:
    scene.add(finding="number", national_id="rpps")
    us = ourselves(ISSUER, ALIAS)
    posted = scene.there.browser().log_in(scene.there.unasked + us.entity_id, KNOWN)
    assert posted.to == us.acs
    browser = scene.here.browser()
    browser.request("POST", posted.to, data=posted.fields)
    assert browser.problem == "request-unreadable"
    # Nor where somebody puts it into a login of theirs.
    visitor = arrive(scene.here)
    asked = scene.there.browser().log_in(leave_for(visitor, KIND), OTHER)
    scene.bring(visitor, Posted(posted.to, asked.fields | posted.fields))
    assert told(scene.here)[0] == "not-believed"
    assert nobody_is_in(scene.here)


def test_what_we_ask_is_signed_and_it_looks(scene: Scene) -> None:
    scene.add()
    visit = scene.there.browser()
    url = leave_for(arrive(scene.here), KIND)
    start, _name, value = url.rpartition("&Signature=")
    forged = f"{start}&Signature={value[:8]}{'A' if value[8] != 'A' else 'B'}{value[9:]}"
    page = visit.get(forged)
    if f'name="{scene.there.field}"' in page.text:
        # One of them looks once it knows who is there.
        page = visit.fill(page, KNOWN)
    assert visit.answer_of(page) is None
    # The one that we wrote is taken.
    assert scene.there.browser().log_in(url, KNOWN).to == f"{ISSUER}/upstream/saml/{ALIAS}"
