# SPDX-License-Identifier: Apache-2.0
"""Who is logged in to the portal, for several nodes: the kit's store over the portal's database.

Not owned: what a session means, and when it is opened; that is `relying_parties.kit`.
"""
