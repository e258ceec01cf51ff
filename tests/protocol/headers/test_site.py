# SPDX-License-Identifier: Apache-2.0
"""A registration with faults is refused whole, each fault in a sentence."""

from pathlib import Path
from typing import Any

import pytest

from idp.applications.registration import read_registration
from idp.cli.registrations import Reading, read_folder
from idp.headers.site import check_site, read_site
from tests.protocol.headers.kit import SITE, document

LED_ASTRAY = ("/\r\nSet-Cookie: a=b", "/\tb", "/ b", "/é", "/a\\b", "/*", "/#a")
MEANS = frozenset({"password"})


def faults_of(**headers: Any) -> list[str]:
    return [str(one) for one in check_site(read_registration(document(headers=headers), MEANS))]


def test_a_registration_as_it_should_be() -> None:
    site = read_site(read_registration(document(), MEANS))
    assert site.origins == (SITE,)
    assert site.sector == "old.example"
    assert site.scopes == ("profile", "email")


@pytest.mark.parametrize(
    "origin",
    [
        "http://old.example",
        "https://old.example/",
        "https://OLD.example",
        "https://old.example:443",
        "https://user@old.example",
        "https://*.example",
        "ftp://old.example",
        "old.example",
        "",
    ],
)
def test_an_address_that_is_none(origin: str) -> None:
    assert any(one.startswith("headers.origins") for one in faults_of(origins=[origin]))


@pytest.mark.parametrize("origin", ["http://localhost:8003", "http://127.0.0.1:8003"])
def test_an_address_of_this_machine(origin: str) -> None:
    assert not faults_of(origins=[origin])


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "cookie", "X_Remote_User", "X-Forwarded-User", "X-Sceau-Proxy"),
        *("Authorization", "Content-Length", "Remote User", "Sec-User", "é", "", "A\r\nB"),
    ],
)
def test_wb_031_a_name_that_no_header_may_have(name: str) -> None:
    assert any("is not a name" in one for one in faults_of(names={name: "name"}))
    if name:
        assert any("is not a name" in one for one in faults_of(signed_header=name))


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"origins": []}, "headers.origins"),
        ({"origins": SITE}, "headers.origins"),
        ({"origins": [SITE, "https://two.example"]}, "headers.sector"),
        ({"names": {}}, "headers.names"),
        ({"names": {"X-User": "password"}}, "headers.names.X-User"),
        *(({"names": {"X-User": one}}, "headers.names.X-User") for one in (["name"], {}, 1, None)),
        (
            {"names": {"X-User": "name", "x-user": "level"}},
            "headers.names: number 2: name: one is named twice",
        ),
        (
            {"names": {"X-User": "name"}, "signed_header": "X-USER"},
            "headers.signed_header: one is named",
        ),
        ({"values": "latin-1"}, "headers.values"),
        ({"logout_path": "logout"}, "headers.logout_path"),
        ({"logout_path": "/.sceau/back"}, "headers.logout_path"),
        ({"logout_path": 1}, "headers.logout_path"),
        ({"logged_out": "https://evil.example/"}, "headers.logged_out"),
        *(({"logged_out": SITE + one}, "headers.logged_out") for one in LED_ASTRAY),
        ({"logged_out": "https://[x"}, "headers.logged_out"),
        ({"logged_out": "https://old.example@evil.example/"}, "headers.logged_out"),
        ({"origins": ["https://[:::]"]}, "headers.origins"),
        ({"origins": [SITE, "https://[:::]"]}, "headers.origins"),
        ({"signed_life": 0}, "headers.signed_life"),
        ({"signed_life": True}, "headers.signed_life"),
        ({"strange": 1}, "headers.strange: unknown"),
    ],
)
def test_every_other_fault(settings: dict[str, Any], fault: str) -> None:
    assert any(one.startswith(fault) for one in faults_of(**settings)), faults_of(**settings)


REGISTRATION = """
key = "old"
name = "Old"
protocol = "headers"
client_secret_file = "old.secret"
[headers]
origins = ["{origin}"]
[headers.names]
X-Remote-User = "identifier"
"""


def read(folder: Path, origin: str = SITE) -> Reading:
    (folder / "old.toml").write_text(REGISTRATION.format(origin=origin))
    secret = folder / "old.secret"
    secret.touch(0o600)
    secret.write_text("x" * 40)
    return read_folder(folder, None)


def test_a_file_is_read_with_the_secret_of_its_proxy(tmp_path: Path) -> None:
    reading = read(tmp_path)
    assert reading.faults == []
    assert [one.secret for one in reading.candidates] == ["x" * 40]


def test_a_file_with_faults_is_refused(tmp_path: Path) -> None:
    reading = read(tmp_path, "http://old.example")
    assert not reading.candidates
    assert len(reading.faults) == 1
    assert "headers.origins" in reading.faults[0]
