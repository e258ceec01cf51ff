# SPDX-License-Identifier: Apache-2.0
"""What proves an account: password hashes, the counters that guard them, and the memory of what
was used once.

Knows accounts by their id only. Who asks for a proof, and when, is decided in `login`.
"""
