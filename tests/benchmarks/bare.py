# SPDX-License-Identifier: Apache-2.0
"""The yardstick: a Flask route that does nothing, under the same server."""

from flask import Flask

app = Flask(__name__)


@app.get("/bare")
def bare() -> dict[str, bool]:
    """The smallest JSON answer."""
    return {"ok": True}
