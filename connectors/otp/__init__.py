# SPDX-License-Identifier: Apache-2.0
"""A one-time code by SMS or e-mail, after the password: what a person has at hand.

Resists guessing (five tries a code, the host's counters beside), replay, and a stolen password
alone. Does not resist a page that passes password and code on while they are fresh, nor somebody
who reads the person's mail or has their number: it is worth level 2 and no more (NIST SP 800-63B-4
§3.1.3.3 calls SMS restricted).
"""
