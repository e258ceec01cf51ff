# SPDX-License-Identifier: Apache-2.0
"""The browser's single sign-on session: its proofs, its life, the applications opened in it.

Owns nothing of how a proof was made (`login`) nor of what an application received (`grants`).
"""
