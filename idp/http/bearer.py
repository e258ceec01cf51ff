# SPDX-License-Identifier: Apache-2.0
"""The access token that a request shows (RFC 6750 §2.1)."""

LONGEST_TOKEN = 8192


def from_header(header: str) -> str:
    """The token of a Bearer header, or nothing."""
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
