# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.card_server card-door`: the program, with the authorities of a file."""

import os
from pathlib import Path

import pytest

import idp.door
from idp.__main__ import main
from tests.card_kit import offer_card

if __name__ == "__main__":
    anchors = Path(os.environ["TEST_AUTHORITIES"])
    idp.door.anchors_of = lambda _core: anchors.read_text
    with pytest.MonkeyPatch.context() as patch:
        offer_card(patch)
        main()
