# SPDX-License-Identifier: Apache-2.0
"""Whether birth date and first name are the patient's: the same work for every answer."""

import hashlib
import hmac

from imaging_app.people.folding import fold

# As many names are compared as the longest list of first names has, whoever the patient is.
MOST_NAMES = 8
NO_DATE = "0000-00-00"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


NO_NAME = _digest("\x00 nobody")


def is_right(
    first_name: str, birth_date: str, first_names: str | None, used: str | None, born: str | None
) -> bool:
    """Compare what was typed with what is stored; None stands for a code that is none."""
    names = [*(first_names or "").split(",")[: MOST_NAMES - 1], used or ""]
    wanted = [_digest(fold(one)) if fold(one) else NO_NAME for one in names]
    wanted += [NO_NAME] * (MOST_NAMES - len(wanted))
    given = _digest(fold(first_name) or "\x00")
    # No early end, neither among the names nor between name and date.
    name_fits = 0
    for one in wanted:
        name_fits |= hmac.compare_digest(one, given)
    # An empty date says that it is unknown, on either side.
    date_fits = hmac.compare_digest(_digest(NO_DATE if born is None else born), _digest(birth_date))
    return bool(name_fits & date_fits & (born is not None))
