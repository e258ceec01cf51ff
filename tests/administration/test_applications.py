# SPDX-License-Identifier: Apache-2.0
"""Applications in the console: registered, changed, put back, closed, given secrets and logos."""

import json
from dataclasses import replace
from typing import Any

from idp.accounts import particulars
from idp.accounts.particulars import Particulars, Visibility
from idp.administration.authority import Denied
from idp.administration.rules.applications import Overtaken
from idp.applications.values import Application
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.cast import application
from tests.world import Browser

PAGES = ("", "/dcc", "/dcc/history", "/dcc/access")
EDITING = ("/new", "/import", "/dcc/edit", "/dcc/state", "/dcc/secret", "/dcc/trial")


def test_wb_014_who_may_see_and_who_may_change(sqlite_office: Opened) -> None:
    for who, seeing, changing in (
        ("auditrice", 200, 403),
        ("assistance", 403, 403),
        ("chu", 403, 403),
        ("regionale", 200, 200),
    ):
        browser = sqlite_office.enter(who)
        for page in PAGES:
            assert browser.get(HERE + page).status_code == seeing, (who, page)
        for page in EDITING:
            assert browser.get(HERE + page).status_code == changing, (who, page)
    assert browser.get(f"{HERE}/unknown").status_code == 404
    assert browser.get(f"{HERE}/unknown/edit").status_code == 404


def test_wb_014_services_ask_for_the_right_themselves(sqlite_office: Opened) -> None:
    desk = sqlite_office.world.provider.services.office.applications
    mine = sqlite_office.authority("auditrice")
    with sqlite_office.world.core.database.write() as tx:
        for done in (
            desk.create(tx, mine, {}),
            desk.edit(tx, mine, "dcc", 1, {}),
            desk.put_back(tx, mine, "dcc", 1, 1),
            desk.set_enabled(tx, mine, "dcc", enabled=False),
            desk.new_secret(tx, mine, "dcc"),
            desk.put_logo(tx, mine, "dcc", None),
            desk.imported(mine, "oidc", "{}"),
            desk.fetched(mine, "https://application.example/"),
        ):
            assert done is Denied.NOT_ALLOWED
        for who in ("chu", "assistance"):
            assert desk.listed(tx, sqlite_office.authority(who)) is Denied.NOT_ALLOWED
            assert desk.history(tx, sqlite_office.authority(who), "dcc") is Denied.NOT_ALLOWED


def test_an_application_is_registered_by_form(office: Opened) -> None:
    browser = office.enter("regionale")
    browser.get(f"{HERE}/new")
    typed = fields_of(browser) | {
        "key": "agenda",
        "name": "Agenda",
        "policy.means": ["password", "totp"],
        "policy.level": "2",
        "oidc.redirect_uris": "https://agenda.example/back\r\nhttps://agenda.example/other",
    }
    browser.post(f"{HERE}/new", typed)
    assert browser.last.request.path == f"{HERE}/agenda"
    sheet = documents(office, "agenda")
    assert sheet.application.policy.means == ("password", "totp")
    assert sheet.document["oidc"]["redirect_uris"] == [
        "https://agenda.example/back",
        "https://agenda.example/other",
    ]
    [event] = [
        one for one in office.world.events("application.registered") if one.application == "agenda"
    ]
    assert json.loads(event.detail) == {"by": office["regionale"].id}


