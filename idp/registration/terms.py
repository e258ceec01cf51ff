# SPDX-License-Identifier: Apache-2.0
"""The terms that somebody accepted, known by what they said: whoever changes a word of them makes
another version.
"""

import hashlib


def version_of(terms: str) -> str:
    """The version of a text."""
    return hashlib.sha256("\n".join(terms.split()).encode()).hexdigest()[:32]
