# SPDX-License-Identifier: Apache-2.0
"""How hard a password is to guess, by zxcvbn; its English dictionaries are joined by our words."""

from collections.abc import Iterable

from idp.credentials.guessable import guessed_first

# zxcvbn's work grows with the square of the length: half a second for 48 characters made to
# annoy it, seconds for a hundred. A beginning that is hard to guess makes the whole hard to guess.
LOOKED_AT = 40


def estimate(password: str, words: Iterable[str]) -> int:
    """A score from 0, guessed at once, to 4; the words given are guessed first."""
    if not password:
        return 0
    # Here, so that commands don't wait for its dictionaries.
    from zxcvbn import zxcvbn

    inputs = [*sorted(words), *guessed_first()]
    found = zxcvbn(password[:LOOKED_AT], user_inputs=inputs, max_length=LOOKED_AT)
    return int(found["score"])
