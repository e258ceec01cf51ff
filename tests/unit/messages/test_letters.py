# SPDX-License-Identifier: Apache-2.0
"""Every message in words: both languages, text and HTML, and nothing that people typed runs."""

import re

import pytest
from bs4 import BeautifulSoup

from idp import paths
from idp.errors import Breakdown
from idp.http.letters import GSM, Letters
from idp.messages.alarms import Cause
from tests.world import ISSUER, settings_for

AT, PLACE = "3 mai 2026, 10:02", "192.0.2.1"
LINK = f"{ISSUER}/account"
HOSTILE = "Claire {{7*7}} {% raise %} ${x} {0.__class__} %(code)s <b>M</b>\r\nBcc: x@evil.example"
VALUES = {
    "login-code": {"code": "012345", "minutes": 15, "application": "DCC"},
    "address-code": {"code": "012345", "minutes": 5},
    "account-code": {"code": "012345", "minutes": 5},
    "reset-link": {"name": "Claire", "link": f"{ISSUER}/reset/x", "minutes": 30},
    "temporary-password": {
        "name": "Claire",
        "identifier": "cmartin",
        "password": "Renard-7-Moulin",
        "minutes": 60,
        "link": f"{ISSUER}/",
    },
    "password-changed": {"name": "Claire", "at": AT, "place": PLACE},
    "password-expiry": {"name": "Claire", "days": 7, "link": LINK},
    "address-changed": {"name": "Claire", "kind": "email", "shown": "c•••@x.example", "at": AT},
    "means-added": {"name": "Claire", "means": "totp", "label": "Téléphone", "at": AT},
    "means-removed": {"name": "Claire", "means": "recovery", "label": "", "at": AT},
    "new-device": {"name": "Claire", "device": "Firefox", "place": PLACE, "at": AT, "link": LINK},
    "means-disabled": {"name": "Claire", "means": "otp", "at": AT},
    "address-taken": {},
    "account-disabled": {"name": "Claire", "at": AT},
    "alarm": {"cause": "logins", "country": "", "count": 120, "total": 130, "at": AT},
    "registration-confirm": {"name": "Claire", "link": LINK, "hours": 24},
    "registration-resume": {"name": "Claire", "link": LINK, "hours": 24},
    "registration-received": {"name": "Claire", "link": LINK},
    "registration-known": {"what": "email", "link": LINK},
    "request-approved": {
        "name": "Claire",
        "identifier": "cmartin",
        "link": f"{ISSUER}/activate/x",
        "until": AT,
    },
    "request-approved-password": {
        "name": "Claire",
        "identifier": "cmartin",
        "password": "Renard-7-Moulin",
        "link": f"{ISSUER}/login",
        "until": AT,
    },
    "request-attached": {"name": "Claire", "link": f"{ISSUER}/login"},
    "request-refused": {"name": "Claire", "reason": "Une copie manque.", "link": LINK},
    "request-returned": {
        "name": "Claire",
        "asked": "Une copie du diplôme.",
        "link": f"{ISSUER}/registration/resume/x",
        "until": AT,
    },
    "approval-asked": {
        "name": "Claire",
        "application": "DCC",
        "at": AT,
        "minutes": 5,
        "link": f"{ISSUER}/account/requests/x",
        "phone": 1,
    },
    "requests-waiting": {"name": "Claire", "fresh": 2, "waiting": 3, "oldest": AT, "link": LINK},
    "account-changed": {
        "name": "Claire",
        "what": "consent",
        "about": "DCC",
        "at": AT,
        "link": LINK,
    },
}
SMS = ("login-code", "address-code", "account-code", "temporary-password", "approval-asked")


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    file = tmp_path_factory.mktemp("letters") / "none.sqlite3"
    help_at = {"REGION_SUPPORT_EMAIL": "aide@sceau.example", "REGION_SUPPORT_PHONE": "02 61 91"}
    return Letters(settings_for(f"sqlite:///{file}", **help_at))


def test_every_template_is_tried_here():
    mail = {one.stem for one in (paths.templates() / "mail").iterdir()} - {"layout", "words"}
    sms = {one.stem for one in (paths.templates() / "sms").iterdir()}
    assert (mail, sms) == (set(VALUES), set(SMS))


def test_every_cause_of_an_alarm_has_a_mail_of_its_own(letters):
    said = {}
    for cause in Cause:
        values = VALUES["alarm"] | {"cause": cause.value}
        values["country"] = "LV" if cause is Cause.COUNTRY else ""
        said[cause] = letters.render("email", "alarm", "en", values)
    assert len({one.text for one in said.values()}) == len(Cause)
    assert len({one.html for one in said.values()}) == len(Cause)
    # What a country's codes and all codes are about is the same, and is in the text.
    assert len({one.subject for one in said.values()}) == len(Cause) - 1


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("purpose", VALUES)
def test_every_mail_says_all_of_it_in_text_and_in_html(letters, purpose, locale):
    rendered = letters.render("email", purpose, locale, VALUES[purpose])
    page = BeautifulSoup(rendered.html, "html.parser")
    assert page.html["lang"] == locale
    assert page.title.string == rendered.subject == page.h1.string
    assert 5 < len(rendered.subject) < 80
    shown = [
        str(v)
        for k, v in VALUES[purpose].items()
        if k not in {"kind", "means", "what", "days", "cause"}
    ]
    for value in [*shown, "aide@sceau.example", "02 61 91"]:
        assert value in rendered.text + rendered.subject, value
        assert value in page.get_text() + str(page.a), value
    for text in (rendered.text, page.get_text()):
        assert "{{" not in text
        assert "%(" not in text
    assert [one["href"] for one in page.find_all("a")] == [
        value for name, value in VALUES[purpose].items() if name == "link"
    ]
    # Nothing is fetched by whoever opens it: nobody learns that it was read.
    assert not page.find_all(["img", "link", "script", "iframe"])
    assert not re.search(r"url\(|@import|src=", rendered.html)


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("purpose", VALUES)
def test_cr_010_a_subject_gives_nothing_away(letters, purpose, locale):
    """It stands in the logs of mail servers, and on screens that are locked."""
    subject = letters.render("email", purpose, locale, VALUES[purpose]).subject
    for name in VALUES[purpose].keys() & {"code", "password", "link", "identifier"}:
        assert str(VALUES[purpose][name]) not in subject


