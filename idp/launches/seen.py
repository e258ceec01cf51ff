# SPDX-License-Identifier: Apache-2.0
"""Under which name the launches of a source are noted beside the requests of applications."""

from typing import Final

# In whose name no source is registered.
NOBODY: Final = ""


def seen_as(key: str) -> str:
    """No application's key has a colon in it."""
    return f"launch:{key}"
