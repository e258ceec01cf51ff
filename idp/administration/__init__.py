# SPDX-License-Identifier: Apache-2.0
"""What administrators may do, and do: one service each, which console, API and commands share.

Beside the rooms stands what all of them need: who acts and how far, what is answered, what was
changed, what waits for a second administrator. Does not own the nouns that the services act on.
"""
