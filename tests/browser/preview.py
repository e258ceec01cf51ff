# SPDX-License-Identifier: Apache-2.0
"""Photographs every page template with sample data, so that the look is judged without a server.

    python -m tests.browser.preview OUT [--only NAME…] [--shots NAME…] [--axe] [--catalogue TSV]

Pages are rendered under the same content security policy as the real ones and photographed in
French and English, light and dark, from a wide desktop to a 320 px phone.
"""

from __future__ import annotations

import argparse
import hashlib
import mimetypes
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jinja2
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser.preview_samples import SAMPLES, shell

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "idp" / "static"
CATALOGUE = ROOT / "idp" / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
ORIGIN = "http://sceau.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Catalogue = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for, and the texts found untranslated on the way."""

    out: Path
    axe: bool
    french: Catalogue
    missing: set[str]


@dataclass(frozen=True, slots=True)
class Shot:
    """One way of looking at a page."""

    name: str
    width: int
    height: int
    locale: str = "fr"
    scheme: Literal["light", "dark"] = "light"
    scale: float = 1
    media: Literal["screen", "print"] = "screen"
    script: bool = True
    contrast: Literal["none", "active"] = "none"


SHOTS = (
    Shot("desktop", 1280, 860),
    Shot("dark", 1280, 860, scheme="dark"),
    Shot("tablet", 768, 1024),
    Shot("phone", 375, 740, scale=2),
    Shot("phone-dark", 375, 740, scheme="dark", scale=2),
    Shot("narrow", 320, 640, scale=2),
    Shot("zoom", 640, 430, scale=2),
    Shot("english", 1280, 860, locale="en"),
    Shot("plain", 1280, 860, script=False),
    Shot("forced", 1280, 860, contrast="active"),
    Shot("print", 794, 1123, media="print"),
)


def read_catalogue(path: Path) -> Catalogue:
    """French texts by English msgid, from a .po file or a tab-separated draft."""
    if not path.exists():
        return {}
    if path.suffix == ".tsv":
        rows = (line.split("\t", 1) for line in path.read_text("utf-8").splitlines() if line)
        return {row[0]: row[1].strip() for row in rows if len(row) == 2}
    with path.open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream) if m.id and m.string}


def translate_into(locale: str, french: Catalogue, missing: set[str]) -> Callable[[str], str]:
    """A gettext for one language that remembers what it could not say."""

    def gettext(text: str) -> str:
        if locale == "en":
            return text
        if text not in french:
            missing.add(text)
        return french.get(text, text)

    return gettext


def build_environment(gettext: Callable[[str], str]) -> jinja2.Environment:
    """The templates as the application sees them: escaped, strict, translated."""

    def ngettext(one: str, many: str, number: int) -> str:
        return gettext(one if number == 1 else many)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds this method at run time.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True
    )
    return environment


def static(path: str) -> str:
    """The address of a static file, with its content's hash."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def render(name: str, locale: str, french: Catalogue, missing: set[str]) -> str:
    """The HTML of one sample page."""
    gettext = translate_into(locale, french, missing)
    template, context = SAMPLES[name](gettext)
    return (
        build_environment(gettext)
        .get_template(template)
        .render(**{**shell(locale), "static": static, "here": f"/{name}", **context})
    )


def serve(page: Page, pages: Mapping[str, str]) -> None:
    """Answer the browser's requests from the templates and the static folder, and nothing else."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0].lstrip("/")
        if route.request.method == "POST":
            route.fulfill(status=204)  # the page stays, to be photographed
        elif path.startswith("static/"):
            file = STATIC / path.removeprefix("static/")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)
        elif path in pages:
            headers = {
                "Content-Security-Policy": POLICY,
                "Content-Type": "text/html; charset=utf-8",
            }
            route.fulfill(body=pages[path], headers=headers)
        else:
            route.fulfill(status=404, body="")

    page.route("**/*", answer)


def find_faults(page: Page) -> list[str]:
    """What axe refuses, and any sideways scrolling."""
    results = Axe().run(page, options={"runOnly": RULES}).response
    faults = [
        f"{fault['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for fault in results["violations"]
        for node in fault["nodes"]
    ]
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*faults, f"scrolls sideways by {beyond} px"] if beyond > 0 else faults


def photograph(browser: Browser, shot: Shot, names: list[str], options: Options) -> list[str]:
    """Take one kind of picture of every page; returns what was found wrong."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        device_scale_factor=shot.scale,
        color_scheme=shot.scheme,
        locale=shot.locale,
        java_script_enabled=shot.script,
        forced_colors=shot.contrast,
        reduced_motion="reduce",
        bypass_csp=False,
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    serve(page, {n: render(n, shot.locale, options.french, options.missing) for n in names})
    page.emulate_media(media=shot.media)
    found = []
    for name in names:
        page.goto(f"{ORIGIN}/{name}")
        if options.axe and shot.script:
            faults += find_faults(page)
        page.screenshot(path=options.out / f"{name}--{shot.name}.png", full_page=True)
        found += [f"{name} {shot.name}: {fault}" for fault in faults]
        faults.clear()
    context.close()
    return found


def read_options(arguments: list[str]) -> tuple[Options, list[str], list[Shot]]:
    """The command line, as what to photograph and how."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--only", nargs="*", default=[], help="pages whose name begins so")
    parser.add_argument("--shots", nargs="*", default=[], help=", ".join(s.name for s in SHOTS))
    parser.add_argument("--axe", action="store_true", help="also check accessibility")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    names = [n for n in SAMPLES if not given.only or n.startswith(tuple(given.only))]
    shots = [s for s in SHOTS if not given.shots or s.name in given.shots]
    return Options(given.out, given.axe, read_catalogue(given.catalogue), set()), names, shots


def main(arguments: list[str]) -> int:
    """Photograph; say what is wrong; 1 when anything is."""
    options, names, shots = read_options(arguments)
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for shot in shots:
            faults += photograph(browser, shot, names, options)
        browser.close()
    faults += [f"no French for: {text}" for text in sorted(options.missing)]
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
