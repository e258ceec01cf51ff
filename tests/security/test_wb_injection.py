# SPDX-License-Identifier: Apache-2.0
"""Values that would be more than values: headers, SQL, redirects, types, sizes."""

import itertools
import json
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.http.parameters import FORM
from idp.web.small import safe_path
from tests.cast import PASSWORD
from tests.security.crawl import begin, csrf, raw
from tests.world import ISSUER, Browser, World

CRLF = "x\r\nSet-Cookie: __Host-sceau_session=evil\r\nX-Evil: 1"
SPLITTERS = [
    CRLF,
    CRLF.replace("\r", ""),
    "x\rX-Evil: 1",
    "x\x00y",
    "x\u0085y",
    "x\u2028y",
    "é€\U0001f600",
]
# WB-011. What a browser would take for another site, and what only looks like it.
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "https:evil.example",
    "https:/evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\x00/evil.example",
    "javascript:evil()",
    "data:text/html,evil",
    "evil.example",
    "@evil.example",
    "?x",
    "",
    "/é\u2028",
]
HERE = ["/", "/account", "/login/abc?means=password", "/%09/evil.example", "/%2f%2fevil.example"]
SQL = ["' OR '1'='1", "'; DROP TABLE accounts; --", '" OR ""="', "cdurand'--", "%", "_", "cdurand%"]
STRANGE = [*SQL, "\x00", "cdurand\x00", "\ud800", "\U0001f600", "x" * 5000, "١٢٣", "\x7f\x1b[31m"]


def test_wb_006_no_value_splits_a_header(sqlite_world: World) -> None:
    plain = sqlite_world.client("plain")
    browser = sqlite_world.browser()
    plain.tokens(browser)
    for value in SPLITTERS:
        for answer in sent_everywhere(browser, value):
            assert answer.status_code < 500, value
            assert "X-Evil" not in answer.headers
            for name, content in answer.headers:
                assert content.isascii(), name
                assert content.isprintable(), name
            assert not any("evil" in one for one in answer.headers.getlist("Set-Cookie"))


def sent_everywhere(browser: Browser, value: str) -> list[Any]:
    """One value in each place from which a header is made."""
    plain = browser.world.client("plain")
    answers = [
        plain.ask(browser, state=value),
        plain.ask(browser, state=value, response_type="token"),
        plain.ask(browser, response_mode="form_post", state=value),
        plain.ask(browser, nonce=value, prompt="none"),
        plain.ask(browser, ui_locales=value),
        browser.request("GET", "/oidc/logout?" + urlencode({
            "client_id": "plain",
            "post_logout_redirect_uri": "https://plain.example/bye",
            "state": value,
        })),
        browser.request("GET", "/" + quote(value)),
        browser.request("GET", "/login/" + quote(value)),
    ]  # fmt: skip
    browser.get("/help")
    token = csrf(browser)
    for field in ("next", "locale"):
        data = {"csrf": token, "locale": "en", "next": "/", field: value}
        answers.append(browser.request("POST", "/language", data=data))
    return answers


def test_wb_006_a_state_comes_back_as_it_was(sqlite_world: World) -> None:
    plain = sqlite_world.client("plain")
    browser = sqlite_world.browser()
    plain.tokens(browser)
    for state in ("é€\U0001f600 &=#?%41+", "a" * 4096, "'\"<>\\"):
        assert plain.answered(plain.ask(browser, state=state))["state"] == state


