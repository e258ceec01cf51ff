# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.card_server card-door`: the program, which knows the means of the tests."""

import pytest

from idp.__main__ import main
from tests.card_kit import offer_card

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        offer_card(patch)
        main()