@pytest.mark.parametrize(
    ("means", "words"), [("password", "Forgotten password?"), ("otp", "Write")]
)
def test_what_was_switched_off_says_how_it_comes_back(letters, means, words):
    values = VALUES["means-disabled"] | {"means": means}
    rendered = letters.render("email", "means-disabled", "en", values)
    assert words in rendered.text
    assert words in rendered.html


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("identity", "details"),
        ("consent", "withdrawn"),
        ("sessions", "sessions but one"),
        ("data", "downloaded"),
    ],
)
def test_what_changed_is_said(letters, what, words):
    values = VALUES["account-changed"] | {"what": what}
    rendered = letters.render("email", "account-changed", "en", values)
    assert words in rendered.text
    assert words in rendered.html


# What nobody types.
KEPT = {"kind", "link", "means", "what"}


@pytest.mark.parametrize("purpose", [name for name, values in VALUES.items() if set(values) - KEPT])
def test_wb_008_cr_023_what_people_typed_stays_what_it_is(letters, purpose):
    plain = " ".join(HOSTILE.split())
    values = {
        name: value if name in KEPT or isinstance(value, int) else HOSTILE
        for name, value in VALUES[purpose].items()
    }
    rendered = letters.render("email", purpose, "en", values)
    assert "\n" not in rendered.subject
    assert "\r" not in rendered.subject + rendered.text + rendered.html
    assert plain in rendered.text
    assert not re.search(r"^\s*Bcc:", rendered.text, re.MULTILINE)
    page = BeautifulSoup(rendered.html, "html.parser")
    assert plain in page.get_text()
    assert page.b is None


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("purpose", SMS)
def test_an_sms_fits_into_one(letters, purpose, locale):
    text = letters.render("sms", purpose, locale, VALUES[purpose]).text
    assert len(text) <= 160
    assert set(text) <= GSM
    assert "%(" not in text


@pytest.mark.parametrize("purpose", ["login-code", "address-code", "account-code"])
def test_a_code_by_sms_is_bound_to_our_site(letters, purpose):
    text = letters.render("sms", purpose, "fr", VALUES[purpose]).text
    # Origin-bound one-time codes: the last line, and nothing after it.
    assert text.endswith("\n\n@sceau.example #012345")


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(("minutes", "told"), [(45, "45 minutes"), (1440, "24 h")])
def test_a_temporary_password_by_sms_names_nobody(letters, locale, minutes, told):
    """CR-010: whoever sees the screen has no account to try it on."""
    values = VALUES["temporary-password"] | {"minutes": minutes}
    text = letters.render("sms", "temporary-password", locale, values).text
    assert values["password"] in text
    assert told in text
    assert "cmartin" not in text
    assert "Claire" not in text


def test_an_sms_of_a_name_outside_gsm_is_longer_and_whole(letters):
    values = VALUES["login-code"] | {"application": "Перинат"}
    assert "Перинат" in letters.render("sms", "login-code", "en", values).text
    values = VALUES["login-code"] | {"application": "Périnat’ Forêt"}
    assert "Périnat' Foret" in letters.render("sms", "login-code", "en", values).text


def test_a_code_without_an_application(letters):
    values = VALUES["login-code"] | {"application": ""}
    assert "DCC" not in letters.render("email", "login-code", "en", values).text
    assert "Sceau" in letters.render("sms", "login-code", "en", values).text


def test_one_day_is_told_as_one(letters):
    for days, words in ((1, "tomorrow"), (15, "15 days")):
        values = VALUES["password-expiry"] | {"days": days}
        assert words in letters.render("email", "password-expiry", "en", values).subject


@pytest.mark.parametrize("language", ["de", "", "../fr", "fr_FR"])
def test_another_language_is_the_default_one(letters, language):
    values = VALUES["login-code"]
    expected = letters.render("email", "login-code", "fr", values)
    assert letters.render("email", "login-code", language, values) == expected


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/reset/x",
        "https://sceau.example.evil.example/",
        "https://sceau.example@evil.example/",
        "//sceau.example/",
        "javascript:alert(1)",
        "",
    ],
)
def test_cr_042_a_message_leads_to_our_own_address_alone(letters, link):
    with pytest.raises(Breakdown):
        letters.render("email", "reset-link", "fr", VALUES["reset-link"] | {"link": link})


@pytest.mark.parametrize("purpose", ["../base", "layout/../login-code", "", "Login-code", "x\n"])
def test_a_purpose_is_no_path(letters, purpose):
    with pytest.raises(Breakdown):
        letters.render("email", purpose, "fr", {})


def test_a_missing_value_is_a_fault_of_ours(letters):
    with pytest.raises(Exception, match="minutes"):
        letters.render("email", "login-code", "fr", {"code": "1", "application": ""})
