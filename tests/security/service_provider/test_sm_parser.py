# SPDX-License-Identifier: Apache-2.0
"""SM-016 and SM-017 against the kit's own parser: nothing is built of what is too much."""

import pytest

from relying_parties.kit.saml.xml import Malformed, parse

ATTRIBUTES = [f"a{number}='1'" for number in range(41)]
PREFIXES = [f"xmlns:n{number}='u{number}'" for number in range(41)]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", Malformed.FORBIDDEN),
        (f"<x>{'<y>' * 40}{'</y>' * 40}</x>", Malformed.TOO_DEEP),
        (f"<x>{'<y/>' * 5_000}</x>", Malformed.TOO_MANY),
        (f"<x {' '.join(ATTRIBUTES)}/>", Malformed.TOO_MANY),
        (f"<x {' '.join(PREFIXES)}/>", Malformed.TOO_MANY),
        (f"<x>{'a' * 300_000}</x>", Malformed.TOO_LARGE),
    ],
)
def test_sm_016_017_what_is_too_much_is_refused(document: str, why: Malformed) -> None:
    assert parse(document.encode(), "x") is why


def test_sm_017_control_just_inside_of_the_bounds() -> None:
    inside = f"<y {' '.join(PREFIXES[1:])}/>" * 9
    assert not isinstance(parse(f"<x>{inside}</x>".encode(), "x"), Malformed)
