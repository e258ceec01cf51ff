# SPDX-License-Identifier: Apache-2.0
"""Pages that the content security policy lets through, and that fetch nothing from elsewhere."""

import re

import pytest

from tests.architecture.house import PRODUCT, ROOT, here, is_built, template_files

FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "text inside a script": re.compile(r"<script[^>]*>\s*[^\s<]", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"[\s\"']style\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"[\s\"']on[a-z]+\s*=\s*[\"'{]", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "remote file": re.compile(
        r"<(?:script|link|img|iframe|source|video|audio|object|embed|use|image)\b[^>]*"
        r"\b(?:src|href|srcset|data)\s*=\s*[\"']?(?:https?:)?//",
        re.IGNORECASE,
    ),
    # Markup from a variable is how a name becomes a script.
    "unescaped value": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
}
# Draws from its own table of shapes, which nobody can reach.
MAY_BE_RAW = {"templates/parts/icons.html"}
# An e-mail has no policy of contents, and brings its few lines of style along: nothing is fetched.
BRINGS_STYLE = {"templates/mail/layout.html"}
# A name of a vocabulary, never fetched.
NAMESPACES = re.compile(r"http://www\.w3\.org/(?:2000/svg|1999/xlink|1999/xhtml|2001/XMLSchema)")
REMOTE = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
STATIC = {".css", ".js", ".svg", ".webmanifest", ".html"}


def faults_of(source: str) -> list[str]:
    """What a page must not contain."""
    return [
        f"line {source.count(chr(10), 0, match.start()) + 1}: {name}"
        for name, pattern in FORBIDDEN.items()
        for match in pattern.finditer(source)
    ]


def test_pages_have_neither_inline_code_nor_remote_files():
    faults = [
        f"{here(path)} {fault}"
        for path in template_files()
        for fault in faults_of(path.read_text("utf-8"))
        if not (here(path) in MAY_BE_RAW and fault.endswith("unescaped value"))
        and not (here(path) in BRINGS_STYLE and fault.endswith("style element"))
    ]
    assert not faults


def test_static_files_name_no_other_machine():
    files = [
        path
        for package in PRODUCT
        for path in sorted((ROOT / package / "static").rglob("*"))
        # Words about where a library comes from; the policy of contents lets nothing be fetched.
        if path.suffix in STATIC and not is_built(path)
    ]
    assert files
    faults = [
        f"{here(path)} {match.group()}"
        for path in files
        for match in REMOTE.finditer(NAMESPACES.sub("", path.read_text("utf-8")))
    ]
    assert not faults


@pytest.mark.parametrize(
    "source",
    [
        "<script>go()</script>",
        "<script src='/a.js'>go()</script>",
        "<style>a{}</style>",
        '<p style="color:red">',
        '<a onclick="go()">',
        "<p onload='{{ x }}'>",
        '<a href="javascript:go()">',
        '<link rel="stylesheet" href="https://fonts.example/x.css">',
        '<img src="//cdn.example/x.png">',
        "{{ name | safe }}",
        "{% autoescape false %}",
    ],
)
def test_a_fault_is_seen(source):
    assert faults_of(source)


@pytest.mark.parametrize(
    "source",
    [
        '<script src="/static/js/sceau.js" defer></script>',
        '<a href="https://www.example.fr/">text on one = two</a>',
        '<link rel="stylesheet" href="{{ asset(\'sceau.css\') }}">',
        '<p class="style">',
    ],
)
def test_an_honest_page_passes(source):
    assert not faults_of(source)
