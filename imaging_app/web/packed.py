# SPDX-License-Identifier: Apache-2.0
"""Large files of the shell go out as they were packed when they were built.

The viewer's script is less than a quarter so: on a phone's line that spares three seconds. Only
files that are the same for everybody: what holds a secret of somebody's is never packed (BREACH).
"""

from typing import Final

from flask import Flask, request
from werkzeug.wrappers import Response

from imaging_app.web.assets import Assets

# The smallest first, by the name that HTTP gives it and the ending that the build gives it.
WAYS: Final = (("br", ".br"), ("gzip", ".gz"))


def add_packed_files(app: Flask, assets: Assets) -> None:
    """In the place of what Flask does for `/static/…`."""

    def send(filename: str) -> Response:
        ways = [(coding, end) for coding, end in WAYS if assets.has(filename + end)]
        for coding, ending in ways:
            if request.accept_encodings[coding] > 0:
                # Its kind and its coding follow from its name.
                response = app.send_static_file(filename + ending)
                break
        else:
            response = app.send_static_file(filename)
        if ways:
            response.vary.add("Accept-Encoding")
        return response

    app.view_functions["static"] = send
