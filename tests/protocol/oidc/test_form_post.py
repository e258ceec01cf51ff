# SPDX-License-Identifier: Apache-2.0
"""response_mode=form_post: values arrive byte for byte, without inline script, also as errors."""

from html.parser import HTMLParser

import pytest

from tests.protocol.kit import cancel, register, settled
from tests.protocol.oidc.strict import check_response
from tests.world import Browser, World

NASTY = {
    "of the defect report": 'a"b<c>&d e+f%20é',
    "closing the form": '"></form><form action="https://evil.example">',
    "script": "</script><script>alert(1)</script>",
    "entities": "&lt;&amp;&quot;&#39;&copy;&notin",
    "apostrophes": "'`‘’",
    "template": "{{ config }}{% if x %}",
    "plus and percent": "+%2B%%25 %zz",
    "far planes": "𝔘🩺\u2028\u2029\u00a0\ufeff",
    "right to left": "\u202eabc\u202c",
    "spaces": "  two  three   ",
    "json": '{"a":["b",1]}',
}


class Forms(HTMLParser):
    """Every form of a page with its fields, by the standard library's reading."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[tuple[dict[str, str | None], list[tuple[str, str]]]] = []
        self.scripts: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.handlers += [name for name in found if name.startswith("on")]
        if tag == "form":
            self.forms.append((found, []))
            self._open = True
        elif tag == "script":
            self.scripts.append(found)
        elif tag in {"input", "button"} and self._open and found.get("name"):
            self.forms[-1][1].append((str(found["name"]), found.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


def posted(browser: Browser, uri: str) -> dict[str, str]:
    """What the browser would post to the application."""
    page = Forms(browser.last.get_data(as_text=True))
    found = [one for one in page.forms if one[0].get("action") == uri]
    assert len(found) == 1
    attributes, fields = found[0]
    assert attributes["method"] == "post"
    assert len(dict(fields)) == len(fields), "no field twice"
    assert not page.handlers
    assert all(script.get("src", "").startswith("/static/") for script in page.scripts)
    return dict(fields)


@pytest.mark.parametrize("state", NASTY.values(), ids=list(NASTY))
def test_oa_011_a_nasty_state_arrives_byte_for_byte(shared: World, state: str) -> None:
    client = shared.client("plain")
    browser = settled(shared)
    response = browser.request("GET", client.authorize_url(response_mode="form_post", state=state))
    assert response.status_code == 200
    fields = posted(browser, client.redirect_uri)
    assert set(fields) == {"code", "state", "iss"}
    assert fields["state"] == state
    assert fields["iss"] == shared.issuer
    check_response(shared, client, client.redeem(fields["code"]))


def test_oa_011_the_page_is_kept_nowhere_and_posts_only_there(shared: World) -> None:
    client = shared.client("plain")
    browser = settled(shared)
    response = browser.request("GET", client.authorize_url(response_mode="form_post"))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    policy = response.headers["Content-Security-Policy"]
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert directives["form-action"] == "'self' https://plain.example"
    assert directives["script-src"] == "'self'"
    assert directives["default-src"] == "'none'"
    assert "unsafe" not in policy
    # Without a script, a person posts it by a button.
    assert browser.page.find("form", id="post").find("button", type="submit") is not None


def test_an_error_is_posted_too(shared: World) -> None:
    client = shared.client("plain")
    for changes in ({"prompt": "none", "max_age": "0"}, {"scope": "nothing"}):
        browser = settled(shared)
        response = browser.request(
            "GET", client.authorize_url(response_mode="form_post", state='"<&', **changes)
        )
        assert response.status_code == 200
        fields = posted(browser, client.redirect_uri)
        assert fields["error"] in {"login_required", "invalid_scope"}
        assert (fields["state"], fields["iss"]) == ('"<&', shared.issuer)


def test_a_login_and_a_cancelled_one_are_posted(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    browser = sqlite_world.browser()
    client.ask(browser, response_mode="form_post")
    cancel(browser)
    assert posted(browser, client.redirect_uri)["error"] == "access_denied"
    client.ask(browser, response_mode="form_post")
    assert browser.log_in().status_code == 200
    fields = posted(browser, client.redirect_uri)
    check_response(sqlite_world, client, client.redeem(fields["code"]))


def test_the_query_is_the_default_and_may_be_named(shared: World) -> None:
    client = shared.client("plain")
    for mode in (None, "", "query"):
        response = settled(shared).request("GET", client.authorize_url(response_mode=mode))
        assert response.status_code == 303
        assert client.answered(response)["code"]


def test_a_registered_query_is_kept_and_added_to(shared: World) -> None:
    uri = "https://guest.example/cb?tenant=1&x=%20"
    client = register(shared, oidc={"redirect_uris": [uri]})
    response = settled(shared).request("GET", client.authorize_url())
    assert response.headers["Location"].startswith(uri + "&code=")
    browser = settled(shared)
    browser.request("GET", client.authorize_url(response_mode="form_post"))
    assert "code" in posted(browser, uri)
