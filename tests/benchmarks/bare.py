# SPDX-License-Identifier: Apache-2.0
"""The yardstick: a Flask route that does nothing, served exactly as `sceau run` serves."""

import os
from collections.abc import Callable
from typing import Any

from flask import Flask

from idp.cli import run
from idp.config import load


def load_bare() -> Callable[..., Any]:
    """What the worker serves."""
    app = Flask(__name__)

    @app.get("/bare")
    def bare() -> dict[str, bool]:
        return {"ok": True}

    return app


if __name__ == "__main__":
    run.load_application = load_bare
    run.serve(load(None, os.environ))
