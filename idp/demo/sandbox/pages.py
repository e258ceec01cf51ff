# SPDX-License-Identifier: Apache-2.0
"""How its pages are made."""

from typing import Any, Final

from flask import Response, render_template
from werkzeug.wrappers import Response as Answer

from idp.demo.sandbox.memory import Memory

# Seconds.
LOOK_AGAIN: Final = 2
NO_STORE: Final = {"Cache-Control": "no-store"}


def page_of(memory: Memory, name: str, status: int = 200, **context: Any) -> Answer:
    """A page, which says what trouble it is in."""
    text = render_template(f"demo/sandbox/{name}.html", trouble=memory.trouble, **context)
    return Response(text, status, NO_STORE, content_type="text/html; charset=utf-8")


def again(page: Answer) -> Answer:
    """The browser looks again by itself in a moment."""
    page.headers["Refresh"] = str(LOOK_AGAIN)
    return page
