# SPDX-License-Identifier: Apache-2.0
"""What makes the portal an app on a phone: manifest, service worker, the page without a network.

The worker keeps a closed list of files of the shell, the same for everybody, and nothing else: no
page of anybody, no answer, no image.
"""

import json

from flask import Flask, jsonify, make_response, render_template
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from imaging_app.paths import STATIC
from imaging_app.web.assets import Assets
from imaging_app.web.portal import Portal

SHELL = (
    "imaging.css",
    "icons/imaging.svg",
    "icons/192.png",
    "js/offline.js",
    "js/worker.js",
)
# What these scripts import, under the names that they import it by.
IMPORTED = ("/static/js/recent.js",)
OFFLINE = "/offline"
ICONS = (
    ("192", "192x192", "any"),
    ("512", "512x512", "any"),
    ("maskable-512", "512x512", "maskable"),
)


def add_installed_pages(app: Flask, portal: Portal, assets: Assets, names: tuple[str, str]) -> None:
    """`/manifest.webmanifest`, `/sw.js`, `/offline`."""
    source = (STATIC / "sw.js").read_text("utf-8")
    shell = [OFFLINE, *(assets.url(one) for one in SHELL), *IMPORTED]
    told = {"version": assets.version(), "offline": OFFLINE, "shell": shell}
    worker = f"const PORTAL = {json.dumps(told)};\n{source}"

    @app.get("/manifest.webmanifest")
    def manifest() -> Response:
        document = {
            "id": "/",
            "name": names[1],
            "short_name": names[0],
            "description": _("Imaging exams, shared with the people who care for you."),
            "lang": str(get_locale() or "fr"),
            "start_url": "/enter",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f4f7f9",
            "theme_color": "#16324f",
            "icons": [
                {
                    "src": assets.url(f"icons/{file}.png"),
                    "sizes": sizes,
                    "type": "image/png",
                    "purpose": purpose,
                }
                for file, sizes, purpose in ICONS
            ],
        }
        response = make_response(jsonify(document))
        response.content_type = "application/manifest+json"
        return response

    @app.get("/sw.js")
    def service_worker() -> Response:
        response = make_response(worker)
        response.content_type = "text/javascript; charset=utf-8"
        return response

    @app.get(OFFLINE)
    def offline() -> Response:
        portal.login.as_nobody()
        return make_response(render_template("imaging_app/offline.html"))
