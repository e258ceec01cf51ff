# SPDX-License-Identifier: Apache-2.0
"""Breakdowns: what nobody expected. An expected refusal is a value, never one of these."""


class Breakdown(Exception):
    """Root of our exceptions."""


class Overloaded(Breakdown):
    """More work than the machine takes now: answered 503 with Retry-After."""

    retry_after = 2


class Unavailable(Breakdown):
    """A part that we need (database, keys) does not answer now: answered 503."""

    retry_after = 5
