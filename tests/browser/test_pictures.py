# SPDX-License-Identifier: Apache-2.0
"""Pictures of the main pages for whoever wants to judge them: SHOTS=folder pytest …"""

import os

import pytest

from tests.browser.tour import EVERY

pytestmark = pytest.mark.skipif("SHOTS" not in os.environ, reason="SHOTS names no folder")

LOOKS = {
    "desktop": {},
    "phone": {"width": 375, "height": 740, "scale": 2},
    "dark": {"dark": True},
    "phone-dark": {"width": 375, "height": 740, "scale": 2, "dark": True},
    "english": {"locale": "en"},
}


@pytest.mark.parametrize("name", EVERY)
def test_a_picture(visit, shots, name: str) -> None:
    for look, how in LOOKS.items():
        somebody = visit(**how)
        EVERY[name](somebody)
        shots(somebody.page, f"{name}--{look}")
