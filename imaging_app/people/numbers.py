# SPDX-License-Identifier: Apache-2.0
"""Numbers of professionals in the national registers, as somebody types them."""

from typing import Final

RPPS_DIGITS: Final = 11
ADELI_DIGITS: Final = 9


def fault_of(number: str) -> str:
    """A word for what is wrong with it: `rpps` where it is none, `key` where it is mistyped."""
    if not (number.isascii() and number.isdigit()):
        return "rpps"
    if len(number) == RPPS_DIGITS:
        return "" if int(number) and _luhn(number) else "key"
    return "" if len(number) == ADELI_DIGITS else "rpps"


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B, as the register makes its last digit."""
    doubled = (int(one) * 2 for one in digits[-2::-2])
    total = sum(map(int, digits[-1::-2])) + sum(one - 9 if one > 9 else one for one in doubled)
    return total % 10 == 0