def test_wb_011_the_way_back_never_leads_elsewhere(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    browser.get("/help")
    data = {"csrf": csrf(browser), "locale": "en"}
    for path in (*ELSEWHERE, *HERE):
        answer = browser.request("POST", "/language", data=data | {"next": path})
        assert answer.status_code == 303
        assert answer.headers["Location"] == (path if path in HERE else "/"), path


@settings(max_examples=300)
@given(st.text(alphabet="/\\\t\n\r :@.?#%evil\x00é", max_size=12) | st.text(max_size=8))
def test_wb_011_no_text_makes_a_way_out(path: str) -> None:
    kept = safe_path(path)
    # WHATWG URL: these vanish before a browser looks, and \ counts as /.
    seen = "".join(one for one in kept if one not in "\t\n\r").strip().replace("\\", "/")
    assert seen.startswith("/")
    assert not seen.startswith("//")
    assert urlsplit(seen).netloc == ""


def test_wb_011_no_page_follows_an_address_in_its_query(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    sqlite_world.client("plain").tokens(browser)
    for name in ("next", "return_to", "redirect", "redirect_uri", "RelayState", "url"):
        for path in ("/", "/login", "/account", "/logout", "/help", "/oidc/logout"):
            answer = browser.request("GET", f"{path}?{name}=https://evil.example/")
            location = answer.headers.get("Location", "/")
            assert urlsplit(location).netloc in {"", "sceau.example"}, path
            main = browser.page.find("main")
            assert main is None or "evil.example" not in str(main), path


def texts_everywhere(world: World, value: str) -> list[Any]:
    """One value in each place where a request carries text."""
    plain = world.client("plain")
    browser = world.browser()
    journey = begin(browser, "plain")
    fields = browser.form("/password")[1]
    wire = value.encode("utf-8", "surrogatepass")
    names = ("client_id", "redirect_uri", "scope", "state", "nonce", "login_hint", "ui_locales",
             "acr_values", "claims", "prompt", "max_age", "id_token_hint", "resource",
             "code_challenge", "response_type", "response_mode", "request_uri")  # fmt: skip
    base = dict(parse_qs(urlsplit(plain.authorize_url()).query))
    answers = [
        browser.request("GET", "/oidc/authorize?" + urlencode(base | {name: [wire]}, doseq=True))
        for name in names
    ]
    answers += [
        browser.request("POST", f"{journey}/password", data=fields | {name: wire})
        for name in ("identifier", "csrf", "ticket")
    ]
    answers += [
        raw(world, "POST", "/oidc/token", plain.basic(), data={"grant_type": grant, name: wire})
        for grant, name in (
            ("authorization_code", "code"), ("authorization_code", "code_verifier"),
            ("refresh_token", "refresh_token"), ("client_credentials", "scope"),
            ("authorization_code", "redirect_uri"), ("x", "grant_type"),
        )
    ]  # fmt: skip
    answers += [
        raw(
            world,
            "POST",
            path,
            {"Authorization": plain.basic()["Authorization"]},
            data={name: wire},
        )
        for path in ("/oidc/introspect", "/oidc/revoke", "/oidc/par", "/oidc/bc-authorize")
        for name in ("token", "token_type_hint", "client_id", "client_assertion")
    ]
    answers += [browser.request("GET", f"/login/{quote(wire)}")]
    answers += [
        browser.request("GET", f"/oidc/logout?{name}={quote(wire)}")
        for name in ("client_id", "id_token_hint", "post_logout_redirect_uri", "state")
    ]
    cookies = "; ".join(
        f"__Host-sceau_{name}={quote(wire)}" for name in ("session", "browser", "device")
    )
    answers += [raw(world, "GET", path, {"Cookie": cookies}) for path in ("/", "/account", journey)]
    return answers


def test_wb_009_values_stay_values(world: World) -> None:
    """SQL, wildcards, NUL, lone surrogates, huge: refused, never a fault, never a way in."""
    with world.core.database.read() as tx:
        before = tx.exec_driver_sql("SELECT count(*) FROM accounts").scalar_one()
    for value in STRANGE:
        for answer in texts_everywhere(world, value):
            where = f"{answer.request.url[:200]} {value[:20]!r}"
            assert answer.status_code < 500, where
            for cookie in answer.headers.getlist("Set-Cookie"):
                assert "session=;" in cookie or "session" not in cookie, where
            assert "code=" not in answer.headers.get("Location", ""), where
    with world.core.database.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM accounts").scalar_one() == before
        assert tx.exec_driver_sql("SELECT count(*) FROM sessions").scalar_one() == 0


def test_wb_009_only_the_name_itself_names_somebody(world: World) -> None:
    browser = world.browser()
    begin(browser, "plain")
    for identifier in ("cdurand'--", "%", "c%", "_durand", "cdurand\x00", "cd\u00adurand"):
        browser.submit("/password", identifier=identifier, password=PASSWORD)
        assert browser.cookie("session") == "", identifier


DEEP = "[" * 9_000
DOCUMENTS = [
    "[]", "null", "1", '"x"', "{", "{}}", DEEP, '{"id_token":' + DEEP,
    '{"id_token":[]}', '{"id_token":{"sub":1}}', '{"id_token":{"sub":{"value":1}}}',
    '{"id_token":{"sub":{"value":["x"]}}}', '{"id_token":{"sub":{"value":{"a":1}}}}',
    '{"id_token":{"sub":{"value":null}}}', '{"id_token":{"sub":{"value":"\\u0000"}}}',
    '{"id_token":{"sub":{"value":"\\ud800"}}}', '{"id_token":{"acr":{"values":"x"}}}',
    '{"id_token":{"acr":{"values":[1,null,[]]}}}', '{"id_token":{"acr":{"essential":"yes"}}}',
    '{"id_token":{"acr":{"value":1e999}}}', '{"id_token":{"acr":{"value":' + "9" * 6000 + "}}}",
    '{"userinfo":{"__proto__":{}},"id_token":null}', '{"userinfo":{"name":{"value":NaN}}}',
    '{"id_token":{},"id_token":{"sub":{"value":"x"}}}', "\ufeff{}",
]  # fmt: skip


def test_wb_012_json_of_any_shape_is_read_or_refused(world: World) -> None:
    plain = world.client("plain")
    browser = world.browser()
    plain.tokens(browser)
    for document in DOCUMENTS:
        for prompt in ("none", None):
            answer = plain.ask(browser, claims=document, prompt=prompt)
            assert answer.status_code < 500, document[:60]
            if answer.status_code == 303:
                told = plain.answered(answer)
                assert told.get("error") in {"invalid_request", "login_required", None}, told


BODIES = [
    "grant_type[]=authorization_code",
    "grant_type=authorization_code&code[]=x",
    "grant_type=authorization_code&code[0]=x&code[1]=y",
    "grant_type=refresh_token&refresh_token=x&refresh_token=y",
    "grant_type=authorization_code&grant_type=client_credentials",
    "&&&&",
    "=",
    "%",
    "%zz=%zz",
    "grant_type=%ff%fe",
    "grant_type" + "=x" * 3000,
    "&".join(f"a{number}=1" for number in range(2000)),
]


SHAPELESS = {"invalid_request", "unsupported_grant_type", "unauthorized_client"}
POSTED = (
    *("/oidc/token", "/oidc/introspect", "/oidc/revoke", "/oidc/par"),
    *("/oidc/device_authorization", "/oidc/bc-authorize"),
)


def test_wb_012_forms_of_any_shape_are_refused(sqlite_world: World) -> None:
    headers = sqlite_world.client("plain").basic()
    for body in BODIES:
        for path in POSTED:
            answer = raw(sqlite_world, "POST", path, headers, data=body, content_type=FORM)
            assert answer.status_code in {400, 413}, body
            assert answer.get_json()["error"] in SHAPELESS


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_wb_012_only_a_form_is_a_form(sqlite_world: World, content_type: str, status: int) -> None:
    data = json.dumps({"grant_type": "client_credentials"})
    headers = sqlite_world.client("robot").basic()
    answer = raw(sqlite_world, "POST", "/oidc/token", headers, data=data, content_type=content_type)
    assert answer.status_code == status


def test_wb_012_bodies_have_a_limit(sqlite_world: World) -> None:
    for stated in (True, False):
        check_limit(sqlite_world, stated=stated)


def check_limit(sqlite_world: World, *, stated: bool) -> None:
    """With a length and without one (chunked): not a byte more than the limit is read."""
    limit = sqlite_world.core.settings.server.max_body
    for path in ("/oidc/token", "/oidc/authorize", "/oidc/logout", "/language"):
        for size in (limit, limit + 1, 1_000_000):
            stream = BytesIO(b"y=" + b"z" * (size - 2))
            environ = {
                "wsgi.input": stream,
                "wsgi.input_terminated": True,
                "CONTENT_LENGTH": str(size) if stated else "",
                "HTTP_TRANSFER_ENCODING": "" if stated else "chunked",
            }
            answer = raw(sqlite_world, "POST", path, content_type=FORM, environ_overrides=environ)
            # Werkzeug reads as far as the limit; without its token, the form is then refused.
            refused = {413} if stated or path != "/language" else {403, 413}
            if size > limit and path != "/oidc/logout":
                assert answer.status_code in refused, path
            assert answer.status_code in {400, 401, 403, 413}, path
            assert stream.tell() <= limit + 1, path


def test_wb_012_a_length_that_is_none_is_refused(sqlite_world: World) -> None:
    lengths = ("-1", "1e3", "0x10", "²", "١", " ", "99999999999999999999")
    for path, length in itertools.product(("/oidc/token", "/language"), lengths):
        answer = raw(
            sqlite_world,
            "POST",
            path,
            environ_overrides={"CONTENT_LENGTH": length},
            data={"grant_type": "x"},
        )
        assert answer.status_code in {400, 403, 413}, path


def test_wb_012_a_form_of_many_parts_is_refused(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    browser.get("/help")
    fields = {f"f{number}": "x" for number in range(500)} | {"csrf": csrf(browser)}
    answer = browser.request("POST", "/language", data=fields)
    assert answer.status_code in {303, 413}
    answer = browser.request(
        "POST", "/language", data=fields, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code in {400, 403, 413}
    assert answer.headers.get("Location", ISSUER).startswith(ISSUER)
