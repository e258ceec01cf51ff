# SPDX-License-Identifier: Apache-2.0
"""What a form was made from, as a short word: whether somebody changed it meanwhile."""

import hashlib
from dataclasses import asdict
from typing import Any


def version_of(record: Any) -> str:
    """The same for the same values; a dataclass of ours."""
    text = repr(sorted((name, str(one)) for name, one in asdict(record).items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
