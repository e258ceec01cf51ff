# SPDX-License-Identifier: Apache-2.0
"""What another provider said at a login, for whoever tries it out: nothing is decided by it.

It rides among the claims of the verified identity, whatever protocol it came by.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

# By name, what it told of the person; and its word for how they logged in there.
SAID: Final = "said"
WORD: Final = "word"
MOST: Final = 60
LONGEST: Final = 256


def recounted(told: Mapping[str, Any], word: object) -> dict[str, Any]:
    """Both, as claims of an identity: short texts, whatever was told."""
    names = sorted(str(one) for one in told)[:MOST]
    return {
        SAID: {_text(name): _text(told[name]) for name in names if name in told},
        WORD: _text(word) if isinstance(word, str) else "",
    }


def _text(value: object) -> str:
    found = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    plain = found[:LONGEST].encode("utf-8", "replace").decode()
    return "".join(one if one.isprintable() else " " for one in plain)
