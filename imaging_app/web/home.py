# SPDX-License-Identifier: Apache-2.0
"""The way in, and the first page of each space."""

from flask import Flask, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from imaging_app.web.portal import FORBIDDEN, Portal, refuse

SEE_OTHER = 303


def add_home_pages(app: Flask, portal: Portal) -> None:
    """`/`, and regions elsewhere."""

    @app.get("/")
    def landing() -> ResponseReturnValue:
        who = portal.who()
        if who is None:
            return render_template("imaging_app/landing.html", regions=portal.regions)
        if who.first is None:
            return refuse("no-place-here", FORBIDDEN)
        return redirect(url_for(who.first.value), SEE_OTHER)

    @app.get("/enter")
    @portal.login.require_login
    def enter() -> ResponseReturnValue:
        return redirect(url_for("landing"), SEE_OTHER)

    @app.get("/regions/<int:number>")
    def region(number: int) -> ResponseReturnValue:
        found = portal.regions.other(number) or abort(404)
        if found.url:
            return redirect(found.url, SEE_OTHER)
        return render_template("imaging_app/region.html", region=found)
