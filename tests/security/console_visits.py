# SPDX-License-Identifier: Apache-2.0
"""The console for the crawl: every page, names that hold markup, forms right and wrong."""

from dataclasses import replace

from idp.accounts.values import Account
from tests.administration.console_kit import csrf, send
from tests.administration.kit import CHU, CLINIC, Opened, open_office
from tests.administration.route_table import ROWS, address
from tests.administration.scenes import set_scenes
from tests.security.provider_visits import visit_trial
from tests.world import World

ACCOUNTS = "/admin/accounts"
MARKED = "<b>Zoé</b> \"'><img src=x>"


def visit_console(world: World) -> None:
    """Every page by somebody who may see them all; forms of people and region by whoever may."""
    office = open_office(world)
    visit_every_page(office)
    visit_region(office)
    visit_people(office)
    visit_refusals(office)


def visit_every_page(office: Opened) -> None:
    """Each route of the console with something that is there; each form filled in with markup."""
    scene = set_scenes(office)[0]
    browser = office.enter("administrateur")
    for name, route in ROWS.items():
        if name.startswith("GET"):
            browser.get(address(name, scene), query_string=route.query(scene))
            assert browser.last.status_code == 200, name
    visit_trial(office)
    browser.get("/admin/accounts/new")
    token = csrf(browser)
    for name, route in ROWS.items():
        # Without a field there is nothing to get wrong: it would just be done.
        if name.startswith("POST") and (fields := route.form(scene)):
            typed = dict.fromkeys(fields, MARKED)
            browser.post(address(name, scene), typed | {"csrf": token})


def visit_region(office: Opened) -> None:
    """Establishments, communities, announcements, roles, proposals."""
    browser = office.enter("regionale")
    for page in ("", "/establishments", "/communities", "/roles", "/proposals", "/duplicates"):
        browser.get("/admin" + page)
    browser.get("/admin/establishments/new")
    send(browser, "/new", key="x", name=MARKED)
    send(browser, "/new", key="370000499", name=MARKED)
    for page in ("", "/edit", "/standing"):
        browser.get(f"/admin/establishments/{CHU}{page}")
    browser.get(f"/admin/statistics/establishments/{CHU}")
    browser.get(f"/admin/establishments/{CHU}/edit")
    send(browser, "/edit", seen="stale", name=MARKED)
    browser.get("/admin/communities/new")
    send(browser, "/new", key="X", name=MARKED)
    send(browser, "/new", key="marked", name=MARKED)
    browser.get("/admin/communities/marked")
    send(browser, "/marked", seen="x", name="<i>")
    browser.get("/admin/communities/marked/history")
    browser.get(f"/admin/establishments/{CHU}/history")
    browser.get("/admin/policies/staff/history")
    browser.get("/admin/communities/marked/remove")
    browser.get("/admin/announcements/new")
    send(browser, "/new", french=MARKED)
    send(browser, "/new", french=MARKED, english=MARKED)
    browser.get("/admin/announcements")
    send(browser, "/end")


def visit_people(office: Opened) -> None:
    """Accounts: looked for, made, corrected, merged; every question that is asked."""
    browser = office.enter("regionale")
    here = f"{ACCOUNTS}/{office['medecin'].id}"
    browser.get(f"{ACCOUNTS}?text={MARKED}")
    send(browser, "/views", name=MARKED)
    browser.get(f"{ACCOUNTS}/new")
    send(browser, "/new", first_name=MARKED, last_name="", email="<b>")
    send(browser, "/new", first_name=MARKED, last_name="O’Neill", email="z@chu.example")
    for page in ("", "/edit", "/history", "/roles", "/as", "/reset", "/sessions", "/duplicates"):
        browser.get(here + page)
    for to in ("disabled", "active", "closed"):
        browser.get(f"{here}/state?to={to}")
    send(browser, "/state")
    browser.get(here + "/edit")
    send(browser, "/edit", birth_name=MARKED, phone="<b>")
    browser.get(here + "/edit")
    send(browser, "/edit", birth_name=MARKED)
    browser.get(here + "/edit")
    send(browser, "/edit", seen="1", town=MARKED)
    browser.get(here + "/history")
    send(browser, "/undo")
    browser.get(here + "/card")
    send(browser, "/card", serial="<b>", valid_until="2030-01-31")
    send(browser, "/card", serial="80250999", valid_until="2030-01-31")
    send(browser, "/card")
    for page in ("", "/reader", "/state"):
        browser.get(f"/admin/cards/80250999{page}")
    browser.get("/admin/cards/calculettes/import")
    browser.get(here + "/activities")
    send(browser, "/activities", profession_code="10", structure=MARKED)
    written = {"profession_code": "60", "sector": "SA07", "structure_number": "4997"}
    send(browser, "/activities", **written, structure=MARKED, town=MARKED)
    browser.get(here + "/history")
    browser.get(here + "/activities")
    send(browser, "/take")
    browser.get(here + "/roles")
    send(browser, "/roles", role="establishment-administrator")
    browser.get(here + "/means?kind=passkey&key=<b>")
    second = replace(office["medecin"].person, identifier="second", national_id=None, email="")
    with office.world.core.database.write() as tx:
        made = office.world.core.accounts.create(tx, replace(second, town=MARKED))
    assert isinstance(made, Account)
    browser.get(f"{here}/merge?with={made.id}")
    send(browser, "/merge")


def visit_refusals(office: Opened) -> None:
    """What is not theirs."""
    browser = office.enter("chu")
    outside = f"{ACCOUNTS}/{office['infirmiere'].id}"
    for page in (ACCOUNTS, outside, f"{outside}/edit", f"/admin/establishments/{CLINIC}"):
        browser.get(page)
    office.enter("medecin").get("/admin")
