# SPDX-License-Identifier: Apache-2.0
"""The installed app: what is kept on a device, and that it is nobody's."""

import gc
import json
import re

import pytest

from imaging_app.paths import STATIC
from imaging_app.web.assets import Assets
from tests.imaging.web.conftest import PEOPLE


def told(browser):
    source = browser.get("/sw.js").text
    return json.loads(re.match(r"const PORTAL = (\{.*\});\n", source).group(1))


def test_the_manifest_names_what_is_there(scene):
    browser = scene.browser()
    answer = browser.get("/manifest.webmanifest")
    manifest = json.loads(answer.text)
    assert answer.content_type == "application/manifest+json"
    assert (manifest["scope"], manifest["display"], manifest["id"]) == ("/", "standalone", "/")
    assert {one["sizes"] for one in manifest["icons"]} == {"192x192", "512x512"}
    assert "maskable" in {one["purpose"] for one in manifest["icons"]}
    for one in manifest["icons"]:
        assert browser.get(one["src"]).content_type == "image/png"
    assert browser.get(manifest["start_url"]).status_code == 303


def test_the_list_of_what_is_kept_is_closed_and_the_same_for_everybody(scene):
    browser, doctor = scene.browser(), scene.inside("doctor")
    shell = told(browser)["shell"]
    assert shell == told(doctor)["shell"]
    assert set(shell) & {"/", "/session", "/professional", "/patient"} == set()
    for address in shell:
        assert address == "/offline" or address.startswith("/static/")
        ours, theirs = browser.get(address), doctor.get(address)
        assert ours.status_code == 200, address
        assert ours.data == theirs.data, address
        assert PEOPLE["doctor"]["name"] not in theirs.text if address == "/offline" else True


def test_the_worker_changes_with_any_file_of_the_shell(tmp_path):
    for name in ("a.css", "b.js"):
        (tmp_path / name).write_text(name)
    before = Assets(tmp_path)
    (tmp_path / "b.js").write_text("another")
    after = Assets(tmp_path)
    assert before.version() != after.version()
    assert before.url("a.css") == after.url("a.css")
    assert before.url("b.js") != after.url("b.js")


def test_files_are_kept_by_their_contents_and_asked_for_otherwise(scene):
    browser = scene.browser()
    url = Assets().url("imaging.css")
    assert "immutable" in browser.get(url).headers["Cache-Control"]
    for other in ("/static/imaging.css", "/static/imaging.css?v=000000000000"):
        assert browser.get(other).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_that_is_not_sent_is_closed(scene, method):
    client = scene.browser().client
    path, home = "/static/js/recent.js", scene.home
    first = client.get(path, base_url=home)
    first.get_data()
    first.close()
    asked = {"If-None-Match": first.headers["ETag"]} if method == "GET" else {}
    answer = client.open(path, method=method, base_url=home, headers=asked)
    assert answer.status_code == (304 if method == "GET" else 200)
    # An open file that nobody holds any more is told of as a fault here.
    del answer, first
    gc.collect()


def test_scripts_import_only_what_is_there():
    for script in (STATIC / "js").glob("*.js"):
        for name in re.findall(r'from "\./([\w-]+\.js)"', script.read_text("utf-8")):
            assert (STATIC / "js" / name).is_file()
