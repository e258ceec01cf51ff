# SPDX-License-Identifier: Apache-2.0
"""Two accounts of one person become one, in the console."""

from dataclasses import replace

from idp.accounts import service as accounts
from idp.accounts.values import Account
from tests.administration.console_kit import csrf, news, send, texts
from tests.administration.kit import Opened

PATH = "/admin/accounts"


def twin(office: Opened) -> Account:
    """A second account of somebody, made under another identifier."""
    core = office.world.core
    person = office["medecin"].person
    second = replace(
        person, identifier="second", national_id=None, email="", phone="", town="<b>Blois"
    )
    with core.database.write() as tx:
        made = core.accounts.create(tx, second)
    assert isinstance(made, Account)
    return made


def test_two_accounts_become_one(office: Opened) -> None:
    other = twin(office)
    browser = office.enter("regionale")
    browser.get("/admin/duplicates?text=second")
    [link] = [str(one["href"]) for one in browser.page.select(".row-link")]
    assert link == f"{PATH}/{other.id}/duplicates"
    here = f"{PATH}/{office['medecin'].id}"
    browser.get(f"{here}/duplicates")
    [link] = [str(one["href"]) for one in browser.page.select(".row-link")]
    browser.get(link)
    assert "<b>Blois" in " ".join(texts(browser, ".compared td"))  # WB-007
    assert send(browser, "/merge", **{"take-town": "1"}) == 422
    assert browser.page.select_one("#sure-error") is not None
    # What was chosen stays chosen.
    assert send(browser, "/merge", sure="yes") == 200
    assert news(browser)
    with office.world.core.database.read() as tx:
        kept, gone = accounts.load(tx, office["medecin"].id), accounts.load(tx, other.id)
        assert accounts.find(tx, "second") == office["medecin"].id
    assert kept is not None
    assert gone is not None
    assert kept.person.town == "<b>Blois"
    assert gone.state == "closed"
    browser.get(f"{here}/merge?with={other.id}")
    assert not browser.page.select("main form")


def test_whoever_may_not_merge_sees_nothing_of_it(sqlite_office: Opened) -> None:
    other = twin(sqlite_office)
    browser = sqlite_office.enter("chu")
    here = f"{PATH}/{sqlite_office['medecin'].id}"
    for address in ("/admin/duplicates", f"{here}/duplicates", f"{here}/merge?with={other.id}"):
        assert browser.get(address).status_code == 403
    browser.get(here)
    form = {"csrf": csrf(browser), "with": other.id, "sure": "yes"}
    assert browser.post(f"{here}/merge", form).status_code == 403
