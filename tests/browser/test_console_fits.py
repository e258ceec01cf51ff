# SPDX-License-Identifier: Apache-2.0
"""Every page of the console that its links lead to: by axe, and on a phone."""

import re
from collections.abc import Iterator

from idp.cli.place import installation
from idp.launches import sources
from idp.launches.seen import seen_as
from idp.launches.sources import Source
from tests.administration.requests_kit import ask
from tests.browser.clerks import HOUSE, enter
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine
from tests.launching import SIGNED_WITH
from tests.saml_kit import saml_application

# What stands for one thing among many: its number, its id, the key of an application or a house.
ONE = re.compile(
    r"(?<=/)(\d+|[\w-]{22,}|[A-Z_-]+)(?=/|$)|(?<=/applications/)(?!new|import)[\w-]+"
    r"|(?<=/software/)(?!new)[\w-]+|(?<=/communities/)(?!new)[\w-]+|(?<=/policies/)[\w-]+"
)
FILE = re.compile(r"/export\b|/report\b|\.csv|\.pdf")
# Each of these shows what the page itself shows, in another order or part.
SEEN_BEFORE = {
    *("after", "before", "order", "text", "span", "day", "stage", "state", "size"),
    *("community", "establishment", "reference", "address", "kind", "show", "back"),
}
LEAST = 45
SOFTWARE = Source(
    "hm",
    "Hôpital Manager",
    HOUSE.key,
    "https://hm.chu.example",
    jwks=SIGNED_WITH,
    applications=("dcc",),
)


def shape(address: str) -> str:
    """An address without what tells one from another of its kind."""
    path, _, query = address.partition("#")[0].partition("?")
    names = {one.partition("=")[0] for one in query.split("&") if one}
    return "?".join((ONE.sub("*", path), ",".join(sorted(names - SEEN_BEFORE))))


def pages(somebody: Visit) -> Iterator[str]:
    """One address of each shape, in the order in which links lead there."""
    waiting, known = ["/admin"], {shape("/admin")}
    while waiting:
        address = waiting.pop(0)
        somebody.open(address)
        yield address
        hrefs = "all => all.map(one => one.getAttribute('href'))"
        for href in somebody.page.locator("main a[href], #console-menu a[href]").evaluate_all(
            hrefs
        ):
            if FILE.search(href) or not href.startswith("/admin"):
                continue
            if shape(href) not in known:
                known.add(shape(href))
                waiting.append(href)


def test_every_page_that_links_lead_to_is_accessible_and_fits(visit) -> None:
    somebody = visit()
    enter(somebody, "/admin")
    with installation(somebody.site.settings) as place:
        ask(place.core, establishment=HOUSE.key)
        with place.core.database.write() as tx:
            sources.put(tx, SOFTWARE, place.core.clock.now())
            place.core.seen.note(tx, seen_as(SOFTWARE.key), {"aud": "x" * 90}, "aud")
    page, faults, seen = somebody.page, [], 0
    for seen, address in enumerate(pages(somebody), 1):  # noqa: B007 - told below
        page.evaluate(UNDRESS)
        faults += examine(page, address)
        page.set_viewport_size({"width": 320, "height": 640})
        if beyond := somebody.sideways():
            faults.append(f"{address}: scrolls sideways by {beyond} px at 320 px")
        page.set_viewport_size({"width": 1280, "height": 860})
    faults += trial(somebody)
    assert not faults, "\n".join(faults)
    assert seen >= LEAST


def trial(somebody: Visit) -> list[str]:
    """No link leads to it: a button begins a login on trial."""
    speaks_saml = saml_application("mail", saml={"attributes": [{"source": "display_name"}]})
    with installation(somebody.site.settings) as place, place.core.database.write() as tx:
        place.core.applications.register(tx, speaks_saml)
    somebody.open("/admin/applications/mail/told")
    page = somebody.page
    page.locator("form[action$='/trial'] button").click()
    page.wait_for_url("**/trial?been=yes")
    page.evaluate(UNDRESS)
    faults = examine(page, "a trial")
    page.set_viewport_size({"width": 320, "height": 640})
    if beyond := somebody.sideways():
        faults.append(f"a trial: scrolls sideways by {beyond} px at 320 px")
    return faults