def test_every_field_has_its_own_fault(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/new")
    typed = fields_of(browser) | {
        "key": "a/b",
        "name": "<b>Mine</b>",
        "home_url": "javascript:alert(1)",
        "policy.session_max_age": "soon",
        "oidc.redirect_uris": "http://evil.example/",
        "oidc.backchannel_logout_uri": "//evil.example",
        "oidc.jwks": "{not json",
    }
    assert browser.post(f"{HERE}/new", typed).status_code == 422
    wrong = {one["id"] for one in browser.page.select("[aria-invalid]")}
    # The reader of registrations names the neutral ones first.
    assert {"home_url", "policy.session_max_age"} <= wrong
    typed |= {"home_url": "", "policy.session_max_age": "", "key": "mine"}
    assert browser.post(f"{HERE}/new", typed).status_code == 422
    wrong = {one["id"] for one in browser.page.select("[aria-invalid]")}
    assert wrong == {"oidc.redirect_uris", "oidc.backchannel_logout_uri", "oidc.jwks"}
    # Nothing that was typed is lost, nothing of it is markup.
    assert fields_of(browser)["name"] == ["<b>Mine</b>"]
    assert not browser.page.select("main h1 b")
    assert documents(sqlite_office, "mine") is Denied.NOT_FOUND


def test_wb_013_fields_that_no_form_has_are_refused(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    for name in ("state", "version", "secret_hash", "policy.admin", "oidc.response_mode"):
        browser.get(f"{HERE}/dcc/edit")
        assert browser.post(f"{HERE}/dcc/edit", fields_of(browser) | {name: "x"}).status_code == 400
    browser.get(f"{HERE}/dcc/edit")
    assert browser.post(f"{HERE}/dcc/edit", fields_of(browser) | {"seen": "x"}).status_code == 400


def test_a_form_sent_as_it_came_changes_nothing(sqlite_office: Opened) -> None:
    before = documents(sqlite_office)
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/dcc/edit")
    browser.post(f"{HERE}/dcc/edit", fields_of(browser))
    after = documents(sqlite_office).application
    assert (after.policy, dict(after.settings)["redirect_uris"]) == (
        before.application.policy,
        dict(before.application.settings)["redirect_uris"],
    )


def policy_of(office: Opened) -> Any:
    """What the application of the two tests below is registered with."""
    return documents(office, "agenda").document["policy"]


def edited(office: Opened, **policy: Any) -> Browser:
    """The form of an application with this policy."""
    with office.world.core.database.write() as tx:
        registered = application("agenda", policy=policy)
        office.world.core.applications.register(tx, registered)
    browser = office.enter("regionale")
    browser.get(f"{HERE}/agenda/edit")
    return browser


def test_a_means_that_is_not_set_up_here_stays_registered(office: Opened) -> None:
    assert "psc" not in office.world.provider.services.attempts.levels
    browser = edited(office, means=["password", "psc"])
    before = policy_of(office)
    [box] = browser.page.select("input[value=psc][checked]")
    assert box.find_parent("label").select_one(".pick-about").get_text()
    browser.post(f"{HERE}/agenda/edit", fields_of(browser) | {"name": "Typed"})
    assert documents(office, "agenda").application.name == "Typed"
    assert {name: policy_of(office)[name] for name in before} == before
    # It can be taken off, and is offered no more.
    browser.get(f"{HERE}/agenda/edit")
    browser.post(f"{HERE}/agenda/edit", fields_of(browser) | {"policy.means": ["password"]})
    assert policy_of(office)["means"] == ["password"]
    browser.get(f"{HERE}/agenda/edit")
    assert not browser.page.select("input[value=psc]")


def test_a_community_that_is_gone_opens_the_application_to_nobody_else(office: Opened) -> None:
    """None ticked means everybody: whoever saves is told of it, and decides."""
    browser = edited(office, communities=["gone"])
    assert browser.page.select("input[value=gone][checked]")
    browser.post(f"{HERE}/agenda/edit", fields_of(browser))
    assert browser.last.status_code == 422
    assert "gone" in browser.page.select_one('[id="policy.communities-error"]').get_text()
    assert policy_of(office)["communities"] == ["gone"]
    browser.post(f"{HERE}/agenda/edit", fields_of(browser) | {"policy.communities": []})
    assert "communities" not in policy_of(office)


def test_of_two_who_change_it_the_second_is_told(office: Opened) -> None:
    one, other = office.enter("regionale"), office.enter("administrateur")
    for browser in (one, other):
        browser.get(f"{HERE}/dcc/edit")
    one.post(f"{HERE}/dcc/edit", fields_of(one) | {"name": "First"})
    assert one.last.status_code == 200
    late = fields_of(other) | {"name": "Second", "long_name": "What I typed"}
    assert other.post(f"{HERE}/dcc/edit", late).status_code == 409
    assert documents(office).application.name == "First"
    # Nothing typed is lost, and it may be sent again over what now stands.
    again = fields_of(other)
    assert (again["name"], again["long_name"]) == (["Second"], ["What I typed"])
    other.post(f"{HERE}/dcc/edit", again)
    assert documents(office).application.name == "Second"


def test_a_change_is_taken_back(office: Opened) -> None:
    first = documents(office)
    browser = office.enter("regionale")
    browser.get(f"{HERE}/dcc/edit")
    browser.post(f"{HERE}/dcc/edit", fields_of(browser) | {"name": "Changed"})
    browser.get(f"{HERE}/dcc/history")
    browser.submit("/history")
    assert documents(office).document == first.document
    kinds = [one.kind for one in office.world.events() if one.application == "dcc"]
    assert kinds[-2:] == ["application.changed", "application.put_back"]
    desk, mine = office.world.provider.services.office.applications, office.authority("regionale")
    with office.world.core.database.write() as tx:
        assert desk.put_back(tx, mine, "dcc", 999, 1) is Denied.NOT_FOUND
        oldest = desk.history(tx, mine, "dcc")[-1]
        assert isinstance(desk.put_back(tx, mine, "dcc", oldest.number, 1), Overtaken)


def test_an_application_is_closed_and_opened(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/dcc/state")
    browser.submit("/state")
    assert not documents(sqlite_office).application.enabled
    browser.get(f"{HERE}/dcc/state")
    browser.submit("/state")
    assert documents(sqlite_office).application.enabled
    browser.get(f"{HERE}/dcc/state")
    assert browser.submit("/state", state="gone").status_code == 400


def test_oa_160_what_was_looked_at_is_opened_and_nothing_else(office: Opened) -> None:
    """One that registered itself may change while somebody reads it."""
    applications, database = office.world.core.applications, office.world.core.database
    with database.write() as tx:
        applications.set_enabled(tx, "dcc", enabled=False)
    browser = office.enter("regionale")
    browser.get(f"{HERE}/dcc")
    (way,) = {one["href"] for one in browser.page.select("main a[href]") if "/state" in one["href"]}
    with database.write() as tx:
        seen = documents(office)
        changed = {**seen.document, "description": "Une autre"}
        assert applications.register(tx, changed)[1]
    browser.get(way)
    assert browser.submit("/state").status_code == 409
    assert not documents(office).application.enabled
    # A form that says nothing of it opens nothing.
    browser.get(f"{HERE}/dcc/state")
    assert browser.submit("/state", seen="").status_code == 400
    browser.get(f"{HERE}/dcc/state")
    browser.submit("/state")
    assert documents(office).application.enabled


def test_a_secret_is_made_here_and_shown_once(office: Opened) -> None:
    browser = office.enter("regionale")
    browser.get(f"{HERE}/dcc/secret")
    page = browser.submit("/secret")
    secret = browser.page.select_one("code.secret-once").get_text()
    assert len(secret) >= 32
    assert page.headers["Cache-Control"] == "no-store"
    core = office.world.core
    assert core.applications.secret_matches(documents(office).application, secret)
    assert secret not in browser.get(f"{HERE}/dcc").get_data(as_text=True)
    assert all(secret not in str(one) for one in office.world.events())


def test_a_secret_needs_a_fresh_proof(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/dcc/secret")
    action, fields = browser.form("/secret")
    sqlite_office.world.clock.pass_by(600)
    answer = browser.post(action, fields)
    assert answer.request.path.startswith("/login/")
    assert not [
        one
        for one in sqlite_office.world.events("application.secret")
        if "by" in json.loads(one.detail or "{}")
    ]


def test_the_preview_says_who_could_enter(office: Opened) -> None:
    browser = office.enter("auditrice")
    browser.get(f"{HERE}/dcc/access")
    figures = [one.get_text() for one in browser.page.select(".figure-value")]
    assert int(figures[0]) >= int(figures[1]) >= 1
    medecin, patient = office["medecin"].person, office["patient"].person
    browser.get(f"{HERE}/dcc/access?who={medecin.identifier}")
    assert browser.page.select("#try .notice-success")
    browser.get(f"{HERE}/dcc/access?who={patient.identifier}")
    assert browser.page.select("#try .notice-warning")
    browser.get(f"{HERE}/dcc/access?who=nobody.known")
    assert browser.page.select("#try .notice-warning")
    # Nothing was tried, nothing was sent.
    assert not office.world.events("login.admitted")


def test_the_preview_counts_those_who_are_found_in_the_directory(office: Opened) -> None:
    services = office.world.provider.services.office
    authority, account = office.authority("auditrice"), office["medecin"].id

    def meant() -> int:
        with office.world.core.database.read() as tx:
            sheet = services.applications.one(tx, authority, "dcc")
            assert not isinstance(sheet, Denied)
            policy = replace(sheet.application.policy, directory="visible", communities=())
            preview = services.access.of(tx, authority, policy, ())
        assert not isinstance(preview, Denied)
        return {one.name: one.meant for one in preview.populations}["professional"]

    for visibility, more in ((Visibility.HIDDEN, 0), (Visibility.PUBLIC, 1)):
        with office.world.core.database.write() as tx:
            particulars.put(tx, account, Particulars(visibility, street="1 rue Neuve"))
        assert meant() == more


def test_a_trial_goes_through_the_gate_and_issues_nothing(office: Opened) -> None:
    browser = office.enter("administrateur")
    browser.get(f"{HERE}/plain")
    browser.submit("/trial")
    assert browser.last.request.path == f"{HERE}/plain/trial"
    text = browser.page.get_text()
    assert "userinfo" in text
    assert office["administrateur"].person.last_name in text
    events = office.world.events("application.tried")
    assert [one.application for one in events] == ["plain"]
    assert not office.world.events("login.admitted")
    assert not office.world.events("token.given")
    with office.world.core.database.read() as tx:
        opened = tx.exec_driver_sql("SELECT count(*) FROM session_applications").scalar()
    assert opened == 0


def test_a_trial_shows_why_it_stays_closed(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("administrateur")
    browser.get(f"{HERE}/strong/trial")
    assert browser.page.select(".notice-warning")
    assert "userinfo" not in browser.page.get_text()


def test_an_application_stays_what_it_was_where_a_form_knows_less(sqlite_office: Opened) -> None:
    before, unknown = documents(sqlite_office).document, "frontchannel_logout_session_required"
    told = {**before, "oidc": {**before["oidc"], unknown: True}}
    with sqlite_office.world.core.database.write() as tx:
        sqlite_office.world.core.applications.register(tx, told)
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/dcc/edit")
    fields = fields_of(browser)
    assert f"oidc.{unknown}" not in fields
    browser.post(f"{HERE}/dcc/edit", fields | {"name": "Changed"})
    after = documents(sqlite_office)
    assert isinstance(after.application, Application)
    assert after.application.name == "Changed"
    assert after.document["oidc"][unknown] is True
