# SPDX-License-Identifier: Apache-2.0
"""An application that leans on us as its local provider, in the console and by the API."""

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import program
from tests.administration.application_kit import HERE, documents, fields_of
from tests.administration.kit import Opened
from tests.world import Browser

PAGE = f"{HERE}/dcc/edit"
TENANTS = {"oidc.tenants.0.name": "540000017", "oidc.tenants.0.of": "TID-CHU-NANCY"}
WHOLE = {
    "policy.profile": "local-provider",
    "policy.means": ["passkey", "cps"],
    "policy.level": "2",
    "oidc.tenant": "TID-REGION",
    **TENANTS,
}


def changed(office: Opened, **typed: object) -> Browser:
    browser = office.enter("regionale")
    browser.get(PAGE)
    browser.post(PAGE, fields_of(browser) | WHOLE | typed)
    return browser


def test_it_is_set_up_by_form_and_shown(office: Opened) -> None:
    browser = changed(office)
    assert browser.last.status_code == 200
    document = documents(office).document
    assert document["policy"]["profile"] == "local-provider"
    assert document["oidc"]["tenant"] == "TID-REGION"
    assert document["oidc"]["tenants"] == {"540000017": "TID-CHU-NANCY"}
    browser.get(PAGE)
    shown = fields_of(browser)
    assert shown["policy.profile"] == ["local-provider"]
    assert shown["oidc.tenants.0.of"] == ["TID-CHU-NANCY"]
    browser.get(f"{HERE}/dcc/told")
    assert {"tid", "oid", "amr"} <= set(browser.page.find("main").get_text(" ").split())


def test_a_means_that_can_be_passed_on_is_told_at_its_field(sqlite_office: Opened) -> None:
    browser = changed(sqlite_office, **{"policy.means": ["passkey", "password", "totp"]})
    assert browser.last.status_code == 422
    assert browser.page.select_one("[id='policy.means-error']")
    assert "profile" not in documents(sqlite_office).document["policy"]


def test_what_is_wrong_with_the_names_is_told_at_their_cells(sqlite_office: Opened) -> None:
    browser = changed(sqlite_office, **{"oidc.tenant": "", "oidc.tenants.0.name": "CHU"})
    assert browser.last.status_code == 422
    for place in ("oidc.tenant", "oidc.tenants.0.name"):
        assert browser.page.select_one(f"[id='{place}-error']"), place


def test_a_program_sets_it_up_and_is_told_what_is_wrong(sqlite_office: Opened) -> None:
    caller = program(sqlite_office, Held(Role.SUPER), ("sceau.read", "sceau.write"))
    shown = caller.get("/applications/dcc")
    document = shown.get_json()["registration"]
    policy = document["policy"] | {
        "profile": "local-provider",
        "means": ["passkey", "calculette"],
        "level": 2,
    }
    wrong = document | {"policy": policy}
    tag = shown.headers["ETag"]
    refused = caller.call("PUT", "/applications/dcc", wrong, If_Match=tag)
    pointers = {one["pointer"] for one in refused.get_json()["errors"]}
    assert pointers <= {"#/policy/means", "#/oidc/tenant"}, refused.text
    assert pointers
    right = document | {
        "policy": policy | {"means": ["passkey", "cps"]},
        "oidc": document["oidc"] | {"tenant": "TID-REGION"},
    }
    changed = caller.call("PUT", "/applications/dcc", right, If_Match=tag)
    assert changed.status_code == 200, changed.text
    assert changed.get_json()["registration"]["policy"]["profile"] == "local-provider"
