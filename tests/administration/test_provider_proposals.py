# SPDX-License-Identifier: Apache-2.0
"""Four eyes on providers: added, changed and opened by two; closed by one."""

import json
import re

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Carried
from idp.administration.rules.provider_metadata import fingerprint_of
from tests.administration.scene_parts import BY_BROWSER, PROVIDER
from tests.administration.test_proposals import agree, sqlite_watched, waiting, watched  # noqa: F401
from tests.provider_values import changed
from tests.world import START

ALIAS = PROVIDER.alias
SECRET = "a secret of theirs"
WISHED = changed(PROVIDER, secret=SECRET)


def desk_of(office):
    return office.world.provider.services.office.providers


def do(office, verb, *arguments, who="administrateur", **named):
    with office.world.core.database.write() as tx:
        return getattr(desk_of(office), verb)(tx, office.authority(who), *arguments, **named)


def now(office):
    with office.world.core.database.read() as tx:
        return office.world.core.providers.load(tx, ALIAS)


def added(office):
    assert do(office, "add", WISHED) is Denied.PROPOSED
    [one] = waiting(office)
    assert isinstance(agree(office, "regionale", one), Carried)


def test_two_add_it_and_the_second_sees_no_secret(watched):  # noqa: F811
    assert do(watched, "add", WISHED) is Denied.PROPOSED
    assert now(watched) is None
    [one] = waiting(watched)
    assert one.kind == "provider.add"
    assert one.said["issuer"] == PROVIDER.issuer
    assert SECRET not in json.dumps(dict(one.said))
    browser = watched.enter("regionale")
    page = browser.get("/admin/proposals").get_data(as_text=True)
    assert PROVIDER.issuer in page
    assert SECRET not in page
    # Not by whoever proposed it.
    assert agree(watched, "administrateur", one) == Unfit("own")
    assert isinstance(agree(watched, "regionale", one), Carried)
    assert now(watched) == changed(WISHED, version=1)
    assert len(watched.world.events("provider.added")) == 1


def test_a_change_waits_and_the_secret_stays(watched):  # noqa: F811
    added(watched)
    wished = changed(WISHED, version=1, secret="", name_fr="Autre nom", levels={"x": 3})
    assert do(watched, "edit", wished) is Denied.PROPOSED
    assert now(watched).name_fr == PROVIDER.name_fr
    [one] = waiting(watched)
    assert one.said == {
        "provider": ALIAS,
        "name_fr": {"before": PROVIDER.name_fr, "after": "Autre nom"},
        "levels": {"before": {}, "after": {"x": 3}},
    }
    assert isinstance(agree(watched, "regionale", one), Carried)
    assert now(watched) == changed(wished, version=2, secret=SECRET)


def test_what_is_told_is_in_words(watched):  # noqa: F811
    """A certificate by its fingerprint, a moment as a date, and no word of the code."""
    signer = BY_BROWSER.spoken.certificates[0]
    wished = changed(BY_BROWSER, address="https://idp.example/m", signer=signer, valid_until=START)
    assert do(watched, "add", wished) is Denied.PROPOSED
    [one] = waiting(watched)
    assert one.said["signer"] == fingerprint_of(signer)
    browser = watched.enter("regionale")
    browser.get("/admin/proposals")
    told = browser.page.select_one("main .row-about").get_text()
    assert "SAML 2.0" in told
    assert not {str(START), signer, "True", "professional"} & set(re.split(r" · |: |, ", told))


def test_what_a_change_empties_is_told_of(watched):  # noqa: F811
    assert do(watched, "add", changed(WISHED, max_age=3600)) is Denied.PROPOSED
    [one] = waiting(watched)
    assert isinstance(agree(watched, "regionale", one), Carried)
    assert do(watched, "edit", changed(WISHED, version=1, max_age=None)) is Denied.PROPOSED
    [one] = waiting(watched)
    assert one.said["max_age"] == {"before": 3600, "after": None}
    browser = watched.enter("regionale")
    browser.get("/admin/proposals")
    assert "3600 → (" in browser.page.select_one("main .row-about").get_text()


def test_a_new_secret_is_told_of_and_not_told(watched):  # noqa: F811
    added(watched)
    wished = changed(WISHED, version=1, secret="another secret")
    assert do(watched, "edit", wished) is Denied.PROPOSED
    [one] = waiting(watched)
    assert one.said == {"provider": ALIAS, "secret": "*"}
    assert isinstance(agree(watched, "regionale", one), Carried)
    assert now(watched).spoken.secret == "another secret"


def test_what_was_changed_meanwhile_is_not_done(watched):  # noqa: F811
    added(watched)
    assert do(watched, "edit", changed(WISHED, version=1, name_fr="A")) is Denied.PROPOSED
    assert do(watched, "edit", changed(WISHED, version=1, name_fr="B")) is Denied.PROPOSED
    one, other = waiting(watched)
    assert isinstance(agree(watched, "regionale", one), Carried)
    assert agree(watched, "regionale", other) == Unfit("stale")
    assert now(watched).version == 2


def test_what_was_noted_meanwhile_stays(watched):  # noqa: F811
    """Metadata that was read again while a change waited is not put back to what it said before."""
    core, signer = watched.world.core, BY_BROWSER.spoken.certificates[0]
    followed = changed(
        BY_BROWSER, address="https://idp.example/m", signer=signer, valid_until=START
    )
    with core.database.write() as tx:
        assert core.providers.add(tx, followed)
    assert do(watched, "edit", changed(followed, version=1, name_fr="A")) is Denied.PROPOSED
    [one] = waiting(watched)
    fares = {"valid_until": START + 9, "good_at": START + 1, "due_at": START + 5, "fault": "older"}
    with core.database.write() as tx:
        before = core.providers.load(tx, BY_BROWSER.alias)
        assert core.providers.note(tx, before, changed(before, **fares).spoken)
    assert isinstance(agree(watched, "regionale", one), Carried)
    with core.database.read() as tx:
        found = core.providers.load(tx, BY_BROWSER.alias)
    assert found == changed(followed, version=2, name_fr="A", **fares)


def test_one_closes_it_and_two_open_it(watched):  # noqa: F811
    added(watched)
    assert do(watched, "set_enabled", ALIAS, enabled=False) is True
    assert not now(watched).enabled
    assert do(watched, "set_enabled", ALIAS, enabled=True) is Denied.PROPOSED
    assert not now(watched).enabled
    [one] = waiting(watched)
    assert isinstance(agree(watched, "regionale", one), Carried)
    assert now(watched).enabled


def test_what_can_not_be_kept_is_not_proposed(sqlite_watched):  # noqa: F811
    assert do(sqlite_watched, "add", changed(WISHED, alias="")) == Unfit("unfit", ("alias",))
    added(sqlite_watched)
    assert do(sqlite_watched, "add", changed(WISHED, alias="autre")) == Unfit("taken", ("issuer",))
    stale = changed(WISHED, version=7, name_fr="A")
    assert do(sqlite_watched, "edit", stale) == Unfit("stale")
    assert waiting(sqlite_watched) == []


def test_the_console_says_that_it_waits(sqlite_watched):  # noqa: F811
    added(sqlite_watched)
    do(sqlite_watched, "set_enabled", ALIAS, enabled=False)
    sqlite_watched.world.provider.services.added.look_again()
    browser = sqlite_watched.enter("administrateur")
    browser.get(f"/admin/providers/{ALIAS}/state")
    browser.submit("/state")
    assert browser.last.request.path == "/admin/proposals"
    assert not now(sqlite_watched).enabled
