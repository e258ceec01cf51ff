# SPDX-License-Identifier: Apache-2.0
"""« What I receive »: what an application sent, as whoever connects it wants to read it."""

from urllib.parse import urlencode

from sqlalchemy.schema import DropTable

from idp.applications import seen
from idp.applications.seen import KEPT, MOST, NOBODY, SeenRequests
from tests.administration.application_kit import HERE
from tests.administration.kit import Opened
from tests.protocol.headers.kit import basic, question, register
from tests.saml_kit import register_saml
from tests.world import World


def requests(office: Opened, key: str, section: str = "requests"):
    """Each request on the page: its fault, and its facts by name."""
    browser = office.enter("auditrice")
    assert browser.get(f"{HERE}/{key}/received").status_code == 200
    found = []
    for one in browser.page.select(f"#{section} article"):
        names = [each.get_text() for each in one.select("dt")]
        texts = [each.get_text() for each in one.select("dd")]
        fault = one.select_one(".seen-fault")
        found.append(
            (fault.get_text().strip() if fault else "", dict(zip(names, texts, strict=True)))
        )
    return found


def test_a_request_of_saml_that_is_refused_is_there_with_its_hint(office: Opened) -> None:
    party, browser = register_saml(office.world, "mail"), office.world.browser()
    browser.get(party.redirect_url(party.request(), sign=False))
    [(fault, facts)] = requests(office, "mail")
    assert fault == "requests of this application must be signed"
    assert facts["Signature"] == "no"
    assert facts["Issuer"] == party.entity_id
    office.world.clock.pass_by(2)
    wrong = "https://mail.example/elsewhere"
    party.go(browser, AssertionConsumerServiceURL=wrong)
    (fault, facts), before = requests(office, "mail")
    assert fault == "no registered AssertionConsumerService fits the request"
    assert facts["AssertionConsumerServiceURL"] == wrong
    assert before[0] == "requests of this application must be signed"


def test_where_nothing_can_be_noted_the_refusal_is_told_all_the_same(
    sqlite_office: Opened,
) -> None:
    world = sqlite_office.world
    with world.core.database.write() as tx:
        tx.execute(DropTable(seen.table))
    party = register_saml(world, "mail")
    page = world.browser().get(party.redirect_url(party.request(), sign=False))
    assert page.status_code == 400
    assert "requests of this application must be signed" in page.get_data(as_text=True)


def test_what_was_taken_is_there_and_what_was_told(sqlite_office: Opened) -> None:
    party = register_saml(sqlite_office.world, "mail")
    browser = sqlite_office.world.browser()
    browser.get("/login")
    browser.log_in()
    party.go(browser, ForceAuthn="false")
    [(fault, facts)] = requests(sqlite_office, "mail")
    assert (fault, facts["Binding"], facts["Signature"]) == ("", "HTTP-Redirect", "yes")
    page = sqlite_office.enter("auditrice")
    page.get(f"{HERE}/mail/received")
    rows = page.page.select("#logins tbody tr")
    assert rows
    assert "health_professional email" in rows[0].get_text()
    # Whose login it was is not.
    text = page.page.select_one("main").get_text()
    person = sqlite_office["medecin"].person
    assert person.last_name not in text


def test_a_name_that_nobody_bears_is_shown_to_all_who_connect(sqlite_office: Opened) -> None:
    party = register_saml(sqlite_office.world, "mail")
    sqlite_office.world.browser().get(
        party.redirect_url(party.request(issuer="https://mail.example/wrong"))
    )
    assert requests(sqlite_office, "mail") == []
    [(fault, facts)] = requests(sqlite_office, "mail", "nobody")
    assert fault == "the issuer is not registered here"
    assert facts["Issuer"] == "https://mail.example/wrong"


def test_a_request_of_openid_connect_with_another_address(office: Opened) -> None:
    asked = {
        "client_id": "dcc",
        "redirect_uri": "https://dcc.example/wrong",
        "response_type": "code",
        "scope": "openid",
        "state": "the-state",
        "login_hint": "cdurand",
    }
    office.world.browser().get(f"/oidc/authorize?{urlencode(asked)}")
    [(fault, facts)] = requests(office, "dcc")
    assert fault == "redirect_uri is not one registered for this client"
    assert facts["redirect_uri"] == "https://dcc.example/wrong"
    # Neither what names people nor what is worth something.
    assert (facts["state"], facts["login_hint"]) == ("given", "given")


def test_a_wrong_secret_is_told_to_the_administrator_and_not_on_the_wire(
    sqlite_office: Opened,
) -> None:
    posted = {"grant_type": "authorization_code", "code": "x"}
    proof = {"Authorization": basic("dcc:wrong-secret")}
    answer = sqlite_office.world.browser().post("/oidc/token", posted, headers=proof)
    assert answer.get_json()["error_description"] == "client authentication failed"
    [(fault, facts)] = requests(sqlite_office, "dcc")
    assert fault == "invalid_client: the secret is not the one that was made last"
    assert (facts["grant_type"], facts["code"]) == ("authorization_code", "given")
    assert "wrong-secret" not in str(facts)


def test_a_proxy_that_may_not_ask_is_there(sqlite_office: Opened) -> None:
    register(sqlite_office.world)
    proxy = sqlite_office.world.browser()
    proxy.get("/headers/check", headers=question("old", "https://elsewhere.example"))
    [(fault, facts)] = requests(sqlite_office, "old")
    assert "https://elsewhere.example" in fault
    assert facts["X-Forwarded-Host"] == "elsewhere.example"
    sqlite_office.world.clock.pass_by(1)
    proxy.get("/headers/check", headers=question("old", "https://old.example", "/patient/7"))
    newest = requests(sqlite_office, "old")[0]
    assert newest[0] == ""
    assert "/patient/7" not in str(newest)


def test_a_flood_pushes_nothing_out_and_is_noted_once_a_second(world: World) -> None:
    noted = SeenRequests(world.clock, world.core.database)
    noted.refused("dcc", {"name": "first"}, "the one to find again")
    for _ in range(5):
        noted.refused("dcc", {"name": "lost"}, "many at once")
    for _ in range(MOST + 5):
        world.clock.pass_by(1)
        noted.refused("dcc", {"name": "again"}, "the same each time")
        assert noted.is_due("dcc", taken=True)
    with world.core.database.read() as tx:
        found = noted.of(tx, "dcc")
        assert [(one.fault, one.times) for one in found] == [
            ("the same each time", MOST + 5),
            ("the one to find again", 1),
        ]
    for number in range(MOST + 5):
        world.clock.pass_by(1)
        noted.refused(NOBODY, {}, "the same fault", f"another name {number}")
    with world.core.database.write() as tx:
        assert len(noted.of(tx, NOBODY)) == MOST
        everything = tx.exec_driver_sql("SELECT count(*) FROM seen_requests").scalar()
        assert everything == MOST + 2
        world.clock.pass_by(KEPT + 1)
        seen.forget_old(tx, world.clock.now())
        assert tx.exec_driver_sql("SELECT count(*) FROM seen_requests").scalar() == 0


def test_wb_007_what_strangers_write_is_text(sqlite_office: Opened) -> None:
    asked = {"client_id": "<script>alert(1)</script>", "redirect_uri": "x"}
    sqlite_office.world.browser().get(f"/oidc/authorize?{urlencode(asked)}")
    browser = sqlite_office.enter("auditrice")
    page = browser.get(f"{HERE}/dcc/received").get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
