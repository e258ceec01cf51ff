# SPDX-License-Identifier: Apache-2.0
"""Six digits every thirty seconds."""

import hmac
import re
from typing import Final

import pyotp

# RFC 6238 §5.2, and what every app does whatever it is told: SHA-1, six digits, thirty seconds.
PERIOD: Final = 30
# RFC 6238 §5.2: at most one step back for the way of the code, and one ahead for a fast clock.
WINDOW: Final = (-1, 0, 1)
# ASCII digits only: `int()` takes those of every script, and underscores (CR-004). Apps show the
# six in two halves, and people copy them so.
FORM: Final = re.compile(r"([0-9]{3}) ?([0-9]{3})")


def read_code(typed: str) -> str | None:
    """The six digits of what was typed; None for anything else."""
    found = FORM.fullmatch(typed.strip())
    return "".join(found.groups()) if found else None


def find_step(seed: str, code: str, now: int) -> int | None:
    """The newest step at which an app with this seed shows this code; None outside the window."""
    source, middle = pyotp.HOTP(seed), now // PERIOD
    steps = [middle + shift for shift in WINDOW]
    # Each is compared, and in full: the time it takes says nothing.
    fitting = [step for step in steps if hmac.compare_digest(source.at(step), code)]
    return max(fitting, default=None)
