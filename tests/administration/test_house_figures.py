# SPDX-License-Identifier: Apache-2.0
"""Figures of one establishment: of its own people, and of nobody else's."""

from sqlalchemy import update

from idp.accounts.values import State
from idp.administration.authority import Denied
from idp.administration.oversight import house_figures
from idp.administration.oversight.counting import Counting
from idp.administration.oversight.house_figures import HouseReport
from idp.administration.oversight.statistics import Line, Numbers, Period, Span
from idp.administration.patients.consents import By
from idp.audit.record import Event
from idp.audit.seal import Sealer
from idp.registration.store import table as requests
from idp.registration.values import Stage
from tests.administration.console_kit import texts
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.administration.requests_kit import ask

ENGLISH = {"Accept-Language": "en"}


def happen(office: Opened, *events: Event) -> None:
    """Something happens, is sealed, and is counted."""
    core = office.world.core
    with core.database.write() as tx:
        for event in events:
            core.audit.record(tx, event)
    sealer = Sealer(core.clock, office.world.provider.secrets.audit)
    while sealer.run_once(core.database):
        pass
    Counting(core.database, core.clock).run()


def proved(office: Opened, who: str | None, means: str = "password") -> Event:
    return Event("login.proved", account=office[who].id if who else None, means=means, level=1)


def report(
    office: Opened, house: str = CHU, who: str = "chu", span: Span = Span.MONTH
) -> Denied | HouseReport:
    desk = office.world.provider.services.office
    with office.world.core.database.read() as tx:
        period = Period.around(span, desk.statistics.today())
        return desk.house_figures.report(tx, office.authority(who), house, period)


def told(office: Opened, house: str = CHU, who: str = "chu") -> HouseReport:
    found = report(office, house, who)
    assert isinstance(found, HouseReport)
    return found


def test_logins_are_those_of_its_own_people(office: Opened) -> None:
    happen(office, proved(office, "medecin"), proved(office, "medecin", "totp"))
    happen(office, proved(office, "infirmiere"), proved(office, None), proved(office, "chu"))
    failed = Event("login.failed", "refused", account=office["medecin"].id, means="password")
    happen(office, failed)
    found = told(office)
    assert found.total == Numbers(proved=2, failed=1)
    assert found.means == (
        Line("password", Numbers(proved=1, failed=1)),
        Line("totp", Numbers(proved=1)),
    )
    assert [numbers.proved for _day, numbers in found.days if numbers.proved] == [2]
    assert told(office, CLINIC, "clinique").total == Numbers(proved=1)
    assert told(office, CLINIC, "auditrice").total == Numbers(proved=1)


def test_somebody_of_two_establishments_counts_in_both(office: Opened) -> None:
    core = office.world.core
    with core.database.write() as tx:
        core.establishments.join(tx, office["medecin"].id, CLINIC, DESK)
    happen(office, proved(office, "medecin"))
    assert told(office).total.proved == told(office, CLINIC, "clinique").total.proved == 1


def test_a_month_stands_beside_the_one_before(office: Opened) -> None:
    happen(office, proved(office, "medecin"))
    office.world.clock.pass_by(35 * 86_400)
    happen(office, proved(office, "medecin"), proved(office, "medecin"))
    found = told(office)
    assert (found.total.proved, found.total_before.proved) == (2, 1)


def test_accounts_requests_and_consents(office: Opened) -> None:
    core, desk = office.world.core, office.world.provider.services.office
    names = {"last_name": "Dupont", "first_name": "Jean"}
    ask(core, establishment=CHU, email="one@requests.example", **names)
    refused = ask(core, establishment=CHU, email="two@requests.example", **names)
    ask(core, establishment=CLINIC, email="three@requests.example", **names)
    with core.database.write() as tx:
        of = requests.c.id == refused.id
        tx.execute(update(requests).where(of).values(state=Stage.REFUSED.value))
        core.accounts.set_state(tx, office["medecin"].id, State.DISABLED, DESK)
        desk.consents.give(tx, office["patient"], CHU, "1", By("desk", DESK))
    found = told(office)
    states = {one.population: dict(one.states) for one in found.members}
    assert states == {"professional": {"disabled": 1}, "patient": {"active": 1}}
    assert found.requests == {"pending": 1, "returned": 0, "approved": 0, "refused": 1}
    assert found.waiting == 1
    assert (found.consents, found.consents_given, found.consents_withdrawn) == (1, 1, 0)
    assert (found.more_members, found.more_consents) == (False, False)
    other = told(office, CLINIC, "clinique")
    assert (other.waiting, other.consents) == (1, 0)


def test_a_crowd_is_told_as_one(office: Opened, monkeypatch) -> None:
    monkeypatch.setattr(house_figures, "MOST", 2)
    assert told(office).more_members
    assert not told(office, CLINIC, "clinique").more_members


def test_wb_015_others_figures_are_not_there(sqlite_office: Opened) -> None:
    assert report(sqlite_office, CLINIC) is Denied.NOT_FOUND
    assert report(sqlite_office, CHU, "assistance") is Denied.NOT_ALLOWED
    assert report(sqlite_office, "nowhere", "regionale") is Denied.NOT_FOUND
    browser = sqlite_office.enter("chu")
    here = "/admin/statistics/establishments"
    assert browser.get(f"{here}/{CLINIC}").status_code == 404
    assert browser.get("/admin/statistics/export").status_code == 403
    assert sqlite_office.enter("assistance").get(f"{here}/{CHU}").status_code == 403


def test_statistics_of_an_establishment_are_one_click_away(sqlite_office: Opened) -> None:
    happen(sqlite_office, proved(sqlite_office, "medecin"))
    browser = sqlite_office.enter("chu")
    browser.get("/admin")
    assert browser.page.select("#console-menu a[href='/admin/statistics']")
    browser.get("/admin/statistics")
    browser.get(f"/admin/statistics/establishments/{CHU}?span=week", headers=ENGLISH)
    figures = dict(
        zip(texts(browser, ".figure-label"), texts(browser, ".figure-value"), strict=True)
    )
    assert figures["Proofs accepted"] == "1"
    assert "Health professional" in " ".join(texts(browser, "tbody th"))
    regional = sqlite_office.enter("regionale")
    regional.get(f"/admin/establishments/{CHU}")
    assert regional.page.select(f"a[href='/admin/statistics/establishments/{CHU}']")
