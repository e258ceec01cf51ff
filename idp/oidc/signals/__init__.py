# SPDX-License-Identifier: Apache-2.0
"""Signals on the wire: Shared Signals 1.0, CAEP, security event tokens (RFC 8417, 8935, 8936).

What is told, to whom and when is decided in `idp.signals`.
"""
