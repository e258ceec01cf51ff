# SPDX-License-Identifier: Apache-2.0
"""The nomad reader, « calculette »: a challenge typed into it with the card and its code, and the
response copied back (OCRA, RFC 6287; other algorithms behind the same small interface).

Resists guessing (three answers a challenge, the host's counters beside), replay (a challenge is
answered once, a counter never goes back), a copy of the database (secrets are sealed), and asking
whether somebody exists: whoever is named is shown a challenge. Worth level 3: the card and its code
are needed for each answer. Does not resist a false page that passes challenge and answer on while
they are fresh, nor somebody who holds both the card and its code.
"""
