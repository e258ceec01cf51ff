# SPDX-License-Identifier: Apache-2.0
"""The identity provider: accounts, the login flow, and the protocols that carry its result.

It knows no relying party: those live in `relying_parties` and `imaging_app`, and speak protocol
only.
"""
