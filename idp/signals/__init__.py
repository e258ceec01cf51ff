# SPDX-License-Identifier: Apache-2.0
"""Signals: what applications that ask for it are told of people they know, and on what stream.

What happened is heard where it is recorded, in the same transaction; how it is said and sent is
the edge's (`idp.oidc.signals`).
"""
