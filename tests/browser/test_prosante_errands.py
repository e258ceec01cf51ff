# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect for other things than a login: asking for an account, proving one's number."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from idp.clock import SystemClock
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.test_prosante_story import is_fine
from tests.cast import PEOPLE
from tests.errands import APPLYING
from tests.prosante import PIN, Sandbox, known, leaning_on, running_sandbox
from tests.registration_kit import NUMBER
from tests.servers import Site, free_port, running_site

Opener = Callable[..., Visit]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Sandbox]]:
    """A provider, and a Pro Santé Connect that it leans on."""
    folder, port = tmp_path_factory.mktemp("errands"), free_port()
    changes = leaning_on(f"http://localhost:{port}")
    allowed = changes.pop("OUTGOING_ALLOW")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    people = (APPLYING, known("medecin"), known("infirmiere"))
    with running_site(folder, url, called_too=[allowed], **changes) as site:
        back = f"{site.issuer}/upstream/psc"
        with running_sandbox(SystemClock(), *people, port=port, back=back) as sandbox:
            yield site, sandbox


@pytest.fixture
def visit(chromium: Browser, there: tuple[Site, Sandbox]) -> Iterator[Opener]:
    """Browsers on it."""
    with visiting(chromium, there[0]) as open_browser:
        yield open_browser
    there[0].show_news()


def show_card(somebody: Visit, sandbox: Sandbox, person: object) -> None:
    """At Pro Santé Connect, by card; and back."""
    somebody.page.wait_for_url(f"{sandbox.address}/auth/**")
    sandbox.reader.person = person  # type: ignore[assignment]
    somebody.page.reload()
    somebody.page.locator("#pin").fill(PIN)
    somebody.page.get_by_role("button", name="Valider").click()
    somebody.expect_at("sceau")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_who_asks_for_an_account_is_told_by_it(visit, there, shots, *, script: bool) -> None:
    _site, sandbox = there
    somebody = visit(javascript=script)
    somebody.open("/registration")
    somebody.page.locator("#terms").check()
    somebody.follow(somebody.main.locator("form[action='/registration'] button"))
    if script:
        is_fine(somebody.page)
        shots(somebody.page, "registration-elsewhere")
    somebody.follow(somebody.main.locator("form[action$='/elsewhere'] button"))
    show_card(somebody, sandbox, APPLYING)
    assert somebody.path == "/registration/details"
    expect(somebody.page.locator("#number")).to_have_value(NUMBER)
    expect(somebody.page.locator("#number")).not_to_be_editable()
    somebody.open("/registration/card")
    expect(somebody.page.locator("#introduced")).to_be_visible()
    if script:
        is_fine(somebody.page)
        shots(somebody.page, "registration-introduced")
    # Nobody is in by that.
    somebody.open("/account")
    assert somebody.path.startswith("/login")


def test_who_has_an_account_is_told_so(visit, there) -> None:
    _site, sandbox = there
    somebody = visit(width=390, height=780, dark=True)
    somebody.open("/registration")
    somebody.page.locator("#terms").check()
    somebody.follow(somebody.main.locator("form[action='/registration'] button"))
    somebody.follow(somebody.main.locator("form[action$='/elsewhere'] button"))
    show_card(somebody, sandbox, known("infirmiere"))
    expect(somebody.page.locator("#form-error")).to_be_visible()
    is_fine(somebody.page)
    somebody.follow(somebody.main.locator("a[href='/login']"))
    somebody.expect_login()


def test_somebody_proves_their_number(visit, there, shots) -> None:
    site, sandbox = there
    with site.database() as database, database.write() as tx:
        tx.execute(
            text("UPDATE accounts SET national_id = NULL WHERE identifier = :who"),
            {"who": PEOPLE["medecin"].identifier},
        )
    somebody = visit()
    somebody.open("/login")
    somebody.log_in()
    somebody.open("/account/prosante")
    is_fine(somebody.page)
    somebody.follow(somebody.main.locator("a[href='/account/prosante/link']"))
    is_fine(somebody.page)
    shots(somebody.page, "prosante-link")
    form = somebody.main.locator("form[action='/account/prosante/link'] button")
    somebody.follow(form)
    show_card(somebody, sandbox, known("infirmiere", first_name="Claire"))
    # The nurse's number is the nurse's.
    assert somebody.problem in {"link-conflict", "link-other-name"}
    is_fine(somebody.page)
    shots(somebody.page, "prosante-conflict")
    somebody.follow(somebody.main.locator("a[href='/account/prosante']"))
    somebody.follow(somebody.main.locator("a[href='/account/prosante/link']"))
    somebody.follow(form)
    show_card(somebody, sandbox, known("medecin"))
    expect(somebody.page.locator("#linked")).to_be_visible()
    is_fine(somebody.page)
    shots(somebody.page, "prosante-linked")
    somebody.open("/account")
    expect(somebody.main.locator("a[href='/account/prosante']")).to_be_visible()
