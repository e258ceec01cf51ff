# SPDX-License-Identifier: Apache-2.0
"""Words that the readable page shows in the reader's language, and the description in English."""


def N_(text: str) -> str:  # noqa: N802 - the marker that translations are extracted by
    """Marks a sentence to be translated where it is shown."""
    return text
