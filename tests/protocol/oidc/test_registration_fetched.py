# SPDX-License-Identifier: Apache-2.0
"""What is fetched for an application that registers itself: its picture and its sector alone."""

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from idp.applications import logos
from idp.oidc import registration
from tests.protocol.kit import settled
from tests.protocol.oidc.newcomers import (
    BACK,
    SITE,
    WORDS,
    Newcomer,
    Shelf,
    invite,
    join,
    post,
    refused,
)
from tests.world import World


@pytest.mark.parametrize(
    "words",
    [
        {"jwks_uri": "https://10.0.0.7/keys", "token_endpoint_auth_method": "private_key_jwt"},
        {"jwks_uri": "https://localhost/keys", "token_endpoint_auth_method": "private_key_jwt"},
        {"logo_uri": "https://169.254.169.254/latest"},
        {"sector_identifier_uri": "https://[::1]/sector"},
        {"backchannel_logout_uri": "https://192.168.1.1/out"},
        {"backchannel_client_notification_endpoint": "https://192.168.1.1/ping"},
        {"request_uris": ["https://127.0.0.1/request.jwt"], "jwks": {"keys": []}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_oa_160_no_address_of_the_inside_is_taken_or_asked(
    inviting: World, shelf: Shelf, words: dict[str, Any]
) -> None:
    refused(post(inviting, WORDS | words, invite(inviting)), "invalid_client_metadata")
    assert shelf.asked == []


def picture(kind: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(out, kind)
    return out.getvalue()


def test_its_logo_is_fetched_once_and_shown_from_here(inviting: World, shelf: Shelf) -> None:
    uri = f"{SITE}/logo.png"
    shelf.held[uri] = picture("PNG")
    told = join(inviting, logo_uri=uri)
    assert told["logo_uri"] == uri
    assert shelf.asked == [uri]
    client, browser = Newcomer(inviting, told["client_id"]), settled(inviting)
    client.ask(browser, scope="openid profile")
    text = browser.last.get_data(as_text=True)
    assert f"/applications/{client.key}/logo?v=" in text
    assert uri not in text
    assert shelf.asked == [uri]


def test_a_large_logo_becomes_a_small_one(inviting: World, shelf: Shelf) -> None:
    out = BytesIO()
    Image.new("RGB", (400, 300), (200, 30, 30)).save(out, "PNG", compress_level=0)
    shelf.held[f"{SITE}/logo.png"] = out.getvalue()
    assert len(out.getvalue()) > logos.LARGEST
    told = join(inviting, logo_uri=f"{SITE}/logo.png")
    with inviting.core.database.read() as tx:
        kept = logos.load(tx, told["client_id"])
    assert kept is not None
    assert len(kept.content) < 2000


@pytest.mark.parametrize(
    "held", [None, b"<svg onload=alert(1)>", b"GIF", b"\x89PNG\r\n\x1a\n" + b"x" * 600_000]
)
def test_a_logo_that_is_none(inviting: World, shelf: Shelf, held: bytes | None) -> None:
    uri = f"{SITE}/logo.png"
    if held is not None:
        shelf.held[uri] = held
    refused(post(inviting, WORDS | {"logo_uri": uri}, invite(inviting)), "invalid_client_metadata")


def test_oa_160_fetching_holds_few_threads(
    inviting: World, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.held[f"{SITE}/logo.png"] = picture("PNG")
    words, token = WORDS | {"logo_uri": f"{SITE}/logo.png"}, invite(inviting, places=20)
    answers: list[int] = []

    def slow(method: str, url: str, **more: Any) -> Any:
        # While this one is on its way, the next comes.
        if len(answers) < 2 * registration.MOST_FETCHING and len(shelf.asked) < 20:
            found = shelf.fetch(method, url, **more)
            answers.append(post(inviting, words, token).status_code)
            return found
        return shelf.fetch(method, url, **more)

    monkeypatch.setattr(inviting.core.fetcher, "fetch", slow)
    assert post(inviting, words, token).status_code == 201
    assert len(shelf.asked) == registration.MOST_FETCHING
    assert answers == [503] + [201] * (registration.MOST_FETCHING - 1)
    # Whoever has nothing fetched waits for nobody, and each place is free again.
    join(inviting, token)
    assert post(inviting, words, token).status_code == 201


def test_its_pages_on_privacy_and_terms_are_shown(inviting: World) -> None:
    pages = {"policy_uri": f"{SITE}/privacy", "tos_uri": f"{SITE}/terms"}
    told = join(inviting, **pages)
    assert {name: told[name] for name in pages} == pages
    browser = settled(inviting)
    Newcomer(inviting, told["client_id"]).ask(browser, scope="openid profile")
    listed = browser.page.find(id="its-pages")
    assert listed is not None
    assert {one["href"] for one in listed.find_all("a")} == set(pages.values())
    # And before that, for whoever still has to log in.
    browser = inviting.browser()
    Newcomer(inviting, told["client_id"]).ask(browser, scope="openid profile")
    shown = {one["id"]: one["href"] for one in browser.page.select(".door-links a[id]")}
    assert shown == {"its-privacy": pages["policy_uri"], "its-terms": pages["tos_uri"]}
    with inviting.core.database.read() as tx:
        assert logos.load(tx, told["client_id"]) is None


def test_a_sector_that_names_all_addresses(inviting: World, shelf: Shelf) -> None:
    there, uris = "https://sector.example/list.json", [BACK, "https://other.example/cb"]
    words = {"redirect_uris": uris, "sector_identifier_uri": there, "subject_type": "pairwise"}
    shelf.held[there] = json.dumps([*uris, "https://more.example/"]).encode()
    told = join(inviting, **words)
    assert told["sector_identifier_uri"] == there
    with inviting.core.database.read() as tx:
        application = inviting.core.applications.load(tx, told["client_id"])
    assert application is not None
    speaks = inviting.provider.services.office.applications.speaks(application)
    person = inviting.cast["medecin"].id
    other = {**application.settings, "sector": "sector.example"}
    same = replace(application, settings=other)
    assert speaks.subject(application, person) == speaks.subject(same, person)


@pytest.mark.parametrize(
    "listed", [None, b"{}", b"[", b"[1]", json.dumps(["https://other.example/cb"]).encode()]
)
def test_a_sector_that_does_not(inviting: World, shelf: Shelf, listed: bytes | None) -> None:
    there = "https://sector.example/list.json"
    if listed is not None:
        shelf.held[there] = listed
    words = {"sector_identifier_uri": there, "subject_type": "pairwise"}
    refused(post(inviting, WORDS | words, invite(inviting)), "invalid_client_metadata")
