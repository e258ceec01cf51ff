# SPDX-License-Identifier: Apache-2.0
"""Who may entitle an application to a VIHF: whoever decides whom this installation vouches for."""

from collections.abc import Iterator
from typing import Any

import pytest

from idp.administration.authority import Denied
from idp.administration.proposals import Carried
from idp.administration.rules.applications import Faulty
from idp.applications.values import Application
from tests.administration.kit import Opened
from tests.administration.test_proposals import open_watched
from tests.saml_kit import saml_application
from tests.vihf_kit import LPS, POLICY


def document(**saml: Any) -> dict[str, Any]:
    return saml_application("carnet", policy=POLICY, saml=saml)


ENTITLED = document(vihf=LPS)


def create(office: Opened, who: str, asked: dict[str, Any]) -> Any:
    desk = office.world.provider.services.office.applications
    with office.world.core.database.write() as tx:
        return desk.create(tx, office.authority(who), asked)


def edit(office: Opened, who: str, asked: dict[str, Any]) -> Any:
    desk = office.world.provider.services.office.applications
    with office.world.core.database.write() as tx:
        return desk.edit(tx, office.authority(who), "carnet", 1, asked)


def test_wb_016_only_who_decides_about_authorities_entitles_an_application(office: Opened) -> None:
    refused = create(office, "regionale", ENTITLED)
    assert isinstance(refused, Faulty)
    assert [one.place for one in refused.faults] == ["saml.vihf"]
    assert isinstance(create(office, "regionale", document()), Application)
    assert isinstance(edit(office, "regionale", ENTITLED), Faulty)
    assert isinstance(edit(office, "administrateur", ENTITLED), Application)


def test_wb_016_what_is_entitled_is_in_no_other_hands(sqlite_office: Opened) -> None:
    """Whoever changes where it is told is told it."""
    office = sqlite_office
    assert isinstance(create(office, "administrateur", ENTITLED), Application)
    elsewhere = [{"url": "https://elsewhere.example/acs"}]
    assert edit(office, "regionale", document(vihf=LPS, acs=elsewhere)) is Denied.NOT_ALLOWED
    # Not even by way of one that is not entitled any more.
    assert edit(office, "regionale", document(acs=elsewhere)) is Denied.NOT_ALLOWED
    desk = office.world.provider.services.office.applications
    with office.world.core.database.write() as tx:
        mine = office.authority("regionale")
        assert desk.put_back(tx, mine, "carnet", 1, 1) is Denied.NOT_ALLOWED
        # Closing it gives nobody anything.
        assert desk.set_enabled(tx, mine, "carnet", enabled=False) is True


@pytest.fixture
def careful(sqlite_url: str) -> Iterator[Opened]:
    """An office in which two must agree."""
    yield from open_watched(sqlite_url)


def test_where_two_must_agree_they_agree_on_the_whole_registration(careful: Opened) -> None:
    office = careful
    assert create(office, "administrateur", ENTITLED) is Denied.PROPOSED
    proposals = office.world.provider.services.office.proposals
    with office.world.core.database.write() as tx:
        [waiting] = proposals.listed(tx, office.authority("administrateur"))
        assert waiting.facts["application"] == "carnet"
        assert isinstance(proposals.agree(tx, office.authority("regionale"), waiting.id), Carried)
    with office.world.core.database.read() as tx:
        made = office.world.core.applications.load(tx, "carnet")
    assert made is not None
    assert made.settings["vihf"] == LPS
    # Each change waits as well.
    elsewhere = [{"url": "https://elsewhere.example/acs"}]
    assert edit(office, "administrateur", document(vihf=LPS, acs=elsewhere)) is Denied.PROPOSED
