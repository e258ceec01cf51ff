# SPDX-License-Identifier: Apache-2.0
"""`sceau-agent`, the workstation program: reads the card, asks for its PIN, signs one statement.

Listens on loopback alone, answers only the pages that it was set up for, and builds by itself what
the card signs. The PIN stays in it. Once somebody has logged in it tells the server whether their
card is still there. Knows the statement, and nothing else of Sceau.
"""
