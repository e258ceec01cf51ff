# SPDX-License-Identifier: Apache-2.0
"""Launches: the software of a trusted establishment says who is at work in it.

Owned here: how such word is signed and read (`token.py`), and the means that it becomes. It is a
signed JWT of a registered source, for us alone, a minute old at most, good once (RFC 8725). It
resists forgery, replay, and other sources' words; it does not resist a source that lies, which is
why an administrator says of whom it may speak, where it may lead, and what it is worth.
"""
