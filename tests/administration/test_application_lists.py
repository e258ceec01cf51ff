# SPDX-License-Identifier: Apache-2.0
"""Lists of a registration as rows of fields, in browsers that run no script."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from bs4 import Tag
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.headers.attributes import READERS
from idp.saml.application import ACS_BINDINGS, SLO_BINDINGS
from idp.saml.attributes import FORMATS, SOURCES
from idp.web.admin.application_certificates import NEAR
from idp.web.admin.application_partner import ANSWERED, TOLD_OF_LOGOUT
from idp.web.admin.application_partner import FORMATS as FORMATS_SAID
from idp.web.admin.application_words import TELLABLE
from tests.administration.application_kit import HERE, documents, fields_of, fold_of
from tests.administration.kit import Opened
from tests.pki import key
from tests.saml_kit import certificate, misspelt, pem, saml_application
from tests.world import Browser

KEY = "sp"
EDIT = f"{HERE}/{KEY}/edit"
LISTS: dict[str, Any] = {
    "acs": [
        {"url": "https://sp.example/acs", "binding": "post", "index": 4},
        {"url": "https://sp.example/late", "binding": "artifact", "index": 5, "default": True},
    ],
    "slo": [{"url": "https://sp.example/slo"}],
    "attributes": [{"source": "email"}, {"source": "phone", "name": "tel", "friendly_name": ""}],
}


def opened(office: Opened, **saml: Any) -> Browser:
    """The form of an application with these settings."""
    document = saml_application(KEY, saml=LISTS | saml)
    with office.world.core.database.write() as tx:
        office.world.core.applications.register(tx, document)
    browser = office.enter("regionale")
    browser.get(EDIT)
    assert browser.last.status_code == 200
    return browser


def settings(office: Opened) -> dict[str, Any]:
    return documents(office, KEY).document["saml"]


def press(browser: Browser, act: str, **typed: Any) -> None:
    """A button of a row, with the form as it stands and what was typed since."""
    button = browser.page.select_one(f'button[name="act"][value="{act}"]')
    assert button is not None, act
    action = button.get("formaction") or button.find_parent("form")["action"]
    browser.post(action.partition("#")[0], fields_of(browser) | typed | {"act": act})


def rows(browser: Browser, name: str) -> list[Tag]:
    """Those that are not there only for want of a script."""
    found = browser.page.select(f'fieldset[id="{name}"] [data-row]')
    return [one for one in found if not one.has_attr("data-spare")]


def error_of(browser: Browser, place: str) -> str:
    """What is told at a field, tied to it for whoever hears it."""
    told = browser.page.select_one(f'[id="{place}-error"]')
    field = browser.page.select_one(f'[id="{place}"]')
    assert told is not None, [one.get("id") for one in browser.page.select(".field-error")]
    assert field is not None
    assert f"{place}-error" in field["aria-describedby"].split()
    return told.get_text().strip()


def test_a_form_sent_as_it_came_changes_nothing(office: Opened) -> None:
    browser = opened(office)
    before = settings(office)
    browser.post(EDIT, fields_of(browser))
    assert browser.last.status_code == 200
    lists = (*LISTS, "signing_certificates", "encryption_certificates", "vihf")
    kept = settings(office)
    assert {one: kept.get(one) for one in lists} == {one: before.get(one) for one in lists}


def test_each_row_has_labelled_fields_and_a_button_that_names_it(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    labels = {one["for"] for one in browser.page.select("label[for]")}
    for row in browser.page.select("form [data-row]"):
        assert row["aria-label"]
        for one in row.select("input:not([type=hidden]), select, textarea"):
            assert one["id"] in labels or one.find_parent("label"), one
        assert row["aria-label"] in row.select_one("button").get_text()


def test_rows_are_saved_without_a_script(office: Opened) -> None:
    browser = opened(office)
    typed = fields_of(browser) | {
        # The first of the spare rows.
        "saml.acs.2.url": "https://sp.example/third",
        "saml.acs.2.binding": "post",
        "saml.slo.1.url": "https://sp.example/other",
        "saml.slo.1.binding": "soap",
        "saml.slo.1.response_url": "https://sp.example/answers",
        "saml.attributes.2.source": "last_name",
        "saml.acs.default": "2",
    }
    browser.post(EDIT, typed)
    kept = settings(office)
    assert kept["acs"] == [
        {"url": "https://sp.example/acs", "binding": "post", "index": 4},
        {"url": "https://sp.example/late", "binding": "artifact", "index": 5},
        {"url": "https://sp.example/third", "binding": "post", "default": True},
    ]
    assert kept["slo"][1] == {
        "url": "https://sp.example/other",
        "binding": "soap",
        "response_url": "https://sp.example/answers",
    }
    assert kept["attributes"] == [*LISTS["attributes"], {"source": "last_name"}]


def test_a_row_is_added_and_nothing_that_was_typed_is_lost(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    before = settings(sqlite_office)
    press(browser, "add saml.acs", **{"name": "Typed", "saml.slo.0.url": "typed, too"})
    assert browser.last.status_code == 200
    assert len(rows(browser, "saml.acs")) == 3
    again = fields_of(browser)
    assert (again["name"], again["saml.slo.0.url"]) == (["Typed"], ["typed, too"])
    # The hand is already in the new row; nothing was stored, nothing is complained of.
    assert browser.page.select_one("[autofocus]")["id"] == "saml.acs.2.url"
    assert not browser.page.select(".field-error")
    assert settings(sqlite_office) == before


def test_a_row_is_taken_out_and_the_rest_stays(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    press(browser, "remove saml.acs 0", name="Typed")
    [left] = rows(browser, "saml.acs")
    assert left.select_one("input[name$=url]")["value"] == "https://sp.example/late"
    assert fields_of(browser)["name"] == ["Typed"]
    browser.post(EDIT, fields_of(browser))
    assert settings(sqlite_office)["acs"] == LISTS["acs"][1:]


def test_of_a_new_application_rows_are_added_too(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/new?protocol=saml")
    assert len(rows(browser, "saml.acs")) == 1
    typed = {"key": "fresh", "saml.acs.0.url": "https://sp.example/acs"}
    press(browser, "add saml.acs", **typed)
    again = fields_of(browser)
    assert (again["key"], again["saml.acs.0.url"]) == (["fresh"], ["https://sp.example/acs"])
    assert len(rows(browser, "saml.acs")) == 2


def test_a_fault_stands_at_its_cell_and_keeps_the_rest(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    typed = fields_of(browser) | {
        "saml.acs.0.index": "seven",
        "saml.acs.1.url": "http://sp.example/late",
        "saml.slo.0.response_url": "javascript:alert(1)",
        "saml.attributes.1.name": "roles",
        "saml.attributes.2.source": "first_name",
        "saml.attributes.2.name": "tel é",
    }
    browser.post(EDIT, typed)
    assert browser.last.status_code == 422
    assert "https" in error_of(browser, "saml.acs.1.url")
    assert "65535" in error_of(browser, "saml.acs.0.index")
    for place in ("saml.slo.0.response_url", "saml.attributes.1.name", "saml.attributes.2.name"):
        assert error_of(browser, place)
    again = fields_of(browser)
    assert {name: again[name] for name in typed if name.startswith("saml.a")} == {
        name: value if isinstance(value, list) else [value]
        for name, value in typed.items()
        if name.startswith("saml.a")
    }
    # What a reader of registrations says to programs is nobody's sentence here.
    assert "number 2" not in browser.page.get_text()
    assert "'http" not in browser.page.get_text()


def test_two_of_one_number_and_two_of_one_name(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    wrong = {"saml.acs.1.index": "4", "saml.attributes.0.name": "tel"}
    browser.post(EDIT, fields_of(browser) | wrong)
    assert error_of(browser, "saml.acs.1.index")
    assert error_of(browser, "saml.attributes.1.name")


def test_a_row_without_a_number_gets_one_that_is_free(sqlite_office: Opened) -> None:
    taken = [
        {"url": "https://sp.example/acs", "index": 1},
        {"url": "https://sp.example/two", "index": 2},
    ]
    browser = opened(sqlite_office, acs=taken)
    browser.post(EDIT, fields_of(browser) | {"saml.acs.2.url": "https://sp.example/three"})
    assert [one.get("index") for one in settings(sqlite_office)["acs"]] == [1, 2, 3]


def test_certificates_are_summarised_taken_out_and_pasted_in(office: Opened) -> None:
    old, new = pem("saml application"), pem("sp encryption")
    browser = opened(office, signing_certificates=[old])
    [row] = rows(browser, "saml.signing_certificates")
    said = row.get_text()
    read = certificate("saml application")
    assert read.subject.rfc4514_string() in said
    assert str(read.not_valid_after_utc.year) in said
    digits = row.select_one("code").get_text().replace(":", "").lower()
    assert digits == read.fingerprint(SHA256()).hex()
    assert not row.select("textarea")
    press(browser, "remove saml.signing_certificates 0")
    assert rows(browser, "saml.signing_certificates") == []
    # As metadata has it: no frame, no lines.
    bare = "".join(new.splitlines()[1:-1])
    browser.post(EDIT, fields_of(browser) | {"saml.signing_certificates.0.text": bare})
    assert settings(office)["signing_certificates"] == [bare]
    browser.get(EDIT)
    browser.post(EDIT, fields_of(browser) | {"saml.signing_certificates.1.text": old})
    assert settings(office)["signing_certificates"] == [bare, old.strip()]


def test_a_bad_certificate_is_told_at_its_field_and_kept_as_typed(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office, signing_certificates=[pem("saml application")])
    wrong = "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----"
    typed = {"saml.signing_certificates.1.text": wrong, "name": "Typed"}
    browser.post(EDIT, fields_of(browser) | typed)
    assert browser.last.status_code == 422
    assert browser.page.select_one('[id="saml.signing_certificates.1.text-error"]')
    first, second = rows(browser, "saml.signing_certificates")
    assert first.select_one(".certified")
    assert second.select_one("textarea")["aria-invalid"] == "true"
    again = fields_of(browser)
    assert again["saml.signing_certificates.1.text"] == [wrong]
    assert again["name"] == ["Typed"]


def test_a_certificate_whose_name_cannot_be_read_is_shown_by_its_fingerprint(
    sqlite_office: Opened,
) -> None:
    text = misspelt("saml application")
    browser = opened(sqlite_office, signing_certificates=[text])
    for page in (EDIT, f"{HERE}/{KEY}"):
        assert browser.get(page).status_code == 200
        [shown] = browser.page.select(".certified")
        assert shown.select_one(".certified-subject").get_text().strip()
        digits = shown.select_one("code").get_text().replace(":", "").lower()
        assert digits == sha256(b64decode(text)).hexdigest()
    browser.get(EDIT)
    browser.post(EDIT, fields_of(browser))
    assert settings(sqlite_office)["signing_certificates"] == [text]


def ending(at: int) -> str:
    """A certificate that ends then."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ending")])
    ends = datetime.fromtimestamp(at, UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    dated = builder.not_valid_before(ends - timedelta(days=900)).not_valid_after(ends)
    made = dated.public_key(key("ending").public_key()).sign(key("ending"), SHA256())
    return made.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(("left", "look"), [(NEAR + 86_400, ""), (NEAR, "warn"), (-1, "bad")])
def test_a_certificate_whose_end_is_near_is_told(
    sqlite_office: Opened, left: int, look: str
) -> None:
    text = ending(sqlite_office.world.clock.now() + left)
    browser = opened(sqlite_office, signing_certificates=[text])
    [row] = rows(browser, "saml.signing_certificates")
    assert [one["class"][1] for one in row.select(".pill")] == ([f"pill-{look}"] if look else [])


def test_headers_are_rows_and_two_of_one_name_are_told(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/new?protocol=headers")
    typed = fields_of(browser) | {
        "key": "old",
        "name": "Old",
        "policy.means": ["password"],
        "policy.level": "1",
        "headers.origins": "https://old.example",
        "headers.names.1.of": "email",
        "headers.names.1.name": "X-Remote-User",
    }
    action, _fields = browser.form("/applications/new")
    browser.post(action, typed)
    assert browser.last.status_code == 422
    assert error_of(browser, "headers.names.1.name")
    typed |= {"headers.names.1.name": ""}
    browser.post(action, typed)
    assert error_of(browser, "headers.names.1.name")
    typed |= {"headers.names.1.name": "Host"}
    browser.post(action, typed)
    assert error_of(browser, "headers.names.1.name")
    typed |= {"headers.names.1.name": "X-Mail", "headers.names.1.of": ""}
    browser.post(action, typed)
    assert error_of(browser, "headers.names.1.of")
    typed |= {"headers.names.1.of": "email"}
    browser.post(action, typed)
    kept = documents(sqlite_office, "old").document["headers"]["names"]
    assert kept == {"X-Remote-User": "identifier", "X-Mail": "email"}


def test_wb_008_what_was_typed_into_a_cell_is_text(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    hostile = '"><b class="hostile">%(most)s</b>'
    names = ("saml.acs.0.url", "saml.acs.0.index", "saml.slo.0.binding", "saml.attributes.0.name")
    typed = dict.fromkeys((*names, "saml.signing_certificates.1.text"), hostile)
    browser.post(EDIT, fields_of(browser) | typed)
    assert browser.last.status_code == 422
    assert not browser.page.select(".hostile")
    assert fields_of(browser)["saml.acs.0.url"] == [hostile]


@pytest.mark.parametrize(
    "name",
    ["saml.acs.0.method", "saml.acs.x.url", "saml.acs.9999.url", "saml.acs.usual", "saml.acs"],
)
def test_wb_013_a_cell_that_no_row_has_is_refused(sqlite_office: Opened, name: str) -> None:
    browser = opened(sqlite_office)
    assert browser.post(EDIT, fields_of(browser) | {name: "x"}).status_code == 400


def test_wb_014_a_button_of_a_row_opens_nothing(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    typed = fields_of(browser) | {"act": "add saml.acs"}
    other = sqlite_office.enter("auditrice")
    other.get(HERE)
    token = other.page.select_one("input[name=csrf]")["value"]
    assert other.post(EDIT, typed | {"csrf": token}).status_code == 403


def test_what_national_services_are_told_has_fields_of_its_own(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office)
    assert not fold_of(browser, "saml.vihf.lps_name").has_attr("open")
    typed = fields_of(browser) | {
        "saml.vihf.lps_name": "Carnet",
        "saml.vihf.lps_version": "4.2",
        "saml.vihf.lps_approval": "DMP-HOM-0042",
    }
    # An administrator of the region may not grant it, and is told so there.
    fitting = {"policy.activity": "chosen", "policy.level": "2", "policy.means": ["totp"]}
    browser.post(EDIT, typed | fitting)
    assert browser.last.status_code == 422
    assert fold_of(browser, "saml.vihf.lps_name").has_attr("open")
    assert browser.page.select_one('[id="saml.vihf-error"]')
    root = sqlite_office.enter("administrateur")
    root.get(EDIT)
    partly = {name: value for name, value in typed.items() if name.startswith("saml.vihf.")}
    root.post(EDIT, fields_of(root) | fitting | partly | {"saml.vihf.lps_version": ""})
    assert error_of(root, "saml.vihf.lps_version")
    root.post(EDIT, fields_of(root) | partly)
    assert settings(sqlite_office)["vihf"] == {
        "lps_name": "Carnet",
        "lps_version": "4.2",
        "lps_approval": "DMP-HOM-0042",
        "version": "3.0",
        "in_login": True,
        "on_request": False,
    }


def test_the_sheet_tells_it_in_words(sqlite_office: Opened) -> None:
    browser = opened(sqlite_office, signing_certificates=[pem("saml application")])
    browser.get(f"{HERE}/{KEY}")
    text = browser.page.select_one("main").get_text(" ", strip=True)
    for said in ("SAML 2.0", "https://sp.example/late", "(Artifact)"):
        assert said in text
    assert certificate("saml application").subject.rfc4514_string() in text
    for word in ("'binding'", "{", "BEGIN CERTIFICATE", "friendly_name", "national_id"):
        assert word not in text


def test_each_choice_has_its_words() -> None:
    assert set(dict(ANSWERED)) == set(ACS_BINDINGS)
    assert set(dict(TOLD_OF_LOGOUT)) == set(SLO_BINDINGS)
    assert set(dict(FORMATS_SAID)) == {"", *FORMATS}
    assert set(TELLABLE) == set(SOURCES) | set(READERS)
