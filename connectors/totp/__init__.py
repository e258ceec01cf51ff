# SPDX-License-Identifier: Apache-2.0
"""A code from an authenticator app, after the password (RFC 6238); codes on paper in its place.

Resists a stolen or guessed password, a copy of the database (seeds are sealed, codes on paper
hashed), and a code seen on its way: each is taken once, and counts for a minute and a half. Does
not resist a false page that passes the code on at once, nor a telephone that somebody else can
open: it is worth level 2.
"""
