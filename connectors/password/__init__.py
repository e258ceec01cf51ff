# SPDX-License-Identifier: Apache-2.0
"""Identifier and password: what a person remembers.

Resists guessing (slow hash, and the host's counters) and discovery of accounts (same work for
unknown ones). Does not resist phishing, reuse elsewhere, or someone looking over the shoulder:
it is worth level 1, whatever the password's length.
"""
