# SPDX-License-Identifier: Apache-2.0
"""Session Management 1.0 in a real browser: an application's page asks our frame (§3.2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.browser.pages import Visit
from tests.cast import application
from tests.interop.saml_peers import opened
from tests.servers import Site

KEY = "watching"
ASK = """async ([address, message]) => {
  const frame = document.createElement("iframe");
  frame.src = address;
  const there = new Promise((done) => frame.addEventListener("load", done));
  document.body.append(frame);
  await there;
  const heard = new Promise((done) =>
    addEventListener("message", ({ data, origin }) => done([data, origin]), { once: true }),
  );
  frame.contentWindow.postMessage(message, new URL(address).origin);
  const answer = await heard;
  frame.remove();
  return answer;
}"""


@pytest.fixture
def site_of(site: Site) -> str:
    """The application's site: another port of this machine, and so another origin."""
    there = f"http://localhost:{site.ports['standin']}"
    document = application(
        KEY, site=f"{there}/{KEY}", oidc={"session_state": True, "pkce": "optional"}
    )
    with opened(site) as core, core.database.write() as tx:
        core.applications.register(tx, document | {"listed": False})
    return there


def enter(somebody: Visit, there: str, **more: str) -> dict[str, str]:
    """The answer to a login, as the application's page has it."""
    asked = {
        "client_id": KEY,
        "redirect_uri": f"{there}/{KEY}/cb",
        "response_type": "code",
        "scope": "openid",
    }
    somebody.open("/oidc/authorize?" + urlencode(asked | more))
    if somebody.page.url.startswith(somebody.site.issuer):
        somebody.log_in()
    somebody.page.wait_for_url(f"{there}/{KEY}/cb?**")
    return dict(parse_qsl(urlsplit(somebody.page.url).query))


def heard(somebody: Visit, message: str) -> Any:
    """What the frame answers to the page that is open."""
    issuer = somebody.site.issuer
    answer, origin = somebody.page.evaluate(ASK, [f"{issuer}/oidc/session-frame", message])
    assert origin == issuer
    return answer


@contextmanager
def on_a_page_of_its_own(somebody: Visit, address: str) -> Iterator[Visit]:
    """Another tab of the same browser."""
    before = somebody.page
    somebody.page = somebody.context.new_page()
    somebody.page.goto(address)
    yield somebody
    somebody.page.close()
    somebody.page = before


def test_the_frame_tells_whether_the_session_is_still_the_same(visit, site_of: str) -> None:
    somebody = visit()
    state = enter(somebody, site_of)["session_state"]
    assert heard(somebody, f"{KEY} {state}") == "unchanged"
    # Asked again and again, by each page of its site.
    with on_a_page_of_its_own(somebody, f"{site_of}/{KEY}/other"):
        assert heard(somebody, f"{KEY} {state}") == "unchanged"
    for wrong in ("", KEY, state, f"{KEY} {state} more", f"{KEY} x", f"{KEY}  {state}"):
        assert heard(somebody, wrong) == "error"
    assert heard(somebody, f"another {state}") == "changed"
    flipped = ("B" if state[0] == "A" else "A") + state[1:]
    assert heard(somebody, f"{KEY} {flipped}") == "changed"
    # A logout in another tab: the page that stayed open hears of it.
    with on_a_page_of_its_own(somebody, f"{somebody.site.issuer}/logout"):
        somebody.page.locator("form[action='/logout'] button").click()
        somebody.page.wait_for_load_state()
        assert "state" not in kept_by(somebody)
    assert heard(somebody, f"{KEY} {state}") == "changed"
    # The next login is another session.
    again = enter(somebody, site_of)["session_state"]
    assert heard(somebody, f"{KEY} {state}") == "changed"
    assert heard(somebody, f"{KEY} {again}") == "unchanged"


def test_no_other_site_learns_whether_somebody_is_here(visit, site_of: str) -> None:
    """What one site was told says nothing at another; who was told nothing hears one word."""
    somebody = visit()
    state = enter(somebody, site_of)["session_state"]
    elsewhere = site_of.replace("localhost", "127.0.0.1")
    somebody.page.goto(f"{elsewhere}/evil/page")
    assert heard(somebody, f"{KEY} {state}") == "changed"
    nobody = visit()
    nobody.page.goto(f"{elsewhere}/evil/page")
    assert heard(nobody, f"{KEY} {state}") == "changed"


def kept_by(somebody: Visit) -> set[str]:
    """The names of our cookies in this browser."""
    return {one["name"].removeprefix("sceau_") for one in somebody.context.cookies()}
